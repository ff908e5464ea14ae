package io.github.bitterling.vmx.fpu;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * What compiled regions put in line for SSE arithmetic: Java's own operation, then one look at the
 * result. With rounding to nearest, everything masked and PE set already, a result well inside the
 * normal range from operands that are not denormal is all there is to it: no flag can come up that
 * is not set. {@link Cpu#floatSpan} is the width of that range in biased exponents, 0 where the
 * control register does not allow it; so the look at the result is also the look at the register.
 *
 * <p>Regions do not look at operands of which they know that they are not denormal, because an
 * earlier operation met them. The slow methods keep that true: once they meet a denormal, nothing
 * is done in line until the region is left.
 */
public final class SseInline {
  /** Biased exponents of doubles from 2 on; the low eight bits are the same for singles. */
  private static final int SPAN = 0x7FB;

  private static final int SPAN_SINGLE = 0xFF;
  private static final int MODES = 0x7FA0;
  private static final int USUAL = 0x1FA0;

  private SseInline() {}

  /** A region starts, or goes on after something that may have changed everything. */
  public static void enter(Cpu cpu) {
    cpu.floatDenormal = false;
    cpu.floatSpan = span(cpu);
  }

  private static int span(Cpu cpu) {
    return (cpu.mxcsr & MODES) == USUAL ? SPAN : 0;
  }

  // True when an operation has to be done again by the slow method

  private static int exponent(double v) {
    return (int) (Double.doubleToRawLongBits(v) >>> 52) & 0x7FF;
  }

  private static int exponent(float v) {
    return Float.floatToRawIntBits(v) >>> 23 & 0xFF;
  }

  /** Of the result alone: the operands are not denormal. */
  public static boolean off(double r, int span) {
    return Integer.compareUnsigned(exponent(r) - 2, span) >= 0;
  }

  public static boolean off(double r, double x, int span) {
    return off(r, span) || exponent(x) == 0;
  }

  public static boolean off(double r, double x, double y, int span) {
    return off(r, span) || exponent(x) == 0 || exponent(y) == 0;
  }

  public static boolean off(float r, int span) {
    return Integer.compareUnsigned(exponent(r) - 2, span & SPAN_SINGLE) >= 0;
  }

  public static boolean off(float r, float x, int span) {
    return off(r, span) || exponent(x) == 0;
  }

  public static boolean off(float r, float x, float y, int span) {
    return off(r, span) || exponent(x) == 0 || exponent(y) == 0;
  }

  // Slow methods

  private static double noted(Cpu cpu, long a, long b, long r) {
    note(cpu, Sse.plain(a) && Sse.plain(b) && Sse.plain(r));
    return Double.longBitsToDouble(r);
  }

  private static float noted32(Cpu cpu, long a, long b, long r) {
    note(cpu, Sse.plain32((int) a) && Sse.plain32((int) b) && Sse.plain32((int) r));
    return Float.intBitsToFloat((int) r);
  }

  private static void note(Cpu cpu, boolean plain) {
    cpu.floatDenormal |= !plain;
    cpu.floatSpan = cpu.floatDenormal ? 0 : span(cpu);
  }

  private static long bits(double v) {
    return Double.doubleToRawLongBits(v);
  }

  private static long bits(float v) {
    return Float.floatToRawIntBits(v) & 0xFFFFFFFFL;
  }

  public static double add(Cpu cpu, double x, double y, boolean more) {
    return noted(cpu, bits(x), bits(y), Sse.addD(cpu, bits(x), bits(y), more));
  }

  public static double sub(Cpu cpu, double x, double y, boolean more) {
    return noted(cpu, bits(x), bits(y), Sse.subD(cpu, bits(x), bits(y), more));
  }

  public static double mul(Cpu cpu, double x, double y, boolean more) {
    return noted(cpu, bits(x), bits(y), Sse.mulD(cpu, bits(x), bits(y), more));
  }

  public static double div(Cpu cpu, double x, double y, boolean more) {
    return noted(cpu, bits(x), bits(y), Sse.divD(cpu, bits(x), bits(y), more));
  }

  /** Of y. */
  public static double sqrt(Cpu cpu, double y, boolean more) {
    return noted(cpu, bits(y), bits(y), SseScalar.sqrtD(cpu, bits(y), bits(y), more));
  }

  public static float add(Cpu cpu, float x, float y, boolean more) {
    return noted32(cpu, bits(x), bits(y), Sse.addS(cpu, bits(x), bits(y), more));
  }

  public static float sub(Cpu cpu, float x, float y, boolean more) {
    return noted32(cpu, bits(x), bits(y), Sse.subS(cpu, bits(x), bits(y), more));
  }

  public static float mul(Cpu cpu, float x, float y, boolean more) {
    return noted32(cpu, bits(x), bits(y), Sse.mulS(cpu, bits(x), bits(y), more));
  }

  public static float div(Cpu cpu, float x, float y, boolean more) {
    return noted32(cpu, bits(x), bits(y), Sse.divS(cpu, bits(x), bits(y), more));
  }

  public static float sqrt(Cpu cpu, float y, boolean more) {
    return noted32(cpu, bits(y), bits(y), SseScalar.sqrtS(cpu, bits(y), bits(y), more));
  }
}
