package io.github.bitterling.minnow.dram;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * The nine byte lanes of a board: 0 to 7 are data, 8 is ECC, which this board trains though nobody
 * reads it. {@link SkewReader} has the text form.
 *
 * @param lanes by number
 */
public record BoardSkew(List<LaneSkew> lanes) {
  /** The Turbot's. */
  public static final BoardSkew TURBOT = SkewReader.resource("turbot.skew");

  /** Start values that memory reference code takes for granted: every eye has them inside. */
  private static final int FIRST_READ_STROBE = 32;

  private static final int LAST_READ_STROBE = 35;
  private static final int FIRST_VREF = 12;
  private static final int FIRST_WRITE_DATA = 32;

  public BoardSkew {
    lanes = List.copyOf(lanes);
    if (lanes.size() != DdrPhy.LANES) {
      throw new IllegalArgumentException(
          "a board has " + DdrPhy.LANES + " byte lanes, found " + lanes.size());
    }
  }

  LaneSkew lane(int number) {
    return lanes.get(number);
  }

  /**
   * A board as it might come from the line: same seed, same board. Its eyes are as wide as memory
   * reference code needs them.
   */
  public static BoardSkew random(long seed) {
    Random random = new Random(seed);
    int flight = 400 + random.nextInt(120);
    List<LaneSkew> lanes = new ArrayList<>();
    for (int n = 0; n < DdrPhy.LANES; n++) {
      lanes.add(
          new LaneSkew(
              flight + random.nextInt(80),
              256 + random.nextInt(128),
              new Window(
                  FIRST_READ_STROBE - 9 - random.nextInt(16),
                  LAST_READ_STROBE + 9 + random.nextInt(8)),
              new Window(FIRST_VREF - 18 - random.nextInt(6), FIRST_VREF + 12 + random.nextInt(6)),
              new Window(
                  FIRST_WRITE_DATA - 8 - random.nextInt(16),
                  FIRST_WRITE_DATA + 8 + random.nextInt(16))));
    }
    return new BoardSkew(lanes);
  }
}
