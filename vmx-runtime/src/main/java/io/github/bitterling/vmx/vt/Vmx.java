package io.github.bitterling.vmx.vt;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.cpu.VmxUnit;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.function.Consumer;

/**
 * VMX of one logical processor. Nothing is shared between cores but the VMCSs in memory. The work
 * is in the classes behind; this one is the face to the other units.
 */
public final class Vmx implements VmxUnit {
  private final VmxState state;
  private final FeatureControl featureControl = new FeatureControl();
  private final Intercepts intercepts;
  private final EventIntercepts events;
  private final VmExit exit;
  private final VmxInstructions instructions;
  private final Ept ept;
  private final SmmTreatment smm;
  private final VirtualApic apic;

  public Vmx(Capabilities capabilities, VmxMemory memory, MsrUnit msrs, VmxEvents eventPort) {
    state = new VmxState(capabilities, memory, msrs, eventPort);
    GuestState guest = new GuestState(state);
    apic = new VirtualApic(state);
    intercepts = new Intercepts(state, apic);
    events = new EventIntercepts(state, apic);
    exit = new VmExit(state, guest, apic);
    instructions =
        new VmxInstructions(state, new VmEntry(state, exit, guest, apic), featureControl);
    ept = new Ept(state, apic);
    smm = new SmmTreatment(state);
  }

  // For reports

  /** Exits and entries so far. */
  public VmxStatistics statistics() {
    return state.statistics;
  }

  /** The check that made the last VM entry fail; null when it went well. */
  public EntryFailure lastFailure() {
    return state.lastFailure;
  }

  /** Physical address of the current VMCS, or -1. */
  public long currentVmcs() {
    return state.vmcs.address();
  }

  /**
   * Names and values of the current VMCS, one field a line, then why the last entry failed and the
   * last exits; empty without a current VMCS.
   */
  public String explain() {
    state.vmcs.refresh();
    String text = VmcsText.of(state.vmcs);
    return text.isEmpty() ? text : text + history();
  }

  private String history() {
    StringBuilder text = new StringBuilder();
    if (state.lastFailure != null) {
      text.append(state.lastFailure.text()).append('\n');
    }
    for (VmxStatistics.Exit e : state.statistics.last()) {
      text.append("  ").append(e).append('\n');
    }
    return text.toString();
  }

  /**
   * Has a line written for each VMX instruction that fails and each VM entry that fails a check.
   */
  public void explainTo(Consumer<String> sink) {
    state.explanations = sink;
  }

  /** The region of the current VMCS as {@link VmcsDump#decode} reads it; empty without one. */
  public byte[] dump() {
    if (!state.vmcs.valid()) {
      return new byte[0];
    }
    byte[] region = new byte[VmcsDump.BYTES];
    for (int i = 0; i < region.length; i++) {
      region[i] = (byte) state.memory.readPhysical(state.vmcs.address() + i, 1);
    }
    return region;
  }

  /** For tests that write a VMCS in memory: all checks are made again. */
  void vmcsWritten() {
    state.vmcs.bind(state.vmcs.address());
  }

  /** The fields of the current VMCS that a stop report shows; empty without one. */
  public String summary() {
    state.vmcs.refresh();
    return VmcsText.summary(state.vmcs);
  }

  // For the dispatch loop and the memory unit

  /** Gives the preemption timer a clock; without one somebody must watch {@link #nextDeadline}. */
  public void useClock(Cpu cpu, VirtualTime time) {
    state.timer = time.timer("VMX-preemption timer " + cpu.index, () -> cpu.attention = true);
  }

  /**
   * Cycle ({@link Cpu#cycles}) at which attention must be set for the preemption timer, or
   * Long.MAX_VALUE.
   */
  public long nextDeadline(Cpu cpu) {
    return cpu.nonRoot ? state.timerDeadline : VmxState.NEVER;
  }

  /** EPT pointer of the running guest, 0 without EPT: part of the address space's name. */
  @Override
  public long eptPointer(Cpu cpu) {
    return eptActive(cpu) ? state.controls.eptPointer : 0;
  }

  @Override
  public boolean monitorTrap(Cpu cpu) {
    return cpu.nonRoot && state.controls.primary(Bits.MONITOR_TRAP_FLAG);
  }

  // VmxUnit: instructions

  @Override
  public boolean interceptInstruction(Cpu cpu, int reason, long qualification) {
    return intercepts.instruction(cpu, reason, qualification);
  }

  @Override
  public boolean interceptStates(Cpu cpu, int reason, long components) {
    return intercepts.states(cpu, ExitReason.of(reason), components);
  }

  @Override
  public boolean instructionExists(int reason) {
    return intercepts.exists(ExitReason.of(reason));
  }

  @Override
  public boolean interceptPort(
      Cpu cpu,
      int port,
      int bytes,
      boolean in,
      boolean string,
      boolean rep,
      boolean immediate,
      long linear) {
    return intercepts.port(cpu, port, bytes, in, string, rep, immediate, linear);
  }

  @Override
  public boolean interceptMsr(Cpu cpu, int msr, boolean write) {
    return intercepts.msr(cpu, msr, write);
  }

  @Override
  public boolean interceptMovToCr(Cpu cpu, int cr, long value, int gpr) {
    return intercepts.movToCr(cpu, cr, value, gpr);
  }

  @Override
  public boolean interceptMovFromCr(Cpu cpu, int cr, int gpr) {
    return intercepts.movFromCr(cpu, cr, gpr);
  }

  @Override
  public boolean interceptClts(Cpu cpu) {
    return intercepts.clts(cpu);
  }

  @Override
  public boolean interceptLmsw(Cpu cpu, long value, boolean memory, long linear) {
    return intercepts.lmsw(cpu, value, memory, linear);
  }

  @Override
  public boolean interceptMovDr(Cpu cpu, int dr, boolean toDr, int gpr) {
    return intercepts.movDr(cpu, dr, toDr, gpr);
  }

  @Override
  public boolean interceptTaskSwitch(Cpu cpu, int selector, int source) {
    return intercepts.taskSwitch(cpu, selector, source);
  }

  /** For CR8 too: the virtual TPR when the TPR shadow is used. */
  @Override
  public long readShadowed(Cpu cpu, int cr, long real) {
    return cpu.nonRoot ? intercepts.readShadowed(cr, real) : real;
  }

  @Override
  public long mergeHostOwned(Cpu cpu, int cr, long real, long written) {
    return cpu.nonRoot ? intercepts.mergeHostOwned(cr, real, written) : written;
  }

  @Override
  public boolean validInVmx(Cpu cpu, int cr, long value) {
    return !cpu.vmxOperation || intercepts.validInVmx(cpu, cr, value);
  }

  // VmxUnit: events

  /**
   * For vector 1, {@code pageFaultLinear} is the qualification: the DR6 bits of the debug
   * conditions.
   */
  @Override
  public boolean interceptException(
      Cpu cpu, int vector, long error, boolean hasError, int type, long pageFaultLinear) {
    return events.exception(cpu, vector, error, hasError, type, pageFaultLinear);
  }

  @Override
  public void deliveringEvent(Cpu cpu, long interruptionInformation, long error) {
    if (cpu.nonRoot) {
      events.delivering(cpu, (int) interruptionInformation, error);
    }
  }

  @Override
  public boolean interceptExternalInterrupt(Cpu cpu) {
    return events.externalInterrupt(cpu);
  }

  @Override
  public boolean interceptNmi(Cpu cpu) {
    return events.nmi(cpu);
  }

  @Override
  public boolean interceptInit(Cpu cpu) {
    return events.init(cpu);
  }

  @Override
  public boolean interceptSipi(Cpu cpu, int vector) {
    return events.sipi(cpu, vector);
  }

  @Override
  public boolean interceptTripleFault(Cpu cpu) {
    return events.tripleFault(cpu);
  }

  @Override
  public boolean interceptPending(Cpu cpu, Boundary before) {
    return events.pending(cpu, before);
  }

  @Override
  public void iretExecuted(Cpu cpu) {
    events.iretExecuted(cpu);
  }

  @Override
  public void iretCompleted(Cpu cpu) {
    state.iretUnblocked = false;
  }

  @Override
  public void performExit(Cpu cpu) {
    exit.perform(cpu);
  }

  // VmxUnit: memory and time

  @Override
  public boolean eptActive(Cpu cpu) {
    return cpu.nonRoot && state.controls.secondary(Bits.EPT);
  }

  @Override
  public long translate(
      Cpu cpu,
      long guestPhysical,
      int access,
      long linear,
      boolean linearValid,
      boolean finalAccess) {
    return ept.translate(cpu, guestPhysical, access, linear, linearValid, finalAccess);
  }

  @Override
  public int lastPermissions() {
    return ept.permissions();
  }

  @Override
  public int vpid(Cpu cpu) {
    return cpu.nonRoot ? state.controls.vpid : 0;
  }

  @Override
  public long guestTsc(Cpu cpu, long tsc) {
    return cpu.nonRoot ? intercepts.guestTsc(tsc) : tsc;
  }

  // VmxUnit: APIC virtualization

  @Override
  public long readApicPage(Cpu cpu, int offset, int bytes) {
    return apic.read(cpu, offset, bytes);
  }

  @Override
  public void writeApicPage(Cpu cpu, int offset, int bytes, long value) {
    apic.write(cpu, offset, bytes, value);
  }

  @Override
  public void fetchFromApicPage(Cpu cpu, long linear) {
    apic.fetchExit(cpu, linear);
  }

  @Override
  public Long readVirtualMsr(Cpu cpu, int msr) {
    return apic.readMsr(msr);
  }

  @Override
  public Boolean writeVirtualMsr(Cpu cpu, int msr, long value) {
    return apic.writeMsr(cpu, msr, value);
  }

  @Override
  public int acknowledgeVirtual(Cpu cpu) {
    return apic.acknowledge();
  }

  @Override
  public boolean virtualInterruptPending(Cpu cpu) {
    return state.virtualPending;
  }

  // VmxUnit: MSRs, instructions, reset

  @Override
  public Long readMsr(Cpu cpu, int msr) {
    return msr == Bits.MSR_FEATURE_CONTROL
        ? Long.valueOf(featureControl.value())
        : state.caps.msr(msr);
  }

  /** The capability MSRs are read-only. */
  @Override
  public boolean writeMsr(Cpu cpu, int msr, long value) {
    return msr == Bits.MSR_FEATURE_CONTROL && featureControl.write(value);
  }

  /** {@code c} is the memory flag of VMREAD. */
  @Override
  public void instruction(Cpu cpu, int helper, long a, long b, long c) {
    instructions.execute(cpu, Helper.of(helper), a, b, c != 0);
  }

  @Override
  public void enterSmm(Cpu cpu) {
    smm.enter(cpu);
  }

  @Override
  public void leaveSmm(Cpu cpu) {
    smm.leave(cpu);
  }

  /** IA32_FEATURE_CONTROL lives until power-on; everything else until any reset. */
  @Override
  public void reset(Cpu cpu, boolean powerOn) {
    cpu.vmxOperation = false;
    cpu.nonRoot = false;
    smm.reset();
    VirtualApic.left(state, cpu);
    state.leaveVmx();
    state.lastFailure = null;
    if (powerOn) {
      featureControl.powerOn();
    }
  }
}
