package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Arrays;

/**
 * How the operations of a block become those of tier 0: which two or three are one, when each is
 * run, and how long each value is needed. {@link Homes} then says where values live.
 */
final class ValuePlan {
  final IrBlock ir;
  final Order order;

  /** Arguments after folding, three an operation; -1: none. */
  final int[] arguments;

  /** What memory operations add to their address. */
  final int[] displacement;

  /** Of an addition: places its second argument is shifted to the left. */
  final byte[] scale;

  /** Of arithmetic: the FLAGS row it stands for as well, or -1. */
  final int[] flags;

  /** Part of another operation, or not needed. */
  final boolean[] gone;

  /** Of a value: the only operation that uses it and before which it is computed, or -1. */
  final int[] sunk;

  /** Uses of a value. */
  final int[] uses;

  /** Place where an operation is run. */
  final int[] time;

  /** Place of a value's last use, -1 when there is none. */
  final int[] last;

  ValuePlan(IrBlock ir) {
    this.ir = ir;
    int n = ir.size();
    order = new Order(ir);
    arguments = new int[3 * n];
    displacement = new int[n];
    scale = new byte[n];
    flags = new int[n];
    gone = new boolean[n];
    sunk = new int[n];
    uses = new int[n];
    last = new int[n];
    time = order.place.clone();
    Arrays.fill(flags, -1);
    Arrays.fill(sunk, -1);
    Arrays.fill(last, -1);
    countUses();
    for (int i = 0; i < n; i++) {
      fold(i);
    }
    for (int i = 0; i < n; i++) {
      fuseFlags(i);
    }
    dropUnused();
    for (int i = 0; i < n; i++) {
      sink(i);
    }
    conditionOfBranch();
    noteLastUses();
  }

  int argument(int i, int k) {
    return arguments[3 * i + k];
  }

  private void countUses() {
    for (int i = 0; i < ir.size(); i++) {
      for (int k = 0; k < 3; k++) {
        boolean used = k < ir.op(i).arity();
        arguments[3 * i + k] = used ? ir.arg(i, k) : -1;
        if (used) {
          uses[ir.arg(i, k)]++;
        }
      }
    }
  }

  boolean isConstant(int i) {
    return ir.op(i) == Op.CONST;
  }

  private void replace(int i, int k, int by) {
    int old = argument(i, k);
    arguments[3 * i + k] = by;
    uses[by]++;
    release(old);
  }

  private void release(int value) {
    if (--uses[value] == 0 && flags[value] < 0 && isPure(value)) {
      gone[value] = true;
      for (int k = 0; k < 3; k++) {
        if (argument(value, k) >= 0) {
          release(argument(value, k));
        }
      }
    }
  }

  private boolean isPure(int i) {
    Op op = ir.op(i);
    return op.definesValue()
        && !op.canFault()
        && (op.effect() == Op.Effect.PURE || op.effect() == Op.Effect.READS);
  }

  private void fold(int i) {
    Op op = ir.op(i);
    if (op == Op.LOAD || op == Op.LOADW || op == Op.STORE || op == Op.REPLACE) {
      foldDisplacement(i);
    } else if (op == Op.ADD && ir.width(i) >= Width.W32) {
      foldScale(i);
    }
  }

  private void foldDisplacement(int i) {
    int address = argument(i, 0);
    if (ir.op(address) != Op.ADD || ir.width(address) != Width.W64 || scale[address] != 0) {
      return;
    }
    int by = argument(address, 1);
    if (isConstant(by) && Word.fits(ir.imm(by))) {
      displacement[i] = (int) ir.imm(by);
      replace(i, 0, argument(address, 0));
    }
  }

  private void foldScale(int i) {
    int shift = argument(i, 1);
    if (ir.op(shift) != Op.SHL || ir.width(shift) != ir.width(i) || uses[shift] != 1) {
      return;
    }
    int count = argument(shift, 1);
    if (isConstant(count) && ir.imm(count) > 0 && ir.imm(count) < 8) {
      scale[i] = (byte) ir.imm(count);
      replace(i, 1, argument(shift, 0));
    }
  }

  private void fuseFlags(int f) {
    if (ir.op(f) != Op.FLAGS) {
      return;
    }
    int value = argument(f, 2);
    if (ir.width(value) != ir.width(f)
        || flags[value] >= 0
        || scale[value] != 0
        || argument(f, 0) != argument(value, 0)) {
      return;
    }
    FlagKind kind = FlagKind.of((int) ir.imm(f));
    boolean step = kind == FlagKind.INC || kind == FlagKind.DEC;
    if (step ? !isStep(f, value) : !isPlain(kind, f, value)) {
      return;
    }
    int carry = step ? argument(f, 1) : -1;
    for (int p = order.place[value] + 1; p < order.place[f]; p++) {
      if (order.at[p] != carry && !isMovable(order.at[p])) {
        return;
      }
    }
    flags[value] = f;
    gone[f] = true;
    for (int k = 0; k < 3; k++) {
      release(argument(f, k));
    }
  }

  private boolean isPlain(FlagKind kind, int f, int value) {
    boolean same =
        switch (ir.op(value)) {
          case ADD -> kind == FlagKind.ADD;
          case SUB -> kind == FlagKind.SUB;
          case AND, OR, XOR -> kind == FlagKind.LOGIC;
          default -> false;
        };
    return same && argument(f, 1) == argument(value, 1);
  }

  private boolean isStep(int f, int value) {
    int carry = argument(f, 1);
    int one = argument(value, 1);
    return (ir.op(value) == Op.ADD || ir.op(value) == Op.SUB)
        && (ir.op(value) == Op.ADD) == (ir.imm(f) == FlagKind.INC.ordinal())
        && isConstant(one)
        && ir.imm(one) == 1
        && ir.op(carry) == Op.COND
        && ir.imm(carry) == 2
        && uses[carry] == 1;
  }

  /** Whether the flags may be set before as well as after an operation. */
  private boolean isMovable(int i) {
    return gone[i]
        || switch (ir.op(i)) {
          case INSN, COND, GETFLAGS, SETFLAGS, FLAGS, FLAGSIF, HELPER -> false;
          default -> !ir.op(i).canFault();
        };
  }

  private void dropUnused() {
    for (int i = ir.size() - 1; i >= 0; i--) {
      if (uses[i] == 0 && !gone[i] && flags[i] < 0 && isPure(i)) {
        uses[i] = 1;
        release(i);
      }
    }
  }

  /** Values that only a register takes are computed when it does. */
  private void sink(int put) {
    if (!Order.isPut(ir.op(put))) {
      return;
    }
    int value = argument(put, 0);
    if (uses[value] != 1 || ir.op(value).effect() != Op.Effect.PURE || ir.op(value).canFault()) {
      return;
    }
    for (int p = order.place[value] + 1; p < order.place[put]; p++) {
      int other = order.at[p];
      if (ir.op(other) == Op.INSN || flags[value] >= 0 && !isNeutral(other)) {
        return;
      }
    }
    sunk[value] = put;
    time[value] = order.place[put];
  }

  /** A condition that only the branch looks at is part of the branch. */
  private void conditionOfBranch() {
    int branch = ir.size() - 1;
    int condition = ir.op(branch) == Op.BRANCH ? argument(branch, 0) : branch;
    if (ir.op(condition) != Op.COND || uses[condition] != 1) {
      return;
    }
    for (int p = order.place[condition] + 1; p < branch; p++) {
      if (!isNeutral(order.at[p])) {
        return;
      }
    }
    gone[condition] = true;
  }

  /** Whether the branch at the end evaluates a condition itself. */
  boolean isBranchCondition(int i) {
    return ir.op(i) == Op.COND && gone[i];
  }

  /** Whether an operation neither reads nor sets flags and does not end the instruction. */
  private boolean isNeutral(int i) {
    return gone[i]
        || flags[i] < 0
            && switch (ir.op(i)) {
              case COND, GETFLAGS, SETFLAGS, FLAGS, FLAGSIF, HELPER -> false;
              default -> !ir.op(i).canFault();
            };
  }

  private void noteLastUses() {
    for (int i = 0; i < ir.size(); i++) {
      for (int k = 0; k < 3 && !gone[i]; k++) {
        int value = argument(i, k);
        if (value >= 0) {
          last[value] = Math.max(last[value], time[i]);
        }
      }
    }
  }
}
