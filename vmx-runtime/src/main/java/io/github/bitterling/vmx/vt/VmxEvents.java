package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** What VMX needs of the event unit beyond {@link io.github.bitterling.vmx.cpu.EventUnit}. */
public interface VmxEvents {
  /** Blocking by NMI: an NMI was delivered and no IRET executed since. */
  boolean nmiBlocked(Cpu cpu);

  void setNmiBlocked(Cpu cpu, boolean blocked);

  /**
   * Pending debug exceptions in the layout of the VMCS field: B0-B3, enabled breakpoint 12, BS 14.
   */
  long pendingDebug(Cpu cpu);

  void setPendingDebug(Cpu cpu, long value);

  /**
   * CR0, CR3, CR4, EFER, RFLAGS.VM, segments, CPL and the address space changed together: choose
   * mode and TLB.
   */
  void modeChanged(Cpu cpu);

  /**
   * VMX abort: the processor is in shutdown until reset (SDM volume 3, 28.7).
   *
   * @param indicator value stored in the VMCS region
   */
  void vmxAbort(Cpu cpu, int indicator, String why);
}
