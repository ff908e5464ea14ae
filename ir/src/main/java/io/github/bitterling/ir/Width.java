package io.github.bitterling.ir;

/** Operation widths as stored in a block: log2 of the number of bytes. */
public final class Width {
  public static final int W8 = 0;
  public static final int W16 = 1;
  public static final int W32 = 2;
  public static final int W64 = 3;

  private static final long[] MASK = {0xFFL, 0xFFFFL, 0xFFFF_FFFFL, -1L};

  private Width() {}

  /** Bits of a width. */
  public static int bits(int w) {
    return 8 << w;
  }

  /** Bytes of a width. */
  public static int bytes(int w) {
    return 1 << w;
  }

  /** All ones in the low bits of a width. */
  public static long mask(int w) {
    return MASK[w];
  }

  /** Sign bit of a width. */
  public static long sign(int w) {
    return 1L << (bits(w) - 1);
  }

  /** Width of 1, 2, 4 or 8 bytes. */
  public static int ofBytes(int bytes) {
    return switch (bytes) {
      case 1 -> W8;
      case 2 -> W16;
      case 4 -> W32;
      case 8 -> W64;
      default -> throw new IllegalArgumentException("no width of " + bytes + " bytes");
    };
  }

  /** Sign-extends the low bits of a value. */
  public static long signExtend(int w, long value) {
    int shift = 64 - bits(w);
    return value << shift >> shift;
  }
}
