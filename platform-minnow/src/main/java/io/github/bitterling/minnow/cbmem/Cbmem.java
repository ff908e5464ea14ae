package io.github.bitterling.minnow.cbmem;

import java.util.List;
import java.util.Optional;

/**
 * What a firmware left in CBMEM.
 *
 * @param console text of the console, oldest first; a byte is a character
 * @param timestamps the time-stamp table
 */
public record Cbmem(Optional<String> console, Optional<TimestampTable> timestamps) {
  /** Neither found. */
  public static final Cbmem NONE = new Cbmem(Optional.empty(), Optional.empty());

  /**
   * One time stamp.
   *
   * @param id coreboot's number of the step
   * @param ticks since the table's base
   */
  public record Timestamp(int id, long ticks) {}

  /**
   * The table of time stamps.
   *
   * @param base ticks of the clock that the stamps count from
   * @param megahertz rate of the clock; 0 where the firmware does not say
   * @param stamps in the order of the table
   */
  public record TimestampTable(long base, int megahertz, List<Timestamp> stamps) {}
}
