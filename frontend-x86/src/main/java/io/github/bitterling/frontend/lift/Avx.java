package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Arrays;

/** AVX data movement without a model in SSE: broadcasts, permutations, 128-bit lanes, gathers. */
final class Avx {
  private static final int Q = Width.W64;
  private final Emit e;
  private final Simd simd;

  Avx(Emit e, Simd simd) {
    this.e = e;
    this.simd = simd;
  }

  private int order() {
    return (int) e.i.imm() & 0xFF;
  }

  /** VBROADCAST, VPBROADCAST: one element to all places. */
  void broadcast() {
    int bytes = e.i.bytes(e.i.operand(1).size());
    int[] r = new int[simd.parts()];
    if (bytes == 16) {
      int[] v = simd.second(16);
      simd.put(v[0], v[1], v[0], v[1]);
      return;
    }
    int w = Width.ofBytes(bytes);
    int v = e.isMemory(1) ? e.load(w, e.address(bytes, false)) : simd.xmm(e.i.rm(), 0);
    int all =
        w == Q ? v : e.opk(Op.MUL, Q, e.op(Op.ZEXT, w, v), Long.divideUnsigned(-1, Width.mask(w)));
    Arrays.fill(r, all);
    simd.put(r);
  }

  // Permutations

  /** VPERMQ, VPERMPD: parts picked by the immediate. */
  void permuteQuads() {
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      r[k] = b[order() >> 2 * k & 3];
    }
    simd.put(r);
  }

  /** VPERMILPD by the immediate: a bit for each part. */
  void permuteDoubles() {
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      r[k] = b[(k & 2) + (order() >> k & 1)];
    }
    simd.put(r);
  }

  /** VPERMILPD by a vector: bit 1 of each part's control. */
  void permuteDoublesVariable() {
    int[] control = simd.second();
    int[] a = simd.first();
    int[] r = new int[a.length];
    for (int k = 0; k < r.length; k++) {
      int upper = e.opk(Op.AND, Q, control[k], 2);
      r[k] = e.select(upper, a[(k & 2) + 1], a[k & 2]);
    }
    simd.put(r);
  }

  /** VPERMILPS by a vector: two bits of control for each doubleword, within 16 bytes. */
  void permuteSinglesVariable() {
    int[] control = simd.second();
    int[] a = simd.first();
    int[] r = new int[a.length];
    for (int k = 0; k < r.length; k++) {
      int picks = e.opk(Op.AND, Q, control[k], 0x3_0000_0003L);
      r[k] = picked(picks, a[k & 2], a[(k & 2) + 1]);
    }
    simd.put(r);
  }

  /** VPERMD, VPERMPS: three bits of the first source for each doubleword of the second. */
  void permuteDoublewords() {
    int[] b = simd.second();
    int[] control = simd.first();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      r[k] = picked(e.opk(Op.AND, Q, control[k], 0x7_0000_0007L), b);
    }
    simd.put(r);
  }

  /** Two doublewords of the given parts, by their numbers. */
  private int picked(int picks, int... parts) {
    int r = e.konst(0);
    for (int p = 0; p < parts.length; p++) {
      int own = p == 0 ? picks : e.opk(Op.XOR, Q, picks, 0x2_0000_0002L * p);
      int operation = e.konst(PackedOp.PICKD.ordinal());
      r = e.op(Op.OR, Q, r, e.helper(Helper.PACKED, operation, parts[p], own));
    }
    return r;
  }

  // Lanes of 128 bits

  /** VPERM2F128, VPERM2I128: each lane one of four, or 0. */
  void permuteLanes() {
    int[] b = simd.second();
    int[] a = simd.first();
    int zero = e.konst(0);
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      int pick = order() >> 4 * (k / 2);
      int[] from = (pick & 2) == 0 ? a : b;
      r[k] = (pick & 8) != 0 ? zero : from[2 * (pick & 1) + (k & 1)];
    }
    simd.put(r);
  }

  void insertLane() {
    int[] lane = simd.second(16);
    int[] r = simd.first();
    int to = 2 * (order() & 1);
    r[to] = lane[0];
    r[to + 1] = lane[1];
    simd.put(r);
  }

  void extractLane() {
    int from = 2 * (order() & 1);
    if (e.isMemory(0)) {
      simd.locate(false, true, 16);
      simd.storeParts(false, simd.xmm(e.i.reg(), from), simd.xmm(e.i.reg(), from + 1));
    } else {
      int low = simd.xmm(e.i.reg(), from);
      simd.put(low, simd.xmm(e.i.reg(), from + 1));
    }
  }

  // Memory by element

  /**
   * What the helpers of masked moves and gathers are told: data register, mask register << 4, index
   * register << 8, log2 of the element's bytes << 12, log2 of the index's bytes << 14, scale << 16,
   * segment << 18, log2 of the address size << 21, number of elements << 24, bytes of the data
   * vector << 28.
   */
  private long access(int data, int mask, int elements) {
    int size = e.i.vexW() != 0 || wideFloats() ? 3 : 2;
    int addressSize = Integer.numberOfTrailingZeros(e.i.addrSize());
    return data
        | mask << 4
        | size << 12
        | e.i.segment() << 18
        | addressSize << 21
        | (long) elements << 24
        | (long) (elements << size) << 28;
  }

  /** VMASKMOVPD: the opcode names the format, not VEX.W. */
  private boolean wideFloats() {
    int op = e.i.opcode();
    return op == 0x2D || op == 0x2F;
  }

  void maskedMove(boolean store) {
    int data = e.i.reg();
    boolean wide = e.i.vexW() != 0 || wideFloats();
    int elements = simd.parts() * (wide ? 1 : 2);
    e.helper(
        store ? Helper.MASKED_STORE : Helper.MASKED_LOAD,
        e.effectiveAddress(),
        e.konst(access(data, e.i.vvvv(), elements)));
  }

  /** VGATHER, VPGATHER: as many elements as the shorter of data and index vector holds. */
  void gather() {
    boolean longIndex = (e.i.opcode() & 1) != 0;
    boolean wide = e.i.vexW() != 0;
    int elements = simd.parts() * (longIndex || wide ? 1 : 2);
    long packed =
        access(e.i.reg(), e.i.vvvv(), elements)
            | (long) e.i.index() << 8
            | (longIndex ? 3L : 2L) << 14
            | (long) e.i.scale() << 16;
    e.helper(Helper.GATHER, e.baseAddress(), e.konst(packed));
  }
}
