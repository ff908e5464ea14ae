package io.github.bitterling.vmx.system;

import java.math.BigInteger;

/**
 * Rounds an exact value to a binary format, with the exceptions that come of it (SDM volume 1, 4.8.4 and 4.9).
 * One object per operation: results are read from its fields.
 */
final class Rounding {
  private static final int NEAREST = 0;
  private static final int DOWN = 1;
  private static final int UP = 2;

  private final int mode;

  /** Exception flags raised, as in the status word. */
  int flags;

  /** The magnitude was rounded up (C1). */
  boolean up;

  /**
   * @param mode rounding control, bits 11:10 of the control word
   */
  Rounding(int mode) {
    this.mode = mode;
  }

  /** True when a magnitude with this remainder goes to the next larger one. */
  private boolean increments(boolean negative, boolean odd, int half, boolean inexact) {
    return switch (mode) {
      case NEAREST -> half > 0 || half == 0 && odd;
      case DOWN -> negative && inexact;
      case UP -> !negative && inexact;
      default -> false;
    };
  }

  /**
   * Drops {@code shift} low bits; sets {@link #up} and the precision flag.
   *
   * @param sticky the value is a little larger than the magnitude says
   */
  BigInteger shift(boolean negative, BigInteger magnitude, int shift, boolean sticky) {
    if (shift <= 0) {
      BigInteger exact = magnitude.shiftLeft(-shift);
      boolean grows = sticky && increments(negative, false, -1, true);
      flags |= sticky ? Float80.PRECISION : 0;
      up = grows;
      return grows ? exact.add(BigInteger.ONE) : exact;
    }
    BigInteger kept = magnitude.shiftRight(shift);
    BigInteger rest = magnitude.subtract(kept.shiftLeft(shift));
    boolean inexact = sticky || rest.signum() != 0;
    int half = rest.compareTo(BigInteger.ONE.shiftLeft(shift - 1));
    if (half == 0 && sticky) {
      half = 1;
    }
    up = inexact && increments(negative, kept.testBit(0), half, inexact);
    flags |= inexact ? Float80.PRECISION : 0;
    return up ? kept.add(BigInteger.ONE) : kept;
  }

  /** A rounded magnitude: significand times 2 to the scale, or overflow. */
  record Result(BigInteger significand, int scale, boolean overflow, boolean toInfinity) {}

  /**
   * @param precision bits of the significand
   * @param minimum smallest exponent of a normal number, unbiased
   */
  Result round(
      boolean negative, BigInteger magnitude, int scale, boolean sticky, int precision, int minimum) {
    int leading = scale + magnitude.bitLength() - 1;
    int lowest = Math.max(leading, minimum) - (precision - 1);
    boolean tiny = leading < minimum && tinyAfterRounding(negative, magnitude, scale, sticky, precision, minimum);
    BigInteger q = shift(negative, magnitude, lowest - scale, sticky);
    if (q.bitLength() > precision) {
      q = q.shiftRight(1);
      lowest++;
    }
    if (tiny && (flags & Float80.PRECISION) != 0) {
      flags |= Float80.UNDERFLOW;
    }
    boolean overflow = lowest + precision - 1 > 1 - minimum;
    if (overflow) {
      flags |= Float80.OVERFLOW | Float80.PRECISION;
      boolean infinite = mode == NEAREST || mode == (negative ? DOWN : UP);
      up = infinite;
      return new Result(q, lowest, true, infinite);
    }
    return new Result(q, lowest, false, false);
  }

  /** Intel decides tininess after rounding as if exponents had no bound. */
  private boolean tinyAfterRounding(
      boolean negative, BigInteger magnitude, int scale, boolean sticky, int precision, int minimum) {
    Rounding unbounded = new Rounding(mode);
    int leading = scale + magnitude.bitLength() - 1;
    BigInteger q = unbounded.shift(negative, magnitude, leading - (precision - 1) - scale, sticky);
    return leading + (q.bitLength() > precision ? 1 : 0) < minimum;
  }

  /** Rounds to double-extended with a significand of 24, 53 or 64 bits. */
  Float80 toExtended(boolean negative, BigInteger magnitude, int scale, boolean sticky, int precision) {
    int sign = negative ? 0x8000 : 0;
    Result r = round(negative, magnitude, scale, sticky, precision, -16382);
    if (r.overflow) {
      return r.toInfinity
          ? Float80.infinity(negative)
          : new Float80(sign | 0x7FFE, -1L << 64 - precision);
    }
    if (r.significand.signum() == 0) {
      return Float80.zero(negative);
    }
    BigInteger field = r.significand.shiftLeft(64 - precision);
    int lowest = r.scale - (64 - precision);
    int exponent = field.bitLength() == 64 ? lowest + 63 + 16383 : 0;
    return new Float80(sign | exponent, field.longValue());
  }

  /** Rounds to the bits of a single or double. */
  long toMemory(boolean negative, BigInteger magnitude, int scale, boolean single) {
    int precision = single ? 24 : 53;
    int bias = single ? 127 : 1023;
    long sign = negative ? 1L << (single ? 31 : 63) : 0;
    Result r = round(negative, magnitude, scale, false, precision, 1 - bias);
    long infinity = (2L * bias + 1) << precision - 1;
    if (r.overflow) {
      return sign | (r.toInfinity ? infinity : infinity - 1);
    }
    long bits = r.significand.longValue();
    if (r.significand.bitLength() < precision) {
      return sign | bits;
    }
    long exponent = r.scale + precision - 1 + bias;
    return sign | exponent << precision - 1 | bits & (1L << precision - 1) - 1;
  }
}
