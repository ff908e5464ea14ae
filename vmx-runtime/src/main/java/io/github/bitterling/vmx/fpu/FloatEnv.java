package io.github.bitterling.vmx.fpu;

/**
 * How to round, what to trap, and what has happened: the part of a control word and a status word
 * that arithmetic sees. Flags and masks are numbered alike in x87 and MXCSR (SDM volume 1, 8.1.3
 * and 10.2.3).
 */
final class FloatEnv {
  static final int IE = 1;
  static final int DE = 2;
  static final int ZE = 4;
  static final int OE = 8;
  static final int UE = 16;
  static final int PE = 32;

  /** Found before a result is computed. */
  static final int PRE = IE | DE | ZE;

  static final int NEAREST = 0;
  static final int DOWN = 1;
  static final int UP = 2;
  static final int ZERO = 3;

  /** What an unmasked overflow or underflow of x87 moves the exponent by. */
  private static final int WRAP = 24576;

  int rounding;

  /** Bits of significand of extended results: 24, 53 or 64. */
  int precision = 64;

  /** Bit set: masked. */
  int masks = 0x3F;

  boolean flushToZero;
  int flags;

  /** Magnitude went up in the last rounding. */
  boolean roundedUp;

  private boolean inexact;

  /** The control word of x87. */
  static FloatEnv x87(int control) {
    FloatEnv e = new FloatEnv();
    e.masks = control & 0x3F;
    e.rounding = control >> 10 & 3;
    e.precision =
        switch (control >> 8 & 3) {
          case 0 -> 24;
          case 2 -> 53;
          default -> 64;
        };
    return e;
  }

  static FloatEnv sse(int mxcsr) {
    FloatEnv e = new FloatEnv();
    e.masks = mxcsr >> 7 & 0x3F;
    e.rounding = mxcsr >> 13 & 3;
    e.flushToZero = (mxcsr & 0x8000) != 0;
    return e;
  }

  Num invalid() {
    flags |= IE;
    return Num.DEFAULT;
  }

  boolean unmasked(int which) {
    return (flags & ~masks & which) != 0;
  }

  /** Rounds to a format; extended results to the precision of the control word. */
  Num round(Num n, Format f) {
    return round(n, f, f == Format.EXTENDED ? precision : f.precision);
  }

  Num round(Num n, Format f, int bits) {
    roundedUp = false;
    if (!n.isFinite()) {
      return n;
    }
    Num r = cut(n, bits);
    boolean lost = inexact;
    if (r.exp < f.emin) {
      return tiny(n, r, f, bits);
    }
    if (r.exp > f.emax) {
      return huge(r, f, bits);
    }
    if (lost) {
      flags |= PE;
    }
    return r;
  }

  private Num tiny(Num n, Num unbounded, Format f, int bits) {
    if ((masks & UE) == 0) {
      flags |= UE | (inexact ? PE : 0);
      return f == Format.EXTENDED ? wrapped(unbounded, WRAP) : unbounded;
    }
    if (flushToZero) {
      flags |= UE | PE;
      return Num.zero(n.negative);
    }
    Num r = cut(n, bits - (f.emin - n.exp));
    if (inexact) {
      flags |= UE | PE;
    }
    return r;
  }

  /** Beyond the wrapped range too: zero or infinite (FSCALE, SDM volume 1, 8.5.4). */
  private Num wrapped(Num r, int by) {
    int e = r.exp + by;
    if (e >= Format.EXTENDED.emin && e <= Format.EXTENDED.emax) {
      return r.scaled(by);
    }
    flags |= PE;
    roundedUp = e > 0;
    return e > 0 ? Num.infinite(r.negative) : Num.zero(r.negative);
  }

  private Num huge(Num r, Format f, int bits) {
    if ((masks & OE) == 0) {
      flags |= OE | (inexact ? PE : 0);
      return f == Format.EXTENDED ? wrapped(r, -WRAP) : r;
    }
    flags |= OE | PE;
    roundedUp = rounding == NEAREST || rounding == (r.negative ? DOWN : UP);
    return roundedUp
        ? Num.infinite(r.negative)
        : Num.finite(r.negative, f.emax, -1L << 64 - bits, 0);
  }

  /** Keeps so many bits of the significand, which may be none or fewer. */
  private Num cut(Num n, int bits) {
    if (bits <= 0) {
      return cutAll(n, bits);
    }
    long kept = bits == 64 ? n.hi : n.hi & -1L << 64 - bits;
    boolean half = bits == 64 ? n.lo < 0 : (n.hi >>> 63 - bits & 1) != 0;
    boolean below = bits == 64 ? n.lo << 1 != 0 : n.lo != 0 || (n.hi & (1L << 63 - bits) - 1) != 0;
    boolean odd = (n.hi >>> 64 - bits & 1) != 0;
    inexact = half || below;
    roundedUp = inexact && up(n.negative, half, below, odd);
    if (!roundedUp) {
      return Num.finite(n.negative, n.exp, kept, 0);
    }
    long r = kept + (1L << 64 - bits);
    return r == 0
        ? Num.finite(n.negative, n.exp + 1, Num.ONE, 0)
        : Num.finite(n.negative, n.exp, r, 0);
  }

  private Num cutAll(Num n, int bits) {
    boolean half = bits == 0;
    inexact = true;
    roundedUp = up(n.negative, half, !half || n.hi != Num.ONE || n.lo != 0, false);
    return roundedUp ? Num.finite(n.negative, n.exp - bits + 1, Num.ONE, 0) : Num.zero(n.negative);
  }

  private boolean up(boolean negative, boolean half, boolean below, boolean odd) {
    return switch (rounding) {
      case NEAREST -> half && (below || odd);
      case DOWN -> negative;
      case UP -> !negative;
      default -> false;
    };
  }

  /** Rounds to an integral value; raises PE when that changes it. */
  Num integral(Num n) {
    roundedUp = false;
    if (!n.isFinite() || n.exp >= 63) {
      return n;
    }
    Num r = cut(n, n.exp + 1);
    if (inexact) {
      flags |= PE;
    }
    return r;
  }

  /**
   * Rounds to a signed integer of so many bits.
   *
   * @return null when it does not fit or is no number
   */
  Long integer(Num n, int bits) {
    if (n.isZero()) {
      roundedUp = false;
      return 0L;
    }
    if (!n.isFinite() || n.exp > bits) {
      return null;
    }
    int before = flags;
    Num r = integral(n);
    if (r.isZero()) {
      return 0L;
    }
    boolean lowest = r.negative && r.exp == bits - 1 && r.hi == Num.ONE;
    if (r.exp >= bits - 1 && !lowest) {
      flags = before;
      roundedUp = false;
      return null;
    }
    long magnitude = r.hi >>> 63 - r.exp;
    return r.negative ? -magnitude : magnitude;
  }
}
