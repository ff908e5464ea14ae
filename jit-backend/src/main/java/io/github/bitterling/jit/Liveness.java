package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.function.IntPredicate;

/**
 * What of a block is needed: how often each value is used by code that runs, and which FLAGS rows
 * anybody can observe. A row is observed by a condition, by whatever can leave the region, and by the
 * block's end.
 *
 * <p>Of the three operands of an addition or subtraction two give the third, so only two are kept: the
 * operands of a compare (its difference is not computed), else the second operand and the result.
 */
final class Liveness {
  /** Uses of each value, counting the strict flag operands of observed FLAGS rows. */
  final int[] uses;

  /** Observed FLAGS, FLAGSIF and SETFLAGS rows. */
  final boolean[] observed;

  /** Bits 0-2: operands a, b, result of the row are kept; the others are derived or meaningless. */
  final byte[] kept;

  static final int A = 1;
  static final int B = 2;
  static final int R = 4;

  private final IrBlock ir;
  private final IntPredicate pureHelper;

  Liveness(IrBlock ir, IntPredicate pureHelper) {
    this.ir = ir;
    this.pureHelper = pureHelper;
    int n = ir.size();
    uses = new int[n];
    observed = new boolean[n];
    kept = new byte[n];
    findObserved();
    boolean[] needed = needed();
    for (int i = 0; i < n; i++) {
      if (ir.op(i) == Op.FLAGS && observed[i]) {
        kept[i] = (byte) keep(i, needed);
      }
    }
    count();
  }

  /** True when flags set before the block can be seen inside it. */
  static boolean flagsLiveIn(IrBlock ir, IntPredicate pureHelper) {
    for (int i = 0; i < ir.size(); i++) {
      if (ir.op(i) == Op.FLAGS || ir.op(i) == Op.SETFLAGS) {
        return false;
      }
      if (observesFlags(ir, i, pureHelper)) {
        return true;
      }
    }
    return true;
  }

  static boolean observesFlags(IrBlock ir, int i, IntPredicate pureHelper) {
    return switch (ir.op(i)) {
      case COND, GETFLAGS, FLAGSIF, GOTO, BRANCH, JUMP, EXIT -> true;
      case HELPER -> !pureHelper.test((int) ir.imm(i));
      default -> ir.op(i).canFault();
    };
  }

  private void findObserved() {
    boolean seen = true;
    for (int i = ir.size() - 1; i >= 0; i--) {
      Op op = ir.op(i);
      if (op == Op.FLAGS || op == Op.SETFLAGS) {
        observed[i] = seen;
        seen = false;
      } else if (op == Op.FLAGSIF) {
        observed[i] = seen;
      } else if (op != Op.COND && op != Op.GETFLAGS) {
        seen |= observesFlags(ir, i, pureHelper);
      } else {
        seen = true;
      }
    }
  }

  private boolean root(int i) {
    Op op = ir.op(i);
    return switch (op) {
      case FLAGSIF, SETFLAGS -> observed[i];
      case FLAGS -> false;
      case HELPER -> !pureHelper.test((int) ir.imm(i));
      default -> op.canFault() || !op.definesValue();
    };
  }

  private boolean[] needed() {
    boolean[] needed = new boolean[ir.size()];
    for (int i = ir.size() - 1; i >= 0; i--) {
      if (root(i) || needed[i]) {
        mark(i, needed);
      }
    }
    return needed;
  }

  private void mark(int i, boolean[] needed) {
    for (int k = 0; k < ir.op(i).arity(); k++) {
      needed[ir.arg(i, k)] = true;
    }
  }

  private int keep(int i, boolean[] needed) {
    return switch (FlagKind.of((int) ir.imm(i))) {
      case EXPLICIT, LOGIC -> R;
      case INC, DEC, RESULT -> B | R;
      case ADD, SUB -> derivable(i) && !needed[ir.c(i)] ? A | B : derivable(i) ? B | R : A | B | R;
      default -> A | B | R;
    };
  }

  /** The result is what the row's kind says of its operands, not some other value. */
  private boolean derivable(int i) {
    int r = ir.c(i);
    Op same = ir.imm(i) == FlagKind.ADD.ordinal() ? Op.ADD : Op.SUB;
    return ir.op(r) == same && ir.width(r) == ir.width(i) && ir.a(r) == ir.a(i) && ir.b(r) == ir.b(i);
  }

  private void count() {
    for (int i = ir.size() - 1; i >= 0; i--) {
      if (ir.op(i) == Op.FLAGS) {
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
