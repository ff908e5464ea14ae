package io.github.bitterling.vmx.smp;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Dispatch;
import io.github.bitterling.vmx.parallel.CoreGate;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Runs a core to the end of a slice: instructions, and the events at their boundaries. */
final class Turn {
  /** Cycles an exception or VM exit costs: also what bounds a core that faults without end. */
  private static final long EVENT_CYCLES = 40;

  /** PAUSE instructions of one turn after which a core gives its host thread to another one. */
  private static final int MOST_PAUSES = 32;

  private enum Boundary {
    RUN,
    AGAIN,
    SLEEP
  }

  private final List<Cpu> cores;
  private final VirtualClock clock;
  private final Dispatch dispatch;
  private final Scheduler.StopSignal stop;
  private final CoreGate gate;
  private final BooleanSupplier crowded;
  private final int most;

  /**
   * @param crowded other cores wait for a host thread
   * @param most instructions between two looks at the end of the slice, which may come nearer
   */
  Turn(
      List<Cpu> cores,
      VirtualClock clock,
      Dispatch dispatch,
      Scheduler.StopSignal stop,
      CoreGate gate,
      BooleanSupplier crowded,
      int most) {
    this.cores = cores;
    this.clock = clock;
    this.dispatch = dispatch;
    this.stop = stop;
    this.gate = gate;
    this.crowded = crowded;
    this.most = most;
  }

  void run(Cpu cpu) {
    int pauses = cpu.pauses;
    while (running(cpu)) {
      if (cpu.pauses - pauses > MOST_PAUSES && crowded.getAsBoolean()) {
        cpu.charged += Math.max(0, clock.limit() - cpu.cycles());
      } else if (!advance(cpu)) {
        break;
      }
    }
  }

  private boolean running(Cpu cpu) {
    return cpu.cycles() < clock.limit() && !stop.stopRequested();
  }

  /** Up to the next boundary at which something is due; false when the core sleeps or is stuck. */
  private boolean advance(Cpu cpu) {
    if (cpu.attention || cpu.activity != Cpu.Activity.ACTIVE) {
      Boundary boundary = boundary(cpu);
      if (boundary != Boundary.RUN) {
        return boundary == Boundary.AGAIN;
      }
    }
    step(cpu);
    if (cpu.fault != 0) {
      if (cpu.fault == Cpu.FAULT_UNIMPLEMENTED) {
        return false;
      }
      settle(cpu);
    }
    wakeOthers(cpu);
    return true;
  }

  private Boundary boundary(Cpu cpu) {
    gate.enter(cpu);
    try {
      boolean runnable = cpu.events.service(cpu);
      if (cpu.fault != 0) {
        settle(cpu);
        return Boundary.AGAIN;
      }
      if (!runnable) {
        return Boundary.SLEEP;
      }
      if (cpu.attention && !oneAtATime(cpu)) {
        // An event was taken; there may be another at the same boundary.
        cpu.charged += EVENT_CYCLES;
        return Boundary.AGAIN;
      }
      // Inside: what another core sends from now on must be seen.
      cpu.attention = false;
      return Boundary.RUN;
    } finally {
      gate.leave(cpu);
    }
  }

  private static boolean oneAtATime(Cpu cpu) {
    return cpu.stepping || cpu.interruptShadow != 0;
  }

  private void step(Cpu cpu) {
    int shadow = cpu.interruptShadow;
    if (!oneAtATime(cpu)) {
      dispatch.run(cpu, (int) Math.clamp(clock.limit() - cpu.cycles(), 0, most));
      return;
    }
    dispatch.run(cpu, 1);
    if (shadow != 0 && cpu.interruptShadow == shadow && cpu.fault == 0) {
      cpu.interruptShadow = 0;
      cpu.attention = true;
    }
    if (cpu.stepping && cpu.fault == 0) {
      gate.enter(cpu);
      cpu.events.afterInstruction(cpu);
      gate.leave(cpu);
    }
  }

  private void settle(Cpu cpu) {
    gate.enter(cpu);
    try {
      cpu.events.deliverFault(cpu);
    } finally {
      gate.leave(cpu);
    }
    cpu.charged += EVENT_CYCLES;
  }

  /**
   * A message to a sleeping core ends the slice, so that it does not sleep on for a long lone
   * quantum.
   */
  private void wakeOthers(Cpu cpu) {
    for (Cpu other : cores) {
      if (other != cpu && other.attention && other.activity != Cpu.Activity.ACTIVE) {
        gate.enter(cpu);
        clock.shrinkLimit(Math.max(cpu.cycles(), other.cycles() + 1));
        gate.leave(cpu);
        return;
      }
    }
  }
}
