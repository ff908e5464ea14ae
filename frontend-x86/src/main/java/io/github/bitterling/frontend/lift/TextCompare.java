package io.github.bitterling.frontend.lift;

/**
 * PCMPESTRI, PCMPESTRM, PCMPISTRI and PCMPISTRM (SDM volume 1, 12.3.1): two packed strings compared
 * element by element, as the immediate byte says.
 *
 * @param result one bit for each element of the second string (IntRes2)
 * @param elements 16 bytes or 8 words
 * @param firstEnds the first string is shorter than a register
 * @param secondEnds the second string is
 */
public record TextCompare(int result, int elements, boolean firstEnds, boolean secondEnds) {
  private static final int WORDS = 1;
  private static final int SIGNED = 2;
  private static final int MOST_SIGNIFICANT = 0x40;

  /** A string in a register. */
  private record Text(long low, long high, int length) {
    int element(int k, int control) {
      if ((control & WORDS) != 0) {
        int v = (int) ((k < 4 ? low : high) >>> 16 * (k & 3));
        return (control & SIGNED) != 0 ? (short) v : v & 0xFFFF;
      }
      int v = (int) ((k < 8 ? low : high) >>> 8 * (k & 7));
      return (control & SIGNED) != 0 ? (byte) v : v & 0xFF;
    }

    /** Up to the first zero element. */
    Text untilZero(int control, int elements) {
      int n = 0;
      while (n < elements && element(n, control) != 0) {
        n++;
      }
      return new Text(low, high, n);
    }
  }

  /** Comparison of strings that end at a zero element. */
  public static TextCompare implicit(int control, long a0, long a1, long b0, long b1) {
    int n = elements(control);
    return compare(
        control,
        new Text(a0, a1, n).untilZero(control, n),
        new Text(b0, b1, n).untilZero(control, n));
  }

  /** Comparison of strings of given lengths, whose absolute values count. */
  public static TextCompare explicit(
      int control, long a0, long a1, long lengthA, long b0, long b1, long lengthB) {
    int n = elements(control);
    return compare(
        control, new Text(a0, a1, clamp(lengthA, n)), new Text(b0, b1, clamp(lengthB, n)));
  }

  private static int elements(int control) {
    return (control & WORDS) != 0 ? 8 : 16;
  }

  private static int clamp(long length, int elements) {
    return length == Long.MIN_VALUE ? elements : (int) Math.min(Math.abs(length), elements);
  }

  private static TextCompare compare(int control, Text a, Text b) {
    int n = elements(control);
    int r = 0;
    for (int j = 0; j < n; j++) {
      if (matches(control, a, b, j, n)) {
        r |= 1 << j;
      }
    }
    int all = (1 << n) - 1;
    int negated =
        switch (control >> 4 & 3) {
          case 1 -> all;
          case 3 -> (1 << b.length()) - 1;
          default -> 0;
        };
    return new TextCompare(r ^ negated, n, a.length() < n, b.length() < n);
  }

  private static boolean matches(int control, Text a, Text b, int j, int n) {
    return switch (control >> 2 & 3) {
      case 0 -> j < b.length() && any(control, a, b.element(j, control));
      case 1 -> j < b.length() && inRange(control, a, b.element(j, control));
      case 2 -> equal(control, a, b, j);
      default -> found(control, a, b, j, n);
    };
  }

  private static boolean any(int control, Text a, int element) {
    for (int i = 0; i < a.length(); i++) {
      if (a.element(i, control) == element) {
        return true;
      }
    }
    return false;
  }

  private static boolean inRange(int control, Text a, int element) {
    for (int i = 0; i + 1 < a.length(); i += 2) {
      if (a.element(i, control) <= element && element <= a.element(i + 1, control)) {
        return true;
      }
    }
    return false;
  }

  private static boolean equal(int control, Text a, Text b, int j) {
    boolean inA = j < a.length();
    boolean inB = j < b.length();
    return inA && inB ? a.element(j, control) == b.element(j, control) : inA == inB;
  }

  /** Whether the first string begins at element j of the second, as far as the register reaches. */
  private static boolean found(int control, Text a, Text b, int j, int n) {
    for (int i = 0; i < a.length() && j + i < n; i++) {
      if (j + i >= b.length() || a.element(i, control) != b.element(j + i, control)) {
        return false;
      }
    }
    return true;
  }

  /** What PCMPxSTRI puts into ECX. */
  public int index(int control) {
    if (result == 0) {
      return elements;
    }
    return (control & MOST_SIGNIFICANT) != 0
        ? 31 - Integer.numberOfLeadingZeros(result)
        : Integer.numberOfTrailingZeros(result);
  }

  /** Half of what PCMPxSTRM puts into XMM0. */
  public long mask(int control, int half) {
    if ((control & MOST_SIGNIFICANT) == 0) {
      return half == 0 ? result : 0;
    }
    int bits = 128 / elements;
    long element = (1L << bits) - 1;
    long r = 0;
    for (int k = 0; k < elements / 2; k++) {
      if ((result >> elements / 2 * half + k & 1) != 0) {
        r |= element << bits * k;
      }
    }
    return r;
  }
}
