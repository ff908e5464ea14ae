package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.CF;
import static io.github.bitterling.frontend.lift.Emit.COND_B;
import static io.github.bitterling.frontend.lift.Emit.OF;
import static io.github.bitterling.frontend.lift.Emit.RCX;

import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * Shifts and rotates. Counts are masked to 5 bits, 6 for 64-bit operands; a masked count of 0
 * leaves the flags.
 */
final class Shifts {
  private final Emit e;

  Shifts(Emit e) {
    this.e = e;
  }

  private static int countMask(int w) {
    return w == Width.W64 ? 63 : 31;
  }

  /** True when operand k is CL. */
  private boolean variable(int k) {
    return e.i.operand(k).kind() == Operand.Kind.COUNT;
  }

  private int constantCount(int k, int w) {
    return e.i.operand(k) == Operand.ONE ? 1 : (int) e.i.imm() & countMask(w);
  }

  private int variableCount(int w) {
    return e.opk(Op.AND, Width.W8, e.ir.op0(Op.GET, Width.W8, RCX), countMask(w));
  }

  /** SHL, SHR, SAR. */
  void shift(Op op, FlagKind kind) {
    int w = e.width(0);
    boolean variable = variable(1);
    int constant = variable ? 0 : constantCount(1, w);
    int count = variable ? variableCount(w) : e.konst(constant);
    int a = e.readForUpdate(0);
    int r = e.op(op, w, a, count);
    e.update(0, r);
    if (variable) {
      e.ir.add(Op.FLAGSIF, w, a, count, r, kind.ordinal());
    } else if (constant != 0) {
      e.flags(kind, w, a, count, r);
    }
  }

  /** ROL, ROR: only CF and OF change. */
  void rotate(boolean left) {
    int w = e.width(0);
    boolean variable = variable(1);
    int constant = variable ? 0 : constantCount(1, w);
    int count = variable ? variableCount(w) : e.konst(constant);
    int a = e.readForUpdate(0);
    int r = e.op(left ? Op.ROL : Op.ROR, w, a, count);
    e.update(0, r);
    if (!variable && constant == 0) {
      return;
    }
    int top = e.sign(w, r);
    int carry = left ? e.opk(Op.AND, w, r, 1) : top;
    int other = left ? top : e.opk(Op.AND, w, e.opk(Op.SHR, w, r, Width.bits(w) - 2), 1);
    carryAndOverflow(carry, e.op(Op.XOR, Width.W8, carry, other), variable ? count : -1);
  }

  /**
   * CF = carry, OF = overflow. The other flags stay; all stay when the count (if there is one) is
   * 0.
   */
  private void carryAndOverflow(int carry, int overflow, int countOrNone) {
    int old = e.getFlags();
    int kept = e.opk(Op.AND, Width.W64, old, ~(CF | OF));
    int changed = e.op(Op.OR, Width.W64, carry, e.opk(Op.SHL, Width.W64, overflow, 11));
    int flags = e.op(Op.OR, Width.W64, kept, changed);
    e.setFlags(countOrNone < 0 ? flags : e.select(countOrNone, flags, old));
  }

  /** RCL, RCR: rotates of w + 1 bits. */
  void rotateThroughCarry(boolean left) {
    int w = e.width(0);
    boolean variable = variable(1);
    int modulus = Width.bits(w) + 1;
    int constant = variable ? 0 : constantCount(1, w) % modulus;
    int count = variable ? reduce(variableCount(w), w, modulus) : e.konst(constant);
    int a = e.readForUpdate(0);
    int carryIn = e.cond(COND_B);
    int r;
    int carry;
    if (w == Width.W64) {
      r = left ? rcl64(a, carryIn, count) : rcr64(a, carryIn, count);
      int last = left ? rest(64, count) : e.opk(Op.SUB, Width.W8, count, 1);
      carry =
          e.opk(
              Op.AND, Width.W64, e.op(Op.SHR, Width.W64, a, e.opk(Op.AND, Width.W8, last, 63)), 1);
    } else {
      int wide = e.op(Op.OR, Width.W64, a, e.opk(Op.SHL, Width.W64, carryIn, Width.bits(w)));
      int back = rest(modulus, count);
      int all =
          e.op(
              Op.OR,
              Width.W64,
              e.op(Op.SHL, Width.W64, wide, left ? count : back),
              e.op(Op.SHR, Width.W64, wide, left ? back : count));
      r = e.op(Op.ZEXT, w, all);
      carry = e.opk(Op.AND, Width.W64, e.opk(Op.SHR, Width.W64, all, Width.bits(w)), 1);
    }
    e.update(0, r);
    if (!variable && constant == 0) {
      return;
    }
    int top = e.sign(w, r);
    int other = left ? carry : e.opk(Op.AND, w, e.opk(Op.SHR, w, r, Width.bits(w) - 2), 1);
    carryAndOverflow(carry, e.op(Op.XOR, Width.W8, top, other), variable ? count : -1);
  }

  /** Count modulo 9 or 17; larger operands need none, their count is below the modulus. */
  private int reduce(int count, int w, int modulus) {
    if (w > Width.W16) {
      return count;
    }
    return e.ir.op3(Op.UREM, Width.W32, e.konst(0), count, e.konst(modulus));
  }

  /** n - count. */
  private int rest(int n, int count) {
    return e.op(Op.SUB, Width.W8, e.konst(n), count);
  }

  /** a << n | carry << (n - 1) | a >>> (65 - n), for n in 0..63; n = 0 gives a. */
  private int rcl64(int a, int carry, int n) {
    int w = Width.W64;
    int back = e.opk(Op.AND, Width.W8, rest(64, n), 63);
    int low = e.op(Op.SHR, w, e.opk(Op.SHR, w, a, 1), back);
    int middle = e.op(Op.SHL, w, carry, e.opk(Op.AND, Width.W8, e.opk(Op.SUB, Width.W8, n, 1), 63));
    int all = e.op(Op.OR, w, e.op(Op.SHL, w, a, n), e.op(Op.OR, w, middle, low));
    return e.select(n, all, a);
  }

  /** a >>> n | carry << (64 - n) | a << (65 - n). */
  private int rcr64(int a, int carry, int n) {
    int w = Width.W64;
    int back = e.opk(Op.AND, Width.W8, rest(64, n), 63);
    int high = e.op(Op.SHL, w, e.opk(Op.SHL, w, a, 1), back);
    int all =
        e.op(Op.OR, w, e.op(Op.SHR, w, a, n), e.op(Op.OR, w, e.op(Op.SHL, w, carry, back), high));
    return e.select(n, all, a);
  }

  /**
   * SHLD, SHRD. 16-bit operands with counts above 16, undefined by the SDM, shift the destination
   * in again behind the source, as Intel processors do.
   */
  void doubleShift(boolean left) {
    int w = e.width(0);
    boolean variable = variable(2);
    int constant = variable ? 0 : constantCount(2, w);
    int count = variable ? variableCount(w) : e.konst(constant);
    int src = e.read(1);
    int a = e.readForUpdate(0);
    int r = left ? shiftLeft(w, a, src, count) : shiftRight(w, a, src, count);
    e.update(0, r);
    if (!variable && constant == 0) {
      return;
    }
    int carry = lastBitOut(w, a, src, count, left);
    int overflow = e.op(Op.XOR, Width.W8, e.sign(w, r), e.sign(w, a));
    int bits = e.op(Op.OR, Width.W64, carry, e.opk(Op.SHL, Width.W64, overflow, 11));
    if (!variable) {
      e.flags(FlagKind.RESULT, w, a, bits, r);
      return;
    }
    int old = e.getFlags();
    e.flags(FlagKind.RESULT, w, a, bits, r);
    e.setFlags(e.select(count, e.getFlags(), old));
  }

  /** destination : source : destination as 48 bits, for 16-bit operands. */
  private int triple(int a, int src) {
    int w = Width.W64;
    int high = e.opk(Op.SHL, w, a, 32);
    return e.op(Op.OR, w, high, e.op(Op.OR, w, e.opk(Op.SHL, w, src, 16), a));
  }

  private int shiftLeft(int w, int a, int src, int count) {
    if (w == Width.W16) {
      int t = e.op(Op.SHL, Width.W64, triple(a, src), count);
      return e.op(Op.ZEXT, w, e.opk(Op.SHR, Width.W64, t, 32));
    }
    int back = e.op(Op.SUB, Width.W8, e.konst(Width.bits(w) - 1), count);
    int in = e.op(Op.SHR, w, e.opk(Op.SHR, w, src, 1), back);
    return e.op(Op.OR, w, e.op(Op.SHL, w, a, count), in);
  }

  private int shiftRight(int w, int a, int src, int count) {
    if (w == Width.W16) {
      return e.op(Op.ZEXT, w, e.op(Op.SHR, Width.W64, triple(a, src), count));
    }
    int back = e.op(Op.SUB, Width.W8, e.konst(Width.bits(w) - 1), count);
    int in = e.op(Op.SHL, w, e.opk(Op.SHL, w, src, 1), back);
    return e.op(Op.OR, w, e.op(Op.SHR, w, a, count), in);
  }

  /** Bit shifted out last; of no meaning for count 0. */
  private int lastBitOut(int w, int a, int src, int count, boolean left) {
    int from = w == Width.W16 ? triple(a, src) : a;
    int position =
        left
            ? e.op(Op.SUB, Width.W8, e.konst(w == Width.W16 ? 48 : Width.bits(w)), count)
            : e.opk(Op.SUB, Width.W8, count, 1);
    int shifted = e.op(Op.SHR, Width.W64, from, e.opk(Op.AND, Width.W8, position, 63));
    return e.opk(Op.AND, Width.W64, shifted, 1);
  }
}
