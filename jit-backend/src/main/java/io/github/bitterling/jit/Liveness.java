package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.function.IntPredicate;

/**
 * What of a block is needed: how often each value is used, and which flag rows anybody can observe.
 * A row is observed by a condition, by whatever can leave the region, and by the block's end.
 *
 * <p>Operands of flag rows are computed only where flags are asked for, mostly on cold exits; a use
 * by a row merely keeps what they are computed from. Of the three operands of an addition or
 * subtraction two give the third, so only two are kept: the operands of a compare (its difference
 * is not computed), else the second operand and the result.
 */
final class Liveness {
  static final int A = 1;
  static final int B = 2;
  static final int R = 4;

  /** Uses of each value, counting the kept operands of observed flag rows. */
  final int[] uses;

  /** Values that code which always runs needs, not only flags. */
  final boolean[] hot;

  /** Observed FLAGS, FLAGSIF and SETFLAGS rows. */
  final boolean[] observed;

  /** Bits 0-2: operands a, b, result of the row are kept; the others are derived or meaningless. */
  final byte[] kept;

  /** Flags set before the block can be seen inside it. */
  final boolean flagsLiveIn;

  private final IrBlock ir;
  private final IntPredicate pureHelper;

  Liveness(IrBlock ir, IntPredicate pureHelper) {
    this.ir = ir;
    this.pureHelper = pureHelper;
    int n = ir.size();
    uses = new int[n];
    observed = new boolean[n];
    kept = new byte[n];
    hot = new boolean[n];
    flagsLiveIn = findObserved();
    findHot();
    for (int i = 0; i < n; i++) {
      if (observed[i]) {
        kept[i] = (byte) keep(i);
      }
    }
    count();
  }

  private boolean observes(int i) {
    return switch (ir.op(i)) {
      case GOTO, BRANCH, JUMP, EXIT -> true;
      case HELPER -> !pureHelper.test((int) ir.imm(i));
      default -> ir.op(i).canFault();
    };
  }

  /** Marks observed rows from the end; returns whether the flags at the start are. */
  private boolean findObserved() {
    boolean[] needed = new boolean[ir.size()];
    boolean seen = true;
    for (int i = ir.size() - 1; i >= 0; i--) {
      switch (ir.op(i)) {
        case FLAGS, SETFLAGS -> {
          observed[i] = seen;
          seen = false;
        }
        case FLAGSIF -> observed[i] = seen;
        case COND, GETFLAGS -> seen |= needed[i];
        default -> seen |= observes(i);
      }
      if (observed[i] || root(i) || needed[i]) {
        mark(i, needed);
      }
    }
    return seen;
  }

  private static boolean flagRow(Op op) {
    return op == Op.FLAGS || op == Op.FLAGSIF || op == Op.SETFLAGS;
  }

  private boolean root(int i) {
    Op op = ir.op(i);
    if (op == Op.HELPER) {
      return !pureHelper.test((int) ir.imm(i));
    }
    return !flagRow(op) && (op.canFault() || !op.definesValue());
  }

  private void findHot() {
    for (int i = ir.size() - 1; i >= 0; i--) {
      if (root(i) || hot[i]) {
        mark(i, hot);
      }
    }
  }

  private void mark(int i, boolean[] set) {
    for (int k = 0; k < ir.op(i).arity(); k++) {
      set[ir.arg(i, k)] = true;
    }
  }

  private int keep(int i) {
    if (ir.op(i) == Op.SETFLAGS) {
      return A;
    }
    if (ir.op(i) == Op.FLAGSIF) {
      return A | B | R;
    }
    return switch (FlagKind.of((int) ir.imm(i))) {
      case EXPLICIT, LOGIC -> R;
      case INC, DEC, RESULT -> B | R;
      case ADD, SUB -> derivable(i) && !hot[ir.c(i)] ? A | B : derivable(i) ? B | R : A | B | R;
      default -> A | B | R;
    };
  }

  /** The result is what the row's kind says of its operands, not some other value. */
  private boolean derivable(int i) {
    int r = ir.c(i);
    Op same = ir.imm(i) == FlagKind.ADD.ordinal() ? Op.ADD : Op.SUB;
    return ir.op(r) == same
        && ir.width(r) == ir.width(i)
        && ir.a(r) == ir.a(i)
        && ir.b(r) == ir.b(i);
  }

  private void count() {
    for (int i = ir.size() - 1; i >= 0; i--) {
      if (flagRow(ir.op(i))) {
        for (int k = 0; k < 3; k++) {
          uses[ir.arg(i, k)] += kept[i] >> k & 1;
        }
      } else if (root(i) || uses[i] > 0) {
        for (int k = 0; k < ir.op(i).arity(); k++) {
          uses[ir.arg(i, k)]++;
        }
      }
    }
  }
}
