package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Consumer;

/**
 * State of VMX in one logical processor beyond what {@code Cpu} holds; shared by the classes of
 * this package.
 */
final class VmxState {
  /** No preemption-timer deadline. */
  static final long NEVER = Long.MAX_VALUE;

  final Capabilities caps;
  final VmxMemory memory;
  final MsrUnit msrs;
  final VmxEvents events;

  final Vmcs vmcs;
  final Controls controls = new Controls();
  final VmxStatistics statistics = new VmxStatistics();

  /** Physical address of the VMXON region, or -1. */
  long vmxonPointer = Vmcs.NONE;

  // Information for the next VM exit, beside what Cpu holds
  int interruptionInformation;
  int interruptionError;
  long exitLinear;

  /**
   * The recorded exception exit ends the delivery of the original event in a double fault (28.2.4).
   */
  boolean vectoringInvalid;

  /** Event on its way through the IDT: information word and error code, or 0. */
  int delivering;

  int deliveringError;

  /** Length of the instruction behind an injected software event. */
  int injectedLength;

  /** VM entry is injecting an event right now. */
  boolean injecting;

  /** The IRET now running has ended blocking by NMI (or virtual-NMI blocking). */
  boolean iretUnblocked;

  /** No vector or offset. */
  static final int NONE = -1;

  // Virtual interrupts: RVI, SVI, and whether one is recognized
  int requesting;
  int servicing;
  boolean virtualPending;

  /** Vector whose virtualized EOI exits after the instruction, or {@link #NONE}. */
  int eoiExit = NONE;

  /** Register whose write exits after the instruction, or {@link #NONE}. */
  int apicWrite = NONE;

  // Between instructions
  boolean virtualNmiBlocked;
  boolean tprExitPending;

  /** A monitor-trap-flag exit is due before the next instruction. */
  boolean trapPending;

  /** Value of Cpu.retired at VM entry: a later value means an instruction has retired. */
  long retiredAtEntry;

  /** TSC at VM entry, and the timer value then loaded. */
  long timerStart;

  long timerValue;

  /** Cycle at which the preemption timer expires, or {@link #NEVER}. */
  long timerDeadline = NEVER;

  /** Wakes the dispatch loop when the preemption timer expires; null where nobody gave a clock. */
  VirtualTime.Timer timer;

  // PAUSE-loop exiting
  long firstPause;
  long lastPause;

  /** The EPT pointer (0 = no EPT) that each VPID was last entered with. */
  final Map<Integer, Long> eptPointerOfVpid = new HashMap<>();

  /** The last entry's. */
  int lastVpid = -1;

  long lastEptPointer;

  /** APIC-access page (-1 = none) each VPID's cached translations were made with. */
  final Map<Integer, Long> accessPageOfVpid = new HashMap<>();

  EntryFailure lastFailure;

  /** Gets a line for each VMfail and each failed entry; null when nobody asked for explanations. */
  Consumer<String> explanations;

  VmxState(Capabilities caps, VmxMemory memory, MsrUnit msrs, VmxEvents events) {
    this.caps = caps;
    this.memory = memory;
    this.msrs = msrs;
    this.events = events;
    this.vmcs = new Vmcs(memory);
  }

  /** Says what went wrong at {@code rip} to whoever wants to know. */
  void explain(Cpu cpu, long rip, String what) {
    if (explanations != null) {
      String current =
          vmcs.valid() ? "VMCS " + Long.toHexString(vmcs.address()) + "h" : "no current VMCS";
      explanations.accept(
          "VMX, core "
              + cpu.index
              + ", RIP "
              + Long.toHexString(rip)
              + "h, "
              + current
              + ": "
              + what);
    }
  }

  /** A monitor-trap-flag exit is due at this boundary (26.5.2). */
  boolean monitorTrapDue(Cpu cpu) {
    boolean stepped = controls.primary(Bits.MONITOR_TRAP_FLAG) && cpu.retired > retiredAtEntry;
    return trapPending || stepped;
  }

  void clearExitInformation() {
    interruptionInformation = 0;
    interruptionError = 0;
    exitLinear = 0;
    vectoringInvalid = false;
  }

  void leaveVmx() {
    vmxonPointer = Vmcs.NONE;
    vmcs.bind(Vmcs.NONE);
    clearExitInformation();
    delivering = 0;
    iretUnblocked = false;
    virtualNmiBlocked = false;
    tprExitPending = false;
    trapPending = false;
    PreemptionTimer.stop(this);
  }
}
