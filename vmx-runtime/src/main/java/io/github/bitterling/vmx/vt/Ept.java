package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** The extended-page-table mechanism (SDM volume 3, 29.3). */
final class Ept {
  static final int READ = 1;
  static final int WRITE = 2;
  static final int EXECUTE = 4;

  private static final long ADDRESS = 0x000F_FFFF_FFFF_F000L;
  private static final int LARGE = 1 << 7;

  /** In the EPT pointer. */
  private static final int ACCESSED_DIRTY = 1 << 6;

  private static final int ACCESSED = 1 << 8;
  private static final int DIRTY = 1 << 9;
  private static final int LINEAR_VALID = 1 << 7;
  private static final int FINAL_ACCESS = 1 << 8;

  private final VmxState state;
  private int permissions;

  Ept(VmxState state) {
    this.state = state;
  }

  /** Read 1, write 2, execute 4 of the last translation. */
  int permissions() {
    return permissions;
  }

  /**
   * Walks the tables.
   *
   * @param access read 1, write 2, fetch 4
   * @return physical address, or -1 with the VM exit recorded
   */
  long translate(
      Cpu cpu, long address, int access, long linear, boolean linearValid, boolean finalAccess) {
    int allowed = READ | WRITE | EXECUTE;
    long table = state.controls.eptPointer & ADDRESS;
    boolean flags = (state.controls.eptPointer & ACCESSED_DIRTY) != 0;
    if (flags && linearValid && !finalAccess) {
      access |=
          WRITE; // 29.3.5: accesses to the guest's paging structures count as writes, loads of
      // PDPTEs do not
    }
    for (int level = 4; ; level--) {
      int shift = 3 + 9 * level;
      long at = table + (address >>> shift & 511) * 8;
      long entry = state.memory.readPhysical(at, 8);
      allowed &= (int) entry & 7;
      if ((entry & 7) == 0) {
        return violation(cpu, address, access, 0, linear, linearValid, finalAccess);
      }
      boolean leaf = level == 1 || (entry & LARGE) != 0 && level < 4;
      if (misconfigured(entry, level, leaf)) {
        cpu.faultPhysical = address;
        cpu.vmExit(ExitReason.EPT_MISCONFIGURATION.number(), 0);
        return -1;
      }
      if (leaf) {
        if ((access & ~allowed) != 0) {
          return violation(cpu, address, access, allowed, linear, linearValid, finalAccess);
        }
        permissions = flags ? recordLeaf(at, entry, access, allowed) : allowed;
        long offset = (1L << shift) - 1;
        return entry & ADDRESS & ~offset | address & offset;
      }
      if (flags && (entry & ACCESSED) == 0) {
        state.memory.writePhysical(at, 8, entry | ACCESSED);
      }
      table = entry & ADDRESS;
    }
  }

  /**
   * 29.3.5: sets the flags; a page not yet dirty keeps no write permission, so that its first write
   * comes here.
   */
  private int recordLeaf(long at, long entry, int access, int allowed) {
    long marked = entry | ACCESSED | ((access & WRITE) != 0 ? DIRTY : 0);
    if (marked != entry) {
      state.memory.writePhysical(at, 8, marked);
    }
    return (marked & DIRTY) != 0 ? allowed : allowed & ~WRITE;
  }

  /** 29.3.3.1: write without read, execute-only where not supported, reserved bits, memory type. */
  private boolean misconfigured(long entry, int level, boolean leaf) {
    int rwx = (int) entry & 7;
    if ((rwx & 3) == WRITE || rwx == EXECUTE && !state.caps.executeOnly()) {
      return true;
    }
    if ((entry & ADDRESS) >>> state.caps.addressBits() != 0) {
      return true;
    }
    return leaf ? badLeaf(entry, level) : (entry & (level == 4 ? 0xF8 : 0x78)) != 0;
  }

  private boolean badLeaf(long entry, int level) {
    int type = (int) entry >> 3 & 7;
    if (type == 2 || type == 3 || type == 7) {
      return true;
    }
    boolean supported =
        switch (level) {
          case 3 -> state.caps.ept1Gigabyte();
          case 2 -> state.caps.ept2Megabyte();
          default -> true;
        };
    long low = (1L << 3 + 9 * level) - 1 & ADDRESS;
    return !supported || (entry & low) != 0;
  }

  private long violation(
      Cpu cpu,
      long address,
      int access,
      int allowed,
      long linear,
      boolean linearValid,
      boolean finalAccess) {
    long qualification = access & 7 | allowed << 3;
    if (linearValid) {
      qualification |= LINEAR_VALID | (finalAccess ? FINAL_ACCESS : 0);
    }
    cpu.faultPhysical = address;
    cpu.faultLinear = linear;
    cpu.vmExit(ExitReason.EPT_VIOLATION.number(), qualification);
    return -1;
  }
}
