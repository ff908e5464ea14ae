package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** MMX and SSE data movement and logic, on 64-bit halves. */
final class Simd {
  private static final int Q = Width.W64;
  private final Emit e;
  private int address;

  Simd(Emit e) {
    this.e = e;
  }

  /**
   * Whether MMX or SSE state that the instruction uses is not available in this mode; the block has
   * then been ended with the helper that raises the right exception.
   */
  boolean unavailable() {
    boolean mmx = false;
    boolean sse = false;
    for (int k = 0; k < e.i.operandCount(); k++) {
      switch (e.i.operand(k).kind()) {
        case XMM, XMM_RM, XMM_RM_REG, XMM0 -> sse = true;
        case MMX, MMX_RM, MMX_RM_REG -> mmx = true;
        default -> {}
      }
    }
    if (sse && !e.mode(ModeKey.SSE)) {
      e.ends(Helper.SIMD_UNAVAILABLE, e.konst(1));
      return true;
    }
    if (mmx && !e.mode(ModeKey.FPU)) {
      e.ends(Helper.SIMD_UNAVAILABLE, e.konst(0));
      return true;
    }
    return false;
  }

  // Halves of operands

  int xmm(int reg, int half) {
    return e.ir.op0(Op.VGET, Q, 2L * reg + half);
  }

  void putXmm(int reg, int half, int value) {
    e.ir.op1(Op.VPUT, Q, value, 2L * reg + half);
  }

  /** XMM register number of operand k. */
  int xmmRegister(int k) {
    return e.i.operand(k).kind() == Operand.Kind.XMM ? e.i.reg() : e.i.rm();
  }

  /** Address of a 16-byte memory operand; aligned ones raise #GP(0) otherwise. */
  void locate(boolean aligned, boolean write) {
    if (e.i.isMemory()) {
      address = e.address(16, write);
      if (aligned) {
        e.helper(Helper.ALIGN16, address);
      }
    }
  }

  int half(int k, int half) {
    if (e.isMemory(k)) {
      return e.load(Q, half == 0 ? address : e.offset(address, 8));
    }
    return xmm(xmmRegister(k), half);
  }

  /** MOVAPS, MOVUPS and their like in both directions. */
  void move(boolean aligned) {
    boolean write = e.isMemory(0);
    locate(aligned, write);
    int low = half(1, 0);
    int high = half(1, 1);
    if (!write) {
      putXmm(xmmRegister(0), 0, low);
      putXmm(xmmRegister(0), 1, high);
      return;
    }
    int second = e.offset(address, 8);
    if (!aligned) {
      // The second half may lie in a page that faults: find out before the first is written.
      e.loadForWrite(Q, second);
    }
    e.store(Q, address, low);
    e.store(Q, second, high);
  }

  /** PAND, POR, PXOR and PANDN (complement of the destination first). */
  void logic(Op op, boolean complement) {
    locate(true, false);
    int[] r = new int[2];
    for (int h = 0; h < 2; h++) {
      int b = half(1, h);
      int a = xmm(e.i.reg(), h);
      r[h] = e.op(op, Q, complement ? e.op(Op.NOT, Q, a) : a, b);
    }
    putXmm(e.i.reg(), 0, r[0]);
    putXmm(e.i.reg(), 1, r[1]);
  }

  void logicMmx(Op op, boolean complement) {
    int b = readMmx(1);
    int a = mmx(e.i.reg() & 7);
    putMmx(e.i.reg() & 7, e.op(op, Q, complement ? e.op(Op.NOT, Q, a) : a, b));
  }

  // 64-bit and 32-bit moves

  /** MOVSS, MOVSD: loads clear the rest of the register, register moves keep it. */
  void moveScalar(int w) {
    if (e.isMemory(0)) {
      e.store(w, e.address(Width.bytes(w), true), e.op(Op.ZEXT, w, xmm(xmmRegister(1), 0)));
      return;
    }
    int to = xmmRegister(0);
    if (e.isMemory(1)) {
      int v = e.load(w, e.address(Width.bytes(w), false));
      putXmm(to, 0, v);
      putXmm(to, 1, e.konst(0));
      return;
    }
    int v = xmm(xmmRegister(1), 0);
    if (w == Width.W32) {
      int kept = e.opk(Op.AND, Q, xmm(to, 0), 0xFFFF_FFFF_0000_0000L);
      v = e.op(Op.OR, Q, kept, e.op(Op.ZEXT, w, v));
    }
    putXmm(to, 0, v);
  }

  /** MOVQ xmm, xmm/m64: the upper half becomes 0. */
  void moveQuadLoad() {
    int v = e.isMemory(1) ? e.load(Q, e.address(8, false)) : xmm(xmmRegister(1), 0);
    putXmm(xmmRegister(0), 0, v);
    putXmm(xmmRegister(0), 1, e.konst(0));
  }

  /** MOVQ xmm/m64, xmm. */
  void moveQuadStore() {
    int v = xmm(xmmRegister(1), 0);
    if (e.isMemory(0)) {
      e.store(Q, e.address(8, true), v);
    } else {
      putXmm(xmmRegister(0), 0, v);
      putXmm(xmmRegister(0), 1, e.konst(0));
    }
  }

  /** MOVLPS, MOVHPS, MOVLPD, MOVHPD from memory. */
  void moveHalfLoad(int half) {
    putXmm(e.i.reg(), half, e.load(Q, e.address(8, false)));
  }

  void moveHalfStore(int half) {
    e.store(Q, e.address(8, true), xmm(e.i.reg(), half));
  }

  /** MOVHLPS, MOVLHPS. */
  void moveHalf(int to, int from) {
    putXmm(e.i.reg(), to, xmm(e.i.rm(), from));
  }

  void generalToXmm() {
    int v = e.read(1);
    putXmm(e.i.reg(), 0, v);
    putXmm(e.i.reg(), 1, e.konst(0));
  }

  void xmmToGeneral() {
    e.write(0, e.op(Op.ZEXT, e.width(0), xmm(e.i.reg(), 0)));
  }

  // MMX

  int mmx(int reg) {
    return e.helper(Helper.MMX_GET, e.konst(reg));
  }

  void putMmx(int reg, int value) {
    e.helper(Helper.MMX_PUT, e.konst(reg), value);
  }

  /** Operand k, an MMX register or 64 bits (32 for PUNPCKL) of memory. */
  int readMmx(int k) {
    if (e.isMemory(k)) {
      int w = e.width(k);
      return e.load(w, e.address(Width.bytes(w), false));
    }
    return mmx((e.i.operand(k).kind() == Operand.Kind.MMX ? e.i.reg() : e.i.rm()) & 7);
  }

  void movqMmx() {
    putMmx(e.i.reg() & 7, readMmx(1));
  }

  void movqMmxStore() {
    int v = mmx(e.i.reg() & 7);
    if (e.isMemory(0)) {
      e.store(Q, e.address(8, true), v);
      e.helper(Helper.MMX_ENTER);
    } else {
      putMmx(e.i.rm() & 7, v);
    }
  }

  void generalToMmx() {
    putMmx(e.i.reg() & 7, e.read(1));
  }

  void mmxToGeneral() {
    int v = e.op(Op.ZEXT, e.width(0), mmx(e.i.reg() & 7));
    if (e.isMemory(0)) {
      e.write(0, v);
      e.helper(Helper.MMX_ENTER);
    } else {
      e.helper(Helper.MMX_ENTER);
      e.write(0, v);
    }
  }

  /** MOVQ2DQ. */
  void mmxToXmm() {
    int v = mmx(e.i.rm() & 7);
    e.helper(Helper.MMX_ENTER);
    putXmm(e.i.reg(), 0, v);
    putXmm(e.i.reg(), 1, e.konst(0));
  }

  /** MOVDQ2Q. */
  void xmmToMmx() {
    putMmx(e.i.reg() & 7, xmm(e.i.rm(), 0));
  }

  /** PUNPCKLQDQ (half 0), PUNPCKHQDQ (half 1): that half of both operands, destination's first. */
  void unpackQuad(int from) {
    locate(true, false);
    int b = half(1, from);
    int a = xmm(e.i.reg(), from);
    putXmm(e.i.reg(), 0, a);
    putXmm(e.i.reg(), 1, b);
  }
}
