package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Dispatch;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.parallel.CoreGate;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.List;

/**
 * Runs the cores in slices of virtual time: in turns on one thread, or at once. A slice ends at the
 * next timer or after {@link #QUANTUM} cycles, {@link #LONE_QUANTUM} when only one core is awake;
 * in turns every decision depends on guest state alone, so a run repeats exactly.
 */
public final class Scheduler implements AutoCloseable {
  /** Cycles a core runs before the next one does. */
  public static final long QUANTUM = 10_000;

  /** The same when all others sleep, and none of them waits for a store. */
  public static final long LONE_QUANTUM = 1_000_000;

  private final List<Cpu> cores;
  private final VirtualClock clock;
  private final Slices slices;
  private final RegionCompiler compiler;

  /** Asked between runs of a core; true ends the slice. */
  public interface StopSignal {
    boolean stopRequested();
  }

  /** In turns. */
  public Scheduler(
      List<Cpu> cores,
      VirtualClock clock,
      Dispatch dispatch,
      RegionCompiler compiler,
      StopSignal stop) {
    this(
        cores,
        clock,
        compiler,
        Slices.inTurns(
            cores,
            new Turn(cores, clock, dispatch, stop, CoreGate.OPEN, () -> false, Integer.MAX_VALUE),
            clock));
  }

  Scheduler(List<Cpu> cores, VirtualClock clock, RegionCompiler compiler, Slices slices) {
    this.cores = List.copyOf(cores);
    this.clock = clock;
    this.compiler = compiler;
    this.slices = slices;
  }

  /**
   * One slice of every awake core, then the timers that are due.
   *
   * @return false when every core sleeps and no timer will wake one
   */
  public boolean slice() {
    int watching = lookAtMonitors();
    int awake = awake();
    if (awake == 0) {
      return sleep();
    }
    boolean alone = awake == 1 && watching == 0;
    long quantum = alone ? LONE_QUANTUM : slices.quantum();
    clock.setLimit(Math.min(clock.now() + quantum, clock.nextDue()));
    slices.run();
    finish(clock.limit());
    return true;
  }

  private boolean sleep() {
    if (clock.nextDue() == Long.MAX_VALUE) {
      return false;
    }
    finish(clock.nextDue());
    return true;
  }

  private void finish(long cycle) {
    clock.enter(null);
    for (Cpu cpu : cores) {
      if (cpu.activity != Cpu.Activity.ACTIVE && cpu.cycles() < cycle) {
        cpu.charged += cycle - cpu.cycles();
      }
    }
    clock.advance(cycle);
    compiler.publish();
  }

  /** Has cores whose MWAIT a store has ended look; returns how many wait on. */
  private int lookAtMonitors() {
    int watching = 0;
    for (Cpu cpu : cores) {
      if (cpu.activity == Cpu.Activity.MONITOR_WAIT) {
        cpu.attention |= cpu.monitor.triggered();
        watching++;
      }
    }
    return watching;
  }

  private int awake() {
    int count = 0;
    for (Cpu cpu : cores) {
      count += asleep(cpu) ? 0 : 1;
    }
    return count;
  }

  static boolean asleep(Cpu cpu) {
    return cpu.activity != Cpu.Activity.ACTIVE && !cpu.attention;
  }

  /** Ends the threads of cores that run at once. */
  @Override
  public void close() {
    slices.close();
  }
}
