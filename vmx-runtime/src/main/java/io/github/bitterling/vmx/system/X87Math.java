package io.github.bitterling.vmx.system;

import java.math.BigInteger;

/**
 * x87 operations under one control word. Gives the masked response; {@link #flags} says which exceptions arose, so that the
 * caller decides whether the result counts.
 */
final class X87Math {
  /** Comparison results as condition codes C3, C2, C0 of the status word. */
  static final int GREATER = 0;

  static final int LESS = 0x100;
  static final int EQUAL = 0x4000;
  static final int UNORDERED = 0x4500;

  private final int rounding;
  private final int precision;

  int flags;

  /** C1: the result was rounded up. */
  boolean up;

  X87Math(int control) {
    rounding = control >> 10 & 3;
    precision =
        switch (control >> 8 & 3) {
          case 0 -> 24;
          case 2 -> 53;
          default -> 64;
        };
  }

  private Float80 round(boolean negative, BigInteger magnitude, int scale, boolean sticky) {
    return round(negative, magnitude, scale, sticky, precision);
  }

  private Float80 round(boolean negative, BigInteger magnitude, int scale, boolean sticky, int bits) {
    Rounding r = new Rounding(rounding);
    Float80 result = r.toExtended(negative, magnitude, scale, sticky, bits);
    flags |= r.flags;
    up = r.up;
    return result;
  }

  /** Invalid operation and zero divide come before the denormal-operand exception. */
  private Float80 invalid() {
    flags = flags & ~Float80.DENORMAL | Float80.INVALID;
    return Float80.INDEFINITE;
  }

  /** The NaN that comes of NaN or unsupported operands, or null (SDM volume 1, table 4-7). */
  private Float80 special(Float80 a, Float80 b) {
    if (a.unsupported() || b.unsupported()) {
      return invalid();
    }
    if (!a.nan() && !b.nan()) {
      flags |= a.denormal() || b.denormal() ? Float80.DENORMAL : 0;
      return null;
    }
    flags |= a.signalling() || b.signalling() ? Float80.INVALID : 0;
    if (!a.nan() || !b.nan()) {
      return (a.nan() ? a : b).quiet();
    }
    if (a.signalling() != b.signalling()) {
      return a.signalling() ? b : a;
    }
    int order = Long.compareUnsigned(a.significand(), b.significand());
    boolean first = order > 0 || order == 0 && !a.negative();
    return (first ? a : b).quiet();
  }

  Float80 add(Float80 a, Float80 b) {
    Float80 special = special(a, b);
    if (special != null) {
      return special;
    }
    if (a.infinite() || b.infinite()) {
      boolean opposed = a.infinite() && b.infinite() && a.negative() != b.negative();
      return opposed ? invalid() : a.infinite() ? a : b;
    }
    int scale = Math.min(a.scale(), b.scale());
    BigInteger sum = signed(a, scale).add(signed(b, scale));
    if (sum.signum() == 0) {
      boolean bothNegative = a.negative() && b.negative();
      return Float80.zero(bothNegative || a.negative() != b.negative() && rounding == 1);
    }
    return round(sum.signum() < 0, sum.abs(), scale, false);
  }

  private static BigInteger signed(Float80 a, int scale) {
    BigInteger magnitude = a.zero() ? BigInteger.ZERO : a.magnitude().shiftLeft(a.scale() - scale);
    return a.negative() ? magnitude.negate() : magnitude;
  }

  /** a - b; a NaN in b keeps its sign. */
  Float80 subtract(Float80 a, Float80 b) {
    return add(a, b.nan() ? b : b.negated());
  }

  Float80 multiply(Float80 a, Float80 b) {
    Float80 special = special(a, b);
    if (special != null) {
      return special;
    }
    boolean negative = a.negative() != b.negative();
    if (a.infinite() || b.infinite()) {
      return a.zero() || b.zero() ? invalid() : Float80.infinity(negative);
    }
    if (a.zero() || b.zero()) {
      return Float80.zero(negative);
    }
    return round(negative, a.magnitude().multiply(b.magnitude()), a.scale() + b.scale(), false);
  }

  Float80 divide(Float80 a, Float80 b) {
    Float80 special = special(a, b);
    if (special != null) {
      return special;
    }
    boolean negative = a.negative() != b.negative();
    if (a.infinite() || b.zero()) {
      return divideSpecial(a, b, negative);
    }
    if (b.infinite() || a.zero()) {
      return Float80.zero(negative);
    }
    BigInteger[] parts = a.magnitude().shiftLeft(192).divideAndRemainder(b.magnitude());
    return round(negative, parts[0], a.scale() - b.scale() - 192, parts[1].signum() != 0);
  }

  private Float80 divideSpecial(Float80 a, Float80 b, boolean negative) {
    if (a.infinite() ? b.infinite() : a.zero()) {
      return invalid();
    }
    if (!a.infinite()) {
      flags = flags & ~Float80.DENORMAL | Float80.ZERO_DIVIDE;
    }
    return Float80.infinity(negative);
  }

  Float80 squareRoot(Float80 a) {
    Float80 special = special(a, Float80.ZERO);
    if (special != null) {
      return special;
    }
    if (a.zero() || a.infinite() && !a.negative()) {
      return a;
    }
    if (a.negative()) {
      return invalid();
    }
    int shift = (a.scale() & 1) == 0 ? 160 : 161;
    BigInteger[] root = a.magnitude().shiftLeft(shift).sqrtAndRemainder();
    return round(false, root[0], a.scale() - shift >> 1, root[1].signum() != 0);
  }

  Float80 toInteger(Float80 a) {
    Float80 special = special(a, Float80.ZERO);
    if (special != null) {
      return special;
    }
    if (a.infinite() || a.zero() || a.scale() >= 0) {
      return a;
    }
    Rounding r = new Rounding(rounding);
    BigInteger whole = r.shift(a.negative(), a.magnitude(), -a.scale(), false);
    flags |= r.flags;
    up = r.up;
    return whole.signum() == 0 ? Float80.zero(a.negative()) : new Rounding(0).toExtended(a.negative(), whole, 0, false, 64);
  }

  /**
   * For FIST and FISTTP: the integer, or the integer indefinite with the invalid flag.
   *
   * @param bits 16, 32 or 64
   */
  long integer(Float80 a, int bits, boolean truncate) {
    long indefinite = -1L << bits - 1;
    if (a.unsupported() || a.nan() || a.infinite()) {
      flags |= Float80.INVALID;
      return indefinite;
    }
    if (a.zero()) {
      return 0;
    }
    Rounding r = new Rounding(truncate ? 3 : rounding);
    BigInteger whole = r.shift(a.negative(), a.magnitude(), -a.scale(), false);
    BigInteger value = a.negative() ? whole.negate() : whole;
    if (value.bitLength() >= bits) {
      flags |= Float80.INVALID;
      return indefinite;
    }
    flags |= r.flags;
    up = r.up;
    return value.longValue();
  }

  /** Bits of a single or double for FST. */
  long narrow(Float80 a, boolean single) {
    int fraction = single ? 23 : 52;
    long sign = a.negative() ? 1L << (single ? 31 : 63) : 0;
    long infinity = single ? 0x7F800000L : 0x7FF0000000000000L;
    if (a.unsupported() || a.nan()) {
      boolean bad = a.unsupported();
      flags |= bad || a.signalling() ? Float80.INVALID : 0;
      Float80 n = bad ? Float80.INDEFINITE : a.quiet();
      long payload = n.significand() << 1 >>> 64 - fraction;
      return (n.negative() ? 1L << (single ? 31 : 63) : 0) | infinity | payload;
    }
    if (a.infinite() || a.zero()) {
      return sign | (a.zero() ? 0 : infinity);
    }
    Rounding r = new Rounding(rounding);
    long bits = r.toMemory(a.negative(), a.magnitude(), a.scale(), single);
    flags |= r.flags;
    up = r.up;
    return bits;
  }

  /**
   * Condition codes of a comparison.
   *
   * @param quiet FUCOM: quiet NaNs are no invalid operation
   */
  int compare(Float80 a, Float80 b, boolean quiet) {
    boolean unsupported = a.unsupported() || b.unsupported();
    if (unsupported || a.nan() || b.nan()) {
      boolean signals = unsupported || a.signalling() || b.signalling() || !quiet;
      flags |= signals ? Float80.INVALID : 0;
      return UNORDERED;
    }
    flags |= a.denormal() || b.denormal() ? Float80.DENORMAL : 0;
    int order = a.zero() && b.zero() ? 0 : order(a, b);
    return order == 0 ? EQUAL : order < 0 ? LESS : GREATER;
  }

  private static int order(Float80 a, Float80 b) {
    if (a.negative() != b.negative()) {
      return a.negative() ? -1 : 1;
    }
    int byExponent = Integer.compare(Math.max(a.exponent(), 1), Math.max(b.exponent(), 1));
    int order = byExponent != 0 && !a.zero() && !b.zero() ? byExponent : bySize(a, b);
    return a.negative() ? -order : order;
  }

  private static int bySize(Float80 a, Float80 b) {
    int byExponent = Integer.compare(Math.max(a.exponent(), 1), Math.max(b.exponent(), 1));
    if (a.zero() || b.zero() || byExponent == 0) {
      return Long.compareUnsigned(a.significand(), b.significand());
    }
    return byExponent;
  }
}
