package io.github.bitterling.vmx.fpu;

import java.math.BigInteger;

/**
 * Exact arithmetic on numbers taken apart. Results carry enough bits, the lowest one sticky, to be
 * rounded once to any format. Arguments are no NaNs.
 */
final class SoftFloat {
  private SoftFloat() {}

  static Num add(FloatEnv env, Num a, Num b) {
    if (a.isInfinite()) {
      return b.isInfinite() && a.negative != b.negative ? env.invalid() : a;
    }
    if (b.isInfinite()) {
      return b;
    }
    if (a.isZero() && b.isZero()) {
      return a.negative == b.negative ? a : Num.zero(env.rounding == FloatEnv.DOWN);
    }
    if (a.isZero()) {
      return b;
    }
    if (b.isZero()) {
      return a;
    }
    return a.compareMagnitude(b) >= 0 ? addOrdered(env, a, b) : addOrdered(env, b, a);
  }

  static Num subtract(FloatEnv env, Num a, Num b) {
    return add(env, a, b.negated());
  }

  /** Magnitude of a is not less than that of b. */
  private static Num addOrdered(FloatEnv env, Num a, Num b) {
    int d = a.exp - b.exp;
    long hi = shiftedHigh(b, d);
    long lo = shiftedLow(b, d);
    if (a.negative == b.negative) {
      return sum(a, hi, lo);
    }
    long low = a.lo - lo;
    long borrow = Long.compareUnsigned(a.lo, lo) < 0 ? 1 : 0;
    long high = a.hi - hi - borrow;
    if (high == 0 && low == 0) {
      return Num.zero(env.rounding == FloatEnv.DOWN);
    }
    return Num.normalized(a.negative, a.exp, high, low);
  }

  private static Num sum(Num a, long hi, long lo) {
    long low = a.lo + lo;
    long carry = Long.compareUnsigned(low, lo) < 0 ? 1 : 0;
    long high = a.hi + hi + carry;
    boolean over =
        carry == 0 ? Long.compareUnsigned(high, hi) < 0 : Long.compareUnsigned(high, hi) <= 0;
    if (!over) {
      return Num.finite(a.negative, a.exp, high, low);
    }
    return Num.finite(
        a.negative, a.exp + 1, high >>> 1 | Num.ONE, low >>> 1 | high << 63 | low & 1);
  }

  private static long shiftedHigh(Num n, int d) {
    return d >= 64 ? 0 : n.hi >>> d;
  }

  private static long shiftedLow(Num n, int d) {
    if (d == 0) {
      return n.lo;
    }
    if (d < 64) {
      return n.lo >>> d | n.hi << 64 - d | sticky(n.lo << 64 - d);
    }
    if (d == 64) {
      return n.hi | sticky(n.lo);
    }
    return d >= 128 ? 1 : n.hi >>> d - 64 | sticky(n.hi << 128 - d | n.lo);
  }

  private static long sticky(long lost) {
    return lost != 0 ? 1 : 0;
  }

  static Num multiply(FloatEnv env, Num a, Num b) {
    boolean negative = a.negative != b.negative;
    if (a.isInfinite() || b.isInfinite()) {
      return a.isZero() || b.isZero() ? env.invalid() : Num.infinite(negative);
    }
    if (a.isZero() || b.isZero()) {
      return Num.zero(negative);
    }
    return Num.normalized(
        negative, a.exp + b.exp + 1, Math.unsignedMultiplyHigh(a.hi, b.hi), a.hi * b.hi);
  }

  static Num divide(FloatEnv env, Num a, Num b) {
    boolean negative = a.negative != b.negative;
    if (a.isInfinite()) {
      return b.isInfinite() ? env.invalid() : Num.infinite(negative);
    }
    if (b.isInfinite()) {
      return Num.zero(negative);
    }
    if (b.isZero()) {
      if (a.isZero()) {
        return env.invalid();
      }
      env.flags |= FloatEnv.ZE;
      return Num.infinite(negative);
    }
    if (a.isZero()) {
      return Num.zero(negative);
    }
    boolean less = Long.compareUnsigned(a.hi, b.hi) < 0;
    long high = less ? a.hi : a.hi >>> 1;
    long low = less ? 0 : a.hi << 63;
    long q = divide128(high, low, b.hi);
    long r = low - q * b.hi;
    long q2 = divide128(r, 0, b.hi);
    long r2 = -q2 * b.hi;
    return Num.normalized(negative, a.exp - b.exp - (less ? 1 : 0), q, q2 | sticky(r2));
  }

  /**
   * Quotient of high:low by a divisor with its top bit set and greater than high (schoolbook, 32
   * bits a digit).
   */
  private static long divide128(long high, long low, long divisor) {
    long d1 = divisor >>> 32;
    long d0 = divisor & 0xFFFFFFFFL;
    long q1 = digit(high, low >>> 32, d1, d0);
    long rest = (high << 32 | low >>> 32) - q1 * divisor;
    long q0 = digit(rest, low & 0xFFFFFFFFL, d1, d0);
    return (q1 << 32) + q0;
  }

  private static long digit(long rest, long next, long d1, long d0) {
    long q = Long.divideUnsigned(rest, d1);
    long r = rest - q * d1;
    while (q >>> 32 != 0 || Long.compareUnsigned(q * d0, r << 32 | next) > 0) {
      q--;
      r += d1;
      if (r >>> 32 != 0) {
        break;
      }
    }
    return q;
  }

  static Num squareRoot(FloatEnv env, Num a) {
    if (a.isZero()) {
      return a;
    }
    if (a.negative) {
      return env.invalid();
    }
    if (a.isInfinite()) {
      return a;
    }
    boolean odd = (a.exp & 1) != 0;
    BigInteger n = unsigned(a.hi).shiftLeft(odd ? 128 : 127);
    BigInteger[] root = n.sqrtAndRemainder();
    long hi = root[0].shiftRight(32).longValue();
    long lo = root[0].longValue() << 32 | sticky(root[1].signum());
    return Num.finite(false, (a.exp - (odd ? 1 : 0)) / 2, hi, lo);
  }

  static BigInteger unsigned(long v) {
    BigInteger n = BigInteger.valueOf(v & Long.MAX_VALUE);
    return v < 0 ? n.setBit(63) : n;
  }

  /** Signed comparison of numbers and infinities: -1, 0, 1. */
  static int compare(Num a, Num b) {
    int sa = signum(a);
    int sb = signum(b);
    if (sa != sb || sa == 0) {
      return Integer.compare(sa, sb);
    }
    int magnitude =
        a.isInfinite() || b.isInfinite()
            ? Boolean.compare(a.isInfinite(), b.isInfinite())
            : a.compareMagnitude(b);
    return sa > 0 ? magnitude : -magnitude;
  }

  private static int signum(Num n) {
    return n.isZero() ? 0 : n.negative ? -1 : 1;
  }
}
