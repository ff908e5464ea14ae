package io.github.bitterling.vmx.fpu;

import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.Arrays;

/**
 * Elements of SSE floating point for tier 0 and compiled regions. Java's own arithmetic serves
 * where it is provably the same: rounding to nearest, everything masked, operands normal or zero, a
 * result well inside the normal range or an exact zero. Then only PE can come up; it is found from
 * the exact residual, and not looked for when it is set already. All else goes to {@link
 * SseElement}.
 */
public final class Sse {
  /** Rounding control and masks of MXCSR, and their values for the fast path. */
  private static final int MODES = 0x7F80;

  private static final int USUAL = 0x1F80;
  static final int PE = 0x20;

  private static final long EXPONENT = 0x7FFL << 52;
  private static final int EXPONENT32 = 0xFF << 23;

  /** Biased exponents from which residuals of products and quotients are representable. */
  static final int RESIDUAL = 0x80;

  private Sse() {}

  /** Any operation; {@code code} as in {@link FloatOp}. */
  public static long run(Cpu cpu, int code, long a, long b) {
    boolean more = (code & FloatOp.MORE) != 0;
    int format = FloatOp.format(code);
    return switch (FloatOp.of(code)) {
      case ADD ->
          format == FloatOp.DOUBLE
              ? addD(cpu, a, b, more)
              : format == FloatOp.SINGLE ? addS(cpu, a, b, more) : addP(cpu, a, b, more);
      case SUB ->
          format == FloatOp.DOUBLE
              ? subD(cpu, a, b, more)
              : format == FloatOp.SINGLE ? subS(cpu, a, b, more) : subP(cpu, a, b, more);
      case MUL ->
          format == FloatOp.DOUBLE
              ? mulD(cpu, a, b, more)
              : format == FloatOp.SINGLE ? mulS(cpu, a, b, more) : mulP(cpu, a, b, more);
      case DIV ->
          format == FloatOp.DOUBLE
              ? divD(cpu, a, b, more)
              : format == FloatOp.SINGLE ? divS(cpu, a, b, more) : divP(cpu, a, b, more);
      default -> {
        boolean pair = format == FloatOp.PAIR;
        yield pair ? SseElement.run(cpu, code, a, b) : SseScalar.run(cpu, code, a, b, more);
      }
    };
  }

  /**
   * Class name and method for an immediate that has a method of its own, {@code (Cpu, long, long,
   * boolean)}; else null.
   */
  public static String method(int code) {
    int format = FloatOp.format(code);
    String letter = format == FloatOp.DOUBLE ? "D" : format == FloatOp.SINGLE ? "S" : "P";
    return switch (FloatOp.of(code)) {
      case ADD -> "Sse.add" + letter;
      case SUB -> "Sse.sub" + letter;
      case MUL -> "Sse.mul" + letter;
      case DIV -> "Sse.div" + letter;
      default -> format == FloatOp.PAIR ? null : SseScalar.method(code, letter);
    };
  }

  /** VCLEAR: bits 255:128 of the registers below {@code what & FFh}, all bits with bit 8. */
  public static void clear(Cpu cpu, int what) {
    int parts = 2 * (what & 0xFF);
    Arrays.fill(cpu.ymm, 0, parts, 0);
    if ((what & 0x100) != 0) {
      Arrays.fill(cpu.xmm, 0, parts, 0);
    }
  }

  // Doubles

  static boolean usual(Cpu cpu) {
    return (cpu.mxcsr & MODES) == USUAL;
  }

  static boolean watched(Cpu cpu) {
    return (cpu.mxcsr & PE) == 0;
  }

  /** Not denormal. */
  static boolean plain(long v) {
    return (v & EXPONENT) != 0 || v << 1 == 0;
  }

  static int exponent(long v) {
    return (int) (v >>> 52) & 0x7FF;
  }

  /** Well inside the normal range. */
  static boolean ordinary(long v) {
    return Integer.compareUnsigned(exponent(v) - 2, 0x7FB) < 0;
  }

  public static long addD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double r = x + y;
    long bits = Double.doubleToRawLongBits(r);
    if (!usual(cpu) || !(ordinary(bits) || bits << 1 == 0) || !plain(a) || !plain(b)) {
      return SseElement.arithmetic(cpu, FloatOp.ADD, Format.DOUBLE, a, b, more);
    }
    if (watched(cpu)) {
      double z = r - x;
      if (x - (r - z) + (y - z) != 0) {
        cpu.mxcsr |= PE;
      }
    }
    return bits;
  }

  public static long subD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double r = x - y;
    long bits = Double.doubleToRawLongBits(r);
    if (!usual(cpu) || !(ordinary(bits) || bits << 1 == 0) || !plain(a) || !plain(b)) {
      return SseElement.arithmetic(cpu, FloatOp.SUB, Format.DOUBLE, a, b, more);
    }
    if (watched(cpu)) {
      double z = r - x;
      if (x - (r - z) - (y + z) != 0) {
        cpu.mxcsr |= PE;
      }
    }
    return bits;
  }

  public static long mulD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double r = x * y;
    long bits = Double.doubleToRawLongBits(r);
    boolean zero = bits << 1 == 0 && (a << 1 == 0 || b << 1 == 0);
    if (!usual(cpu) || !(ordinary(bits) || zero) || !plain(a) || !plain(b)) {
      return SseElement.arithmetic(cpu, FloatOp.MUL, Format.DOUBLE, a, b, more);
    }
    if (watched(cpu) && !zero) {
      if (exponent(bits) < RESIDUAL) {
        return SseElement.arithmetic(cpu, FloatOp.MUL, Format.DOUBLE, a, b, more);
      }
      if (Math.fma(x, y, -r) != 0) {
        cpu.mxcsr |= PE;
      }
    }
    return bits;
  }

  public static long divD(Cpu cpu, long a, long b, boolean more) {
    double x = Double.longBitsToDouble(a);
    double y = Double.longBitsToDouble(b);
    double r = x / y;
    long bits = Double.doubleToRawLongBits(r);
    boolean zero = bits << 1 == 0 && a << 1 == 0;
    if (!usual(cpu) || !(ordinary(bits) || zero) || !plain(a) || !plain(b)) {
      return SseElement.arithmetic(cpu, FloatOp.DIV, Format.DOUBLE, a, b, more);
    }
    if (watched(cpu) && !zero) {
      if (exponent(a) < RESIDUAL) {
        return SseElement.arithmetic(cpu, FloatOp.DIV, Format.DOUBLE, a, b, more);
      }
      if (Math.fma(r, y, -x) != 0) {
        cpu.mxcsr |= PE;
      }
    }
    return bits;
  }

  // Singles: products of two are exact in double

  static boolean plain32(int v) {
    return (v & EXPONENT32) != 0 || v << 1 == 0;
  }

  static boolean ordinary32(int v) {
    return Integer.compareUnsigned((v >>> 23 & 0xFF) - 2, 0xFB) < 0;
  }

  public static long addS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float r = x + y;
    int bits = Float.floatToRawIntBits(r);
    if (!usual(cpu)
        || !(ordinary32(bits) || bits << 1 == 0)
        || !plain32((int) a)
        || !plain32((int) b)) {
      return SseElement.arithmetic(cpu, FloatOp.ADD, Format.SINGLE, a, b, more);
    }
    if (watched(cpu)) {
      float z = r - x;
      if (x - (r - z) + (y - z) != 0) {
        cpu.mxcsr |= PE;
      }
    }
    return bits & 0xFFFFFFFFL;
  }

  public static long subS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float r = x - y;
    int bits = Float.floatToRawIntBits(r);
    if (!usual(cpu)
        || !(ordinary32(bits) || bits << 1 == 0)
        || !plain32((int) a)
        || !plain32((int) b)) {
      return SseElement.arithmetic(cpu, FloatOp.SUB, Format.SINGLE, a, b, more);
    }
    if (watched(cpu)) {
      float z = r - x;
      if (x - (r - z) - (y + z) != 0) {
        cpu.mxcsr |= PE;
      }
    }
    return bits & 0xFFFFFFFFL;
  }

  public static long mulS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float r = x * y;
    int bits = Float.floatToRawIntBits(r);
    boolean zero = bits << 1 == 0 && ((int) a << 1 == 0 || (int) b << 1 == 0);
    if (!usual(cpu) || !(ordinary32(bits) || zero) || !plain32((int) a) || !plain32((int) b)) {
      return SseElement.arithmetic(cpu, FloatOp.MUL, Format.SINGLE, a, b, more);
    }
    if (watched(cpu) && (double) x * y != r) {
      cpu.mxcsr |= PE;
    }
    return bits & 0xFFFFFFFFL;
  }

  public static long divS(Cpu cpu, long a, long b, boolean more) {
    float x = Float.intBitsToFloat((int) a);
    float y = Float.intBitsToFloat((int) b);
    float r = x / y;
    int bits = Float.floatToRawIntBits(r);
    boolean zero = bits << 1 == 0 && (int) a << 1 == 0;
    if (!usual(cpu) || !(ordinary32(bits) || zero) || !plain32((int) a) || !plain32((int) b)) {
      return SseElement.arithmetic(cpu, FloatOp.DIV, Format.SINGLE, a, b, more);
    }
    if (watched(cpu) && !zero && (double) r * y != x) {
      cpu.mxcsr |= PE;
    }
    return bits & 0xFFFFFFFFL;
  }

  // Pairs of singles

  public static long addP(Cpu cpu, long a, long b, boolean more) {
    return addS(cpu, a, b, true) | addS(cpu, a >>> 32, b >>> 32, more) << 32;
  }

  public static long subP(Cpu cpu, long a, long b, boolean more) {
    return subS(cpu, a, b, true) | subS(cpu, a >>> 32, b >>> 32, more) << 32;
  }

  public static long mulP(Cpu cpu, long a, long b, boolean more) {
    return mulS(cpu, a, b, true) | mulS(cpu, a >>> 32, b >>> 32, more) << 32;
  }

  public static long divP(Cpu cpu, long a, long b, boolean more) {
    return divS(cpu, a, b, true) | divS(cpu, a >>> 32, b >>> 32, more) << 32;
  }

  // Fused multiply-add; kind as in SseElement

  private static final int FUSED = FloatOp.FMADD.ordinal();
  private static final int SUBTRACT = 1;
  private static final int NEGATE = 2;

  /** Any FUSED operation; {@code code} as in {@link FloatOp}. */
  public static long fused(Cpu cpu, int code, long a, long b, long c) {
    return switch (FloatOp.format(code)) {
      case FloatOp.DOUBLE -> fusedD(cpu, code, a, b, c);
      case FloatOp.SINGLE -> fusedS(cpu, code, a, b, c);
      default -> fusedP(cpu, code, a, b, c);
    };
  }

  /** Method of this class for a FUSED operation, {@code (Cpu, int, long, long, long)}. */
  public static String fusedMethod(int code) {
    return switch (FloatOp.format(code)) {
      case FloatOp.DOUBLE -> "fusedD";
      case FloatOp.SINGLE -> "fusedS";
      default -> "fusedP";
    };
  }

  public static long fusedD(Cpu cpu, int code, long a, long b, long c) {
    int kind = (code & 0xFF) - FUSED;
    double x = Double.longBitsToDouble((kind & NEGATE) != 0 ? a ^ Long.MIN_VALUE : a);
    double z = Double.longBitsToDouble((kind & SUBTRACT) != 0 ? c ^ Long.MIN_VALUE : c);
    if (usual(cpu) && !watched(cpu) && plain(a) && plain(b) && plain(c)) {
      long bits = Double.doubleToRawLongBits(Math.fma(x, Double.longBitsToDouble(b), z));
      if (ordinary(bits)) {
        return bits;
      }
    }
    return SseElement.fused(cpu, kind, Format.DOUBLE, a, b, c, (code & FloatOp.MORE) != 0);
  }

  public static long fusedS(Cpu cpu, int code, long a, long b, long c) {
    return fusedS(cpu, (code & 0xFF) - FUSED, a, b, c, (code & FloatOp.MORE) != 0);
  }

  private static long fusedS(Cpu cpu, int kind, long a, long b, long c, boolean more) {
    int first = (kind & NEGATE) != 0 ? (int) a ^ Integer.MIN_VALUE : (int) a;
    int third = (kind & SUBTRACT) != 0 ? (int) c ^ Integer.MIN_VALUE : (int) c;
    if (usual(cpu) && !watched(cpu) && plain32(first) && plain32((int) b) && plain32(third)) {
      float r =
          Math.fma(
              Float.intBitsToFloat(first),
              Float.intBitsToFloat((int) b),
              Float.intBitsToFloat(third));
      int bits = Float.floatToRawIntBits(r);
      if (ordinary32(bits)) {
        return bits & 0xFFFFFFFFL;
      }
    }
    return SseElement.fused(cpu, kind, Format.SINGLE, a, b, c, more) & 0xFFFFFFFFL;
  }

  /** Kinds 4 and 5 subtract from one single and add to the other. */
  public static long fusedP(Cpu cpu, int code, long a, long b, long c) {
    int kind = (code & 0xFF) - FUSED;
    int low = kind < 4 ? kind : 5 - kind;
    int high = kind < 4 ? kind : kind - 4;
    long first = fusedS(cpu, low, a, b, c, true);
    return first
        | fusedS(cpu, high, a >>> 32, b >>> 32, c >>> 32, (code & FloatOp.MORE) != 0) << 32;
  }
}
