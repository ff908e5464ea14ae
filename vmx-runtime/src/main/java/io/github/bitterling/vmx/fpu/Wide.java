package io.github.bitterling.vmx.fpu;

import java.math.BigInteger;

/**
 * {@code m * 2^e} kept to 192 bits: what the functions of x87 compute with, 128 bits more than
 * their results have.
 */
record Wide(BigInteger m, int e) {
  private static final int BITS = 192;

  static final Wide ZERO = new Wide(BigInteger.ZERO, 0);
  static final Wide ONE = new Wide(BigInteger.ONE, 0);

  static Wide of(Num n) {
    BigInteger m = SoftFloat.unsigned(n.hi);
    return n.isZero() ? ZERO : new Wide(n.negative ? m.negate() : m, n.exp - 63);
  }

  static Wide of(long v) {
    return new Wide(BigInteger.valueOf(v), 0);
  }

  private static Wide cut(BigInteger m, int e) {
    int extra = m.bitLength() - BITS;
    return extra <= 0 ? new Wide(m, e) : new Wide(m.shiftRight(extra), e + extra);
  }

  /** Exponent of the leading bit. */
  int top() {
    return e + m.abs().bitLength() - 1;
  }

  int signum() {
    return m.signum();
  }

  Wide negate() {
    return new Wide(m.negate(), e);
  }

  Wide abs() {
    return new Wide(m.abs(), e);
  }

  Wide scaled(int by) {
    return new Wide(m, e + by);
  }

  Wide plus(Wide o) {
    if (m.signum() == 0) {
      return o;
    }
    if (o.m.signum() == 0) {
      return this;
    }
    Wide big = top() >= o.top() ? this : o;
    Wide small = big == this ? o : this;
    if (big.top() - small.top() > 2 * BITS) {
      // Too small to matter but for the direction of rounding
      int up = 2 * BITS - big.m.bitLength();
      return cut(big.m.shiftLeft(up).add(BigInteger.valueOf(small.signum())), big.e - up);
    }
    int base = Math.min(e, o.e);
    return cut(m.shiftLeft(e - base).add(o.m.shiftLeft(o.e - base)), base);
  }

  Wide minus(Wide o) {
    return plus(o.negate());
  }

  Wide times(Wide o) {
    return cut(m.multiply(o.m), e + o.e);
  }

  Wide over(Wide o) {
    int up = Math.max(0, BITS + o.m.bitLength() - m.bitLength() + 1);
    return cut(m.shiftLeft(up).divide(o.m), e - up - o.e);
  }

  Wide over(long divisor) {
    return over(of(divisor));
  }

  Wide sqrt() {
    int up = Math.max(0, 2 * BITS - m.bitLength());
    up += e - up & 1;
    return cut(m.shiftLeft(up).sqrt(), (e - up) / 2);
  }

  int compareTo(Wide o) {
    return minus(o).signum();
  }

  /** A number to round; marked inexact, as function values are but for cases sorted out before. */
  Num toNum() {
    if (m.signum() == 0) {
      return Num.zero(false);
    }
    BigInteger a = m.abs();
    int up = 128 - a.bitLength();
    BigInteger b = up >= 0 ? a.shiftLeft(up) : a.shiftRight(-up);
    return Num.finite(m.signum() < 0, top(), b.shiftRight(64).longValue(), b.longValue() | 1);
  }
}
