package io.github.bitterling.minnow.dram;

/** One byte lane: what its skew makes of the delays that are programmed. */
final class Lane {
  private static final int CLOCK = 128;
  private static final int HALF_CLOCK = 64;

  /** A read burst of eight has four strobe pulses. */
  private static final int PULSES = 4;

  /** tDQSS (JEDEC 79-3): a write's strobe is within a quarter clock of the clock's edge. */
  private static final int TDQSS = CLOCK / 4;

  private final LaneDelays delays;
  private final LaneSkew skew;

  Lane(LaneDelays delays, LaneSkew skew) {
    this.delays = delays;
    this.skew = skew;
  }

  /** Level of the strobe when receive enable opens, during a read burst. */
  boolean strobeLevel() {
    int after = delays.receiveEnable() - skew.receiveEnable();
    return after >= 0 && after < PULSES * CLOCK && after / HALF_CLOCK % 2 == 0;
  }

  /** Level of the clock at the strobe's edge, as the DRAM returns it in write levelling. */
  boolean clockLevel() {
    return Math.floorMod(delays.writeStrobe() - skew.writeStrobe(), CLOCK) < HALF_CLOCK;
  }

  /** Read data arrives: receive enable opens in the preamble, and the eye is hit. */
  boolean reads() {
    int after = delays.receiveEnable() - skew.receiveEnable();
    boolean preamble = after >= -CLOCK && after < 0;
    return preamble && skew.readStrobe().eye(delays.readStrobe(), skew.vref(), delays.vref());
  }

  /** Write data arrives: the strobe is in the right clock, and data around the strobe. */
  boolean writes() {
    int late = delays.writeStrobe() - skew.writeStrobe();
    int ahead = delays.writeStrobe() - delays.writeData();
    return Math.abs(late) <= TDQSS && skew.writeData().contains(ahead);
  }
}
