package io.github.bitterling.frontend.lift;

/** Lane-wise operations on 64 bits, the building block of MMX and of each half of SSE2 integer instructions. */
public final class Packed {
  private Packed() {}

  /** Result of operation {@code op}, a {@link PackedOp} ordinal. */
  public static long apply(int op, long a, long b) {
    return PackedOp.of(op).apply(a, b);
  }
}
