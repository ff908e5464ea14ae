package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Bit tests and scans. */
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
}
