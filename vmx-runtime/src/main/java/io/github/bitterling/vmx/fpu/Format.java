package io.github.bitterling.vmx.fpu;

/** The processor's floating-point formats (SDM volume 1, 4.2.2). */
enum Format {
  HALF(11, -14, 15),
  SINGLE(24, -126, 127),
  DOUBLE(53, -1022, 1023),
  EXTENDED(64, -16382, 16383);

  /** Bits of significand, the leading one included. */
  final int precision;

  /** Exponents of the smallest and largest normal numbers. */
  final int emin;

  final int emax;

  Format(int precision, int emin, int emax) {
    this.precision = precision;
    this.emin = emin;
    this.emax = emax;
  }

  /** Bits of a half, single or double. */
  private int width() {
    return this == HALF ? 16 : this == SINGLE ? 32 : 64;
  }

  /** Takes apart a half, single or double. */
  Num unpack(long bits, boolean denormalsAreZero) {
    int fraction = precision - 1;
    int width = width();
    boolean negative = (bits >>> width - 1 & 1) != 0;
    int e = (int) (bits >>> fraction) & 2 * emax + 1;
    long f = bits & (1L << fraction) - 1;
    if (e == 2 * emax + 1) {
      return f == 0 ? Num.infinite(negative) : Num.nan(negative, f << 64 - precision);
    }
    if (e != 0) {
      return Num.finite(negative, e - emax, (f | 1L << fraction) << 64 - precision, 0);
    }
    if (f == 0 || denormalsAreZero) {
      return Num.zero(negative);
    }
    return Num.normalized(negative, emin, f << 64 - precision, 0).asDenormal();
  }

  /** Takes apart an extended number: sign and exponent, significand. */
  static Num unpack(int signExponent, long significand) {
    boolean negative = (signExponent & 0x8000) != 0;
    int e = signExponent & 0x7FFF;
    if (e == 0) {
      return significand == 0
          ? Num.zero(negative)
          : Num.normalized(negative, EXTENDED.emin, significand, 0).asDenormal();
    }
    if (significand >= 0) {
      return Num.unsupported();
    }
    if (e == 0x7FFF) {
      return significand == Num.ONE ? Num.infinite(negative) : Num.nan(negative, significand);
    }
    return Num.finite(negative, e - 16383, significand, 0);
  }

  /** Puts together a half, single or double from a rounded number; NaNs lose low payload bits. */
  long pack(Num n) {
    int fraction = precision - 1;
    int width = width();
    long sign = n.negative ? 1L << width - 1 : 0;
    long special = (2L * emax + 1) << fraction;
    return switch (n.kind) {
      case ZERO -> sign;
      case INFINITE -> sign | special;
      case QUIET, SIGNALING -> sign | special | n.hi << 1 >>> 65 - precision;
      case UNSUPPORTED ->
          throw new IllegalStateException("an unsupported encoding cannot be a result");
      case FINITE -> {
        if (n.exp < emin) {
          yield sign | n.hi >>> 64 - precision + emin - n.exp;
        }
        yield sign | (long) (n.exp + emax) << fraction | n.hi << 1 >>> 65 - precision;
      }
    };
  }

  /** Sign and exponent of an extended number. */
  static int packSignExponent(Num n) {
    int sign = n.negative ? 0x8000 : 0;
    return switch (n.kind) {
      case ZERO -> sign;
      case FINITE -> sign | (n.exp < EXTENDED.emin ? 0 : n.exp + 16383);
      default -> sign | 0x7FFF;
    };
  }

  /** Significand of an extended number. */
  static long packSignificand(Num n) {
    return n.isFinite() && n.exp < EXTENDED.emin ? n.hi >>> EXTENDED.emin - n.exp : n.hi;
  }
}
