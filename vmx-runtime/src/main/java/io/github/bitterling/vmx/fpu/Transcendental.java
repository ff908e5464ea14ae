package io.github.bitterling.vmx.fpu;

import java.math.BigInteger;

/**
 * F2XM1, FYL2X, FYL2XP1, FPATAN, FPTAN, FSIN, FCOS, FSINCOS: correctly rounded but for the argument
 * reduction.
 */
final class Transcendental {
  private static final int C1 = 0x200;
  private static final int C2 = 0x400;
  private static final Num ONE = Num.of(1);

  /** Exponent below which the fifth power is beyond the bits of {@link Wide}. */
  private static final int SMALL = -64;

  /** The pi that arguments are reduced with has 66 bits (SDM volume 1, 8.3.8), times 2^66. */
  private static final BigInteger PI66 = new BigInteger("C90FDAA22168C234C", 16);

  private Transcendental() {}

  static void run(X87 x, int key) {
    switch (key) {
      case 0x1F0 -> power(x);
      case 0x1F1, 0x1F9 -> logarithm(x, key == 0x1F9);
      case 0x1F3 -> arcTangent(x);
      default -> trigonometric(x, key);
    }
  }

  private static void power(X87 x) {
    if (!x.present(false, 0, false)) {
      return;
    }
    Num a = x.value(0);
    Num n = x.nanOf(a, a);
    if (n == null) {
      x.raiseDenormals(a, a);
      n = power(a);
    }
    x.replace(0, n, 64, false);
  }

  private static Num power(Num a) {
    if (a.isZero()) {
      return a;
    }
    if (a.isInfinite()) {
      return a.negative ? Num.of(-1) : a;
    }
    if (a.exp >= 0) {
      // Defined for -1 to 1 only; beyond, the operand stays.
      return a.negative && a.exp == 0 && a.hi == Num.ONE ? Num.of(-1).scaled(-1) : a;
    }
    return Series.expm1(Wide.of(a).times(Series.LN2)).toNum();
  }

  // Logarithms

  private static void logarithm(X87 x, boolean plusOne) {
    if (!x.present(true, 1, true)) {
      return;
    }
    Num a = x.value(0);
    Num y = x.value(1);
    Num n = x.nanOf(a, y);
    if (n == null) {
      n = plusOne ? logarithmPlusOne(x.env(), a, y) : logarithm(x.env(), a, y);
      x.raiseDenormals(a, y);
    }
    x.replace(1, n, 64, true);
  }

  private static Num logarithm(FloatEnv env, Num a, Num y) {
    if (a.isZero()) {
      if (y.isZero()) {
        return env.invalid();
      }
      if (!y.isInfinite()) {
        env.flags |= FloatEnv.ZE;
      }
      return Num.infinite(!y.negative);
    }
    if (a.negative) {
      return env.invalid();
    }
    if (a.isInfinite()) {
      return y.isZero() ? env.invalid() : Num.infinite(y.negative);
    }
    if (a.exp == 0 && a.hi == Num.ONE) {
      return y.isInfinite() ? env.invalid() : Num.zero(y.negative);
    }
    boolean negative = a.exp < 0 != y.negative;
    if (!y.isFinite()) {
      return y.isZero() ? Num.zero(negative) : Num.infinite(negative);
    }
    if (a.hi == Num.ONE) {
      return SoftFloat.multiply(env, y, Num.of(a.exp));
    }
    return Series.log2(Wide.of(a)).times(Wide.of(y)).toNum();
  }

  private static Num logarithmPlusOne(FloatEnv env, Num a, Num y) {
    boolean negative = a.negative != y.negative;
    if (a.isZero()) {
      return y.isInfinite() ? env.invalid() : Num.zero(negative);
    }
    if (a.negative && (a.isInfinite() || a.exp >= 0)) {
      return env.invalid();
    }
    if (a.isInfinite()) {
      return y.isZero() ? env.invalid() : Num.infinite(negative);
    }
    if (!y.isFinite()) {
      return y.isZero() ? Num.zero(negative) : Num.infinite(negative);
    }
    return Series.log2OnePlus(Wide.of(a)).times(Wide.of(y)).toNum();
  }

  // FPATAN: ST(1) over ST(0)

  private static void arcTangent(X87 x) {
    if (!x.present(true, 1, true)) {
      return;
    }
    Num a = x.value(0);
    Num y = x.value(1);
    Num n = x.nanOf(y, a);
    if (n == null) {
      x.raiseDenormals(a, y);
      n = arcTangent(a, y);
    }
    x.replace(1, n, 64, true);
  }

  private static Num arcTangent(Num x, Num y) {
    if (y.isInfinite()) {
      int quarters = x.isInfinite() ? x.negative ? 3 : 1 : 2;
      return Series.PI.times(Wide.of(quarters)).scaled(-2).toNum().withSign(y.negative);
    }
    if (x.isInfinite() || y.isZero()) {
      return x.negative ? Series.PI.toNum().withSign(y.negative) : Num.zero(y.negative);
    }
    if (x.isZero()) {
      return Series.PI.scaled(-1).toNum().withSign(y.negative);
    }
    Wide angle = Series.atan(Wide.of(y).abs().over(Wide.of(x).abs()));
    if (x.negative) {
      angle = Series.PI.minus(angle);
    }
    return angle.toNum().withSign(y.negative);
  }

  // FSIN, FCOS, FSINCOS, FPTAN

  private static void trigonometric(X87 x, int key) {
    boolean two = key == 0x1F2 || key == 0x1FB;
    x.conditions(0, C1 | C2);
    if (x.isEmpty(0) || two && !x.room()) {
      stackFault(x, two);
      return;
    }
    Num a = x.value(0);
    FloatEnv env = x.env();
    Num n = x.nanOf(a, a);
    if (n == null && a.isInfinite()) {
      n = env.invalid();
    }
    if (n != null) {
      if (x.replace(0, n, 64, false) && two) {
        x.pushNew(n);
      }
      return;
    }
    x.raiseDenormals(a, a);
    if (env.unmasked(FloatEnv.PRE)) {
      return;
    }
    if (a.isFinite() && a.exp >= 63) {
      x.conditions(C2, C2);
      return;
    }
    results(x, key, a);
  }

  private static void stackFault(X87 x, boolean two) {
    if (x.isEmpty(0)) {
      x.present(false, 0, false);
      if (two && !x.env().unmasked(FloatEnv.IE)) {
        x.turn(-1);
        x.replaceRaw(0, Num.DEFAULT);
      }
      return;
    }
    x.pushRoom();
    if (!x.env().unmasked(FloatEnv.IE)) {
      x.replaceRaw(1, Num.DEFAULT);
    }
  }

  private static void results(X87 x, int key, Num a) {
    switch (key) {
      case 0x1FE -> x.replace(0, sine(a), 64, false);
      case 0x1FF -> x.replace(0, cosine(a), 64, false);
      case 0x1FB -> {
        Num cosine = cosine(a);
        x.replace(0, sine(a), 64, false);
        x.pushNew(x.env().round(cosine, Format.EXTENDED, 64));
      }
      default -> {
        x.replace(0, tangent(a), 64, false);
        x.pushNew(ONE);
      }
    }
  }

  /** Quadrant and rest of an argument. */
  private record Reduced(int quadrant, Wide rest) {
    static Reduced of(Num a) {
      if (a.exp < -1) {
        return new Reduced(0, Wide.of(a).abs());
      }
      // In units of 2^-67: half of pi is PI66
      BigInteger n = SoftFloat.unsigned(a.hi).shiftLeft(a.exp + 4);
      BigInteger[] d = n.add(PI66.shiftRight(1)).divideAndRemainder(PI66);
      BigInteger rest = d[1].subtract(PI66.shiftRight(1));
      return new Reduced(d[0].intValue() & 3, new Wide(rest, -67));
    }

    Wide sine() {
      Wide v = (quadrant & 1) == 0 ? sinOf(rest) : Series.cos(rest);
      return quadrant >= 2 ? v.negate() : v;
    }

    Wide cosine() {
      Wide v = (quadrant & 1) == 0 ? Series.cos(rest) : sinOf(rest).negate();
      return quadrant >= 2 ? v.negate() : v;
    }

    private static Wide sinOf(Wide w) {
      return w.signum() == 0 ? w : Series.sin(w);
    }
  }

  private static Num sine(Num a) {
    if (a.isZero()) {
      return a;
    }
    Num n = Reduced.of(a).sine().toNum();
    return a.negative ? n.negated() : n;
  }

  private static Num cosine(Num a) {
    return a.isZero() ? ONE : Reduced.of(a).cosine().toNum();
  }

  private static Num tangent(Num a) {
    if (a.isZero()) {
      return a;
    }
    Num n = (a.exp < SMALL ? smallTangent(a) : quotient(Reduced.of(a))).toNum();
    return a.negative ? n.negated() : n;
  }

  private static Wide quotient(Reduced r) {
    return r.sine().over(r.cosine());
  }

  /**
   * x + x^3/3: sine and cosine are below x and 1 by less than they have bits for, their quotient is
   * above x.
   */
  private static Wide smallTangent(Num a) {
    Wide x = Wide.of(a).abs();
    return x.plus(x.times(x).times(x).over(3));
  }
}
