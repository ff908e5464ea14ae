package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** VM exits and the end of failed VM entries (SDM volume 3, chapter 28 and 27.8). */
final class VmExit {
  // VMX-abort indicators, 28.7
  private static final int ABORT_SAVE_MSR = 1;
  private static final int ABORT_HOST_PDPTE = 2;
  private static final int ABORT_LOAD_MSR = 4;
  private static final int ABORT_32_BIT_HOST = 6;

  private static final int ENTRY_FAILURE = 1 << 31;
  private static final int LINEAR_VALID = 1 << 7;
  private static final int NMI_UNBLOCKING = 1 << 12;
  private static final int GENERAL_DETECT = 1 << 13;
  private static final int DEBUG = 1;
  private static final int DOUBLE_FAULT = 8;
  private static final int MACHINE_CHECK = 18;

  private final VmxState state;
  private final GuestState guest;
  private final VirtualApic apic;
  private final HostState host;
  private final MsrArea msrArea;
  private final InstructionInformation information;

  VmExit(VmxState state, GuestState guest, VirtualApic apic) {
    this.state = state;
    this.apic = apic;
    this.guest = guest;
    this.host = new HostState(state);
    this.msrArea = new MsrArea(state);
    this.information = new InstructionInformation();
  }

  /** The VM exit recorded in the processor. */
  void perform(Cpu cpu) {
    state.vmcs.refresh();
    int reason = cpu.exitReason;
    ExitReason row = ExitReason.of(reason);
    cpu.fault = Cpu.FAULT_NONE;
    state.statistics.exit(reason, cpu.exitQualification, cpu.rip, cpu.retired);
    markUnblocking(cpu, row);
    state.statistics.place(reason, cpu.rip + base(cpu), cpu.cycles(), state.vmcs.address());
    recordCause(cpu, reason, row);
    boolean nmi = nmiExit(reason);
    guest.save(cpu, resumeFlag(cpu, row));
    apic.save();
    int entry = state.vmcs.get32(Field.ENTRY_INTERRUPTION_INFORMATION);
    state.vmcs.set(Field.ENTRY_INTERRUPTION_INFORMATION, entry & ~Bits.INTR_VALID);
    int bad =
        msrArea.store(
            cpu,
            state.vmcs.get(Field.EXIT_MSR_STORE_ADDRESS),
            state.vmcs.get(Field.EXIT_MSR_STORE_COUNT));
    if (bad != 0) {
      abort(cpu, ABORT_SAVE_MSR, "VM-exit MSR-store entry " + bad + " cannot be stored");
      return;
    }
    toHost(cpu);
    if (nmi) {
      state.events.setNmiBlocked(cpu, true);
    }
  }

  private static long base(Cpu cpu) {
    boolean code64 = (cpu.efer & Bits.EFER_LMA) != 0 && cpu.cs.is(Segment.L);
    return code64 ? 0 : cpu.cs.base;
  }

  /**
   * A VM entry that fails on guest state or MSR loading: only reason and qualification are
   * recorded.
   */
  void failEntry(Cpu cpu, ExitReason row, long qualification) {
    int reason = row.number() | ENTRY_FAILURE;
    state.vmcs.set(Field.EXIT_REASON, reason & 0xFFFF_FFFFL);
    state.vmcs.set(Field.EXIT_QUALIFICATION, qualification);
    state.statistics.exit(reason, qualification, state.vmcs.get(Field.GUEST_RIP), cpu.retired);
    toHost(cpu);
  }

  private void toHost(Cpu cpu) {
    cpu.nonRoot = false;
    VirtualApic.left(state, cpu);
    state.delivering = 0;
    state.trapPending = false;
    state.tprExitPending = false;
    PreemptionTimer.stop(state);
    state.clearExitInformation();
    boolean guest64 = (cpu.efer & Bits.EFER_LMA) != 0;
    if (guest64 && !state.controls.exit(Bits.EXIT_HOST64)) {
      abort(cpu, ABORT_32_BIT_HOST, "the guest was in IA-32e mode and the host is of 32 bits");
      return;
    }
    if (!host.load(cpu)) {
      abort(cpu, ABORT_HOST_PDPTE, "a PDPTE of the host is invalid");
      return;
    }
    int bad =
        msrArea.load(
            cpu,
            state.vmcs.get(Field.EXIT_MSR_LOAD_ADDRESS),
            state.vmcs.get(Field.EXIT_MSR_LOAD_COUNT));
    if (bad != 0) {
      abort(cpu, ABORT_LOAD_MSR, "VM-exit MSR-load entry " + bad + " cannot be loaded");
    }
  }

  private void abort(Cpu cpu, int indicator, String why) {
    state.vmcs.setAbort(indicator);
    cpu.nonRoot = false;
    cpu.activity = Cpu.Activity.SHUTDOWN;
    cpu.attention = true;
    state.events.vmxAbort(cpu, indicator, why);
  }

  // Exit information, 28.2

  /**
   * NMI unblocking due to IRET: tables 28-7 and 28.2.2; not for double faults nor while an event is
   * delivered.
   */
  private void markUnblocking(Cpu cpu, ExitReason row) {
    boolean unblocked = state.iretUnblocked && state.delivering == 0;
    state.iretUnblocked = false;
    if (!unblocked) {
      return;
    }
    if (row == ExitReason.EPT_VIOLATION || row == ExitReason.PAGE_MODIFICATION_LOG_FULL) {
      cpu.exitQualification |= NMI_UNBLOCKING;
    } else if (row == ExitReason.EXCEPTION_OR_NMI
        && state.interruptionInformation < 0
        && (state.interruptionInformation & 0xFF) != DOUBLE_FAULT) {
      state.interruptionInformation |= NMI_UNBLOCKING;
    }
  }

  private void recordCause(Cpu cpu, int reason, ExitReason row) {
    Vmcs v = state.vmcs;
    v.set(Field.EXIT_REASON, reason & 0xFFFF_FFFFL);
    v.set(Field.EXIT_QUALIFICATION, cpu.exitQualification);
    v.set(Field.EXIT_INTERRUPTION_INFORMATION, state.interruptionInformation);
    if ((state.interruptionInformation & Bits.INTR_ERROR) != 0) {
      v.set(Field.EXIT_INTERRUPTION_ERROR_CODE, state.interruptionError);
    }
    boolean vectoring = state.delivering != 0 && duringDelivery(row) && !state.vectoringInvalid;
    v.set(Field.IDT_VECTORING_INFORMATION, vectoring ? state.delivering : 0);
    if (vectoring && (state.delivering & Bits.INTR_ERROR) != 0) {
      v.set(Field.IDT_VECTORING_ERROR_CODE, state.deliveringError);
    }
    v.set(Field.EXIT_INSTRUCTION_LENGTH, length(cpu, row, vectoring));
    recordAddresses(cpu, row);
    if (row != null && row.instruction()) {
      v.set(Field.EXIT_INSTRUCTION_INFORMATION, information.of(cpu, row, v));
    }
  }

  private static boolean duringDelivery(ExitReason row) {
    return row == ExitReason.EXCEPTION_OR_NMI
        || row == ExitReason.TASK_SWITCH
        || row == ExitReason.EPT_VIOLATION
        || row == ExitReason.EPT_MISCONFIGURATION
        || row == ExitReason.APIC_ACCESS
        || row == ExitReason.PAGE_MODIFICATION_LOG_FULL;
  }

  /** 28.2.5: for instructions, software exceptions, and software events being delivered. */
  private long length(Cpu cpu, ExitReason row, boolean vectoring) {
    boolean softwareVectoring = vectoring && software(state.delivering);
    if (softwareVectoring && state.injecting) {
      return state.injectedLength;
    }
    boolean instruction = row != null && row.instruction() && !(vectoring && !softwareVectoring);
    boolean softwareException =
        row == ExitReason.EXCEPTION_OR_NMI && software(state.interruptionInformation);
    return instruction || softwareException || softwareVectoring ? cpu.nextRip - cpu.rip & 15 : 0;
  }

  private static boolean software(int information) {
    int type = information >> 8 & 7;
    return information < 0
        && type >= Bits.TYPE_SOFTWARE_INTERRUPT
        && type <= Bits.TYPE_SOFTWARE_EXCEPTION;
  }

  private void recordAddresses(Cpu cpu, ExitReason row) {
    Vmcs v = state.vmcs;
    boolean violation = row == ExitReason.EPT_VIOLATION;
    if (violation || row == ExitReason.EPT_MISCONFIGURATION) {
      v.set(Field.GUEST_PHYSICAL_ADDRESS, cpu.faultPhysical);
    }
    if (violation && (cpu.exitQualification & LINEAR_VALID) != 0) {
      v.set(Field.GUEST_LINEAR_ADDRESS, cpu.faultLinear);
    } else if (row == ExitReason.IO_INSTRUCTION || row == ExitReason.CR_ACCESS) {
      v.set(Field.GUEST_LINEAR_ADDRESS, state.exitLinear);
    }
  }

  private boolean nmiExit(int reason) {
    return reason == ExitReason.EXCEPTION_OR_NMI.number()
        && (state.interruptionInformation >> 8 & 7) == Bits.TYPE_NMI;
  }

  /**
   * RF in the saved RFLAGS, 28.3.3: 1 and 0 as an exception's stack image would have it, 0 for an
   * instruction that exits, else as it was.
   */
  private boolean resumeFlag(Cpu cpu, ExitReason row) {
    boolean now = cpu.flag(Cpu.RF);
    if (row == ExitReason.EXCEPTION_OR_NMI) {
      return imageResume(state.interruptionInformation, cpu.exitQualification, now);
    }
    if (row == ExitReason.EPT_VIOLATION
        || row == ExitReason.EPT_MISCONFIGURATION
        || row == ExitReason.APIC_ACCESS
        || row == ExitReason.PAGE_MODIFICATION_LOG_FULL) {
      return state.delivering == 0
          || (state.injecting
              ? now
              : imageResume(state.delivering, 0, now)); // 27.6.1.1: injection keeps RF
    }
    return row != null && row.instruction() && row != ExitReason.TASK_SWITCH ? false : now;
  }

  /**
   * Volume 3, 17.3.1.1: faults push 1, but instruction breakpoints, traps and aborts what RF was;
   * software 0.
   */
  private static boolean imageResume(int information, long debugConditions, boolean now) {
    int vector = information & 0xFF;
    if (software(information)) {
      return false;
    }
    boolean fault =
        (information >> 8 & 7) == Bits.TYPE_HARDWARE
            && vector != DOUBLE_FAULT
            && vector != MACHINE_CHECK
            && (vector != DEBUG || (debugConditions & GENERAL_DETECT) != 0);
    return fault || now;
  }
}
