package io.github.bitterling.minnow.poll;

import io.github.bitterling.minnow.bus.AccessLog.Access;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * A core that reads one register again and again and always gets the same: the end of its accesses
 * repeats with a short period, in which that register is read.
 *
 * @param register the last read of it
 * @param period accesses a turn
 * @param turns complete ones that were looked at
 */
public record PollLoop(Access register, int period, int turns) {
  private static final int LONGEST = 32;
  private static final int FEWEST_TURNS = 4;
  private static final int FEWEST_ACCESSES = 32;

  /**
   * @param accesses of one core, oldest first
   */
  public static Optional<PollLoop> in(List<Access> accesses) {
    for (int period = 1; period <= LONGEST; period++) {
      int looked = Math.max(FEWEST_ACCESSES, FEWEST_TURNS * period);
      if (repeats(accesses, period, looked)) {
        List<Access> end = accesses.subList(accesses.size() - looked, accesses.size());
        return polled(end, period);
      }
    }
    return Optional.empty();
  }

  private static boolean repeats(List<Access> accesses, int period, int looked) {
    int size = accesses.size();
    if (size < looked) {
      return false;
    }
    for (int i = size - looked + period; i < size; i++) {
      if (!accesses.get(i).repeats(accesses.get(i - period))) {
        return false;
      }
    }
    return true;
  }

  /**
   * Of the reads that give the same each time, the innermost: a message to a unit is made of
   * configuration accesses, those of ports. What changes is a clock.
   */
  private static Optional<PollLoop> polled(List<Access> end, int period) {
    return end.subList(end.size() - period, end.size()).stream()
        .filter(access -> !access.write() && steady(access, end))
        .max(Comparator.comparing(Access::space))
        .map(access -> new PollLoop(access, period, end.size() / period));
  }

  private static boolean steady(Access read, List<Access> end) {
    return end.stream().filter(read::repeats).allMatch(a -> a.value() == read.value());
  }
}
