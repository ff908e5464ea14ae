package io.github.bitterling.frontend.lift;

/**
 * The rounds of the AES instructions (FIPS 197; SDM volume 1, 12.13), without the addition of the
 * round key. A state is two 64-bit halves, its byte 0 lowest; a result is one half.
 */
final class Aes {
  private static final byte[] SUB = new byte[256];
  private static final byte[] INVERSE_SUB = new byte[256];

  /** Substitution and column mixing of a byte in row 0; rows below are rotations. */
  private static final int[] ENCRYPT = new int[256];

  private static final int[] DECRYPT = new int[256];

  static {
    fillSubstitution();
    for (int x = 0; x < 256; x++) {
      int s = SUB[x] & 0xFF;
      ENCRYPT[x] = column(s, 2, 1, 1, 3);
      DECRYPT[x] = column(INVERSE_SUB[x] & 0xFF, 14, 9, 13, 11);
    }
  }

  private Aes() {}

  /** 3 generates the field's units: p runs through them while q runs through their inverses. */
  private static void fillSubstitution() {
    int p = 1;
    int q = 1;
    do {
      p = times(p, 3);
      q = times(q, 0xF6);
      substitution(p, affine(q));
    } while (p != 1);
    substitution(0, 0x63);
  }

  private static void substitution(int x, int y) {
    SUB[x] = (byte) y;
    INVERSE_SUB[y] = (byte) x;
  }

  private static int affine(int q) {
    int twice = q | q << 8;
    return (q ^ twice >> 7 ^ twice >> 6 ^ twice >> 5 ^ twice >> 4 ^ 0x63) & 0xFF;
  }

  /** Product in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1. */
  private static int times(int a, int b) {
    int r = 0;
    int shifted = a;
    for (int rest = b; rest != 0; rest >>= 1) {
      r ^= (rest & 1) != 0 ? shifted : 0;
      shifted = shifted << 1 ^ ((shifted & 0x80) != 0 ? 0x11B : 0);
    }
    return r;
  }

  private static int column(int s, int row0, int row1, int row2, int row3) {
    return times(s, row0) | times(s, row1) << 8 | times(s, row2) << 16 | times(s, row3) << 24;
  }

  /** Half of a state after ShiftRows, SubBytes and, but for the last round, MixColumns. */
  static long encrypt(long low, long high, int half, boolean last) {
    return columns(low, high, half, 1, last ? SUB : null, ENCRYPT);
  }

  /** The inverses of {@link #encrypt}'s steps. */
  static long decrypt(long low, long high, int half, boolean last) {
    return columns(low, high, half, -1, last ? INVERSE_SUB : null, DECRYPT);
  }

  private static long columns(long low, long high, int half, int direction, byte[] sub, int[] mix) {
    long r = 0;
    for (int c = 0; c < 2; c++) {
      int word = 0;
      for (int row = 0; row < 4; row++) {
        int from = row + 4 * (2 * half + c + direction * row & 3);
        int x = (int) ((from < 8 ? low : high) >>> 8 * (from & 7)) & 0xFF;
        word ^= sub != null ? (sub[x] & 0xFF) << 8 * row : Integer.rotateLeft(mix[x], 8 * row);
      }
      r |= (word & 0xFFFF_FFFFL) << 32 * c;
    }
    return r;
  }

  /** AESIMC: InvMixColumns of two columns. */
  static long inverseMix(long columns) {
    long r = 0;
    for (int at = 0; at < 64; at += 8) {
      int x = SUB[(int) (columns >>> at) & 0xFF] & 0xFF;
      r ^= (Integer.rotateLeft(DECRYPT[x], at & 31) & 0xFFFF_FFFFL) << (at & 32);
    }
    return r;
  }

  /**
   * AESKEYGENASSIST: half of the result from the upper doubleword of the same half of the source.
   */
  static long keyAssist(long half, int roundConstant) {
    int word = 0;
    for (int at = 0; at < 32; at += 8) {
      word |= (SUB[(int) (half >>> 32 + at) & 0xFF] & 0xFF) << at;
    }
    return word & 0xFFFF_FFFFL | (long) (Integer.rotateRight(word, 8) ^ roundConstant) << 32;
  }
}
