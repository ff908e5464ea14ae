package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.RAX;
import static io.github.bitterling.frontend.lift.Emit.RBX;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Data movement between registers, memory and segment registers. */
final class Moves {
  private final Emit e;

  Moves(Emit e) {
    this.e = e;
  }

  void mov() {
    e.write(0, e.read(1));
  }

  /** MOVZX, MOVSX, MOVSXD. */
  void extend(boolean signed) {
    int v = e.read(1);
    e.write(0, signed ? e.op(Op.SEXT, e.width(1), v) : v);
  }

  void lea() {
    e.write(0, e.effectiveAddress());
  }

  void xchg() {
    int b = e.read(1);
    int a = e.readForUpdate(0);
    e.update(0, b);
    e.update(1, a);
  }

  /** 90 is NOP unless REX.B makes it an exchange with R8. */
  void xchgAccumulator() {
    if (e.i.isNop()) {
      return;
    }
    xchg();
  }

  void cmov() {
    int source = e.read(1);
    int old = e.read(0);
    e.write(0, e.select(e.cond(e.i.opcode() & 15), source, old));
  }

  void setcc() {
    e.write(0, e.cond(e.i.opcode() & 15));
  }

  /** BSWAP; of a 16-bit register it leaves zero, as processors do where the SDM says undefined. */
  void bswap() {
    int w = e.opWidth();
    int reg = e.register(0);
    e.put(reg, w, w == Width.W16 ? e.konst(0) : e.op(Op.BSWAP, w, e.get(reg, w)));
  }

  /** MOVBE, both directions. */
  void movbe() {
    int w = e.opWidth();
    int v = e.read(1);
    e.write(0, w == Width.W16 ? e.opk(Op.ROL, w, v, 8) : e.op(Op.BSWAP, w, v));
  }

  void crc32() {
    int r = e.helper(Helper.CRC32C, e.get(e.i.reg(), Width.W32), e.read(1), e.konst(e.width(1)));
    e.write(0, r);
  }

  void xlat() {
    int w = e.addrWidth();
    int ea = e.op(Op.ADD, w, e.get(RBX, w), e.ir.op0(Op.GET, Width.W8, RAX));
    int address = e.linear(ea, e.dataSegment(), w, 1, false);
    e.put(RAX, Width.W8, e.load(Width.W8, address));
  }

  /** MOV r/m, Sreg: 16 bits to memory, zero-extended to a register. */
  void fromSegment() {
    int segment = e.i.reg() & 7;
    if (segment > Seg.GS) {
      e.undefined();
      return;
    }
    storeSelector(e.ir.op0(Op.SELECTOR, Width.W16, segment));
  }

  /** Destination of MOV r/m, Sreg, SLDT, STR and SMSW. */
  void storeSelector(int value) {
    if (e.i.isMemory()) {
      e.store(Width.W16, e.address(2, true), value);
    } else {
      e.put(e.i.rm(), e.opWidth(), value);
    }
  }

  void toSegment() {
    int segment = e.i.reg() & 7;
    if (segment > Seg.GS || segment == Seg.CS) {
      e.undefined();
      return;
    }
    e.ends(Helper.LOAD_SEGMENT, e.konst(segment), e.read(1));
  }

  /** LDS, LES, LSS, LFS, LGS. */
  void loadFar(int segment) {
    int size = e.i.opSize();
    int address = e.addressForHelper(size + 2, false);
    e.ends(Helper.LOAD_FAR, e.konst(segment), address, e.konst((long) size << 8 | e.i.reg()));
  }
}
