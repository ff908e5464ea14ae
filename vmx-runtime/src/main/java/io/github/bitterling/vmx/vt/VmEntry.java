package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** VM entry after the basic checks of VMLAUNCH and VMRESUME (SDM volume 3, chapter 27). */
final class VmEntry {
  /** Delivery of one event cannot nest deeper: event, fault, double fault, triple fault, exit. */
  private static final int MAXIMUM_NESTED_FAULTS = 8;

  private static final Cpu.Activity[] ACTIVITIES = Cpu.Activity.values();
  private static final int DR7_ENABLES = 0xFF;

  private final VmxState state;
  private final VmExit exit;
  private final GuestState guest;
  private final VirtualApic apic;
  private final MsrArea msrArea;
  private final CheckMemo controlsChecks = new CheckMemo(EntryCheck.Phase.CONTROLS);
  private final CheckMemo hostChecks = new CheckMemo(EntryCheck.Phase.HOST);
  private final CheckMemo guestChecks = new CheckMemo(EntryCheck.Phase.GUEST);

  /** RIP of the VMLAUNCH or VMRESUME now running. */
  private long entryRip;

  VmEntry(VmxState state, VmExit exit, GuestState guest, VirtualApic apic) {
    this.state = state;
    this.apic = apic;
    this.exit = exit;
    this.guest = guest;
    this.msrArea = new MsrArea(state);
  }

  /**
   * Enters the guest; on return {@code cpu.nextRip} is where execution goes on: in the guest, or in
   * the host when guest state or an MSR made the entry fail.
   *
   * @return 0, or the VM-instruction error for bad controls or host state
   */
  int enter(Cpu cpu) {
    state.lastFailure = null;
    entryRip = cpu.rip;
    EntryContext context = new EntryContext(cpu, state.vmcs, state.caps, state.memory);
    if (failed(controlsChecks, context) != null) {
      return VmxInstructions.ERROR_CONTROLS;
    }
    if (failed(hostChecks, context) != null) {
      return VmxInstructions.ERROR_HOST_STATE;
    }
    state.controls.load(state.vmcs);
    EntryCheck bad = failed(guestChecks, context);
    if (bad != null) {
      exit.failEntry(cpu, ExitReason.INVALID_GUEST_STATE, bad.qualification());
      return 0;
    }
    state.vmcs.entered();
    loadAndRun(cpu);
    return 0;
  }

  private EntryCheck failed(CheckMemo memo, EntryContext context) {
    EntryCheck check = memo.firstFailure(context);
    if (check != null) {
      report(context.cpu, EntryFailure.of(check, context));
    }
    return check;
  }

  private void report(Cpu cpu, EntryFailure failure) {
    state.lastFailure = failure;
    state.statistics.failure();
    state.explain(cpu, entryRip, failure.text());
  }

  private void loadAndRun(Cpu cpu) {
    VmxInstructions.succeed(cpu);
    guest.load(cpu);
    int entry =
        msrArea.load(
            cpu,
            state.vmcs.get(Field.ENTRY_MSR_LOAD_ADDRESS),
            state.vmcs.get(Field.ENTRY_MSR_LOAD_COUNT));
    if (entry != 0) {
      report(cpu, msrFailure(entry));
      exit.failEntry(cpu, ExitReason.MSR_LOADING, entry);
      return;
    }
    state.vmcs.setLaunched(true);
    state.statistics.entry(cpu.cycles(), state.vmcs.address());
    switchContext(cpu);
    loadNonRegister(cpu);
    beginEvents(cpu);
    inject(cpu, state.vmcs.get32(Field.ENTRY_INTERRUPTION_INFORMATION));
    cpu.nextRip = cpu.rip;
  }

  private EntryFailure msrFailure(int entry) {
    long at = state.vmcs.get(Field.ENTRY_MSR_LOAD_ADDRESS) + 16L * (entry - 1);
    return new EntryFailure(
        "entry-msr",
        "27.4",
        "VM-entry MSR-load entry " + entry,
        state.memory.readPhysical(at, 4),
        "an MSR that WRMSR would accept with this value, not FS or GS base");
  }

  private void switchContext(Cpu cpu) {
    cpu.nonRoot = true;
    cpu.monitor.disarm(); // 27.3.2.6
    flushTranslations(cpu);
    guest.loadPdptes(cpu);
    state.events.modeChanged(cpu);
  }

  /**
   * 29.4.3.1: an entry without VPID invalidates, one with VPID does not. A VPID's cached
   * translations belong to the EPT pointer they were made with, so another one for the same VPID
   * starts afresh.
   */
  private void flushTranslations(Cpu cpu) {
    int vpid = state.controls.vpid;
    boolean other =
        otherEptPointer(vpid, state.controls.eptPointer)
            | otherAccessPage(vpid, state.controls.apicAccess);
    boolean watching = (cpu.dr[7] & DR7_ENABLES) != 0; // pages with a data breakpoint leave the TLB
    if (vpid == 0 || other || watching) {
      state.memory.flushVpid(cpu, vpid, false);
    }
  }

  private boolean otherEptPointer(int vpid, long eptPointer) {
    if (vpid == state.lastVpid && eptPointer == state.lastEptPointer) {
      return false;
    }
    state.lastVpid = vpid;
    state.lastEptPointer = eptPointer;
    Long before = state.eptPointerOfVpid.put(vpid, eptPointer);
    return before != null && before != eptPointer;
  }

  /** Cached translations of a VPID must not reach a page whose accesses are virtualized now. */
  private boolean otherAccessPage(int vpid, long page) {
    if (page == -1 && state.accessPageOfVpid.isEmpty()) {
      return false;
    }
    Long before = state.accessPageOfVpid.put(vpid, page);
    return (before == null ? -1 : before) != page;
  }

  private void loadNonRegister(Cpu cpu) {
    Vmcs v = state.vmcs;
    int blocking = v.get32(Field.GUEST_INTERRUPTIBILITY);
    cpu.restoreShadow(blocking);
    boolean nmi = (blocking & Bits.BLOCKED_NMI) != 0;
    boolean virtual = state.controls.pin(Bits.VIRTUAL_NMIS);
    state.virtualNmiBlocked = virtual && nmi;
    state.events.setNmiBlocked(cpu, !virtual && nmi);
    state.events.setPendingDebug(cpu, v.get(Field.GUEST_PENDING_DEBUG));
    cpu.activity = ACTIVITIES[v.get32(Field.GUEST_ACTIVITY_STATE)];
  }

  private void beginEvents(Cpu cpu) {
    state.clearExitInformation();
    state.delivering = 0;
    state.tprExitPending = false;
    state.trapPending = false;
    apic.entered(cpu);
    state.retiredAtEntry = cpu.retired;
    PreemptionTimer.start(state, cpu);
    cpu.stepping =
        state.controls.primary(Bits.MONITOR_TRAP_FLAG)
            || cpu.flag(Cpu.TF)
            || (cpu.dr[7] & DR7_ENABLES) != 0;
    cpu.attention = true;
  }

  // Event injection, 27.6

  private void inject(Cpu cpu, int information) {
    if (information >= 0) {
      return;
    }
    int type = information >> 8 & 7;
    cpu.activity = Cpu.Activity.ACTIVE;
    state.trapPending = type == Bits.TYPE_OTHER || state.controls.primary(Bits.MONITOR_TRAP_FLAG);
    if (type != Bits.TYPE_OTHER) {
      deliver(cpu, information, type);
    }
  }

  private void deliver(Cpu cpu, int information, int type) {
    boolean virtualNmi = type == Bits.TYPE_NMI && state.controls.pin(Bits.VIRTUAL_NMIS);
    state.virtualNmiBlocked |= virtualNmi;
    cpu.interruptShadow = 0;
    boolean hasError = (information & Bits.INTR_ERROR) != 0;
    long error = hasError ? state.vmcs.get(Field.ENTRY_EXCEPTION_ERROR_CODE) : 0;
    boolean software = type >= Bits.TYPE_SOFTWARE_INTERRUPT;
    state.injectedLength = software ? state.vmcs.get32(Field.ENTRY_INSTRUCTION_LENGTH) : 0;
    state.delivering = information & 0x8000_0FFF;
    state.deliveringError = (int) error;
    // The state is the guest's by now: no access of the delivery may ask for the instruction to be
    // run again.
    // Translated code may be written, because the helper is the last thing its region does.
    boolean region = cpu.inRegion;
    cpu.inRegion = false;
    state.injecting = true;
    cpu.events.inject(cpu, information, error, state.injectedLength);
    settle(cpu);
    cpu.inRegion = region;
    if (type == Bits.TYPE_NMI) {
      state.events.setNmiBlocked(cpu, !virtualNmi);
    }
    state.injecting = false;
    state.delivering = 0;
  }

  /**
   * A helper must not end with a fault after it has changed the state: faults of the delivery are
   * settled here.
   */
  private static void settle(Cpu cpu) {
    for (int i = 0; cpu.fault != Cpu.FAULT_NONE && cpu.fault != Cpu.FAULT_UNIMPLEMENTED; i++) {
      if (i == MAXIMUM_NESTED_FAULTS) {
        throw new IllegalStateException(
            "event delivery does not settle: fault " + cpu.fault + " after " + i);
      }
      cpu.events.deliverFault(cpu);
    }
  }
}
