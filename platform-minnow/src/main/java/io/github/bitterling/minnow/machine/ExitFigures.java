package io.github.bitterling.minnow.machine;

import java.util.List;

/**
 * VM exits of one reason, all cores.
 *
 * @param p50 guest cycles from the exit to the next entry that half of the exits did not exceed;
 *     likewise the others
 * @param most the largest of them
 * @param addresses guest-linear addresses with the most exits, most first
 */
public record ExitFigures(
    String reason, long count, long p50, long p90, long p99, long most, List<Address> addresses) {
  /** Exits at one guest-linear address. */
  public record Address(long linear, long count) {}

  public ExitFigures {
    addresses = List.copyOf(addresses);
  }
}
