package io.github.bitterling.vmx.system;

import java.math.BigInteger;

/**
 * A double-extended value and the arithmetic on it, exact before one rounding (SDM volume 1, 4.8 and 8.3). Clear rather than
 * fast: x87 code is rare here.
 *
 * @param signExponent sign in bit 15, biased exponent below
 * @param significand with explicit integer bit
 */
record Float80(int signExponent, long significand) {
  // Status word flags
  static final int INVALID = 1;
  static final int DENORMAL = 2;
  static final int ZERO_DIVIDE = 4;
  static final int OVERFLOW = 8;
  static final int UNDERFLOW = 16;
  static final int PRECISION = 32;

  static final Float80 ZERO = new Float80(0, 0);
  static final Float80 ONE = new Float80(0x3FFF, Long.MIN_VALUE);

  /** The default quiet NaN. */
  static final Float80 INDEFINITE = new Float80(0xFFFF, 0xC000000000000000L);

  private static final int BIAS = 16383;

  int exponent() {
    return signExponent & 0x7FFF;
  }

  boolean negative() {
    return (signExponent & 0x8000) != 0;
  }

  boolean zero() {
    return exponent() == 0 && significand == 0;
  }

  boolean denormal() {
    return exponent() == 0 && significand != 0;
  }

  boolean infinite() {
    return exponent() == 0x7FFF && significand == Long.MIN_VALUE;
  }

  boolean nan() {
    return exponent() == 0x7FFF && significand < 0 && significand != Long.MIN_VALUE;
  }

  boolean signalling() {
    return nan() && (significand & 1L << 62) == 0;
  }

  /** Pseudo-NaN, pseudo-infinity, unnormal: invalid operands since the 387. */
  boolean unsupported() {
    return exponent() != 0 && significand >= 0;
  }

  Float80 negated() {
    return new Float80(signExponent ^ 0x8000, significand);
  }

  Float80 absolute() {
    return new Float80(signExponent & 0x7FFF, significand);
  }

  Float80 quiet() {
    return new Float80(signExponent, significand | 1L << 62);
  }

  static Float80 infinity(boolean negative) {
    return new Float80(negative ? 0xFFFF : 0x7FFF, Long.MIN_VALUE);
  }

  static Float80 zero(boolean negative) {
    return new Float80(negative ? 0x8000 : 0, 0);
  }

  /** Magnitude of a finite value as integer times 2 to the {@link #scale}. */
  BigInteger magnitude() {
    BigInteger low = BigInteger.valueOf(significand & Long.MAX_VALUE);
    return significand < 0 ? low.setBit(63) : low;
  }

  int scale() {
    return Math.max(exponent(), 1) - BIAS - 63;
  }

  static Float80 of(long integer) {
    if (integer == 0) {
      return ZERO;
    }
    long magnitude = integer < 0 ? -integer : integer;
    int shift = Long.numberOfLeadingZeros(magnitude);
    return new Float80(BIAS + 63 - shift | (integer < 0 ? 0x8000 : 0), magnitude << shift);
  }

  /** Widens a single or double; exact. A denormal becomes a normal number. */
  static Float80 widen(long bits, boolean single) {
    int fractionBits = single ? 23 : 52;
    int maximum = single ? 0xFF : 0x7FF;
    int sign = (int) (bits >>> (single ? 31 : 63)) << 15 & 0x8000;
    int exponent = (int) (bits >>> fractionBits) & maximum;
    long fraction = bits & (1L << fractionBits) - 1;
    long aligned = fraction << 63 - fractionBits;
    if (exponent == maximum) {
      return new Float80(sign | 0x7FFF, aligned | Long.MIN_VALUE);
    }
    int bias = maximum >> 1;
    if (exponent != 0) {
      return new Float80(sign | exponent - bias + BIAS, aligned | Long.MIN_VALUE);
    }
    if (fraction == 0) {
      return new Float80(sign, 0);
    }
    int shift = Long.numberOfLeadingZeros(aligned);
    return new Float80(sign | 1 - bias + BIAS - shift, aligned << shift);
  }

  static boolean denormal(long bits, boolean single) {
    long magnitude = single ? bits & 0x7FFFFFFF : bits & Long.MAX_VALUE;
    return magnitude != 0 && magnitude >>> (single ? 23 : 52) == 0;
  }
}
