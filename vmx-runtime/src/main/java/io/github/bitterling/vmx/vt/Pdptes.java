package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** The PDPTE registers of PAE paging (SDM volume 3, 4.4.1). */
final class Pdptes {
  private static final int RESERVED = 0x1E6;

  private Pdptes() {}

  /** Physical address of the four entries. */
  static long address(long cr3) {
    return cr3 & 0xFFFF_FFE0L;
  }

  /** Not present, or no reserved bit 2:1, 8:5 or at and above MAXPHYADDR. */
  static boolean valid(long entry, Capabilities caps) {
    return (entry & 1) == 0 || (entry & RESERVED) == 0 && caps.withinAddress(entry);
  }

  /** Loads the registers from memory at CR3; false when one is invalid, then none has changed. */
  static boolean load(Cpu cpu, VmxState state) {
    long[] entries = new long[4];
    for (int i = 0; i < 4; i++) {
      entries[i] = state.memory.readPhysical(address(cpu.cr3) + 8L * i, 8);
      if (!valid(entries[i], state.caps)) {
        return false;
      }
    }
    System.arraycopy(entries, 0, cpu.pdpte, 0, 4);
    return true;
  }
}
