package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.VmxUnit;

/** Other causes of VM exits: events, windows, timer, trap flag (SDM volume 3, 26.2 and 26.5). */
final class EventIntercepts {
  private static final int PAGE_FAULT = 14;
  private static final int DOUBLE_FAULT = 8;

  /** BS, BD, B3-B0 (table 28-1). */
  private static final int DEBUG_CONDITIONS = 0x600F;

  private static final int NMI = 2;

  private final VmxState state;
  private final VirtualApic apic;

  EventIntercepts(VmxState state, VirtualApic apic) {
    this.state = state;
    this.apic = apic;
  }

  private static boolean exit(Cpu cpu, ExitReason reason, long qualification) {
    cpu.vmExit(reason.number(), qualification);
    return true;
  }

  boolean exception(Cpu cpu, int vector, long error, boolean hasError, int type, long linear) {
    if (!exceptionExits(vector, error)) {
      return false;
    }
    state.interruptionInformation =
        Bits.INTR_VALID | vector & 0xFF | type << 8 | (hasError ? Bits.INTR_ERROR : 0);
    state.interruptionError = (int) error;
    state.vectoringInvalid = vector == DOUBLE_FAULT;
    return exit(cpu, ExitReason.EXCEPTION_OR_NMI, qualification(vector, linear));
  }

  private static long qualification(int vector, long linear) {
    return vector == PAGE_FAULT ? linear : vector == 1 ? linear & DEBUG_CONDITIONS : 0;
  }

  /** 26.2: for page faults mask and match can invert the bitmap's bit. */
  private boolean exceptionExits(int vector, long error) {
    Controls c = state.controls;
    boolean bit = (c.exceptionBitmap >> vector & 1) != 0;
    return vector == PAGE_FAULT
        ? bit == (((int) error & c.pageFaultMask) == c.pageFaultMatch)
        : bit;
  }

  void delivering(Cpu cpu, int information, long error) {
    state.iretUnblocked = false; // its fault is an event of its own by now
    state.delivering = information;
    state.deliveringError = (int) error;
    if (information != 0 && state.controls.primary(Bits.MONITOR_TRAP_FLAG)) {
      state.trapPending = true; // 26.5.2: the boundary after the delivery
      cpu.attention = true;
    }
  }

  boolean externalInterrupt(Cpu cpu) {
    if (!state.controls.pin(Bits.EXTERNAL_INTERRUPT_EXITING) || !windowsOpen(cpu)) {
      return false;
    }
    if (state.controls.exit(Bits.EXIT_ACKNOWLEDGE)) {
      int vector = cpu.apic.acknowledge() & 0xFF;
      if (state.controls.pin(Bits.POSTED_INTERRUPTS) && vector == state.controls.postedVector) {
        apic.post(cpu);
        return true;
      }
      state.interruptionInformation = Bits.INTR_VALID | vector;
    }
    return exit(cpu, ExitReason.EXTERNAL_INTERRUPT, 0);
  }

  boolean nmi(Cpu cpu) {
    boolean blocked = state.events.nmiBlocked(cpu) || cpu.activity == Cpu.Activity.WAIT_FOR_SIPI;
    if (!state.controls.pin(Bits.NMI_EXITING) || blocked) {
      return false;
    }
    state.interruptionInformation = Bits.INTR_VALID | NMI | Bits.TYPE_NMI << 8;
    return exit(cpu, ExitReason.EXCEPTION_OR_NMI, 0);
  }

  boolean init(Cpu cpu) {
    return cpu.activity != Cpu.Activity.WAIT_FOR_SIPI && exit(cpu, ExitReason.INIT, 0);
  }

  boolean sipi(Cpu cpu, int vector) {
    return cpu.activity == Cpu.Activity.WAIT_FOR_SIPI && exit(cpu, ExitReason.SIPI, vector & 0xFF);
  }

  boolean tripleFault(Cpu cpu) {
    return exit(cpu, ExitReason.TRIPLE_FAULT, 0);
  }

  /**
   * In shutdown and wait-for-SIPI only the timer exits, and it not in the latter (26.5.1, 27.7).
   */
  boolean pending(Cpu cpu, VmxUnit.Boundary before) {
    boolean awake = windowsOpen(cpu);
    return switch (before) {
      case INIT -> awake && apicExit(cpu);
      case DEBUG_TRAP ->
          awake && state.monitorTrapDue(cpu) && exit(cpu, ExitReason.MONITOR_TRAP_FLAG, 0);
      case NMI -> timer(cpu) || awake && nmiWindow(cpu, state.controls);
      case INTERRUPT -> awake && interruptWindow(cpu, state.controls);
    };
  }

  /**
   * TPR below threshold, APIC write and virtualized EOI come after the instruction (26.2, 30.4.3).
   */
  private boolean apicExit(Cpu cpu) {
    if (state.tprExitPending) {
      return exit(cpu, ExitReason.TPR_BELOW_THRESHOLD, 0);
    }
    if (state.eoiExit >= 0) {
      return exit(cpu, ExitReason.VIRTUALIZED_EOI, state.eoiExit);
    }
    return state.apicWrite >= 0 && exit(cpu, ExitReason.APIC_WRITE, state.apicWrite);
  }

  private boolean timer(Cpu cpu) {
    return PreemptionTimer.expired(state, cpu) && exit(cpu, ExitReason.PREEMPTION_TIMER, 0);
  }

  private static boolean windowsOpen(Cpu cpu) {
    return cpu.activity != Cpu.Activity.SHUTDOWN && cpu.activity != Cpu.Activity.WAIT_FOR_SIPI;
  }

  private boolean nmiWindow(Cpu cpu, Controls c) {
    return c.primary(Bits.NMI_WINDOW)
        && !state.virtualNmiBlocked
        && (cpu.interruptShadow & Cpu.SHADOW_SS) == 0
        && exit(cpu, ExitReason.NMI_WINDOW, 0);
  }

  private boolean interruptWindow(Cpu cpu, Controls c) {
    return c.primary(Bits.INTERRUPT_WINDOW)
        && cpu.flag(Cpu.IF)
        && cpu.interruptShadow == 0
        && exit(cpu, ExitReason.INTERRUPT_WINDOW, 0);
  }

  /**
   * IRET ends blocking by NMI, or virtual-NMI blocking, unless NMI exiting without virtual NMIs
   * (26.3).
   */
  void iretExecuted(Cpu cpu) {
    boolean guest = cpu.nonRoot;
    if (guest && state.controls.pin(Bits.VIRTUAL_NMIS)) {
      state.iretUnblocked |= state.virtualNmiBlocked;
      state.virtualNmiBlocked = false;
    } else if (!guest || !state.controls.pin(Bits.NMI_EXITING)) {
      state.iretUnblocked |= guest && state.events.nmiBlocked(cpu);
      state.events.setNmiBlocked(cpu, false);
    }
    cpu.attention = true;
  }
}
