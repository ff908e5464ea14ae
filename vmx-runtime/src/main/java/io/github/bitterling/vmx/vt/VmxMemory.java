package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** What VMX needs of the memory unit: physical accesses, PDPTEs and the life of cached translations. */
public interface VmxMemory {
  /** Host address of a page of plain RAM, or 0 when it must be accessed with the read and write methods. */
  long hostPage(long physical);

  /** Physical read of 1, 2, 4 or 8 bytes within a page, zero-extended. */
  long readPhysical(long physical, int bytes);

  void writePhysical(long physical, int bytes, long value);

  /** CR0, CR3, CR4, EFER, CPL, VPID, EPT pointer or root/non-root changed: choose the TLB again. */
  void contextChanged(Cpu cpu);

  /** Forgets all cached translations of the processor. */
  void flushAll(Cpu cpu);

  /** Forgets linear and combined translations of a VPID. */
  void flushVpid(Cpu cpu, int vpid, boolean keepGlobal);

  /** Forgets the translations of one linear address of a VPID. */
  void flushLinear(Cpu cpu, int vpid, long linear);

  /** Forgets guest-physical and combined translations made through an EPT pointer. */
  void flushEpt(Cpu cpu, long eptPointer);

  /**
   * Loads the four PDPTE registers from memory at CR3 (PAE paging); false when one is invalid, then nothing
   * changed.
   */
  boolean loadPdptes(Cpu cpu);

  /** PDPTE register 0-3 of PAE paging. */
  long pdpte(Cpu cpu, int index);

  void setPdpte(Cpu cpu, int index, long value);
}
