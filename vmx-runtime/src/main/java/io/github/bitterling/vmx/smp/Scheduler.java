package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Dispatcher;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.List;

/**
 * Runs the cores round-robin in slices of virtual time. A slice ends at the next timer or after
 * {@link #QUANTUM} cycles, {@link #LONE_QUANTUM} when only one core is awake; every decision
 * depends on guest state alone, so a run repeats exactly.
 */
public final class Scheduler {
  /** Cycles a core runs before the next one does. */
  public static final long QUANTUM = 10_000;

  /** The same when all others sleep, and none of them waits for a store. */
  public static final long LONE_QUANTUM = 1_000_000;

  /** Cycles an exception or VM exit costs: also what bounds a core that faults without end. */
  private static final long EVENT_CYCLES = 40;

  private final List<Cpu> cores;
  private final VirtualClock clock;
  private final Dispatcher dispatcher;
  private final RegionCompiler compiler;
  private final StopSignal stop;

  /** Asked between runs of a core; true ends the slice. */
  public interface StopSignal {
    boolean stopRequested();
  }

  public Scheduler(
      List<Cpu> cores,
      VirtualClock clock,
      Dispatcher dispatcher,
      RegionCompiler compiler,
      StopSignal stop) {
    this.cores = List.copyOf(cores);
    this.clock = clock;
    this.dispatcher = dispatcher;
    this.compiler = compiler;
    this.stop = stop;
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
    clock.setLimit(Math.min(clock.now() + (alone ? LONE_QUANTUM : QUANTUM), clock.nextDue()));
    for (Cpu cpu : cores) {
      if (!asleep(cpu)) {
        run(cpu);
      }
    }
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

  private static boolean asleep(Cpu cpu) {
    return cpu.activity != Cpu.Activity.ACTIVE && !cpu.attention;
  }

  private void run(Cpu cpu) {
    clock.enter(cpu);
    while (cpu.cycles() < clock.limit() && !stop.stopRequested()) {
      if (cpu.attention || cpu.activity != Cpu.Activity.ACTIVE) {
        boolean runnable = cpu.events.service(cpu);
        if (cpu.fault != 0) {
          settle(cpu);
          continue;
        }
        if (!runnable) {
          break;
        }
        if (cpu.attention && !oneAtATime(cpu)) {
          // An event was taken; there may be another at the same boundary.
          cpu.charged += EVENT_CYCLES;
          continue;
        }
      }
      step(cpu);
      if (cpu.fault != 0) {
        if (cpu.fault == Cpu.FAULT_UNIMPLEMENTED) {
          break;
        }
        settle(cpu);
      }
      wakeOthers(cpu);
    }
    clock.enter(null);
  }

  private static boolean oneAtATime(Cpu cpu) {
    return cpu.stepping || cpu.interruptShadow != 0;
  }

  private void step(Cpu cpu) {
    int shadow = cpu.interruptShadow;
    cpu.attention = false;
    if (oneAtATime(cpu)) {
      dispatcher.run(cpu, 1);
      if (shadow != 0 && cpu.interruptShadow == shadow && cpu.fault == 0) {
        cpu.interruptShadow = 0;
        cpu.attention = true;
      }
      if (cpu.stepping && cpu.fault == 0) {
        cpu.events.afterInstruction(cpu);
      }
      return;
    }
    dispatcher.run(cpu, (int) Math.min(clock.limit() - cpu.cycles(), Integer.MAX_VALUE));
  }

  private void settle(Cpu cpu) {
    cpu.events.deliverFault(cpu);
    cpu.charged += EVENT_CYCLES;
  }

  /**
   * A message to a sleeping core ends the slice, so that it does not sleep on for a long lone
   * quantum.
   */
  private void wakeOthers(Cpu cpu) {
    for (Cpu other : cores) {
      if (other != cpu && other.attention && other.activity != Cpu.Activity.ACTIVE) {
        clock.shrinkLimit(Math.max(cpu.cycles(), other.cycles() + 1));
        return;
      }
    }
  }
}
