package io.github.bitterling.vmx.cpu;

/**
 * Address translation and everything a memory access needs beyond a TLB hit: page walks (32-bit,
 * PAE, 4-level, EPT), page-crossing accesses, devices, writes to pages with translated code.
 *
 * <p>The engine-facing methods never throw: a fault is recorded in the processor ({@link
 * Cpu#fault}) and 0 is returned. While {@link Cpu#inRegion} is set, an access to a device or to a
 * line that holds translated code is not made; {@link Cpu#FAULT_RETRY} is recorded instead and the
 * dispatcher runs that one instruction in tier 0.
 */
public interface MemoryUnit {
  /** Access flags: write permission is needed too (read-modify-write). */
  int WRITE_INTENT = 1;

  /** Stack segment: a non-canonical address is #SS, not #GP. */
  int STACK = 2;

  /** Implicit supervisor access (descriptor tables, TSS, IDT), whatever the CPL. */
  int SYSTEM = 4;

  /**
   * Alignment checks (SDM volume 3, 6.15): this is the low or the high half of 16 bytes that are
   * checked as a whole, or not checked; without these bits it is checked by itself.
   */
  int LOW_HALF = 8;

  int HIGH_HALF = 16;
  int UNCHECKED = 24;

  /** The address is an unchecked offset in a flat segment: nothing lies beyond 4 GiB. */
  int FLAT = 32;

  /** Flags of an access from the immediate of the operations LOAD, LOADW and STORE. */
  static int flags(int immediate) {
    return (immediate & 0x1D) << 1;
  }

  /** Reads 1, 2, 4 or 8 bytes, zero-extended. */
  long load(Cpu cpu, long linear, int bytes, int flags);

  void store(Cpu cpu, long linear, int bytes, long value, int flags);

  /**
   * Second half of a locked read-modify-write: as {@link #store} where memory still holds what was
   * read, else records {@link Cpu#FAULT_RETRY}. One operation where the address is a multiple of
   * {@code bytes}; for others, while processors run at once, the caller has them stand still. A
   * device is written without comparing.
   */
  void replace(Cpu cpu, long linear, int bytes, long expected, long value, int flags);

  /**
   * Linear address of an effective address, checking limit, type and presence of the segment (SDM
   * volume 3, 5.3 and 5.5); records #GP(0) or #SS(0).
   *
   * @param segment 0-5
   * @param bytes bytes accessed
   * @param addressBits 16, 32 or 64: the offset wraps there
   */
  long linear(Cpu cpu, int segment, long offset, int bytes, boolean write, int addressBits);

  /** Physical address of an instruction byte at a linear address, or -1 with the fault recorded. */
  long fetch(Cpu cpu, long linear);

  /**
   * As {@link #fetch} for a page fetched from since the last flush, else -1; no side effect of any
   * kind.
   */
  default long probeFetch(Cpu cpu, long linear) {
    return -1;
  }

  /**
   * Picks {@link Cpu#tlb} and {@link Cpu#codeTag} of the current address space and privilege: after
   * a change of CPL, VM entry and VM exit. (Changes of the mapping itself flush; see the
   * implementation.)
   */
  void switchContext(Cpu cpu);

  /**
   * Host address for direct reading or writing from {@code linear} to the end of its page with the
   * rights of the current privilege; 0 when that is not possible: a fault (recorded), a device, a
   * page with code...
   */
  long host(long linear, boolean write);

  /** Forgets the current address space, by every PCID: CR0, CR4, EFER changes. */
  void flushAll();

  /** MOV CR3: forgets the current address space of the current PCID. */
  void flushNonGlobal();

  /** INVLPG. */
  void flushPage(long linear);

  /** INVPCID: forgets the current address space as tagged with a PCID. */
  default void flushPcid(int pcid) {
    flushAll();
  }

  /** INVPCID: forgets one page as tagged with a PCID. */
  default void flushPcidPage(int pcid, long linear) {
    flushAll();
  }

  /**
   * System-management range (SDM volume 3, 12.11.2.4): outside SMM, reads of an address with {@code
   * address & mask == base} give all ones and writes are dropped. A mask of 0 switches it off.
   */
  default void setSmrr(long base, long mask) {}

  /**
   * Whether the processor's accesses outside SMM carry the security attribute of boot firmware
   * (POWER_MISC bit 6 clear) rather than that of untrusted code.
   */
  default void setBootMode(boolean on) {}

  /** Forgets every address space: the APIC page moved, the board remapped memory. */
  void flushEverything();

  /**
   * Loads the PDPTE registers from the table at {@code cr3} (through EPT when active).
   *
   * @return false when an entry is invalid (#GP) or an EPT fault was recorded; the registers are
   *     then unchanged
   */
  boolean loadPdptes(Cpu cpu, long cr3);
}
