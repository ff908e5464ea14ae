package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Arrays;

/**
 * Which values need no slot of their own: those read from a register that keeps them until their
 * last use, and results that go to a register at once.
 */
final class Homes {
  /** Of a value: the register that has it, or -1. */
  final int[] register;

  private final ValuePlan plan;
  private final IrBlock ir;

  /** Some value is used by a later instruction than computes it. */
  private final boolean crossing;

  /** Of a value: some use looks at bits above the width it was read with. */
  private final boolean[] exact;

  Homes(ValuePlan plan) {
    this.plan = plan;
    this.ir = plan.ir;
    register = new int[ir.size()];
    exact = new boolean[ir.size()];
    Arrays.fill(register, -1);
    for (int i = 0; i < ir.size(); i++) {
      for (int k = 0; k < 3 && !plan.gone[i]; k++) {
        int value = plan.argument(i, k);
        if (value >= 0 && ir.op(value) == Op.GET && !ignoresAbove(i, k, ir.width(value))) {
          exact[value] = true;
        }
      }
    }
    crossing = isCrossing();
    for (int i = 0; i < ir.size(); i++) {
      stayInRegister(i);
    }
    for (int i = 0; i < ir.size(); i++) {
      computeInRegister(i);
    }
  }

  private boolean isCrossing() {
    int furthest = -1;
    for (int p = 0; p < ir.size(); p++) {
      int i = plan.order.at[p];
      if (ir.op(i) == Op.INSN) {
        if (furthest > p) {
          return true;
        }
      } else if (ir.op(i) != Op.CONST) {
        furthest = Math.max(furthest, plan.last[i]);
      }
    }
    return false;
  }

  /** Whether operation i looks at no bit of its argument k above a width. */
  private boolean ignoresAbove(int i, int k, int width) {
    if (width == Width.W64) {
      return true;
    }
    return switch (ir.op(i)) {
      case ADD,
          SUB,
          AND,
          OR,
          XOR,
          NOT,
          NEG,
          MUL,
          UMULH,
          SMULH,
          SEXT,
          ZEXT,
          EQ,
          NE,
          ULT,
          ULE,
          SLT,
          SLE,
          UDIV,
          UREM,
          SDIV,
          SREM,
          PUT,
          CLZ,
          POPCNT ->
          ir.width(i) <= width;
      case SHL, SHR, SAR, ROL, ROR -> k == 0 && ir.width(i) <= width;
      case STORE -> k == 1 && ir.width(i) <= width;
      case LINEAR -> ir.width(i) <= width;
      case PUTHIGH -> true;
      default -> false;
    };
  }

  private void stayInRegister(int get) {
    if (ir.op(get) != Op.GET || plan.gone[get] || !(ir.width(get) == Width.W64 || !exact[get])) {
      return;
    }
    int r = (int) ir.imm(get);
    if (!isWritten(r, plan.time[get], plan.last[get])) {
      register[get] = r;
      plan.gone[get] = true;
    }
  }

  /** Whether a register is written between two places, both excluded. */
  private boolean isWritten(int r, int from, int to) {
    for (int p = from + 1; p < to; p++) {
      int i = plan.order.at[p];
      if (ir.op(i) == Op.HELPER || Order.isPut(ir.op(i)) && ir.imm(i) == r) {
        return true;
      }
    }
    return false;
  }

  private void computeInRegister(int put) {
    if (ir.op(put) != Op.PUT || ir.width(put) < Width.W32) {
      return;
    }
    int value = plan.argument(put, 0);
    int r = (int) ir.imm(put);
    if (!plan.gone[value]
        && register[value] < 0
        && hasOnly(value, ir.width(put))
        && isFree(r, value, put)
        && !isWritten(r, plan.time[put], plan.last[value])) {
      register[value] = r;
      plan.gone[put] = plan.sunk[value] != put;
    }
  }

  /**
   * Whether a result is 0 above a width that is written to a register, and may be written there.
   */
  private boolean hasOnly(int value, int width) {
    return switch (ir.op(value)) {
      case CONST, HELPER -> false;
      case SEXT, SELECT, FLOAT, FUSED -> width == Width.W64;
      case COND, EQ, NE, ULT, ULE, SLT, SLE, GETHIGH, SELECTOR -> true;
      default -> ir.width(value) <= width;
    };
  }

  /** Whether nothing needs the old content of a register from a value's computation to its PUT. */
  private boolean isFree(int r, int value, int put) {
    int from = plan.time[value];
    int to = plan.time[put];
    for (int p = from + 1; p < to; p++) {
      int i = plan.order.at[p];
      if (!plan.gone[i] && ir.op(i).canFault() || touches(i, r)) {
        return false;
      }
    }
    for (int p = to - 1; p >= 0; p--) {
      int i = plan.order.at[p];
      if (ir.op(i) == Op.INSN && !crossing) {
        return true;
      }
      if (i != value && register[i] == r && plan.time[i] < to && plan.last[i] > from) {
        return false;
      }
    }
    return true;
  }

  private boolean touches(int i, int r) {
    Op op = ir.op(i);
    boolean general = op == Op.GET || op == Op.GETHIGH || Order.isPut(op);
    return op == Op.HELPER || general && ir.imm(i) == r;
  }
}
