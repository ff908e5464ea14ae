package io.github.bitterling.vmx.fpu;

import java.math.BigInteger;

/**
 * The instructions D9 E0 to D9 FF: signs, constants, remainders, roots, scaling; functions are in
 * {@link Transcendental}.
 */
final class Functions {
  private static final int C0 = 0x100;
  private static final int C1 = 0x200;
  private static final int C2 = 0x400;
  private static final int C3 = 0x4000;

  private static final Num PLUS_ZERO = Num.zero(false);

  private Functions() {}

  static boolean run(X87 x, int key) {
    switch (key) {
      case 0x1E0, 0x1E1 -> {
        if (x.present(false, 0, false)) {
          x.changeSign(key == 0x1E1);
        }
      }
      case 0x1E4 -> x.compareWithZero();
      case 0x1E5 -> x.examine();
      case 0x1E8 -> constant(x, 0, 0x8000000000000000L, false, false);
      case 0x1E9 -> constant(x, 1, 0xD49A784BCD1B8AFEL, true, false);
      case 0x1EA -> constant(x, 0, 0xB8AA3B295C17F0BCL, false, true);
      case 0x1EB -> constant(x, 1, 0xC90FDAA22168C235L, false, true);
      case 0x1EC -> constant(x, -2, 0x9A209A84FBCFF799L, false, true);
      case 0x1ED -> constant(x, -1, 0xB17217F7D1CF79ACL, false, true);
      case 0x1EE -> {
        if (x.pushRoom()) {
          x.pushNew(PLUS_ZERO);
        }
      }
      case 0x1F4 -> extract(x);
      case 0x1F5 -> remainder(x, true);
      case 0x1F6 -> x.turn(-1);
      case 0x1F7 -> x.turn(1);
      case 0x1F8 -> remainder(x, false);
      case 0x1FA -> squareRoot(x);
      case 0x1FC -> integral(x);
      case 0x1FD -> scale(x);
      case 0x1F0, 0x1F1, 0x1F2, 0x1F3, 0x1F9, 0x1FB, 0x1FE, 0x1FF -> Transcendental.run(x, key);
      default -> {
        return false;
      }
    }
    return true;
  }

  /**
   * Constants are the nearest number; the exact value lies above or below it (SDM volume 1, 8.3.8).
   */
  private static void constant(X87 x, int exp, long nearest, boolean above, boolean below) {
    int rounding = x.env().rounding;
    long bits = nearest;
    if (above && rounding == FloatEnv.UP) {
      bits++;
    } else if (below && (rounding == FloatEnv.DOWN || rounding == FloatEnv.ZERO)) {
      bits--;
    }
    if (x.pushRoom()) {
      x.pushNew(Num.finite(false, exp, bits, 0));
    }
  }

  private static void squareRoot(X87 x) {
    if (!x.present(false, 0, false)) {
      return;
    }
    Num a = x.value(0);
    Num n = x.nanOf(a, a);
    if (n == null) {
      n = SoftFloat.squareRoot(x.env(), a);
      x.raiseDenormals(a, a);
    }
    x.replace(0, n, x.env().precision, false);
  }

  private static void integral(X87 x) {
    if (!x.present(false, 0, false)) {
      return;
    }
    Num a = x.value(0);
    Num n = x.nanOf(a, a);
    if (n != null) {
      x.replace(0, n, 64, false);
      return;
    }
    x.raiseDenormals(a, a);
    if (!x.env().unmasked(FloatEnv.PRE)) {
      x.replaceRaw(0, x.env().integral(a));
      x.conditions(x.env().roundedUp ? C1 : 0, C1);
    }
  }

  private static void scale(X87 x) {
    if (!x.present(true, 0, false)) {
      return;
    }
    Num a = x.value(0);
    Num b = x.value(1);
    Num n = x.nanOf(a, b);
    if (n == null) {
      n = scaled(x.env(), a, b);
      x.raiseDenormals(a, b);
    }
    x.replace(0, n, 64, false);
  }

  private static Num scaled(FloatEnv env, Num a, Num b) {
    if (b.isInfinite()) {
      if (b.negative ? a.isInfinite() : a.isZero()) {
        return env.invalid();
      }
      return b.negative ? Num.zero(a.negative) : Num.infinite(a.negative);
    }
    if (!a.isFinite() || b.isZero() || b.exp < 0) {
      return a;
    }
    int by = b.exp > 16 ? 0x10000 : (int) (b.hi >>> 63 - b.exp);
    return a.scaled(b.negative ? -by : by);
  }

  private static void extract(X87 x) {
    if (x.isEmpty(0) || !x.room()) {
      extractWithStackFault(x);
      return;
    }
    Num a = x.value(0);
    Num n = x.nanOf(a, a);
    FloatEnv env = x.env();
    if (n != null) {
      if (!env.unmasked(FloatEnv.PRE)) {
        x.replaceRaw(0, n);
        x.pushNew(n);
      }
      return;
    }
    if (a.isZero()) {
      env.flags |= FloatEnv.ZE;
    }
    x.raiseDenormals(a, a);
    if (env.unmasked(FloatEnv.PRE)) {
      return;
    }
    Num exponent =
        a.isZero() ? Num.infinite(true) : a.isInfinite() ? Num.infinite(false) : Num.of(a.exp);
    x.replaceRaw(0, exponent);
    x.pushNew(a.isFinite() ? Num.finite(a.negative, 0, a.hi, 0) : a);
  }

  private static void extractWithStackFault(X87 x) {
    if (x.isEmpty(0)) {
      if (x.present(false, 0, false) || x.env().unmasked(FloatEnv.IE)) {
        return;
      }
      if (x.room()) {
        x.pushNew(Num.DEFAULT);
      } else {
        x.turn(-1);
        x.replaceRaw(0, Num.DEFAULT);
      }
      return;
    }
    boolean ignored = x.pushRoom();
    if (!ignored && !x.env().unmasked(FloatEnv.IE)) {
      x.replaceRaw(1, Num.DEFAULT);
    }
  }

  // FPREM, FPREM1

  private static void remainder(X87 x, boolean nearest) {
    x.conditions(0, C1 | C2);
    if (!x.present(true, 0, false)) {
      return;
    }
    Num a = x.value(0);
    Num b = x.value(1);
    Num n = x.nanOf(a, b);
    if (n == null && (a.isInfinite() || b.isZero())) {
      n = x.env().invalid();
    }
    if (n != null) {
      x.replace(0, n, 64, false);
      return;
    }
    x.raiseDenormals(a, b);
    if (x.env().unmasked(FloatEnv.PRE)) {
      return;
    }
    if (a.isZero() || b.isInfinite() || a.exp < b.exp - 1) {
      x.replace(0, a, 64, false);
      x.conditions(0, C0 | C1 | C2 | C3);
      return;
    }
    reduce(x, a, b, nearest);
  }

  /** Takes away multiples of b; exponents more than 63 apart take several goes. */
  private static void reduce(X87 x, Num a, Num b, boolean nearest) {
    int distance = a.exp - b.exp;
    boolean partial = distance >= 64;
    int shift = partial ? distance - (distance & 0x1F | 0x20) : 0;
    int base = Math.min(a.exp, b.exp + shift);
    BigInteger dividend = SoftFloat.unsigned(a.hi).shiftLeft(a.exp - base);
    BigInteger divisor = SoftFloat.unsigned(b.hi).shiftLeft(b.exp + shift - base);
    BigInteger[] division = dividend.divideAndRemainder(divisor);
    BigInteger q = division[0];
    BigInteger r = division[1];
    boolean negative = a.negative;
    if (nearest && !partial) {
      int half = r.shiftLeft(1).compareTo(divisor);
      if (half > 0 || half == 0 && q.testBit(0)) {
        q = q.add(BigInteger.ONE);
        r = divisor.subtract(r);
        negative = !negative;
      }
    }
    Num result = r.signum() == 0 ? Num.zero(a.negative) : fromInteger(negative, r, base);
    x.replace(0, result, 64, false);
    if (partial) {
      x.conditions(C2, C0 | C1 | C2 | C3);
    } else {
      int bits = (q.testBit(2) ? C0 : 0) | (q.testBit(1) ? C3 : 0) | (q.testBit(0) ? C1 : 0);
      x.conditions(bits, C0 | C1 | C2 | C3);
    }
  }

  /** r * 2^(base - 63), with at most 128 bits of r. */
  private static Num fromInteger(boolean negative, BigInteger r, int base) {
    return Num.normalized(negative, base + 64, r.shiftRight(64).longValue(), r.longValue());
  }
}
