package io.github.bitterling.vmx.fpu;

/**
 * A number taken apart: {@code 1.fff * 2^exp} with the significand's leading one at bit 63 of
 * {@code hi} and 64 more bits in {@code lo}, whose lowest bit also stands for everything below it.
 * NaNs keep their payload in {@code hi}, aligned as in the extended format (integer bit 63, quiet
 * bit 62).
 */
final class Num {
  enum Kind {
    ZERO,
    FINITE,
    INFINITE,
    QUIET,
    SIGNALING,
    /** Extended encodings without meaning (SDM volume 1, table 8-3). */
    UNSUPPORTED
  }

  static final long ONE = 1L << 63;
  static final long QUIET_BIT = 1L << 62;

  /** The quiet NaN that invalid operations give. */
  static final Num DEFAULT = new Num(Kind.QUIET, true, 0, ONE | QUIET_BIT, 0, false);

  final Kind kind;
  final boolean negative;
  final int exp;
  final long hi;
  final long lo;

  /** Came from a denormal (or pseudo-denormal) encoding. */
  final boolean denormal;

  private Num(Kind kind, boolean negative, int exp, long hi, long lo, boolean denormal) {
    this.kind = kind;
    this.negative = negative;
    this.exp = exp;
    this.hi = hi;
    this.lo = lo;
    this.denormal = denormal;
  }

  static Num zero(boolean negative) {
    return new Num(Kind.ZERO, negative, 0, 0, 0, false);
  }

  static Num infinite(boolean negative) {
    return new Num(Kind.INFINITE, negative, 0, ONE, 0, false);
  }

  static Num nan(boolean negative, long significand) {
    Kind kind = (significand & QUIET_BIT) != 0 ? Kind.QUIET : Kind.SIGNALING;
    return new Num(kind, negative, 0, significand | ONE, 0, false);
  }

  static Num unsupported() {
    return new Num(Kind.UNSUPPORTED, false, 0, 0, 0, false);
  }

  /** Normalized already: bit 63 of hi is set. */
  static Num finite(boolean negative, int exp, long hi, long lo) {
    return new Num(Kind.FINITE, negative, exp, hi, lo, false);
  }

  /** {@code hi:lo * 2^(exp - 127)}, not all zero, to be normalized. */
  static Num normalized(boolean negative, int exp, long hi, long lo) {
    if (hi == 0) {
      int n = Long.numberOfLeadingZeros(lo);
      return finite(negative, exp - 64 - n, lo << n, 0);
    }
    int n = Long.numberOfLeadingZeros(hi);
    return n == 0
        ? finite(negative, exp, hi, lo)
        : finite(negative, exp - n, hi << n | lo >>> 64 - n, lo << n);
  }

  /** A signed integer. */
  static Num of(long value) {
    if (value == 0) {
      return zero(false);
    }
    return normalized(value < 0, 63, value < 0 ? -value : value, 0);
  }

  Num asDenormal() {
    return new Num(kind, negative, exp, hi, lo, true);
  }

  Num withSign(boolean sign) {
    return sign == negative ? this : new Num(kind, sign, exp, hi, lo, denormal);
  }

  Num negated() {
    return withSign(!negative);
  }

  /** Multiplied by a power of two. */
  Num scaled(int by) {
    return new Num(kind, negative, exp + by, hi, lo, denormal);
  }

  Num quieted() {
    return kind == Kind.SIGNALING
        ? new Num(Kind.QUIET, negative, 0, hi | QUIET_BIT, 0, false)
        : this;
  }

  boolean isNan() {
    return kind == Kind.QUIET || kind == Kind.SIGNALING;
  }

  boolean isZero() {
    return kind == Kind.ZERO;
  }

  boolean isInfinite() {
    return kind == Kind.INFINITE;
  }

  boolean isFinite() {
    return kind == Kind.FINITE;
  }

  /** Compares magnitudes of finite nonzero numbers. */
  int compareMagnitude(Num other) {
    if (exp != other.exp) {
      return Integer.compare(exp, other.exp);
    }
    int high = Long.compareUnsigned(hi, other.hi);
    return high != 0 ? high : Long.compareUnsigned(lo, other.lo);
  }
}
