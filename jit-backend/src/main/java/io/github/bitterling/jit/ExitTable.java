package io.github.bitterling.jit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Collects what the exits of a region have to say, so that an exit in the code is only a number.
 */
final class ExitTable {
  private record Exit(long rip, long next, int rest) {}

  private final List<Exit> exits = new ArrayList<>();

  /** Number of an exit; equal exits share one. */
  int add(long rip, long next, int rest) {
    Exit exit = new Exit(rip, next, rest);
    int at = exits.indexOf(exit);
    if (at >= 0) {
      return at;
    }
    exits.add(exit);
    return exits.size() - 1;
  }

  long[] rips() {
    return exits.stream().mapToLong(Exit::rip).toArray();
  }

  long[] nexts() {
    return exits.stream().mapToLong(Exit::next).toArray();
  }

  int[] rest() {
    return exits.stream().mapToInt(Exit::rest).toArray();
  }

  @Override
  public String toString() {
    return Arrays.toString(exits.toArray());
  }
}
