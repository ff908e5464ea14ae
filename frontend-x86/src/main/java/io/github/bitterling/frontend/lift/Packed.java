package io.github.bitterling.frontend.lift;

/**
 * Lane-wise operations on 64 bits, the building block of MMX and of each half of SSE integer
 * instructions.
 */
public final class Packed {
  private Packed() {}

  /** Result of operation {@code number}, a {@link PackedOp} ordinal. */
  public static long apply(int number, long a, long b) {
    PackedOp op = PackedOp.of(number);
    int bits = op.bits();
    return switch (op) {
      case PADDB -> Lanes.paddb(a, b);
      case PADDW -> Lanes.paddw(a, b);
      case PADDD -> Lanes.paddd(a, b);
      case PADDQ -> Lanes.paddq(a, b);
      case PSUBB -> Lanes.psubb(a, b);
      case PSUBW -> Lanes.psubw(a, b);
      case PSUBD -> Lanes.psubd(a, b);
      case PSUBQ -> Lanes.psubq(a, b);
      case PCMPEQB -> Lanes.pcmpeqb(a, b);
      case PCMPEQW -> Lanes.pcmpeqw(a, b);
      case PCMPEQD -> Lanes.pcmpeqd(a, b);
      case PCMPGTB -> Lanes.pcmpgtb(a, b);
      case PCMPGTW -> Lanes.pcmpgtw(a, b);
      case PCMPGTD -> Lanes.pcmpgtd(a, b);
      case PMINUB -> Lanes.pminub(a, b);
      case PMAXUB -> Lanes.pmaxub(a, b);
      case PMINUW -> Lanes.pminuw(a, b);
      case PMAXUW -> Lanes.pmaxuw(a, b);
      case PMINUD -> Lanes.pminud(a, b);
      case PMAXUD -> Lanes.pmaxud(a, b);
      case PMINSW -> Lanes.pminsw(a, b);
      case PMAXSW -> Lanes.pmaxsw(a, b);
      case PMINSD -> Lanes.pminsd(a, b);
      case PMAXSD -> Lanes.pmaxsd(a, b);
      case SIGNSB -> Lanes.signsb(a, b);
      case SIGNSD -> Lanes.signsd(a, b);
      case SIGNSQ -> Lanes.signsq(a, b);
      case PAVGB -> Lanes.pavgb(a, b);
      case PAVGW -> Lanes.pavgw(a, b);
      case PMULUDQ -> Lanes.pmuludq(a, b);
      case PMULDQ -> Lanes.pmuldq(a, b);
      case PMULLD -> Lanes.pmulld(a, b);
      case PMULLW -> Lanes.pmullw(a, b);
      case PMADDWD -> Lanes.pmaddwd(a, b);
      case PSRLW -> Lanes.psrlw(a, b);
      case PSLLW -> Lanes.psllw(a, b);
      case PSRAW -> Lanes.psraw(a, b);
      case PSRLD -> Lanes.psrld(a, b);
      case PSLLD -> Lanes.pslld(a, b);
      case PSRAD -> Lanes.psrad(a, b);
      case PSRLQ -> Lanes.psrlq(a, b);
      case PSLLQ -> Lanes.psllq(a, b);
      case PUNPCKLBW -> Lanes.punpcklbw(a, b);
      case PUNPCKHBW -> Lanes.punpckhbw(a, b);
      case PUNPCKLWD -> Lanes.punpcklwd(a, b);
      case PUNPCKHWD -> Lanes.punpckhwd(a, b);
      case PUNPCKLDQ -> Lanes.punpckldq(a, b);
      case PUNPCKHDQ -> Lanes.punpckhdq(a, b);
      case PMOVZXBW -> Lanes.pmovzxbw(a, b);
      case PMOVZXWD -> Lanes.pmovzxwd(a, b);
      case PMOVZXDQ -> Lanes.pmovzxdq(a, b);
      case PMOVSXWD -> Lanes.pmovsxwd(a, b);
      case PMOVSXDQ -> Lanes.pmovsxdq(a, b);
      case PMOVMSKB -> Lanes.pmovmskb(a, b);
      case PDEP -> Lanes.pdep(a, b);
      case PEXT -> Lanes.pext(a, b);
      case PSADBW -> sumOfDifferences(a, b);
      case PACKSSWB, PACKUSWB, PACKSSDW, PACKUSDW -> narrow(op, a) | narrow(op, b) << 32;
      case PHADDW, PHADDD, PHADDSW, PHSUBW, PHSUBD, PHSUBSW -> pairs(op, a) | pairs(op, b) << 32;
      case PSHUFW -> shuffleWords(a, (int) b);
      case PSHUFB -> shuffleBytes(a, b, 0x80, 0);
      case PSHUFB_LOW -> shuffleBytes(a, b, 0x88, 0);
      case PSHUFB_HIGH -> shuffleBytes(a, b, 0x88, 8);
      case PICKD -> pickDoublewords(a, b);
      case PMOVSXBW, PMOVSXBD, PMOVSXBQ -> extend(a, 8, bits, true);
      case PMOVSXWQ -> extend(a, 16, bits, true);
      case PMOVZXBD, PMOVZXBQ -> extend(a, 8, bits, false);
      case PMOVZXWQ -> extend(a, 16, bits, false);
      case MPSADBW -> sumsAtFour(a, b);
      case PHMINPOSUW -> minimumPosition(a, b);
      case PCLMULLQ -> carryLessLow(a, b);
      case PCLMULHQ -> Long.reverse(carryLessLow(Long.reverse(a), Long.reverse(b))) >>> 1;
      case AESENC_LOW, AESENCLAST_LOW -> Aes.encrypt(a, b, 0, op == PackedOp.AESENCLAST_LOW);
      case AESENC_HIGH, AESENCLAST_HIGH -> Aes.encrypt(a, b, 1, op == PackedOp.AESENCLAST_HIGH);
      case AESDEC_LOW, AESDECLAST_LOW -> Aes.decrypt(a, b, 0, op == PackedOp.AESDECLAST_LOW);
      case AESDEC_HIGH, AESDECLAST_HIGH -> Aes.decrypt(a, b, 1, op == PackedOp.AESDECLAST_HIGH);
      case AESIMC -> Aes.inverseMix(a);
      case AESKEYGENASSIST -> Aes.keyAssist(a, (int) b);
      default -> lanes(op, a, b);
    };
  }

  private static long lanes(PackedOp op, long a, long b) {
    int bits = op.bits();
    long r = 0;
    for (int at = 0; at < 64; at += bits) {
      r |= low(bits, lane(op, signed(bits, a >>> at), signed(bits, b >>> at))) << at;
    }
    return r;
  }

  /** One lane, inputs sign-extended; the low bits of the result count. */
  private static long lane(PackedOp op, long a, long b) {
    int bits = op.bits();
    return switch (op) {
      case PCMPEQQ -> a == b ? -1 : 0;
      case PCMPGTQ -> a > b ? -1 : 0;
      case PADDSB, PADDSW -> saturate(bits, a + b);
      case PSUBSB, PSUBSW -> saturate(bits, a - b);
      case PADDUSB, PADDUSW -> Math.min(low(bits, a) + low(bits, b), low(bits, -1));
      case PSUBUSB, PSUBUSW -> Math.max(low(bits, a) - low(bits, b), 0);
      case PMULHW -> a * b >> 16;
      case PMULHUW -> low(bits, a) * low(bits, b) >> 16;
      case PMULHRSW -> (a * b >> 14) + 1 >> 1;
      case PMADDUBSW -> saturate(16, (a & 0xFF) * (byte) b + (a >>> 8 & 0xFF) * (b >> 8));
      case PMINSB -> Math.min(a, b);
      case PMAXSB -> Math.max(a, b);
      case PABSB, PABSW, PABSD -> Math.abs(b);
      case PSIGNB, PSIGNW, PSIGND -> a * Long.signum(b);
      case PSRLVD, PSRLVQ -> beyond(bits, b) ? 0 : low(bits, a) >>> b;
      case PSRAVD -> a >> (beyond(bits, b) ? bits - 1 : b);
      case PSLLVD, PSLLVQ -> beyond(bits, b) ? 0 : a << b;
      default -> throw new IllegalArgumentException(op + " is not lane-wise");
    };
  }

  /** Whether a count, sign-extended from a lane, reaches the lane's size. */
  private static boolean beyond(int bits, long count) {
    return Long.compareUnsigned(count, bits) >= 0;
  }

  private static long pickDoublewords(long a, long picks) {
    return pickDoubleword(a, picks & 0xFFFF_FFFFL) | pickDoubleword(a, picks >>> 32) << 32;
  }

  private static long pickDoubleword(long a, long pick) {
    return pick > 1 ? 0 : a >>> 32 * pick & 0xFFFF_FFFFL;
  }

  private static long sumsAtFour(long a, long b) {
    long r = 0;
    for (int k = 0; k < 4; k++) {
      r |= sumOfDifferences(a >>> 8 * k & 0xFFFF_FFFFL, b & 0xFFFF_FFFFL) << 16 * k;
    }
    return r;
  }

  private static long minimumPosition(long low, long high) {
    long least = 0x1_0000;
    int position = 0;
    for (int k = 0; k < 8; k++) {
      long word = (k < 4 ? low : high) >>> 16 * (k & 3) & 0xFFFF;
      if (word < least) {
        least = word;
        position = k;
      }
    }
    return least | (long) position << 16;
  }

  private static long carryLessLow(long a, long b) {
    long r = 0;
    for (long rest = b; rest != 0; rest &= rest - 1) {
      r ^= a << Long.numberOfTrailingZeros(rest);
    }
    return r;
  }

  private static long low(int bits, long v) {
    return bits == 64 ? v : v & (1L << bits) - 1;
  }

  private static long signed(int bits, long v) {
    return v << 64 - bits >> 64 - bits;
  }

  private static long saturate(int bits, long v) {
    long limit = 1L << bits - 1;
    return Math.max(-limit, Math.min(limit - 1, v));
  }

  /** Lanes twice as wide as the operation's, saturated to 32 bits of result. */
  private static long narrow(PackedOp op, long v) {
    int bits = op.bits();
    boolean unsigned = op == PackedOp.PACKUSWB || op == PackedOp.PACKUSDW;
    long r = 0;
    for (int from = 0, to = 0; from < 64; from += 2 * bits, to += bits) {
      long lane = signed(2 * bits, v >>> from);
      long fit = unsigned ? Math.max(0, Math.min(low(bits, -1), lane)) : saturate(bits, lane);
      r |= low(bits, fit) << to;
    }
    return r;
  }

  /** Sums or differences of neighbours: 32 bits of result. */
  private static long pairs(PackedOp op, long v) {
    int bits = op.bits();
    long r = 0;
    for (int from = 0, to = 0; from < 64; from += 2 * bits, to += bits) {
      long x = signed(bits, v >>> from);
      long y = signed(bits, v >>> from + bits);
      long lane =
          switch (op) {
            case PHADDW, PHADDD -> x + y;
            case PHSUBW, PHSUBD -> x - y;
            case PHADDSW -> saturate(bits, x + y);
            default -> saturate(bits, x - y);
          };
      r |= low(bits, lane) << to;
    }
    return r;
  }

  private static long shuffleWords(long a, int order) {
    long r = 0;
    for (int i = 0; i < 4; i++) {
      r |= (a >>> 16 * (order >> 2 * i & 3) & 0xFFFF) << 16 * i;
    }
    return r;
  }

  private static long shuffleBytes(long a, long picks, int mask, int wanted) {
    long r = 0;
    for (int at = 0; at < 64; at += 8) {
      int pick = (int) (picks >>> at);
      if ((pick & mask) == wanted) {
        r |= (a >>> 8 * (pick & 7) & 0xFF) << at;
      }
    }
    return r;
  }

  private static long extend(long a, int from, int to, boolean signed) {
    long r = 0;
    for (int i = 0; i * to < 64; i++) {
      long lane = a >>> i * from;
      r |= low(to, signed ? signed(from, lane) : low(from, lane)) << i * to;
    }
    return r;
  }

  private static long sumOfDifferences(long a, long b) {
    long sum = 0;
    for (int at = 0; at < 64; at += 8) {
      sum += Math.abs((a >>> at & 0xFF) - (b >>> at & 0xFF));
    }
    return sum;
  }
}
