package io.github.bitterling.vmx.paging;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * Page walks of the three paging modes (SDM volume 3, 4.3 to 4.7), through EPT for every access
 * when it is active. Records #PF, EPT violations and misconfigurations in the processor.
 */
final class PageWalker {
  static final int READ = 1;
  static final int WRITE = 2;
  static final int FETCH = 4;

  /** Added to the access that goes through EPT. */
  private static final int USER_ADDRESS = 8;

  private static final long PRESENT = 1;
  private static final long RW = 2;
  private static final long US = 4;
  private static final long ACCESSED = 0x20;
  private static final long DIRTY = 0x40;
  private static final long PS = 0x80;
  private static final long NX = 1L << 63;

  private static final long CR0_WP = 1L << 16;
  private static final long CR0_PG = 1L << 31;
  private static final long CR4_PSE = 1L << 4;
  private static final long CR4_PAE = 1L << 5;
  private static final long CR4_SMEP = 1L << 20;
  private static final long EFER_LMA = 1L << 10;
  private static final long EFER_NXE = 1L << 11;

  private final Cpu cpu;
  private final Mmu mmu;
  private final int physicalBits;
  private final boolean gigabytePages;

  // The walk in progress
  private long linear;
  private int access;
  private boolean user;
  private boolean guarded;
  private long accumulated;
  private boolean noExecute;

  /** Another processor changed an entry between its reading and its marking. */
  private boolean overtaken;

  /** What the last successful walk grants; a page that is not dirty yet grants no writes. */
  int granted;

  /** Bytes of the page the last successful walk ended at. */
  long pageBytes;

  PageWalker(Cpu cpu, Mmu mmu, int physicalBits, boolean gigabytePages) {
    this.cpu = cpu;
    this.mmu = mmu;
    this.physicalBits = physicalBits;
    this.gigabytePages = gigabytePages;
  }

  /**
   * Physical address, or -1 with the fault recorded.
   *
   * @param guardsUserPages a supervisor access to data that SMAP keeps from user pages
   */
  long walk(long linearAddress, int wanted, boolean asUser, boolean guardsUserPages) {
    guarded = guardsUserPages;
    linear = linearAddress;
    access = wanted;
    user = asUser;
    long physical = walkOnce();
    while (overtaken) {
      physical = walkOnce();
    }
    return physical;
  }

  private long walkOnce() {
    overtaken = false;
    if ((cpu.cr0 & CR0_PG) == 0) {
      granted = READ | WRITE | FETCH;
      accumulated = US; // without paging no entry says otherwise
      pageBytes = 4096;
      return finish(linear & (1L << physicalBits) - 1);
    }
    accumulated = RW | US;
    noExecute = false;
    if ((cpu.efer & EFER_LMA) != 0) {
      return walkLong();
    }
    return (cpu.cr4 & CR4_PAE) != 0 ? walkPae() : walk32();
  }

  private long walkLong() {
    long table = cpu.cr3 & addressMask();
    for (int shift = 39; shift > 12; shift -= 9) {
      long at = table + (linear >>> shift & 0x1FF) * 8;
      long entry = readEntry(at, 8);
      if (!usable(entry, reservedLong(entry, shift))) {
        return -1;
      }
      if ((entry & PS) != 0) {
        return leaf(at, entry, 8, 1L << shift, entry & addressMask());
      }
      if (!descend(at, entry, 8)) {
        return -1;
      }
      table = entry & addressMask();
    }
    return lastTable(table);
  }

  private long reservedLong(long entry, int shift) {
    long mask = highReserved(52);
    if (shift == 39 || shift == 30 && !gigabytePages) {
      mask |= PS;
    } else if ((entry & PS) != 0) {
      mask |= (1L << shift) - 1 & ~0x1FFFL;
    }
    return mask;
  }

  private long walkPae() {
    long entry = cpu.pdpte[(int) (linear >>> 30) & 3];
    if ((entry & PRESENT) == 0) {
      return notPresent();
    }
    long at = (entry & addressMask()) + (linear >>> 21 & 0x1FF) * 8;
    entry = readEntry(at, 8);
    long reserved = highReserved(63);
    if ((entry & PS) != 0) {
      reserved |= 0x1FE000;
    }
    if (!usable(entry, reserved)) {
      return -1;
    }
    if ((entry & PS) != 0) {
      return leaf(at, entry, 8, 1L << 21, entry & addressMask());
    }
    return descend(at, entry, 8) ? lastTable(entry & addressMask()) : -1;
  }

  private long lastTable(long table) {
    long at = table + (linear >>> 12 & 0x1FF) * 8;
    long entry = readEntry(at, 8);
    boolean fine = usable(entry, highReserved((cpu.efer & EFER_LMA) != 0 ? 52 : 63));
    return fine ? leaf(at, entry, 8, 4096, entry & addressMask()) : -1;
  }

  private long walk32() {
    long at = (cpu.cr3 & 0xFFFFF000L) + (linear >>> 22 & 0x3FF) * 4;
    long entry = readEntry(at, 4);
    boolean large = (entry & PS) != 0 && (cpu.cr4 & CR4_PSE) != 0;
    // PSE-36: bits 16:13 are address bits 35:32, what lies beyond the physical width is reserved
    if (!usable(entry, large ? 0x3FE000L & ~((1L << physicalBits - 32) - 1 << 13) : 0)) {
      return -1;
    }
    if (large) {
      return leaf(at, entry, 4, 1L << 22, entry & 0xFFC00000L | (entry & 0x1FE000) << 19);
    }
    if (!descend(at, entry, 4)) {
      return -1;
    }
    at = (entry & 0xFFFFF000L) + (linear >>> 12 & 0x3FF) * 4;
    entry = readEntry(at, 4);
    return usable(entry, 0) ? leaf(at, entry, 4, 4096, entry & 0xFFFFF000L) : -1;
  }

  /** Entry of a paging structure; 0 with cpu.fault set when EPT refuses. */
  private long readEntry(long at, int bytes) {
    if (!nested()) {
      return mmu.readPhysical(at, bytes);
    }
    long physical = cpu.vmx.translate(cpu, at, 1, linear, true, false);
    return physical == -1 ? 0 : mmu.readPhysical(physical, bytes);
  }

  private boolean usable(long entry, long reserved) {
    if (cpu.fault != Cpu.FAULT_NONE) {
      return false;
    }
    if ((entry & PRESENT) == 0) {
      notPresent();
      return false;
    }
    if ((entry & reserved) != 0) {
      pageFault(9);
      return false;
    }
    accumulated &= entry;
    noExecute |= entry < 0;
    return true;
  }

  private boolean descend(long at, long entry, int bytes) {
    return (entry & ACCESSED) != 0 || mark(at, entry, entry | ACCESSED, bytes);
  }

  private long leaf(long at, long entry, int bytes, long size, long frame) {
    int allowed = allowed();
    if ((allowed & access) != access) {
      pageFault(1);
      return -1;
    }
    long marked = entry | ACCESSED | ((access & WRITE) != 0 ? DIRTY : 0);
    if (marked != entry && !mark(at, entry, marked, bytes)) {
      return -1;
    }
    granted = (marked & DIRTY) != 0 ? allowed : allowed & ~WRITE;
    pageBytes = size;
    return finish((frame & -size) | linear & size - 1);
  }

  /** READ, WRITE and FETCH as the accumulated rights allow (SDM volume 3, 4.6.1). */
  private int allowed() {
    boolean userPage = (accumulated & US) != 0;
    if (user && !userPage) {
      return 0;
    }
    if (guarded && userPage) {
      return 0;
    }
    int allowed = READ | FETCH;
    if ((accumulated & RW) != 0 || !user && (cpu.cr0 & CR0_WP) == 0) {
      allowed |= WRITE;
    }
    boolean smep = !user && userPage && (cpu.cr4 & CR4_SMEP) != 0;
    if (noExecute && nxEnabled() || smep) {
      allowed &= ~FETCH;
    }
    return allowed;
  }

  /** False with a fault recorded, or when the walk is to be made anew. */
  private boolean mark(long at, long entry, long marked, int bytes) {
    long physical = at;
    if (nested()) {
      physical = cpu.vmx.translate(cpu, at, 3, linear, true, false);
      if (physical == -1) {
        return false;
      }
    }
    overtaken = !mmu.replacePhysical(physical, bytes, entry, marked);
    return !overtaken;
  }

  private long finish(long guestPhysical) {
    if (!nested()) {
      return guestPhysical;
    }
    int kind = (accumulated & US) != 0 ? access | USER_ADDRESS : access;
    long physical = cpu.vmx.translate(cpu, guestPhysical, kind, linear, true, true);
    if (physical != -1) {
      granted &= cpu.vmx.lastPermissions();
    }
    return physical;
  }

  private boolean nested() {
    return cpu.nonRoot && cpu.vmx.eptActive(cpu);
  }

  private boolean nxEnabled() {
    return (cpu.efer & EFER_NXE) != 0 && (cpu.cr4 & CR4_PAE) != 0;
  }

  /** Reserved physical-address bits below {@code top}, and NX while it is not enabled. */
  private long highReserved(int top) {
    long mask = (1L << top) - (1L << physicalBits);
    return nxEnabled() ? mask : mask | NX;
  }

  /** Bits 2:1, 8:5 and above the physical width (SDM volume 3, table 4-8). */
  long reservedInPdpte() {
    return 0x1E6 | -1L << physicalBits;
  }

  private long addressMask() {
    return (1L << physicalBits) - 4096;
  }

  private long notPresent() {
    pageFault(0);
    return -1;
  }

  private void pageFault(int cause) {
    int error = cause | (user ? 4 : 0) | ((access & WRITE) != 0 ? 2 : 0);
    if ((access & FETCH) != 0 && (nxEnabled() || (cpu.cr4 & CR4_SMEP) != 0)) {
      error |= 16;
    }
    cpu.raise(14, error);
    cpu.faultLinear = linear;
  }
}
