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
  /**
   * A plausible Turbot, not a measured one: the command line is routed fly-by from lane 0 to lane
   * 7. docs/turbot.skew has the same as a file. Here, because a start has no time for reading it.
   */
  public static final BoardSkew TURBOT =
      new BoardSkew(
          List.of(
              lane(462, 290, 10, -14, 30, 12),
              lane(466, 293, 11, -14, 30, 12),
              lane(470, 296, 12, -14, 30, 13),
              lane(475, 300, 13, -13, 31, 12),
              lane(481, 305, 14, -13, 31, 13),
              lane(486, 309, 15, -13, 31, 12),
              lane(490, 312, 16, -12, 31, 12),
              lane(494, 315, 17, -12, 31, 13),
              lane(478, 302, 14, -13, 31, 12)));

  /** Eyes of data are 37 codes wide, 39 of those that are written. */
  private static LaneSkew lane(int rcven, int wdqs, int rdqs, int vrefLow, int vrefHigh, int wdq) {
    return new LaneSkew(
        rcven,
        wdqs,
        new Window(rdqs, rdqs + 36),
        new Window(vrefLow, vrefHigh),
        new Window(wdq, wdq + 38));
  }

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
