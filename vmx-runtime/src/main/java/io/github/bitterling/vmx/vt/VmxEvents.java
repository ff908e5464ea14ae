package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** What VMX needs of the event unit. */
public interface VmxEvents {
  /**
   * Delivers an event through the IDT of the state in {@code cpu}, as VM entry injects it (SDM volume
   * 3, 27.6): no privilege check of the gate for types other than 4 and 6 (5 has none either), no VM exit by
   * the exception bitmap for the event itself. A fault on the way is delivered or left in {@link Cpu#fault}.
   *
   * @param type 0 external interrupt, 2 NMI, 3 hardware exception, 4 software interrupt, 5 privileged
   *     software exception, 6 software exception
   * @param length bytes the pushed RIP is behind {@code cpu.rip}; 0 for types 0, 2 and 3
   */
  void inject(Cpu cpu, int vector, int type, boolean hasError, long error, int length);

  /** Blocking by NMI: an NMI was delivered and no IRET executed since. */
  boolean nmiBlocked(Cpu cpu);

  void setNmiBlocked(Cpu cpu, boolean blocked);

  /** Pending debug exceptions in the layout of the VMCS field: B0-B3, enabled breakpoint 12, BS 14. */
  long pendingDebug(Cpu cpu);

  void setPendingDebug(Cpu cpu, long value);

  /** CS, SS, CR0, CR4, EFER or RFLAGS.VM changed by other means than an instruction: recompute the mode. */
  void modeChanged(Cpu cpu);

  /**
   * VMX abort: the processor is in shutdown until reset (SDM volume 3, 28.7).
   *
   * @param indicator value stored in the VMCS region
   */
  void vmxAbort(Cpu cpu, int indicator, String why);
}
