package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** What VMX needs of the memory unit: physical accesses and the end of cached translations. */
public interface VmxMemory {
  /**
   * Host address of a page of plain RAM, or 0 when it must be accessed with the read and write
   * methods.
   */
  long hostPage(long physical);

  /** Physical read of 1, 2, 4 or 8 bytes within a page, zero-extended. */
  long readPhysical(long physical, int bytes);

  void writePhysical(long physical, int bytes, long value);

  /**
   * Writes 8 bytes in place of those expected, as one operation; false when there are others now.
   */
  boolean replacePhysical(long physical, long expected, long value);

  /** The processor is in A20M mode. */
  boolean a20Masked();

  /** Forgets all cached translations of the processor. */
  void flushAll(Cpu cpu);

  /**
   * Forgets linear and combined translations of a VPID; 0 is root operation and guests without
   * VPID. May be called before the processor has switched to the address space it names.
   */
  void flushVpid(Cpu cpu, int vpid, boolean keepGlobal);

  /** Forgets the translations of one linear address of a VPID. */
  void flushLinear(Cpu cpu, int vpid, long linear);

  /** Forgets guest-physical and combined translations made through an EPT pointer. */
  void flushEpt(Cpu cpu, long eptPointer);
}
