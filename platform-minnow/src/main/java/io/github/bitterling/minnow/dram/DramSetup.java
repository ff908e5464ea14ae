package io.github.bitterling.minnow.dram;

/**
 * What memory is like at reset.
 *
 * @param skew the board's
 * @param cold memory works only once it is set up. Otherwise it works from reset until firmware
 *     begins to set it up, for flash images that have no code for that.
 */
public record DramSetup(BoardSkew skew, boolean cold) {
  /** The Turbot, with memory that works until somebody touches it. */
  public static final DramSetup DEFAULT = new DramSetup(BoardSkew.TURBOT, false);
}
