package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.Width;

/**
 * One operation of tier 0's code in 64 bits: key 7:0, width 15:8 (64 less the width's bits, and
 * above that its number), slots d 27:16, a 39:28, b 51:40, c 63:52. Where a key has an immediate
 * instead of b and c, it is the signed number in 63:40. Some keys are followed by a second word.
 */
final class Word {
  /** Slots there may be: 12 bits. */
  static final int SLOTS = 1 << 12;

  private Word() {}

  static long of(int key, int width, int d, int a, int b, int c) {
    return key
        | (64 - Width.bits(width) & 0x3F) << 8
        | width << 14
        | (long) d << 16
        | (long) a << 28
        | (long) b << 40
        | (long) c << 52;
  }

  /** With an immediate that {@link #fits}. */
  static long immediate(int key, int width, int d, int a, long value) {
    return of(key, width, d, a, 0, 0) | value << 40;
  }

  static boolean fits(long value) {
    return value << 40 >> 40 == value;
  }

  static int key(long x) {
    return (int) x & 0xFF;
  }

  /** All ones in the width. */
  static long mask(long x) {
    return -1L >>> (x >>> 8);
  }

  /** Sign-extends a value from the width. */
  static long signed(long x, long value) {
    return value << (x >>> 8) >> (x >>> 8);
  }

  static int width(long x) {
    return (int) x >>> 14 & 3;
  }

  static int d(long x) {
    return (int) x >>> 16 & 0xFFF;
  }

  static int a(long x) {
    return (int) (x >>> 28) & 0xFFF;
  }

  static int b(long x) {
    return (int) (x >>> 40) & 0xFFF;
  }

  static int c(long x) {
    return (int) (x >>> 52);
  }

  static long immediate(long x) {
    return x >> 40;
  }
}
