package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Locale;

/** Packed integers: 64-bit parts of vectors, or MMX registers, through {@link PackedOp}. */
final class SimdInteger {
  private static final int Q = Width.W64;
  private static final int RDI = 7;
  private final Emit e;
  private final Simd simd;

  SimdInteger(Emit e, Simd simd) {
    this.e = e;
    this.simd = simd;
  }

  /** The operation named like the instruction. */
  private PackedOp named() {
    String name = e.i.operation().toUpperCase(Locale.ROOT);
    return switch (name) {
      case "UNPCKLPS" -> PackedOp.PUNPCKLDQ;
      case "UNPCKHPS" -> PackedOp.PUNPCKHDQ;
      default -> PackedOp.valueOf(name);
    };
  }

  private int packed(PackedOp op, int a, int b) {
    int simple = PackedExpressions.emit(e, op, a, b);
    return simple >= 0 ? simple : helper(op, a, b);
  }

  private int helper(PackedOp op, int a, int b) {
    return e.helper(Helper.PACKED, e.konst(op.ordinal()), a, b);
  }

  /** Makes 16 bytes of a result from the same 16 bytes of both sources, as two parts each. */
  private interface Lane {
    int[] of(int[] a, int[] b);
  }

  /** Writes a result made lane by lane of 16 bytes. */
  private void lanes(int[] a, int[] b, Lane lane) {
    int[] r = new int[a.length];
    for (int k = 0; k < r.length; k += 2) {
      int[] two = lane.of(new int[] {a[k], a[k + 1]}, new int[] {b[k], b[k + 1]});
      r[k] = two[0];
      r[k + 1] = two[1];
    }
    simd.put(r);
  }

  private void lanes(Lane lane) {
    int[] b = simd.second();
    lanes(simd.first(), b, lane);
  }

  private static int[] two(int low, int high) {
    return new int[] {low, high};
  }

  /** Each part of the result from the same part of both sources. */
  void parts() {
    PackedOp op = named();
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      r[k] = packed(op, simd.first(k), b[k]);
    }
    simd.put(r);
  }

  void lanesMmx() {
    int b = simd.readMmx(1);
    int a = simd.mmx(e.i.reg() & 7);
    simd.putMmx(e.i.reg() & 7, packed(named(), a, b));
  }

  /**
   * PACK, PHADD and their like: low half from the first source's two halves, high half from the
   * second's.
   */
  void horizontal() {
    PackedOp op = named();
    lanes((a, b) -> two(packed(op, a[0], a[1]), packed(op, b[0], b[1])));
  }

  /**
   * PUNPCKL (half 0) and PUNPCKH (half 1): both halves of the result from that half of the sources.
   */
  void unpack(int half) {
    String name = named().name();
    PackedOp lowOp = PackedOp.valueOf(name.replace("PUNPCKH", "PUNPCKL"));
    PackedOp highOp = PackedOp.valueOf(name.replace("PUNPCKL", "PUNPCKH"));
    lanes((a, b) -> two(packed(lowOp, a[half], b[half]), packed(highOp, a[half], b[half])));
  }

  /** Shifts by an immediate or by the low 64 bits of the last source, which has 16 bytes. */
  void shift() {
    PackedOp op = named();
    boolean immediate = e.i.operand(e.i.operandCount() - 1).kind() == Operand.Kind.IMM;
    int count = immediate ? e.konst(e.i.imm() & 0xFF) : simd.second(16)[0];
    int reg = immediate ? e.i.rm() : simd.firstRegister();
    int[] r = new int[simd.parts()];
    for (int k = 0; k < r.length; k++) {
      int v = simd.xmm(reg, k);
      r[k] =
          immediate
              ? PackedExpressions.shift(e, op, v, (int) e.i.imm() & 0xFF)
              : helper(op, v, count);
    }
    simd.put(r);
  }

  void shiftMmx() {
    boolean immediate = e.i.operand(1).kind() == Operand.Kind.IMM;
    int count = immediate ? e.konst(e.i.imm() & 0xFF) : simd.readMmx(1);
    int reg = (immediate ? e.i.rm() : e.i.reg()) & 7;
    simd.putMmx(reg, packed(named(), simd.mmx(reg), count));
  }

  /**
   * 64 bits from bit {@code at} of the 256 bits made of four values, lowest first; at is in 0..255.
   */
  private int window(int[] words, int at) {
    int first = at / 64;
    int shift = at % 64;
    if (shift == 0) {
      return words[first];
    }
    int low = e.opk(Op.SHR, Q, words[first], shift);
    return first == 3 ? low : e.op(Op.OR, Q, low, e.opk(Op.SHL, Q, words[first + 1], 64 - shift));
  }

  /** PSRLDQ, PSLLDQ: by whole bytes. */
  void shiftBytes(boolean left) {
    int n = (int) Math.min(e.i.imm() & 0xFF, 16) * 8;
    int zero = e.konst(0);
    int from = left ? 128 - n : n;
    int[] v = simd.second();
    lanes(
        v,
        v,
        (a, same) -> {
          int[] words =
              left ? new int[] {zero, zero, a[0], a[1]} : new int[] {a[0], a[1], zero, zero};
          return two(window(words, from), window(words, from + 64));
        });
  }

  /** PALIGNR: first source above the second, shifted right by bytes. */
  void align() {
    int n = (int) Math.min(e.i.imm() & 0xFF, 32) * 8;
    int zero = e.konst(0);
    lanes(
        (a, b) -> {
          int[] words = {b[0], b[1], a[0], a[1]};
          return two(
              n > 255 ? zero : window(words, n), n + 64 > 255 ? zero : window(words, n + 64));
        });
  }

  void alignMmx() {
    int n = (int) Math.min(e.i.imm() & 0xFF, 16) * 8;
    int zero = e.konst(0);
    int[] words = {simd.readMmx(1), simd.mmx(e.i.reg() & 7), zero, zero};
    simd.putMmx(e.i.reg() & 7, window(words, n));
  }

  /** PSHUFB: each half of the result picks from both halves of the first source. */
  void shuffleBytes() {
    lanes((a, b) -> two(shuffled(a, b[0]), shuffled(a, b[1])));
  }

  private int shuffled(int[] a, int picks) {
    return e.op(
        Op.OR,
        Q,
        packed(PackedOp.PSHUFB_LOW, a[0], picks),
        packed(PackedOp.PSHUFB_HIGH, a[1], picks));
  }

  private long order() {
    return e.i.imm() & 0xFF;
  }

  void shuffleWordsMmx() {
    simd.putMmx(e.i.reg() & 7, packed(PackedOp.PSHUFW, simd.readMmx(1), e.konst(order())));
  }

  /** PSHUFLW (half 0), PSHUFHW (half 1): words of that half; the other is copied. */
  void shuffleWords(int half) {
    int order = e.konst(order());
    int[] v = simd.second();
    lanes(
        v,
        v,
        (a, b) -> {
          int shuffled = packed(PackedOp.PSHUFW, b[half], order);
          return half == 0 ? two(shuffled, b[1]) : two(b[0], shuffled);
        });
  }

  /** Doubleword n of two halves. */
  private int doubleword(int[] halves, int n) {
    int h = halves[n >> 1];
    return (n & 1) == 0 ? e.op(Op.ZEXT, Width.W32, h) : e.opk(Op.SHR, Q, h, 32);
  }

  private int join(int low, int high) {
    return e.op(Op.OR, Q, low, e.opk(Op.SHL, Q, high, 32));
  }

  /** Two doublewords picked by the low four bits of an order. */
  private int pick(int[] halves, long order) {
    return join(doubleword(halves, (int) order & 3), doubleword(halves, (int) order >> 2 & 3));
  }

  /** PSHUFD, MOVSLDUP (2,2,0,0), MOVSHDUP (3,3,1,1): doublewords picked by an order. */
  void pickDoublewords(long order) {
    int[] v = simd.second();
    lanes(v, v, (a, b) -> two(pick(b, order), pick(b, order >> 4)));
  }

  void shuffleDoublewords() {
    pickDoublewords(order());
  }

  /** SHUFPS: low half from the first source, high half from the second. */
  void shuffleSingles() {
    lanes((a, b) -> two(pick(a, order()), pick(b, order() >> 4)));
  }

  /** SHUFPD: two bits of the immediate for each 16 bytes. */
  void shuffleDoubles() {
    int[] b = simd.second();
    int[] a = simd.first();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      int from = (k & 2) + (int) (order() >> k & 1);
      r[k] = (k & 1) == 0 ? a[from] : b[from];
    }
    simd.put(r);
  }

  /** MOVDDUP: 16 bytes read 8. */
  void duplicateDouble() {
    if (simd.parts() == 4) {
      int[] b = simd.second();
      simd.put(b[0], b[0], b[2], b[2]);
      return;
    }
    int v = e.isMemory(1) ? e.load(Q, e.address(8, false)) : simd.xmm(e.i.rm(), 0);
    simd.put(v, v);
  }

  // Masks

  void byteMask() {
    int mask = packed(PackedOp.PMOVMSKB, simd.xmm(e.i.rm(), 0), e.konst(0));
    for (int k = 1; k < simd.parts(); k++) {
      int signs = packed(PackedOp.PMOVMSKB, simd.xmm(e.i.rm(), k), e.konst(0));
      mask = e.op(Op.OR, Q, mask, e.opk(Op.SHL, Q, signs, 8 * k));
    }
    e.write(0, mask);
  }

  void byteMaskMmx() {
    int v = simd.mmx(e.i.rm() & 7);
    e.helper(Helper.MMX_ENTER);
    e.write(0, packed(PackedOp.PMOVMSKB, v, e.konst(0)));
  }

  /** MOVMSKPD. */
  void doubleMask() {
    int mask = e.opk(Op.SHR, Q, simd.xmm(e.i.rm(), 0), 63);
    for (int k = 1; k < simd.parts(); k++) {
      int sign = e.opk(Op.SHR, Q, simd.xmm(e.i.rm(), k), 63);
      mask = e.op(Op.OR, Q, mask, e.opk(Op.SHL, Q, sign, k));
    }
    e.write(0, mask);
  }

  /** MOVMSKPS. */
  void singleMask() {
    int mask = e.konst(0);
    for (int n = 0; n < 2 * simd.parts(); n++) {
      int bit =
          e.opk(Op.AND, Q, e.opk(Op.SHR, Q, simd.xmm(e.i.rm(), n >> 1), 31 + 32 * (n & 1)), 1);
      mask = e.op(Op.OR, Q, mask, e.opk(Op.SHL, Q, bit, n));
    }
    e.write(0, mask);
  }

  /** PTEST: ZF = no common bit, CF = source within the destination; the others 0. */
  void test() {
    testBits(-1);
  }

  /** VTESTPS, VTESTPD: as PTEST on the sign bits alone. */
  void testSigns() {
    testBits(e.i.opcode() == 0x0E ? 0x8000_0000_8000_0000L : Long.MIN_VALUE);
  }

  private void testBits(long mask) {
    int[] b = simd.second();
    int[] a = simd.first();
    int common = e.op(Op.AND, Q, a[0], b[0]);
    int left = e.op(Op.AND, Q, e.op(Op.NOT, Q, a[0]), b[0]);
    for (int k = 1; k < b.length; k++) {
      common = e.op(Op.OR, Q, common, e.op(Op.AND, Q, a[k], b[k]));
      left = e.op(Op.OR, Q, left, e.op(Op.AND, Q, e.op(Op.NOT, Q, a[k]), b[k]));
    }
    if (mask != -1) {
      common = e.opk(Op.AND, Q, common, mask);
      left = e.opk(Op.AND, Q, left, mask);
    }
    int zf = e.select(common, e.konst(0), e.konst(Emit.ZF));
    int cf = e.select(left, e.konst(0), e.konst(Emit.CF));
    e.setFlags(e.op(Op.OR, Q, zf, cf));
  }

  // Single elements

  /** Index of an element of w within a register, from the immediate. */
  private int element(int w) {
    return (int) order() & (16 >> w) - 1;
  }

  private int extracted(int value, int w, int position) {
    return e.op(Op.ZEXT, w, position == 0 ? value : e.opk(Op.SHR, Q, value, position));
  }

  /** PEXTRB, PEXTRW, PEXTRD, PEXTRQ, EXTRACTPS; a register destination is zero-extended. */
  void extract() {
    int w = e.width(0);
    int at = element(w) * Width.bits(w);
    int v = extracted(simd.xmm(e.i.reg(), at / 64), w, at % 64);
    if (e.isMemory(0)) {
      e.write(0, v);
    } else {
      e.put(e.i.rm(), Math.max(w, Width.W32), v);
    }
  }

  /** PEXTRW with the register in ModRM.reg. */
  void extractWord() {
    int at = element(Width.W16) * 16;
    e.write(0, extracted(simd.xmm(e.i.rm(), at / 64), Width.W16, at % 64));
  }

  void extractWordMmx() {
    int v = simd.mmx(e.i.rm() & 7);
    e.helper(Helper.MMX_ENTER);
    e.write(0, extracted(v, Width.W16, 16 * ((int) order() & 3)));
  }

  private int inserted(int into, int value, int w, int position) {
    if (w == Q) {
      return value;
    }
    int kept = e.opk(Op.AND, Q, into, ~(Width.mask(w) << position));
    return e.op(Op.OR, Q, kept, e.opk(Op.SHL, Q, value, position));
  }

  /** PINSRB, PINSRW, PINSRD, PINSRQ: the register form takes the low bits of a 32-bit register. */
  void insert() {
    int from = simd.source();
    int w = e.width(from);
    int v =
        e.isMemory(from)
            ? e.read(from)
            : e.op(Op.ZEXT, w, e.ir.op0(Op.GET, Math.max(w, Width.W32), e.i.rm()));
    int at = element(w) * Width.bits(w);
    int half = at / 64;
    simd.putPart(half, inserted(simd.first(half), v, w, at % 64));
  }

  void insertWordMmx() {
    int v = e.read(1);
    int a = simd.mmx(e.i.reg() & 7);
    simd.putMmx(e.i.reg() & 7, inserted(a, v, Width.W16, 16 * ((int) order() & 3)));
  }

  // Blends and extensions

  /**
   * PBLENDW, PBLENDD, BLENDPS, BLENDPD: elements of the second source where the immediate has a
   * bit; the eight words of each 16 bytes by the same ones.
   */
  void blend() {
    int bits = e.i.opcode() == 0x0E ? 16 : e.i.opcode() == 0x0D ? 64 : 32;
    int[] b = simd.second();
    int[] a = simd.first();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      int first = bits == 16 ? k & 1 : k;
      long mask = 0;
      for (int at = 0; at < 64; at += bits) {
        if ((order() >> (64 * first + at) / bits & 1) != 0) {
          mask |= (bits == 64 ? -1 : (1L << bits) - 1) << at;
        }
      }
      r[k] = e.op(Op.OR, Q, e.opk(Op.AND, Q, a[k], ~mask), e.opk(Op.AND, Q, b[k], mask));
    }
    simd.put(r);
  }

  /**
   * PBLENDVB, BLENDVPS, BLENDVPD: elements of the second source where the last operand's has its
   * top bit set.
   */
  void blendVariable() {
    PackedOp signs =
        switch (e.i.opcode()) {
          case 0x10, 0x4C -> PackedOp.SIGNSB;
          case 0x14, 0x4A -> PackedOp.SIGNSD;
          default -> PackedOp.SIGNSQ;
        };
    int selector = simd.register(e.i.operandCount() - 1);
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      int mask = packed(signs, simd.xmm(selector, k), e.konst(0));
      r[k] =
          e.op(
              Op.OR,
              Q,
              e.op(Op.AND, Q, simd.first(k), e.op(Op.NOT, Q, mask)),
              e.op(Op.AND, Q, b[k], mask));
    }
    simd.put(r);
  }

  /** PMOVSX, PMOVZX: each part of the result from as many of the source's low elements. */
  void extend() {
    PackedOp op = named();
    int bytes = e.i.bytes(e.i.operand(1).size());
    int[] v = bytes == 16 ? simd.second(16) : two(narrowSource(bytes), 0);
    int[] r = new int[simd.parts()];
    int bits = 8 * bytes / r.length;
    for (int k = 0; k < r.length; k++) {
      int at = k * bits;
      int from = v[at / 64];
      r[k] = packed(op, at % 64 == 0 ? from : e.opk(Op.SHR, Q, from, at % 64), e.konst(0));
    }
    simd.put(r);
  }

  private int narrowSource(int bytes) {
    return e.isMemory(1)
        ? e.load(Width.ofBytes(bytes), e.address(bytes, false))
        : simd.xmm(e.i.rm(), 0);
  }

  // Wider than lanes

  /**
   * MPSADBW: a window of the first source from bit 2 of the immediate on, four bytes of the second
   * from bits 1:0; the upper 16 bytes have bits 5:3.
   */
  void multipleSums() {
    int[] b = simd.second();
    int[] a = simd.first();
    int[] r = new int[b.length];
    int zero = e.konst(0);
    for (int k = 0; k < r.length; k += 2) {
      int control = (int) (order() >> (k == 0 ? 0 : 3));
      int[] words = {a[k], a[k + 1], zero, zero};
      int from = (control >> 2 & 1) * 32;
      int picked = e.opk(Op.SHR, Q, b[k + (control >> 1 & 1)], 32 * (control & 1));
      r[k] = packed(PackedOp.MPSADBW, window(words, from), picked);
      r[k + 1] = packed(PackedOp.MPSADBW, window(words, from + 32), picked);
    }
    simd.put(r);
  }

  void minimumPosition() {
    int[] b = simd.second();
    simd.put(packed(PackedOp.PHMINPOSUW, b[0], b[1]), e.konst(0));
  }

  void carryLessProduct() {
    int b = simd.second()[(int) order() >> 4 & 1];
    int a = simd.first()[(int) order() & 1];
    simd.put(packed(PackedOp.PCLMULLQ, a, b), packed(PackedOp.PCLMULHQ, a, b));
  }

  /** AESENC, AESENCLAST, AESDEC, AESDECLAST: the last source is the round key. */
  void aesRound() {
    String name = e.i.operation().toUpperCase(Locale.ROOT);
    int[] key = simd.second();
    int[] a = simd.first();
    int low = packed(PackedOp.valueOf(name + "_LOW"), a[0], a[1]);
    int high = packed(PackedOp.valueOf(name + "_HIGH"), a[0], a[1]);
    simd.put(e.op(Op.XOR, Q, low, key[0]), e.op(Op.XOR, Q, high, key[1]));
  }

  void aesInverseMix() {
    int[] b = simd.second();
    simd.put(packed(PackedOp.AESIMC, b[0], e.konst(0)), packed(PackedOp.AESIMC, b[1], e.konst(0)));
  }

  void aesKeyAssist() {
    int[] b = simd.second();
    int constant = e.konst(order());
    simd.put(
        packed(PackedOp.AESKEYGENASSIST, b[0], constant),
        packed(PackedOp.AESKEYGENASSIST, b[1], constant));
  }

  /**
   * PCMPESTRM, PCMPESTRI, PCMPISTRM, PCMPISTRI: the only 16-byte memory operands that need no
   * alignment.
   */
  void compareText() {
    boolean explicit = e.i.opcode() < 0x62;
    boolean mask = (e.i.opcode() & 1) == 0;
    simd.locate(false, false, 16);
    int low = simd.part(1, 0);
    int high = simd.part(1, 1);
    long control =
        order()
            | (explicit ? 0x100 : 0)
            | (e.i.opSize() == 8 ? 0x200 : 0)
            | (mask ? 0x400 : 0)
            | (long) e.i.reg() << 16;
    e.helper(Helper.PCMPSTR, e.konst(control), low, high);
    if (mask && e.i.vex()) {
      int zero = e.konst(0);
      simd.putXmm(0, 2, zero);
      simd.putXmm(0, 3, zero);
    }
  }

  /** MASKMOVDQU, MASKMOVQ: to DS:rDI, the segment may be overridden. */
  void maskedMove() {
    boolean mmx = e.i.operand(0).kind() == Operand.Kind.MMX;
    int w = e.addrWidth();
    int address =
        e.linearForHelper(e.ir.op0(Op.GET, w, RDI), e.dataSegment(), w, mmx ? 8 : 16, true);
    long registers =
        mmx ? e.i.reg() & 7 | (e.i.rm() & 7) << 8 | 0x10000 : e.i.reg() | e.i.rm() << 8;
    e.helper(Helper.MASKMOV, address, e.konst(registers));
  }
}
