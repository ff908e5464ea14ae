package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Locale;

/** Packed integers: halves of XMM registers, or MMX registers, through {@link PackedOp}. */
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
    String name = e.i.mnemonic().toUpperCase(Locale.ROOT);
    return switch (name) {
      case "UNPCKLPS" -> PackedOp.PUNPCKLDQ;
      case "UNPCKHPS" -> PackedOp.PUNPCKHDQ;
      default -> PackedOp.valueOf(name);
    };
  }

  private int packed(PackedOp op, int a, int b) {
    return e.helper(Helper.PACKED, e.konst(op.ordinal()), a, b);
  }

  private int destination(int half) {
    return simd.xmm(e.i.reg(), half);
  }

  private void put(int low, int high) {
    simd.putXmm(e.i.reg(), 0, low);
    simd.putXmm(e.i.reg(), 1, high);
  }

  /** Each half of the result from the same half of both operands. */
  void lanes() {
    PackedOp op = named();
    simd.locate(true, false);
    int low = packed(op, destination(0), simd.half(1, 0));
    int high = packed(op, destination(1), simd.half(1, 1));
    put(low, high);
  }

  void lanesMmx() {
    int b = simd.readMmx(1);
    int a = simd.mmx(e.i.reg() & 7);
    simd.putMmx(e.i.reg() & 7, packed(named(), a, b));
  }

  /**
   * PACK, PHADD and their like: low half from the destination's two halves, high half from the
   * source's.
   */
  void horizontal() {
    PackedOp op = named();
    simd.locate(true, false);
    int low = packed(op, destination(0), destination(1));
    int high = packed(op, simd.half(1, 0), simd.half(1, 1));
    put(low, high);
  }

  /**
   * PUNPCKL (half 0) and PUNPCKH (half 1): both halves of the result from that half of the
   * operands.
   */
  void unpack(int half) {
    String name = named().name();
    PackedOp lowOp = PackedOp.valueOf(name.replace("PUNPCKH", "PUNPCKL"));
    PackedOp highOp = PackedOp.valueOf(name.replace("PUNPCKL", "PUNPCKH"));
    simd.locate(true, false);
    int b = simd.half(1, half);
    int a = destination(half);
    put(packed(lowOp, a, b), packed(highOp, a, b));
  }

  /** Shifts by an immediate or by the low 64 bits of the source. */
  void shift() {
    PackedOp op = named();
    boolean immediate = e.i.operand(1).kind() == Operand.Kind.IMM;
    simd.locate(true, false);
    int count = immediate ? e.konst(e.i.imm() & 0xFF) : simd.half(1, 0);
    int reg = immediate ? e.i.rm() : e.i.reg();
    int low = packed(op, simd.xmm(reg, 0), count);
    int high = packed(op, simd.xmm(reg, 1), count);
    simd.putXmm(reg, 0, low);
    simd.putXmm(reg, 1, high);
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
    int reg = e.i.rm();
    int zero = e.konst(0);
    int low = simd.xmm(reg, 0);
    int high = simd.xmm(reg, 1);
    int[] words = left ? new int[] {zero, zero, low, high} : new int[] {low, high, zero, zero};
    int from = left ? 128 - n : n;
    int newLow = window(words, from);
    int newHigh = window(words, from + 64);
    simd.putXmm(reg, 0, newLow);
    simd.putXmm(reg, 1, newHigh);
  }

  /** PALIGNR: destination above source, shifted right by bytes. */
  void align() {
    simd.locate(true, false);
    int n = (int) Math.min(e.i.imm() & 0xFF, 32) * 8;
    int zero = e.konst(0);
    int[] words = {simd.half(1, 0), simd.half(1, 1), destination(0), destination(1)};
    int low = n > 255 ? zero : window(words, n);
    int high = n + 64 > 255 ? zero : window(words, n + 64);
    put(low, high);
  }

  void alignMmx() {
    int n = (int) Math.min(e.i.imm() & 0xFF, 16) * 8;
    int zero = e.konst(0);
    int[] words = {simd.readMmx(1), simd.mmx(e.i.reg() & 7), zero, zero};
    simd.putMmx(e.i.reg() & 7, window(words, n));
  }

  /** PSHUFB on 16 bytes: each half of the result picks from both halves of the destination. */
  void shuffleBytes() {
    simd.locate(true, false);
    int a0 = destination(0);
    int a1 = destination(1);
    int[] r = new int[2];
    for (int h = 0; h < 2; h++) {
      int picks = simd.half(1, h);
      r[h] =
          e.op(
              Op.OR,
              Q,
              packed(PackedOp.PSHUFB_LOW, a0, picks),
              packed(PackedOp.PSHUFB_HIGH, a1, picks));
    }
    put(r[0], r[1]);
  }

  private long order() {
    return e.i.imm() & 0xFF;
  }

  void shuffleWordsMmx() {
    simd.putMmx(e.i.reg() & 7, packed(PackedOp.PSHUFW, simd.readMmx(1), e.konst(order())));
  }

  /** PSHUFLW (half 0), PSHUFHW (half 1): words of that half; the other is copied. */
  void shuffleWords(int half) {
    simd.locate(true, false);
    int shuffled = packed(PackedOp.PSHUFW, simd.half(1, half), e.konst(order()));
    int copied = simd.half(1, 1 - half);
    put(half == 0 ? shuffled : copied, half == 0 ? copied : shuffled);
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

  private int[] source() {
    simd.locate(true, false);
    return new int[] {simd.half(1, 0), simd.half(1, 1)};
  }

  private int[] target() {
    return new int[] {destination(0), destination(1)};
  }

  void shuffleDoublewords() {
    int[] b = source();
    put(pick(b, order()), pick(b, order() >> 4));
  }

  /** SHUFPS: low half from the destination, high half from the source. */
  void shuffleSingles() {
    int[] b = source();
    int[] a = target();
    put(pick(a, order()), pick(b, order() >> 4));
  }

  void shuffleDoubles() {
    int[] b = source();
    int[] a = target();
    put(a[(int) order() & 1], b[(int) order() >> 1 & 1]);
  }

  /** MOVSLDUP, MOVSHDUP: doublewords picked as 2,2,0,0 or 3,3,1,1. */
  void duplicate(int order) {
    int[] b = source();
    put(pick(b, order), pick(b, order >> 4));
  }

  void duplicateDouble() {
    int v = e.isMemory(1) ? e.load(Q, e.address(8, false)) : simd.xmm(e.i.rm(), 0);
    put(v, v);
  }

  // Masks

  void byteMask() {
    int low = packed(PackedOp.PMOVMSKB, simd.xmm(e.i.rm(), 0), e.konst(0));
    int high = packed(PackedOp.PMOVMSKB, simd.xmm(e.i.rm(), 1), e.konst(0));
    e.write(0, e.op(Op.OR, Q, low, e.opk(Op.SHL, Q, high, 8)));
  }

  void byteMaskMmx() {
    int v = simd.mmx(e.i.rm() & 7);
    e.helper(Helper.MMX_ENTER);
    e.write(0, packed(PackedOp.PMOVMSKB, v, e.konst(0)));
  }

  /** MOVMSKPD. */
  void doubleMask() {
    int low = e.opk(Op.SHR, Q, simd.xmm(e.i.rm(), 0), 63);
    int high = e.opk(Op.SHR, Q, simd.xmm(e.i.rm(), 1), 63);
    e.write(0, e.op(Op.OR, Q, low, e.opk(Op.SHL, Q, high, 1)));
  }

  /** MOVMSKPS. */
  void singleMask() {
    int mask = e.konst(0);
    for (int n = 0; n < 4; n++) {
      int bit =
          e.opk(Op.AND, Q, e.opk(Op.SHR, Q, simd.xmm(e.i.rm(), n >> 1), 31 + 32 * (n & 1)), 1);
      mask = e.op(Op.OR, Q, mask, e.opk(Op.SHL, Q, bit, n));
    }
    e.write(0, mask);
  }

  /** PTEST: ZF = no common bit, CF = source within the destination; the others 0. */
  void test() {
    int[] b = source();
    int[] a = target();
    int common = e.op(Op.OR, Q, e.op(Op.AND, Q, a[0], b[0]), e.op(Op.AND, Q, a[1], b[1]));
    int left =
        e.op(
            Op.OR,
            Q,
            e.op(Op.AND, Q, e.op(Op.NOT, Q, a[0]), b[0]),
            e.op(Op.AND, Q, e.op(Op.NOT, Q, a[1]), b[1]));
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
    int w = e.width(1);
    int v =
        e.isMemory(1)
            ? e.read(1)
            : e.op(Op.ZEXT, w, e.ir.op0(Op.GET, Math.max(w, Width.W32), e.i.rm()));
    int at = element(w) * Width.bits(w);
    int half = at / 64;
    simd.putXmm(e.i.reg(), half, inserted(destination(half), v, w, at % 64));
  }

  void insertWordMmx() {
    int v = e.read(1);
    int a = simd.mmx(e.i.reg() & 7);
    simd.putMmx(e.i.reg() & 7, inserted(a, v, Width.W16, 16 * ((int) order() & 3)));
  }

  // Blends and extensions

  /** PBLENDW, BLENDPS, BLENDPD: elements of the source where the immediate has a bit. */
  void blend() {
    int bits = e.i.opcode() == 0x0C ? 32 : e.i.opcode() == 0x0D ? 64 : 16;
    int[] b = source();
    int[] a = target();
    int[] r = new int[2];
    for (int h = 0; h < 2; h++) {
      long mask = 0;
      for (int at = 0; at < 64; at += bits) {
        if ((order() >> (64 * h + at) / bits & 1) != 0) {
          mask |= (bits == 64 ? -1 : (1L << bits) - 1) << at;
        }
      }
      r[h] = e.op(Op.OR, Q, e.opk(Op.AND, Q, a[h], ~mask), e.opk(Op.AND, Q, b[h], mask));
    }
    put(r[0], r[1]);
  }

  /** PBLENDVB, BLENDVPS, BLENDVPD: elements of the source where XMM0's has its top bit set. */
  void blendVariable() {
    PackedOp signs =
        e.i.opcode() == 0x10
            ? PackedOp.SIGNSB
            : e.i.opcode() == 0x14 ? PackedOp.SIGNSD : PackedOp.SIGNSQ;
    int[] b = source();
    int[] a = target();
    int[] r = new int[2];
    for (int h = 0; h < 2; h++) {
      int mask = packed(signs, simd.xmm(0, h), e.konst(0));
      r[h] =
          e.op(Op.OR, Q, e.op(Op.AND, Q, a[h], e.op(Op.NOT, Q, mask)), e.op(Op.AND, Q, b[h], mask));
    }
    put(r[0], r[1]);
  }

  /** PMOVSX, PMOVZX: the low half of the source's elements gives the low half of the result. */
  void extend() {
    PackedOp op = named();
    int w = e.width(1);
    int v = e.isMemory(1) ? e.load(w, e.address(Width.bytes(w), false)) : simd.xmm(e.i.rm(), 0);
    int low = packed(op, v, e.konst(0));
    int high = packed(op, e.opk(Op.SHR, Q, v, Width.bits(w) / 2), e.konst(0));
    put(low, high);
  }

  // Wider than lanes

  /**
   * MPSADBW: a window of the destination from bit 2 of the immediate on, four bytes of the source
   * from bits 1:0.
   */
  void multipleSums() {
    int[] b = source();
    int zero = e.konst(0);
    int[] a = {destination(0), destination(1), zero, zero};
    int from = (int) (order() >> 2 & 1) * 32;
    int picked = e.opk(Op.SHR, Q, b[(int) order() >> 1 & 1], 32 * (order() & 1));
    int low = packed(PackedOp.MPSADBW, window(a, from), picked);
    int high = packed(PackedOp.MPSADBW, window(a, from + 32), picked);
    put(low, high);
  }

  void minimumPosition() {
    int[] b = source();
    put(packed(PackedOp.PHMINPOSUW, b[0], b[1]), e.konst(0));
  }

  void carryLessProduct() {
    int b = source()[(int) order() >> 4 & 1];
    int a = target()[(int) order() & 1];
    put(packed(PackedOp.PCLMULLQ, a, b), packed(PackedOp.PCLMULHQ, a, b));
  }

  /** AESENC, AESENCLAST, AESDEC, AESDECLAST: the source is the round key. */
  void aesRound() {
    String name = e.i.mnemonic().toUpperCase(Locale.ROOT);
    int[] key = source();
    int[] a = target();
    int low = packed(PackedOp.valueOf(name + "_LOW"), a[0], a[1]);
    int high = packed(PackedOp.valueOf(name + "_HIGH"), a[0], a[1]);
    put(e.op(Op.XOR, Q, low, key[0]), e.op(Op.XOR, Q, high, key[1]));
  }

  void aesInverseMix() {
    int[] b = source();
    put(packed(PackedOp.AESIMC, b[0], e.konst(0)), packed(PackedOp.AESIMC, b[1], e.konst(0)));
  }

  void aesKeyAssist() {
    int[] b = source();
    int constant = e.konst(order());
    put(
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
    simd.locate(false, false);
    int low = simd.half(1, 0);
    int high = simd.half(1, 1);
    long control =
        order()
            | (explicit ? 0x100 : 0)
            | (e.i.opSize() == 8 ? 0x200 : 0)
            | (mask ? 0x400 : 0)
            | (long) e.i.reg() << 16;
    e.helper(Helper.PCMPSTR, e.konst(control), low, high);
  }

  /** MASKMOVDQU, MASKMOVQ: to DS:rDI, the segment may be overridden. */
  void maskedMove() {
    boolean mmx = e.i.operand(0).kind() == Operand.Kind.MMX;
    int w = e.addrWidth();
    int address = e.linear(e.ir.op0(Op.GET, w, RDI), e.dataSegment(), w, mmx ? 8 : 16, true);
    long registers =
        mmx ? e.i.reg() & 7 | (e.i.rm() & 7) << 8 | 0x10000 : e.i.reg() | e.i.rm() << 8;
    e.helper(Helper.MASKMOV, address, e.konst(registers));
  }
}
