package io.github.bitterling.vmx.fpu;

import static io.github.bitterling.vmx.fpu.Sse.ordinary;
import static io.github.bitterling.vmx.fpu.Sse.ordinary32;
import static io.github.bitterling.vmx.fpu.Sse.plain;
import static io.github.bitterling.vmx.fpu.Sse.plain32;
import static io.github.bitterling.vmx.fpu.Sse.usual;
import static io.github.bitterling.vmx.fpu.Sse.watched;

import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;

/**
 * Roots, extremes, comparisons and conversions of one element, as in {@link Sse} on Java's
 * arithmetic where that is the same.
 */
public final class SseScalar {
  private static final long M32 = 0xFFFFFFFFL;

  private SseScalar() {}

  static long run(Cpu cpu, int code, long a, long b, boolean more) {
    boolean wide = FloatOp.format(code) == FloatOp.DOUBLE;
    boolean truncate = FloatOp.parameter(code) != 0;
    return switch (FloatOp.of(code)) {
      case SQRT -> wide ? sqrtD(cpu, a, b, more) : sqrtS(cpu, a, b, more);
      case MIN -> wide ? minD(cpu, a, b, more) : minS(cpu, a, b, more);
      case MAX -> wide ? maxD(cpu, a, b, more) : maxS(cpu, a, b, more);
      case COMI -> wide ? comiD(cpu, a, b, more) : comiS(cpu, a, b, more);
      case UCOMI -> wide ? ucomiD(cpu, a, b, more) : ucomiS(cpu, a, b, more);
      case TO_DOUBLE -> wide ? slow(cpu, code, a, b) : widenS(cpu, a, b, more);
      case TO_SINGLE -> wide ? narrowD(cpu, a, b, more) : slow(cpu, code, a, b);
      case TO_INT -> wide && truncate ? intD(cpu, a, b, more) : slow(cpu, code, a, b);
      case TO_LONG -> wide && truncate ? longD(cpu, a, b, more) : slow(cpu, code, a, b);
      case FROM_INT -> wide ? fromIntD(cpu, a, b, more) : slow(cpu, code, a, b);
      case FROM_LONG -> wide ? fromLongD(cpu, a, b, more) : slow(cpu, code, a, b);
      default -> slow(cpu, code, a, b);
    };
  }

  private static long slow(Cpu cpu, int code, long a, long b) {
    return SseElement.run(cpu, code, a, b);
  }

  static String method(int code, String letter) {
    boolean wide = FloatOp.format(code) == FloatOp.DOUBLE;
    boolean truncate = FloatOp.parameter(code) != 0;
    String name =
        switch (FloatOp.of(code)) {
          case SQRT -> "sqrt";
          case MIN -> "min";
          case MAX -> "max";
          case COMI -> "comi";
          case UCOMI -> "ucomi";
          case TO_DOUBLE -> wide ? null : "widen";
          case TO_SINGLE -> wide ? "narrow" : null;
          case TO_INT -> wide && truncate ? "int" : null;
          case TO_LONG -> wide && truncate ? "long" : null;
          case FROM_INT -> wide ? "fromInt" : null;
          case FROM_LONG -> wide ? "fromLong" : null;
          default -> null;
        };
    return name == null ? null : "SseScalar." + name + letter;
  }

  private static void inexact(Cpu cpu) {
    cpu.mxcsr |= Sse.PE;
  }

  public static long sqrtD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(b);
    double r = Math.sqrt(x);
    boolean easy =
        usual(cpu)
            && (b << 1 == 0 || b > 0 && Sse.exponent(b) >= Sse.RESIDUAL && Sse.exponent(b) < 0x7FF);
    if (!easy) {
      return SseElement.arithmetic(cpu, FloatOp.SQRT, Format.DOUBLE, b, b, more);
    }
    if (watched(cpu) && Math.fma(r, r, -x) != 0) {
      inexact(cpu);
    }
    return Double.doubleToRawLongBits(r);
  }

  public static long sqrtS(Cpu cpu, long a, long b, boolean more) {
    int bits = (int) b;
    float x = Float.intBitsToFloat(bits);
    float r = (float) Math.sqrt(x);
    boolean easy = usual(cpu) && (bits << 1 == 0 || bits > 0 && ordinary32(bits));
    if (!easy) {
      return SseElement.arithmetic(cpu, FloatOp.SQRT, Format.SINGLE, b, b, more);
    }
    if (watched(cpu) && (double) r * r != x) {
      inexact(cpu);
    }
    return Float.floatToRawIntBits(r) & M32;
  }

  // Without denormals and NaNs these raise nothing, whatever MXCSR says

  private static boolean comparable(long a, long b, double x, double y) {
    return plain(a) && plain(b) && !Double.isNaN(x) && !Double.isNaN(y);
  }

  private static boolean comparable(long a, long b, float x, float y) {
    return plain32((int) a) && plain32((int) b) && !Float.isNaN(x) && !Float.isNaN(y);
  }

  private static boolean quick(Cpu cpu) {
    return (cpu.mxcsr & 0x1F80) == 0x1F80;
  }

  public static long minD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return quick(cpu) && comparable(a, b, x, y)
        ? x < y ? a : b
        : SseElement.extreme(cpu, true, Format.DOUBLE, a, b, more);
  }

  public static long maxD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return quick(cpu) && comparable(a, b, x, y)
        ? x > y ? a : b
        : SseElement.extreme(cpu, false, Format.DOUBLE, a, b, more);
  }

  public static long minS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    return quick(cpu) && comparable(a, b, x, y)
        ? (x < y ? a : b) & M32
        : SseElement.extreme(cpu, true, Format.SINGLE, a, b, more);
  }

  public static long maxS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    return quick(cpu) && comparable(a, b, x, y)
        ? (x > y ? a : b) & M32
        : SseElement.extreme(cpu, false, Format.SINGLE, a, b, more);
  }

  private static long order(double x, double y) {
    return x < y ? LazyFlags.CF : x == y ? LazyFlags.ZF : 0;
  }

  public static long comiD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return quick(cpu) && comparable(a, b, x, y)
        ? order(x, y)
        : SseElement.flags(cpu, Format.DOUBLE, a, b, true, more);
  }

  public static long ucomiD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    return quick(cpu) && comparable(a, b, x, y)
        ? order(x, y)
        : SseElement.flags(cpu, Format.DOUBLE, a, b, false, more);
  }

  public static long comiS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    return quick(cpu) && comparable(a, b, x, y)
        ? order(x, y)
        : SseElement.flags(cpu, Format.SINGLE, a, b, true, more);
  }

  public static long ucomiS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    return quick(cpu) && comparable(a, b, x, y)
        ? order(x, y)
        : SseElement.flags(cpu, Format.SINGLE, a, b, false, more);
  }

  // Conversions

  public static long widenS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) b);
    return quick(cpu) && plain32((int) b) && !Float.isNaN(x)
        ? Double.doubleToRawLongBits(x)
        : SseElement.convert(cpu, Format.SINGLE, Format.DOUBLE, b, more);
  }

  public static long narrowD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(b);
    float r = (float) x;
    int bits = Float.floatToRawIntBits(r);
    if (!usual(cpu) || !(ordinary32(bits) && ordinary(b) || b << 1 == 0)) {
      return SseElement.convert(cpu, Format.DOUBLE, Format.SINGLE, b, more);
    }
    if (r != x) {
      inexact(cpu);
    }
    return bits & M32;
  }

  public static long intD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(b);
    int r = (int) x;
    if (!usual(cpu)
        || r == Integer.MIN_VALUE
        || r == Integer.MAX_VALUE
        || Double.isNaN(x)
        || !plain(b)) {
      return SseElement.toInteger(cpu, Format.DOUBLE, b, 32, true, more) & M32;
    }
    if (r != x) {
      inexact(cpu);
    }
    return r & M32;
  }

  public static long longD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(b);
    long r = (long) x;
    if (!usual(cpu) || r == Long.MIN_VALUE || r == Long.MAX_VALUE || Double.isNaN(x) || !plain(b)) {
      return SseElement.toInteger(cpu, Format.DOUBLE, b, 64, true, more);
    }
    if ((double) r != x) {
      inexact(cpu);
    }
    return r;
  }

  public static long fromIntD(Cpu cpu, long a, long b, boolean more) {
    if (!quick(cpu)) {
      return SseElement.fromInteger(cpu, Format.DOUBLE, (int) b, more);
    }
    return Double.doubleToRawLongBits((double) (int) b);
  }

  public static long fromLongD(Cpu cpu, long a, long b, boolean more) {
    if (!quick(cpu) || b != b << 11 >> 11) {
      return SseElement.fromInteger(cpu, Format.DOUBLE, b, more);
    }
    return Double.doubleToRawLongBits((double) b);
  }
}
