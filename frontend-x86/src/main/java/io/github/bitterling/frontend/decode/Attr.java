package io.github.bitterling.frontend.decode;

/** Attribute bits of a row that decoder and lifter need. */
public final class Attr {
  /** LOCK is allowed when the first operand is memory. */
  public static final int LOCK = 1;

  /** Invalid in 64-bit mode. */
  public static final int I64 = 1 << 1;

  /** Valid only in 64-bit mode. */
  public static final int O64 = 1 << 2;

  /** Operand size defaults to 64 bits in 64-bit mode. */
  public static final int D64 = 1 << 3;

  /** Operand size is always 64 bits in 64-bit mode. */
  public static final int F64 = 1 << 4;

  /** Invalid in real and virtual-8086 mode. */
  public static final int PM = 1 << 5;

  /** Needs CPL 0. */
  public static final int CPL0 = 1 << 6;

  /** Sensitive to IOPL. */
  public static final int IOPL = 1 << 7;

  /** The memory operand is written. */
  public static final int MW = 1 << 8;

  /** Has a ModRM byte. */
  public static final int MODRM = 1 << 9;

  /** ModRM.mod is ignored: always a register. */
  public static final int ANY_MOD = 1 << 10;

  /** Has a VEX prefix. */
  public static final int VEX = 1 << 11;

  /** Needs the AVX state enabled ({@code ModeKey.AVX}). */
  public static final int AVX = 1 << 12;

  private Attr() {}

  static int parse(String word) {
    return switch (word) {
      case "lock" -> LOCK;
      case "i64" -> I64;
      case "o64" -> O64;
      case "d64" -> D64;
      case "f64" -> F64;
      case "pm" -> PM;
      case "cpl0" -> CPL0;
      case "iopl" -> IOPL;
      case "mw" -> MW;
      default -> 0;
    };
  }
}
