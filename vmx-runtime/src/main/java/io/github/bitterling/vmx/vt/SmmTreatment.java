package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * The default treatment of SMIs and RSM (SDM volume 3, 32.14): VMX operation is left for SMM and
 * re-entered by RSM. Current VMCS, controls, virtual-NMI blocking and preemption timer just stay;
 * the timer counts on and expires after RSM at the earliest (26.5.1).
 */
final class SmmTreatment {
  private static final int SELECTOR_RPL = 3;

  private final VmxState state;

  // What SMI delivery keeps inside the processor
  private boolean vmxe;
  private boolean operation;
  private boolean nonRoot;
  private boolean v86;
  private int cpl;
  private int interruptShadow;
  private boolean trapPending;

  SmmTreatment(VmxState state) {
    this.state = state;
  }

  void reset() {
    vmxe = false;
    operation = false;
    nonRoot = false;
  }

  void enter(Cpu cpu) {
    vmxe = (cpu.cr4 & Bits.CR4_VMXE) != 0;
    operation = cpu.vmxOperation;
    nonRoot = cpu.nonRoot;
    v86 = cpu.flag(Cpu.VM);
    cpl = cpu.cpl;
    interruptShadow = cpu.interruptShadow;
    trapPending = nonRoot && state.monitorTrapDue(cpu);
    cpu.vmxOperation = false;
    cpu.nonRoot = false;
    cpu.apicAccessPage = -1;
    cpu.cr4 &= ~Bits.CR4_VMXE;
  }

  void leave(Cpu cpu) {
    if (vmxe) {
      cpu.cr4 |= Bits.CR4_VMXE;
    }
    if (operation) {
      enterOperation(cpu);
    }
  }

  private void enterOperation(Cpu cpu) {
    cpu.vmxOperation = true;
    cpu.nonRoot = nonRoot;
    cpu.cpl = cpl;
    cpu.rflags = v86 ? cpu.rflags | Cpu.VM : cpu.rflags & ~(long) Cpu.VM;
    cpu.restoreShadow(interruptShadow);
    boolean unrestricted = nonRoot && state.controls.secondary(Bits.UNRESTRICTED_GUEST);
    fixRegisters(cpu, unrestricted);
    if (!v86 && !unrestricted) {
      cpu.cs.selector = cpu.cs.selector & ~SELECTOR_RPL | cpu.ss.dpl();
      cpu.ss.selector = cpu.ss.selector & ~SELECTOR_RPL | cpu.ss.dpl();
    }
    if (nonRoot) {
      cpu.apicAccessPage = state.controls.apicAccess;
      state.trapPending = trapPending;
      state.retiredAtEntry = cpu.retired; // the trap counts the guest's instructions, not SMM's
      cpu.nmiBlocked &= !state.controls.pin(Bits.VIRTUAL_NMIS);
    }
  }

  /** Bits that SMM cannot leave wrong in VMX operation (24.8). */
  private void fixRegisters(Cpu cpu, boolean unrestricted) {
    long free = unrestricted ? Bits.CR0_PE | Bits.CR0_PG : 0;
    cpu.cr0 = (cpu.cr0 | state.caps.cr0Fixed0() & ~free) & state.caps.cr0Fixed1();
    cpu.cr4 = (cpu.cr4 | state.caps.cr4Fixed0()) & state.caps.cr4Fixed1();
  }
}
