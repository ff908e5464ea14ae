package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.paging.SegmentChecks;
import java.util.Arrays;

/**
 * Bounds registers of the memory protection extensions (SDM volume 1, chapter 17; volume 2, BNDCL
 * to BNDSTX). Outside 64-bit mode bounds and addresses have 32 bits.
 */
final class Bounds {
  /** XCR0: BNDREGS and BNDCSR. */
  private static final long STATES = 3 << 3;

  // BNDCFGU and IA32_BNDCFGS
  private static final int ENABLE = 1;
  private static final int PRESERVE = 2;
  private static final long RESERVED = 0xFFC;
  private static final long DIRECTORY = -4096L;

  // BNDSTATUS
  private static final int VIOLATION = 1;
  private static final int INVALID_ENTRY = 2;

  private static final int VALID = 1;
  private static final long M32 = 0xFFFFFFFFL;

  private Bounds() {}

  private static long mask(Cpu cpu) {
    return Modes.code64(cpu) ? -1L : M32;
  }

  // Configuration

  private static long configuration(Cpu cpu) {
    return cpu.cpl == 3 ? cpu.bndcfgu : cpu.bndcfgs;
  }

  /** What the configuration adds to the mode. */
  static int mode(Cpu cpu) {
    boolean enabled =
        (cpu.cr4 & Bits.CR4_OSXSAVE) != 0
            && (cpu.xcr0 & STATES) == STATES
            && (configuration(cpu) & ENABLE) != 0;
    if (!enabled) {
      return 0;
    }
    return (configuration(cpu) & PRESERVE) != 0 ? ModeKey.MPX : ModeKey.MPX | ModeKey.BOUNDS_INIT;
  }

  /** WRMSR of IA32_BNDCFGS; false = #GP. */
  static boolean configure(Cpu cpu, long value) {
    if ((value & RESERVED) != 0 || !SegmentChecks.canonical(value)) {
      return false;
    }
    cpu.bndcfgs = value;
    Modes.update(cpu);
    return true;
  }

  /** Loads BNDCFGU and BNDSTATUS, as XRSTOR does. */
  static void configureUser(Cpu cpu, long configuration, long status) {
    cpu.bndcfgu = legal(configuration);
    cpu.bndstatus = status;
    Modes.update(cpu);
  }

  /**
   * A configuration from memory: reserved bits 0, the directory's address canonical. The manual has
   * this for RSM (volume 1, 17.5.6); of XRSTOR, for which it is taken too, it says nothing.
   */
  static long legal(long configuration) {
    return configuration << 16 >> 16 & ~RESERVED;
  }

  // Registers

  static void initialize(Cpu cpu) {
    Arrays.fill(cpu.bnd, 0);
  }

  static boolean inUse(Cpu cpu) {
    long any = 0;
    for (long bound : cpu.bnd) {
      any |= bound;
    }
    return any != 0;
  }

  /** XSAVE's component. */
  static void save(Cpu cpu, long at) {
    for (int i = 0; i < cpu.bnd.length; i++) {
      Mem.store(cpu, at + 8L * i, 8, cpu.bnd[i]);
    }
  }

  static void restore(Cpu cpu, long at) {
    for (int i = 0; i < cpu.bnd.length; i++) {
      cpu.bnd[i] = Mem.load(cpu, at + 8L * i, 8);
    }
  }

  private static int index(int register) {
    return 2 * (register & 3);
  }

  private static void set(Cpu cpu, int register, long lower, long upper) {
    cpu.bnd[index(register)] = lower & mask(cpu);
    cpu.bnd[index(register) + 1] = upper & mask(cpu);
  }

  private static long lower(Cpu cpu, int register) {
    return cpu.bnd[index(register)] & mask(cpu);
  }

  private static long upper(Cpu cpu, int register) {
    return cpu.bnd[index(register) + 1] & mask(cpu);
  }

  // Instructions

  /** BNDMK; the upper bound as its complement. */
  static void make(Cpu cpu, int register, long lower, long upper) {
    set(cpu, register, lower, upper);
  }

  static void copy(Cpu cpu, int to, int from) {
    set(cpu, to, lower(cpu, from), upper(cpu, from));
  }

  static void checkLower(Cpu cpu, int register, long address) {
    if (Long.compareUnsigned(address, lower(cpu, register)) < 0) {
      throw exceeded(cpu, VIOLATION);
    }
  }

  static void checkUpper(Cpu cpu, int register, long address, boolean complement) {
    long bound = upper(cpu, register);
    long limit = complement ? ~bound & mask(cpu) : bound;
    if (Long.compareUnsigned(address, limit) > 0) {
      throw exceeded(cpu, VIOLATION);
    }
  }

  private static GuestFault exceeded(Cpu cpu, long status) {
    cpu.bndstatus = status;
    return GuestFault.exception(cpu, Vector.BR);
  }

  /** BNDMOV from memory. */
  static void load(Cpu cpu, int register, long linear, int bytes) {
    long lower = Mem.load(cpu, linear, bytes);
    long upper = Mem.load(cpu, linear + bytes, bytes);
    set(cpu, register, lower, upper);
  }

  static void store(Cpu cpu, int register, long linear, int bytes) {
    Mem.loadForWrite(cpu, linear, bytes);
    Mem.loadForWrite(cpu, linear + bytes, bytes);
    Mem.store(cpu, linear, bytes, lower(cpu, register));
    Mem.store(cpu, linear + bytes, bytes, upper(cpu, register));
  }

  // Bound tables: lower bound, upper bound, pointer

  private static int bytes(Cpu cpu) {
    return Modes.code64(cpu) ? 8 : 4;
  }

  /**
   * Linear address of the bound-table entry of the pointer that lies at an address; #BR without a
   * valid entry of the directory.
   */
  private static long entry(Cpu cpu, long place) {
    boolean wide = Modes.code64(cpu);
    long directory = configuration(cpu) & DIRECTORY;
    long at =
        wide
            ? directory + ((place >>> 20 & 0xFFFFFFF) << 3)
            : directory + ((place >>> 12 & 0xFFFFF) << 2) & M32;
    long table = Mem.load(cpu, at, bytes(cpu));
    if ((table & VALID) == 0) {
      throw exceeded(cpu, at | INVALID_ENTRY);
    }
    return wide
        ? (table & ~7L) + ((place >>> 3 & 0x1FFFF) << 5)
        : (table & ~3L) + ((place >>> 2 & 0x3FF) << 4) & M32;
  }

  /** BNDLDX: bounds that allow everything when the entry is another pointer's. */
  static void loadFromTable(Cpu cpu, int register, long place, long pointer) {
    int bytes = bytes(cpu);
    long at = entry(cpu, place);
    long lower = Mem.load(cpu, at, bytes);
    long upper = Mem.load(cpu, at + bytes, bytes);
    boolean same = Mem.load(cpu, at + 2L * bytes, bytes) == pointer;
    set(cpu, register, same ? lower : 0, same ? upper : 0);
  }

  static void storeToTable(Cpu cpu, int register, long place, long pointer) {
    int bytes = bytes(cpu);
    long at = entry(cpu, place);
    for (int i = 0; i < 3; i++) {
      Mem.loadForWrite(cpu, at + (long) i * bytes, bytes);
    }
    Mem.store(cpu, at, bytes, lower(cpu, register));
    Mem.store(cpu, at + bytes, bytes, upper(cpu, register));
    Mem.store(cpu, at + 2L * bytes, bytes, pointer);
  }
}
