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

  /** In an entry: execution from user-mode linear addresses, with mode-based execute control. */
  private static final int EXECUTE_USER = 1 << 10;

  private static final int USER_ADDRESS = 8;
  private static final int USER_EXECUTABLE = 1 << 6;
  private static final int LOG_ENTRIES = 512;
  private static final int VE = 20;

  private final VmxState state;
  private final VirtualApic apic;
  private int permissions;

  // The walk in progress
  private long guestPhysical;
  private long guestLinear;
  private boolean linearKnown;
  private boolean operandItself;

  /** Another processor changed an entry between its reading and its marking. */
  private boolean overtaken;

  Ept(VmxState state, VirtualApic apic) {
    this.state = state;
    this.apic = apic;
  }

  /** Read 1, write 2, execute 4 of the last translation. */
  int permissions() {
    return permissions;
  }

  /**
   * Walks the tables.
   *
   * @param access read 1, write 2, fetch 4, and 8 when the linear address is a user-mode address
   * @return physical address, or -1 with the VM exit or #VE recorded
   */
  long translate(
      Cpu cpu, long address, int access, long linear, boolean linearValid, boolean finalAccess) {
    guestPhysical = address;
    guestLinear = linear;
    linearKnown = linearValid;
    operandItself = finalAccess;
    boolean flags = (state.controls.eptPointer & ACCESSED_DIRTY) != 0;
    int wanted = access & (READ | WRITE | EXECUTE);
    if (flags && linearValid && !finalAccess) {
      wanted |=
          WRITE; // 29.3.5: accesses to the guest's paging structures count as writes, loads of
      // PDPTEs do not
    }
    long physical;
    do {
      overtaken = false;
      physical = walk(cpu, address, wanted, (access & USER_ADDRESS) != 0, flags);
    } while (overtaken);
    if (!finalAccess && physical != -1 && (physical & -4096L) == cpu.apicAccessPage) {
      apic.physicalExit(cpu);
      return -1;
    }
    return physical;
  }

  private long walk(Cpu cpu, long address, int access, boolean user, boolean flags) {
    boolean byMode = state.controls.secondary(Bits.MODE_BASED_EXECUTE);
    long allowed = READ | WRITE | EXECUTE | EXECUTE_USER;
    long table = state.controls.eptPointer & ADDRESS;
    for (int level = 4; ; level--) {
      int shift = 3 + 9 * level;
      long at = table + (address >>> shift & 511) * 8;
      long entry = state.memory.readPhysical(at, 8);
      allowed &= entry;
      if ((entry & (byMode ? 7 | EXECUTE_USER : 7)) == 0) {
        return violation(cpu, access, 0, entry);
      }
      boolean leaf = level == 1 || (entry & LARGE) != 0 && level < 4;
      if (misconfigured(entry, level, leaf, byMode)) {
        cpu.faultPhysical = address;
        cpu.vmExit(ExitReason.EPT_MISCONFIGURATION.number(), 0);
        return -1;
      }
      if (leaf) {
        int rights = rights(allowed, byMode && user);
        if ((access & ~rights) != 0) {
          return violation(cpu, access, byMode ? allowed : allowed & 7, entry);
        }
        if (flags && !mark(cpu, at, entry, access)) {
          return -1;
        }
        boolean clean = flags && ((entry & DIRTY) == 0 && (access & WRITE) == 0);
        permissions = clean ? rights & ~WRITE : rights;
        long offset = (1L << shift) - 1;
        return entry & ADDRESS & ~offset | address & offset;
      }
      if (flags && !mark(cpu, at, entry, 0)) {
        return -1;
      }
      table = entry & ADDRESS;
    }
  }

  /** Read, write and execute for one kind of linear address. */
  private static int rights(long allowed, boolean user) {
    int execute = (int) allowed & (user ? EXECUTE_USER : EXECUTE);
    return (int) allowed & (READ | WRITE) | (execute != 0 ? EXECUTE : 0);
  }

  /**
   * 29.3.5 and 29.3.6: sets accessed and dirty flags and logs the page that becomes dirty; a page
   * not yet dirty keeps no write permission, so that its first write comes here.
   *
   * @return false when the log is full, with the exit recorded, or when another processor was
   *     faster; nothing is changed
   */
  private boolean mark(Cpu cpu, long at, long entry, int access) {
    long marked = entry | ACCESSED | ((access & WRITE) != 0 ? DIRTY : 0);
    if (marked == entry) {
      return true;
    }
    boolean logging = state.controls.secondary(Bits.PAGE_MODIFICATION_LOG);
    int index = logging ? state.vmcs.get32(Field.PML_INDEX) : 0;
    if (index >= LOG_ENTRIES) {
      cpu.vmExit(ExitReason.PAGE_MODIFICATION_LOG_FULL.number(), 0);
      return false;
    }
    overtaken = !state.memory.replacePhysical(at, entry, marked);
    if (overtaken) {
      return false;
    }
    if (logging && ((marked ^ entry) & DIRTY) != 0) {
      state.memory.writePhysical(state.controls.pmlAddress + 8L * index, 8, guestPhysical & -4096L);
      state.vmcs.set(Field.PML_INDEX, index - 1 & 0xFFFF);
    }
    return true;
  }

  /** 29.3.3.1: write without read, execute-only where not supported, reserved bits, memory type. */
  private boolean misconfigured(long entry, int level, boolean leaf, boolean byMode) {
    boolean readable = (entry & READ) != 0;
    boolean executable = (entry & (byMode ? EXECUTE | EXECUTE_USER : EXECUTE)) != 0;
    if (!readable && ((entry & WRITE) != 0 || executable && !state.caps.executeOnly())) {
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

  /**
   * @param allowed bits of the entries, 0 where one is not present
   * @param entry where the walk ended
   */
  private long violation(Cpu cpu, int access, long allowed, long entry) {
    long qualification = access & 7 | (allowed & 7) << 3;
    if ((allowed & EXECUTE_USER) != 0) {
      qualification |= USER_EXECUTABLE;
    }
    if (linearKnown) {
      qualification |= LINEAR_VALID | (operandItself ? FINAL_ACCESS : 0);
    }
    if (convertible(cpu, entry)) {
      raiseVirtualizationException(cpu, qualification);
      return -1;
    }
    cpu.faultPhysical = guestPhysical;
    cpu.faultLinear = guestLinear;
    cpu.vmExit(ExitReason.EPT_VIOLATION.number(), qualification);
    return -1;
  }

  /** 26.5.7.1: suppress #VE is bit 63 of the entry; not while an event is delivered. */
  private boolean convertible(Cpu cpu, long entry) {
    return state.controls.secondary(Bits.VIRTUALIZATION_EXCEPTIONS)
        && entry >= 0
        && (cpu.cr0 & Bits.CR0_PE) != 0
        && state.delivering == 0
        && state.memory.readPhysical(state.controls.exceptionInformation + 4, 4) == 0;
  }

  private void raiseVirtualizationException(Cpu cpu, long qualification) {
    long area = state.controls.exceptionInformation;
    state.memory.writePhysical(area, 4, ExitReason.EPT_VIOLATION.number());
    state.memory.writePhysical(area + 4, 4, 0xFFFF_FFFFL);
    state.memory.writePhysical(area + 8, 8, qualification);
    state.memory.writePhysical(area + 16, 8, linearKnown ? guestLinear : 0);
    state.memory.writePhysical(area + 24, 8, guestPhysical);
    state.memory.writePhysical(area + 32, 2, state.vmcs.get(Field.EPTP_INDEX));
    cpu.raise(VE);
  }
}
