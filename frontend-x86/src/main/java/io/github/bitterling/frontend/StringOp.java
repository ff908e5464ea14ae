package io.github.bitterling.frontend;

/**
 * First argument of the string helpers: bits 1:0 width index (0-3), bits 3:2 log2 of the address
 * size in bytes (1 = 16-bit, 2, 3), bits 6:4 source segment register, bits 8:7 repeat prefix (0
 * none, 2 REPNE, 3 REP/REPE).
 */
public final class StringOp {
  public static final int REPNE = 2;
  public static final int REP = 3;

  private StringOp() {}

  public static int pack(int width, int addressSizeLog2, int segment, int repeat) {
    return width | addressSizeLog2 << 2 | segment << 4 | repeat << 7;
  }

  public static int width(long packed) {
    return (int) packed & 3;
  }

  public static int addressSizeLog2(long packed) {
    return (int) packed >> 2 & 3;
  }

  public static int segment(long packed) {
    return (int) packed >> 4 & 7;
  }

  public static int repeat(long packed) {
    return (int) packed >> 7 & 3;
  }
}
