package io.github.bitterling.vmx.time;

/**
 * Guest time. Unit: cycles of the time-stamp counter since power-on; it advances with retired
 * instructions and with the fixed cost of device accesses, never with the host's clock.
 */
public interface VirtualTime {
  /** Cycles since power-on as the running core sees them (inside a timer action: its due time). */
  long now();

  /** TSC frequency in hertz. */
  long frequency();

  /** Makes the current device access cost this many cycles of the running core. */
  void charge(long cycles);

  /** A new, unarmed timer. Actions run between instructions, in (due time, creation) order. */
  Timer timer(String name, Runnable action);

  /** One-shot timer. */
  interface Timer {
    /** (Re)arms for an absolute cycle; a time in the past fires at the next boundary. */
    void armAt(long cycle);

    void cancel();

    boolean armed();

    /** Due cycle when armed. */
    long due();
  }

  /** Ticks of a clock of {@code hertz} that fit into {@link #now()}, without overflow or drift. */
  default long ticks(long hertz) {
    return ticksAt(now(), hertz);
  }

  /** Ticks of a clock of {@code hertz} at the given cycle. */
  default long ticksAt(long cycle, long hertz) {
    long f = frequency();
    return (cycle / f) * hertz + (cycle % f) * hertz / f;
  }

  /** First cycle at which a clock of {@code hertz} shows at least {@code ticks}. */
  default long cycleOfTick(long ticks, long hertz) {
    long f = frequency();
    return (ticks / hertz) * f + ((ticks % hertz) * f + hertz - 1) / hertz;
  }
}
