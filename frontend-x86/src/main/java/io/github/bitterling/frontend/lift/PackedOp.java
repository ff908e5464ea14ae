package io.github.bitterling.frontend.lift;

/** Lane-wise 64-bit operations; a is the destination, b the source. Lane size is in bits. */
public enum PackedOp {
  PADDB(8, (a, b) -> a + b),
  PADDW(16, (a, b) -> a + b),
  PADDD(32, (a, b) -> a + b),
  PADDQ(64, (a, b) -> a + b),
  PSUBB(8, (a, b) -> a - b),
  PSUBW(16, (a, b) -> a - b),
  PSUBD(32, (a, b) -> a - b),
  PSUBQ(64, (a, b) -> a - b),
  PCMPEQB(8, (a, b) -> a == b ? -1 : 0),
  PCMPEQW(16, (a, b) -> a == b ? -1 : 0),
  PCMPEQD(32, (a, b) -> a == b ? -1 : 0),
  PCMPGTB(8, (a, b) -> a > b ? -1 : 0),
  PCMPGTW(16, (a, b) -> a > b ? -1 : 0),
  PCMPGTD(32, (a, b) -> a > b ? -1 : 0),
  PADDSB(8, (a, b) -> Math.clamp(a + b, -128, 127)),
  PADDSW(16, (a, b) -> Math.clamp(a + b, -32768, 32767)),
  PSUBSB(8, (a, b) -> Math.clamp(a - b, -128, 127)),
  PSUBSW(16, (a, b) -> Math.clamp(a - b, -32768, 32767)),
  PADDUSB(8, (a, b) -> Math.min((a & 0xFF) + (b & 0xFF), 0xFF)),
  PADDUSW(16, (a, b) -> Math.min((a & 0xFFFF) + (b & 0xFFFF), 0xFFFF)),
  PSUBUSB(8, (a, b) -> Math.max((a & 0xFF) - (b & 0xFF), 0)),
  PSUBUSW(16, (a, b) -> Math.max((a & 0xFFFF) - (b & 0xFFFF), 0)),
  PMULLW(16, (a, b) -> a * b),
  PMULHW(16, (a, b) -> a * b >> 16),
  PMULHUW(16, (a, b) -> (a & 0xFFFF) * (b & 0xFFFF) >> 16),
  PMADDWD(32, (a, b) -> (short) a * (short) b + (a >> 16) * (b >> 16)),
  PMULUDQ(64, (a, b) -> (a & 0xFFFF_FFFFL) * (b & 0xFFFF_FFFFL)),
  PMINUB(8, (a, b) -> Math.min(a & 0xFF, b & 0xFF)),
  PMAXUB(8, (a, b) -> Math.max(a & 0xFF, b & 0xFF)),
  PMINSW(16, Math::min),
  PMAXSW(16, Math::max),
  PAVGB(8, (a, b) -> (a & 0xFF) + (b & 0xFF) + 1 >> 1),
  PAVGW(16, (a, b) -> (a & 0xFFFF) + (b & 0xFFFF) + 1 >> 1),
  PSADBW(64, PackedOp::sumOfDifferences),
  // Shifts: b is the count, not lanes
  PSRLW(16, null),
  PSRLD(32, null),
  PSRLQ(64, null),
  PSRAW(16, null),
  PSRAD(32, null),
  PSLLW(16, null),
  PSLLD(32, null),
  PSLLQ(64, null);

  /** One lane, both inputs sign-extended; the low bits of the result count. */
  private interface Lane {
    long apply(long a, long b);
  }

  private static final PackedOp[] VALUES = values();

  private final int bits;
  private final Lane lane;

  PackedOp(int bits, Lane lane) {
    this.bits = bits;
    this.lane = lane;
  }

  public static PackedOp of(int ordinal) {
    return VALUES[ordinal];
  }

  long apply(long a, long b) {
    return lane == null ? shift(a, b) : lanes(a, b);
  }

  private long lanes(long a, long b) {
    long r = 0;
    for (int at = 0; at < 64; at += bits) {
      r |= low(lane.apply(signed(a >>> at), signed(b >>> at))) << at;
    }
    return r;
  }

  private long low(long v) {
    return bits == 64 ? v : v & (1L << bits) - 1;
  }

  private long signed(long v) {
    return v << 64 - bits >> 64 - bits;
  }

  /** Counts of the lane size and above give 0, or all sign bits. */
  private long shift(long a, long count) {
    boolean beyond = Long.compareUnsigned(count, bits) >= 0;
    long r = 0;
    for (int at = 0; at < 64; at += bits) {
      r |= low(shiftLane(a >>> at, beyond, (int) count)) << at;
    }
    return r;
  }

  private long shiftLane(long v, boolean beyond, int count) {
    return switch (this) {
      case PSRAW, PSRAD -> signed(v) >> (beyond ? bits - 1 : count);
      case PSLLW, PSLLD, PSLLQ -> beyond ? 0 : v << count;
      default -> beyond ? 0 : low(v) >>> count;
    };
  }

  private static long sumOfDifferences(long a, long b) {
    long sum = 0;
    for (int at = 0; at < 64; at += 8) {
      sum += Math.abs((a >>> at & 0xFF) - (b >>> at & 0xFF));
    }
    return sum;
  }
}
