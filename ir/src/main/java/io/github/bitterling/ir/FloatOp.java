package io.github.bitterling.ir;

/**
 * What a FLOAT operation computes. Its immediate packs the operation (bits 7:0), whether more
 * elements of the same instruction follow (bit 8), the format (bits 10:9) and a parameter (bits
 * 19:12). Exceptions go to the processor's control and status register of vectors; unmasked ones
 * fault, for all elements together at the last one.
 */
public enum FloatOp {
  ADD,
  SUB,
  MUL,
  DIV,
  MIN,
  MAX,
  /** Of b. */
  SQRT,
  /** All ones or zero; parameter = predicate 0-31. */
  COMPARE,
  /** Of b, to an integral value; parameter = rounding control as in ROUNDSS. */
  ROUND,
  /** Status flags at their EFLAGS places, quiet NaNs are invalid. */
  COMI,
  UCOMI,
  /** Approximation of 1 / b. */
  RCP,
  /** Approximation of 1 / sqrt(b). */
  RSQRT,
  /** b in this format to double. */
  TO_DOUBLE,
  TO_SINGLE,
  /** b in this format to a signed integer of 32 bits; truncated when the parameter is 1. */
  TO_INT,
  TO_LONG,
  /** Signed 32-bit b to this format. */
  FROM_INT,
  FROM_LONG,
  /** Pairs only: two half-precision numbers in the low 32 bits of b to singles. */
  FROM_HALF,
  /** Pairs only: b to two half-precision numbers; parameter = rounding control, 4 = MXCSR's. */
  TO_HALF,
  // FUSED operations
  /** a * b + c. */
  FMADD,
  /** a * b - c. */
  FMSUB,
  /** -(a * b) + c. */
  FNMADD,
  /** -(a * b) - c. */
  FNMSUB,
  /** Pairs only: FMSUB of the low, FMADD of the high single. */
  FMADDSUB,
  /** Pairs only: FMADD of the low, FMSUB of the high single. */
  FMSUBADD;

  /** In the low 32 bits of the arguments. */
  public static final int SINGLE = 0;

  public static final int DOUBLE = 1;

  /** Two singles. */
  public static final int PAIR = 2;

  /** Bit of the immediate: more elements follow. */
  public static final int MORE = 0x100;

  private static final FloatOp[] VALUES = values();

  public static FloatOp of(int immediate) {
    return VALUES[immediate & 0xFF];
  }

  public static int format(int immediate) {
    return immediate >> 9 & 3;
  }

  public static int parameter(int immediate) {
    return immediate >> 12 & 0xFF;
  }

  /** An immediate. */
  public int with(int format, int parameter, boolean more) {
    return ordinal() | (more ? MORE : 0) | format << 9 | parameter << 12;
  }

  /** Whether the operation is one of FUSED, not of FLOAT. */
  public boolean fused() {
    return compareTo(FMADD) >= 0;
  }

  /** Whether an immediate means something. */
  static boolean valid(long immediate, boolean fused) {
    return immediate >>> 20 == 0
        && (immediate & 0xFF) < VALUES.length
        && of((int) immediate).fused() == fused
        && format((int) immediate) <= PAIR;
  }
}
