package io.github.bitterling.minnow.machine;

import java.util.Optional;

/**
 * When to stop.
 *
 * @param until text on the serial port that ends the run as a success
 * @param guestNanoseconds guest time, 0 for no limit
 * @param wallNanoseconds host time, 0 for no limit
 */
public record RunLimits(Optional<String> until, long guestNanoseconds, long wallNanoseconds) {
  /** Runs until the guest stops by itself. */
  public static RunLimits none() {
    return new RunLimits(Optional.empty(), 0, 0);
  }
}
