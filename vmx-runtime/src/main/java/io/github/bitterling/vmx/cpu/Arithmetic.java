package io.github.bitterling.vmx.cpu;

import io.github.bitterling.ir.Width;
import java.math.BigInteger;

/** IR operations that are more than one Java operator; used by tier 0 and by compiled regions. */
public final class Arithmetic {
  private Arithmetic() {}

  public static long mulHighUnsigned(int w, long a, long b) {
    if (w == Width.W64) {
      return Math.unsignedMultiplyHigh(a, b);
    }
    long m = Width.mask(w);
    return (a & m) * (b & m) >>> Width.bits(w) & m;
  }

  public static long mulHighSigned(int w, long a, long b) {
    if (w == Width.W64) {
      return Math.multiplyHigh(a, b);
    }
    return Width.signExtend(w, a) * Width.signExtend(w, b) >> Width.bits(w) & Width.mask(w);
  }

  public static long shl(int w, long a, long b) {
    return b >= Width.bits(w) ? 0 : a << b & Width.mask(w);
  }

  public static long shr(int w, long a, long b) {
    return b >= Width.bits(w) ? 0 : (a & Width.mask(w)) >>> b;
  }

  public static long sar(int w, long a, long b) {
    return Width.signExtend(w, a) >> Math.min(b, 63) & Width.mask(w);
  }

  public static long rol(int w, long a, long b) {
    int bits = Width.bits(w);
    int n = (int) b & bits - 1;
    long m = Width.mask(w);
    long v = a & m;
    return n == 0 ? v : (v << n | v >>> bits - n) & m;
  }

  public static long ror(int w, long a, long b) {
    return rol(w, a, -b);
  }

  public static long bswap(int w, long a) {
    return w == Width.W64 ? Long.reverseBytes(a) : Integer.reverseBytes((int) a) & 0xFFFFFFFFL;
  }

  public static long ctz(int w, long a) {
    return Math.min(Long.numberOfTrailingZeros(a), Width.bits(w));
  }

  public static long clz(int w, long a) {
    return Long.numberOfLeadingZeros(a & Width.mask(w)) - (64 - Width.bits(w));
  }

  /** Quotient of the unsigned 2w-bit value high:low; #DE when it does not fit. */
  public static long udiv(Cpu cpu, int w, long high, long low, long divisor) {
    long m = Width.mask(w);
    long d = divisor & m;
    if (Long.compareUnsigned(high & m, d) >= 0) {
      cpu.raise(0);
      return 0;
    }
    if (w != Width.W64) {
      return Long.divideUnsigned((high & m) << Width.bits(w) | low & m, d);
    }
    return high == 0 ? Long.divideUnsigned(low, d) : wide(high, low).divide(big(d)).longValue();
  }

  public static long urem(Cpu cpu, int w, long high, long low, long divisor) {
    long m = Width.mask(w);
    long d = divisor & m;
    if (Long.compareUnsigned(high & m, d) >= 0) {
      cpu.raise(0);
      return 0;
    }
    if (w != Width.W64) {
      return Long.remainderUnsigned((high & m) << Width.bits(w) | low & m, d);
    }
    return high == 0 ? Long.remainderUnsigned(low, d) : wide(high, low).mod(big(d)).longValue();
  }

  /** Quotient of the signed 2w-bit value high:low; #DE when it does not fit. */
  public static long sdiv(Cpu cpu, int w, long high, long low, long divisor) {
    return signed(cpu, w, high, low, divisor, true);
  }

  public static long srem(Cpu cpu, int w, long high, long low, long divisor) {
    return signed(cpu, w, high, low, divisor, false);
  }

  private static long signed(Cpu cpu, int w, long high, long low, long divisor, boolean quotient) {
    long d = Width.signExtend(w, divisor);
    if (d == 0) {
      cpu.raise(0);
      return 0;
    }
    if (w == Width.W64 && high != low >> 63) {
      return signedWide(cpu, high, low, d, quotient);
    }
    long n = w == Width.W64 ? low : join(w, high, low);
    long q = n / d;
    if (Width.signExtend(w, q) != q || n == Long.MIN_VALUE && d == -1) {
      cpu.raise(0);
      return 0;
    }
    return (quotient ? q : n % d) & Width.mask(w);
  }

  private static long join(int w, long high, long low) {
    return Width.signExtend(w, high) << Width.bits(w) | low & Width.mask(w);
  }

  private static long signedWide(Cpu cpu, long high, long low, long d, boolean quotient) {
    BigInteger n = BigInteger.valueOf(high).shiftLeft(64).or(big(low));
    BigInteger[] parts = n.divideAndRemainder(BigInteger.valueOf(d));
    if (parts[0].bitLength() > 63) {
      cpu.raise(0);
      return 0;
    }
    return parts[quotient ? 0 : 1].longValue();
  }

  private static BigInteger wide(long high, long low) {
    return big(high).shiftLeft(64).or(big(low));
  }

  private static BigInteger big(long unsigned) {
    BigInteger value = BigInteger.valueOf(unsigned & Long.MAX_VALUE);
    return unsigned < 0 ? value.setBit(63) : value;
  }
}
