package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * MMX, SSE and AVX data movement and logic, on the 64-bit parts of vectors. An instruction with a
 * VEX prefix has the same meaning as the SSE one of its name, but writes a destination of its own,
 * may have four parts, clears what lies above and needs no aligned memory.
 */
final class Simd {
  private static final int Q = Width.W64;
  private static final int PARTS = 4;

  // Immediate of LOAD, LOADW and STORE
  private static final int WIDE = 2;
  private static final int LOW_HALF = 4;
  private static final int HIGH_HALF = 8;
  private final Emit e;
  private int address;

  /** The located operand has whole vectors, and they need not be aligned. */
  private boolean unaligned;

  Simd(Emit e) {
    this.e = e;
  }

  /**
   * Whether MMX, SSE or AVX state that the instruction uses is not available in this mode; the
   * block has then been ended with the helper that raises the right exception.
   */
  boolean unavailable() {
    if (e.i.has(Attr.AVX)) {
      return unavailable(ModeKey.AVX, 2);
    }
    boolean mmx = false;
    boolean sse = false;
    for (int k = 0; k < e.i.operandCount(); k++) {
      switch (e.i.operand(k).kind()) {
        case XMM, XMM_RM, XMM_RM_REG, XMM0 -> sse = true;
        case MMX, MMX_RM, MMX_RM_REG -> mmx = true;
        default -> {}
      }
    }
    return sse && unavailable(ModeKey.SSE, 1) || mmx && unavailable(ModeKey.FPU, 0);
  }

  private boolean unavailable(int bit, int state) {
    if (e.mode(bit)) {
      return false;
    }
    e.ends(Helper.SIMD_UNAVAILABLE, e.konst(state));
    return true;
  }

  // Parts of operands

  /** Parts of the instruction's vectors: 2, or 4 with VEX.L. */
  int parts() {
    return e.i.vectorBytes() / 8;
  }

  int xmm(int reg, int part) {
    return e.ir.op0(Op.VGET, Q, index(reg, part));
  }

  void putXmm(int reg, int part, int value) {
    e.ir.op1(Op.VPUT, Q, value, index(reg, part));
  }

  private static long index(int reg, int part) {
    return 2L * reg + (part < 2 ? part : 30 + part);
  }

  /** Vector register number of operand k. */
  int register(int k) {
    return switch (e.i.operand(k).kind()) {
      case XMM -> e.i.reg();
      case XMM_VVVV -> e.i.vvvv();
      case XMM_IMM -> e.i.immRegister();
      case XMM0 -> 0;
      default -> e.i.rm();
    };
  }

  /** Index of the last source: the last operand that is neither immediate nor a blend's mask. */
  int source() {
    int k = e.i.operandCount() - 1;
    while (true) {
      switch (e.i.operand(k).kind()) {
        case IMM, XMM_IMM, XMM0 -> k--;
        default -> {
          return k;
        }
      }
    }
  }

  /** Register of the first source, the operand before the last: of SSE the destination. */
  int firstRegister() {
    return register(Math.max(source() - 1, 0));
  }

  /** Part of the first source. */
  int first(int part) {
    return xmm(firstRegister(), part);
  }

  /** First source, all parts. */
  int[] first() {
    int[] r = new int[parts()];
    for (int k = 0; k < r.length; k++) {
      r[k] = first(k);
    }
    return r;
  }

  /** Last source, all parts. SSE's memory operands are aligned. */
  int[] second() {
    return second(8 * parts());
  }

  /** So many bytes of the last source, 16 or 32. */
  int[] second(int bytes) {
    locate(!e.i.vex(), false, bytes);
    int[] r = new int[bytes / 8];
    for (int k = 0; k < r.length; k++) {
      r[k] = part(source(), k);
    }
    return r;
  }

  /** Writes the destination from its lowest part on; with a VEX prefix the rest becomes 0. */
  void put(int... values) {
    int reg = register(0);
    for (int k = 0; k < values.length; k++) {
      putXmm(reg, k, values[k]);
    }
    if (e.i.vex()) {
      int zero = values.length < PARTS ? e.konst(0) : 0;
      for (int k = values.length; k < PARTS; k++) {
        putXmm(reg, k, zero);
      }
    }
  }

  /**
   * Writes one of the two low parts of the destination; the other stays, or comes from the first
   * source with a VEX prefix.
   */
  void putPart(int part, int value) {
    if (!e.i.vex()) {
      putXmm(register(0), part, value);
      return;
    }
    int other = first(1 - part);
    if (part == 0) {
      put(value, other);
    } else {
      put(other, value);
    }
  }

  /** Writes the low 32 bits of the destination as {@link #putPart}; value has nothing above. */
  void putSingle(int value) {
    int kept = e.opk(Op.AND, Q, first(0), 0xFFFF_FFFF_0000_0000L);
    putPart(0, e.op(Op.OR, Q, kept, value));
  }

  /** Address of a memory operand of so many bytes; aligned ones raise #GP(0) otherwise. */
  void locate(boolean aligned, boolean write, int bytes) {
    unaligned = false;
    if (e.i.isMemory()) {
      unaligned = !aligned && bytes >= 16;
      // The limit of the segment comes before the alignment of a part
      address = unaligned ? e.addressForHelper(bytes, write) : e.address(bytes, write);
      if (aligned) {
        e.ir.op1(Op.ALIGN, Q, address, bytes);
      }
    }
  }

  /** Part of operand k, whose address is known if it is memory. */
  int part(int k, int part) {
    if (e.isMemory(k)) {
      int at = part == 0 ? address : e.offset(address, 8 * part);
      return e.loadPart(at, kind(part));
    }
    return xmm(register(k), part);
  }

  /** What the immediate of an access to a part of the located operand says of it. */
  private int kind(int part) {
    int wide = parts() == 4 ? WIDE : 0;
    int half = (part & 1) == 0 ? LOW_HALF : HIGH_HALF;
    return unaligned ? wide | half : wide;
  }

  /** MOVAPS, MOVUPS and their like in both directions. */
  void move(boolean aligned) {
    boolean write = e.isMemory(0);
    int n = parts();
    locate(aligned, write, 8 * n);
    int[] v = new int[n];
    for (int k = 0; k < n; k++) {
      v[k] = part(1, k);
    }
    if (write) {
      storeParts(aligned, v);
    } else {
      put(v);
    }
  }

  /** Raises what storing so many parts at the located address would raise. */
  void probe(int parts) {
    e.probePart(address, kind(0) & ~WIDE);
    if (parts > 1) {
      e.probePart(e.offset(address, 8 * (parts - 1)), kind(parts - 1) & ~WIDE);
    }
  }

  /** Stores parts at the located address, all or none. */
  void storeParts(boolean aligned, int... v) {
    int[] at = new int[v.length];
    at[0] = address;
    for (int k = 1; k < v.length; k++) {
      at[k] = e.offset(address, 8 * k);
    }
    if (!aligned) {
      // The last part may lie in a page that faults: find out before the first is written.
      e.probePart(at[v.length - 1], kind(v.length - 1) & ~WIDE);
    }
    for (int k = 0; k < v.length; k++) {
      e.storePart(at[k], v[k], kind(k));
    }
  }

  /** PAND, POR, PXOR and PANDN (complement of the first source). */
  void logic(Op op, boolean complement) {
    int[] b = second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      int a = first(k);
      r[k] = e.op(op, Q, complement ? e.op(Op.NOT, Q, a) : a, b[k]);
    }
    put(r);
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
      e.store(w, e.address(Width.bytes(w), true), e.op(Op.ZEXT, w, xmm(register(1), 0)));
    } else if (e.isMemory(1)) {
      put(e.load(w, e.address(Width.bytes(w), false)), e.konst(0));
    } else {
      mergeScalar(w);
    }
  }

  /** The low element of the last source above the rest of the first one. */
  void mergeScalar(int w) {
    int v = xmm(register(source()), 0);
    if (w == Width.W32) {
      putSingle(e.op(Op.ZEXT, w, v));
    } else {
      putPart(0, v);
    }
  }

  /** MOVQ xmm, xmm/m64: the upper half becomes 0. */
  void moveQuadLoad() {
    int v = e.isMemory(1) ? e.load(Q, e.address(8, false)) : xmm(register(1), 0);
    put(v, e.konst(0));
  }

  /** MOVQ xmm/m64, xmm. */
  void moveQuadStore() {
    int v = xmm(register(1), 0);
    if (e.isMemory(0)) {
      e.store(Q, e.address(8, true), v);
    } else {
      put(v, e.konst(0));
    }
  }

  /** MOVLPS, MOVHPS, MOVLPD, MOVHPD from memory. */
  void moveHalfLoad(int half) {
    putPart(half, e.load(Q, e.address(8, false)));
  }

  void moveHalfStore(int half) {
    e.store(Q, e.address(8, true), xmm(e.i.reg(), half));
  }

  /** MOVHLPS, MOVLHPS. */
  void moveHalf(int to, int from) {
    putPart(to, xmm(e.i.rm(), from));
  }

  void generalToXmm() {
    put(e.read(1), e.konst(0));
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

  /** PUNPCKLQDQ (half 0), PUNPCKHQDQ (half 1): that half of both sources, the first's first. */
  void unpackQuad(int from) {
    int[] b = second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k += 2) {
      r[k] = first(k + from);
      r[k + 1] = b[k + from];
    }
    put(r);
  }

  /** VZEROUPPER, VZEROALL: 16 registers in 64-bit mode, else 8. */
  void clear(boolean all) {
    e.ir.op0(Op.VCLEAR, Q, (e.code64() ? 16 : 8) | (all ? 0x100 : 0));
  }
}
