package io.github.bitterling.minnow.dram;

/**
 * The codes of a delay or voltage at which a lane works, both ends included. {@link #DEAD} has
 * none.
 *
 * @param low first code
 * @param high last code
 */
public record Window(int low, int high) {
  /** A window without a single code. */
  public static final Window DEAD = new Window(1, 0);

  boolean contains(int code) {
    return code >= low && code <= high;
  }

  /** Distance from the middle, in half codes. */
  private int distance(int code) {
    return Math.abs(2 * code - low - high);
  }

  /**
   * Whether a point lies in the eye that this window and another one across it bound: a hexagon as
   * wide as this window, and as high as the other one in its middle.
   */
  boolean eye(int code, Window across, int crossCode) {
    return contains(code)
        && across.contains(crossCode)
        && distance(code) + across.distance(crossCode) <= across.high - across.low;
  }
}
