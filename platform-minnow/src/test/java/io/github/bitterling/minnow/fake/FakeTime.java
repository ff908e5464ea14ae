package io.github.bitterling.minnow.fake;

import io.github.bitterling.vmx.time.VirtualTime;
import java.util.ArrayList;
import java.util.List;

/** A clock that tests move by hand; timers fire in (due, creation) order at their due time. */
public final class FakeTime implements VirtualTime {
  private static final long HERTZ = 1_000_000_000L;

  private final List<FakeTimer> timers = new ArrayList<>();
  private long now;
  private long charged;

  @Override
  public long now() {
    return now;
  }

  @Override
  public long frequency() {
    return HERTZ;
  }

  @Override
  public void charge(long cycles) {
    charged += cycles;
  }

  /** Nanoseconds charged so far; they do not move the clock here. */
  public long charged() {
    return charged;
  }

  @Override
  public Timer timer(String name, Runnable action) {
    FakeTimer t = new FakeTimer(action);
    timers.add(t);
    return t;
  }

  /** Lets time pass and fires what falls due. */
  public void advance(long nanoseconds) {
    long end = now + nanoseconds;
    for (FakeTimer next = next(end); next != null; next = next(end)) {
      now = Math.max(now, next.due);
      next.armed = false;
      next.action.run();
    }
    now = end;
  }

  private FakeTimer next(long end) {
    FakeTimer best = null;
    for (FakeTimer t : timers) {
      if (t.armed && t.due <= end && (best == null || t.due < best.due)) {
        best = t;
      }
    }
    return best;
  }

  private static final class FakeTimer implements Timer {
    private final Runnable action;
    private boolean armed;
    private long due;

    FakeTimer(Runnable action) {
      this.action = action;
    }

    @Override
    public void armAt(long cycle) {
      due = cycle;
      armed = true;
    }

    @Override
    public void cancel() {
      armed = false;
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
