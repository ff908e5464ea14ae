package io.github.bitterling.vmx.time;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.Comparator;
import java.util.PriorityQueue;

/**
 * Virtual time of a machine: the running core's own cycles while one runs, the machine's between.
 * Timers fire in order of due time, then of creation.
 */
public final class VirtualClock implements VirtualTime {
  private final long frequency;
  private final PriorityQueue<Entry> queue =
      new PriorityQueue<>(
          Comparator.comparingLong((Entry e) -> e.due).thenComparingInt(e -> e.number));
  private int timers;
  private long time;
  private volatile long limit;
  private Cpu running;

  /**
   * @param frequency TSC frequency in hertz
   */
  public VirtualClock(long frequency) {
    this.frequency = frequency;
  }

  @Override
  public long now() {
    return running != null ? running.cycles() : time;
  }

  @Override
  public long frequency() {
    return frequency;
  }

  @Override
  public void charge(long cycles) {
    if (running != null) {
      running.charged += cycles;
    }
  }

  @Override
  public Timer timer(String name, Runnable action) {
    return new Entry(name, action, timers++);
  }

  /** A core runs (null: none does). */
  public void enter(Cpu cpu) {
    running = cpu;
  }

  /** The core that runs now, or null. */
  public Cpu running() {
    return running;
  }

  /**
   * Cycle at which running cores must stop for the next event; shrinks when a nearer timer is
   * armed.
   */
  public long limit() {
    return limit;
  }

  public void setLimit(long cycle) {
    limit = cycle;
  }

  /** Ends the current slice at the running core's time at the latest. */
  public void shrinkLimit(long cycle) {
    limit = Math.min(limit, cycle);
  }

  /** Due time of the earliest timer, or Long.MAX_VALUE. */
  public long nextDue() {
    return queue.isEmpty() ? Long.MAX_VALUE : queue.peek().due;
  }

  /** Name of the earliest timer, for stop reports. */
  public String nextName() {
    return queue.isEmpty() ? "none" : queue.peek().name;
  }

  /** Moves the machine's time to {@code cycle} and fires what is due on the way. */
  public void advance(long cycle) {
    while (!queue.isEmpty() && queue.peek().due <= cycle) {
      Entry e = queue.poll();
      e.armed = false;
      time = Math.max(time, e.due);
      e.action.run();
    }
    time = Math.max(time, cycle);
  }

  private final class Entry implements Timer {
    private final String name;
    private final Runnable action;
    private final int number;
    private long due;
    private boolean armed;

    Entry(String name, Runnable action, int number) {
      this.name = name;
      this.action = action;
      this.number = number;
    }

    @Override
    public void armAt(long cycle) {
      cancel();
      due = cycle;
      armed = true;
      queue.add(this);
      if (running != null && cycle < limit) {
        limit = Math.max(cycle, running.cycles());
        running.attention = true;
      }
    }

    @Override
    public void cancel() {
      if (armed) {
        armed = false;
        queue.remove(this);
      }
    }

    @Override
    public boolean armed() {
      return armed;
    }

    @Override
    public long due() {
      return due;
    }
  }
}
