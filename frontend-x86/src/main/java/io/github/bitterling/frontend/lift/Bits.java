package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Bit tests, scans and the bit manipulation instructions. */
final class Bits {
  private final Emit e;

  Bits(Emit e) {
    this.e = e;
  }

  /** BT (change null), BTS (OR), BTR (AND), BTC (XOR). Only CF changes. */
  void test(Op change) {
    int w = e.width(0);
    int offset = e.read(1);
    if (e.i.isMemory()) {
      memoryAddress(w, offset, change != null);
    }
    int n = e.opk(Op.AND, w, offset, Width.bits(w) - 1);
    int a = change == null ? e.read(0) : e.readForUpdate(0);
    int bit = e.opk(Op.AND, w, e.op(Op.SHR, w, a, n), 1);
    if (change != null) {
      int mask = e.op(Op.SHL, w, e.konst(1), n);
      e.update(0, e.op(change, w, a, change == Op.AND ? e.op(Op.NOT, w, mask) : mask));
    }
    e.setCarry(bit);
  }

  /** A register's bit offset reaches beyond the operand: signed, in units of operands. */
  private void memoryAddress(int w, int offset, boolean write) {
    int bytes = Width.bytes(w);
    if (e.i.operand(1).kind() != Operand.Kind.REG) {
      e.address(bytes, write);
      return;
    }
    int units = e.opk(Op.SAR, Width.W64, e.op(Op.SEXT, w, offset), 3 + w);
    int displacement = e.opk(Op.SHL, Width.W64, units, w);
    int ea = e.op(Op.ADD, e.addrWidth(), e.effectiveAddress(), displacement);
    e.addressFrom(ea, bytes, write);
  }

  /**
   * BSF, BSR: ZF says whether the source is 0, in which case the destination stays. The other
   * flags, undefined by the SDM, are those of the source as a result with CF = OF = AF = 0.
   */
  void scan(boolean forward) {
    int w = e.width(0);
    int src = e.read(1);
    int found =
        forward
            ? e.op(Op.CTZ, w, src)
            : e.op(Op.SUB, w, e.konst(Width.bits(w) - 1), e.op(Op.CLZ, w, src));
    e.putIf(e.opk(Op.NE, w, src, 0), e.i.reg(), w, found);
    e.flags(FlagKind.RESULT, w, src, e.konst(0), src);
  }

  /** POPCNT: ZF for a zero source, the other flags 0. */
  void count() {
    int w = e.width(0);
    int src = e.read(1);
    e.write(0, e.op(Op.POPCNT, w, src));
    e.setFlags(e.select(src, e.konst(0), e.konst(Emit.ZF)));
  }

  /** TZCNT, LZCNT: the operand size for a zero source, told by CF; ZF of the result. */
  void countZeros(Op op) {
    int w = e.width(0);
    int src = e.read(1);
    int n = e.op(op, w, src);
    e.write(0, n);
    e.flags(FlagKind.RESULT, w, n, isZero(w, src), n);
  }

  private int isZero(int w, int value) {
    return e.opk(Op.EQ, w, value, 0);
  }

  private int less(int w, int value) {
    return e.op(Op.SUB, w, value, e.konst(1));
  }

  /** ANDN: complement of the first source. */
  void andNot() {
    int w = e.width(0);
    int b = e.read(2);
    int r = e.op(Op.AND, w, e.op(Op.NOT, w, e.read(1)), b);
    e.write(0, r);
    e.flags(FlagKind.LOGIC, w, r, r, r);
  }

  /** BLSR (AND), BLSMSK (XOR) with the source less 1: CF tells a zero source. */
  void lowestBit(Op op) {
    int w = e.width(0);
    int src = e.read(1);
    int r = e.op(op, w, less(w, src), src);
    e.write(0, r);
    e.flags(FlagKind.RESULT, w, r, isZero(w, src), r);
  }

  /** BLSI: CF tells a source that is not zero. */
  void isolateLowestBit() {
    int w = e.width(0);
    int src = e.read(1);
    int r = e.op(Op.AND, w, e.op(Op.NEG, w, src), src);
    e.write(0, r);
    e.flags(FlagKind.RESULT, w, r, e.opk(Op.NE, w, src, 0), r);
  }

  /** The low {@code count} bits of the value; all of them for counts from the width on. */
  private int lowBits(int w, int value, int count) {
    int one = e.op(Op.SHL, w, e.konst(1), e.opk(Op.AND, w, count, 63));
    int partial = e.opk(Op.ULT, w, count, Width.bits(w));
    return e.select(partial, e.op(Op.AND, w, value, less(w, one)), value);
  }

  /** BEXTR: start in bits 7:0 and length in bits 15:8 of the control. */
  void extract() {
    int w = e.width(0);
    int src = e.read(1);
    int control = e.read(2);
    int start = e.opk(Op.AND, w, control, 0xFF);
    int length = e.opk(Op.AND, w, e.opk(Op.SHR, w, control, 8), 0xFF);
    int inside = e.opk(Op.ULT, w, start, Width.bits(w));
    int shifted = e.op(Op.SHR, w, src, e.opk(Op.AND, w, start, 63));
    int r = lowBits(w, e.select(inside, shifted, e.konst(0)), length);
    e.write(0, r);
    e.flags(FlagKind.LOGIC, w, r, r, r);
  }

  /** BZHI: CF when the index in bits 7:0 is beyond the operand. */
  void zeroHigh() {
    int w = e.width(0);
    int src = e.read(1);
    int index = e.opk(Op.AND, w, e.read(2), 0xFF);
    int r = lowBits(w, src, index);
    e.write(0, r);
    e.flags(FlagKind.RESULT, w, r, e.op(Op.ULT, w, e.konst(Width.bits(w) - 1), index), r);
  }

  /** PDEP, PEXT: the second source is the mask. */
  void parallel(PackedOp op) {
    int mask = e.read(2);
    e.write(0, e.helper(Helper.PACKED, e.konst(op.ordinal()), e.read(1), mask));
  }

  /** MULX: RDX times the source; high half last, so that it counts when both are one register. */
  void multiply() {
    int w = e.width(0);
    int b = e.read(2);
    int a = e.get(Emit.RDX, w);
    int low = e.op(Op.MUL, w, a, b);
    int high = e.op(Op.UMULH, w, a, b);
    e.write(1, low);
    e.write(0, high);
  }

  /** RORX. */
  void rotate() {
    int w = e.width(0);
    e.write(0, e.opk(Op.ROR, w, e.read(1), e.i.imm() & Width.bits(w) - 1));
  }

  /** SHLX, SARX, SHRX. */
  void shift() {
    int w = e.width(0);
    int src = e.read(1);
    int count = e.opk(Op.AND, w, e.read(2), Width.bits(w) - 1);
    Op op =
        switch (e.i.mnemonic()) {
          case "shlx" -> Op.SHL;
          case "shrx" -> Op.SHR;
          default -> Op.SAR;
        };
    e.write(0, e.op(op, w, src, count));
  }
}
