package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;

/**
 * Reading and writing EFLAGS under privilege (SDM volume 2, POPF, PUSHF, CLI, STI; volume 3,
 * 20.3.3).
 */
final class Flags {
  /** Every flag that exists. */
  static final long DEFINED = 0x3F7FD7;

  private static final long IMAGE16 = 0xFFFF;

  private Flags() {}

  /**
   * Loads flags as POPF or IRET at {@code cpl}.
   *
   * @param withSystem IRET in protected mode: RF, and at CPL 0 VIF and VIP, are loaded too
   */
  static void load(Cpu cpu, long image, int size, int cpl, boolean withSystem) {
    long change = LazyFlags.STATUS | Cpu.TF | Cpu.DF | Cpu.NT | Cpu.AC | Cpu.ID;
    if (cpl <= Modes.iopl(cpu)) {
      change |= Cpu.IF;
    }
    if (cpl == 0) {
      change |= Cpu.IOPL;
    }
    if (withSystem) {
      change |= Cpu.RF | (cpl == 0 ? Cpu.VIF | Cpu.VIP : 0);
    }
    if (size == 2) {
      change &= IMAGE16;
    }
    cpu.resumeLoaded = (change & Cpu.RF) != 0;
    cpu.setFlags(cpu.flags() & ~change | image & change);
    changed(cpu);
  }

  /** After IF, TF, RF or AC may have changed. */
  static void changed(Cpu cpu) {
    if ((cpu.cr4 & Bits.CR4_SMAP) != 0 || cpu.cpl == 3) {
      cpu.memory.switchContext(cpu);
    }
    cpu.attention = true;
    cpu.stepping |= cpu.flag(Cpu.TF) || (cpu.dr[7] & 0xFF) != 0;
  }

  /** 16-bit POPF/IRET in virtual-8086 mode with VME: IF stands for VIF. */
  static void loadVirtual(Cpu cpu, long image) {
    long change = LazyFlags.STATUS | Cpu.TF | Cpu.DF | Cpu.NT;
    long value = cpu.flags() & ~change & ~(long) Cpu.VIF | image & change;
    cpu.setFlags((image & Cpu.IF) != 0 ? value | Cpu.VIF : value);
    changed(cpu);
  }

  static boolean virtualImageFaults(Cpu cpu, long image) {
    return (image & Cpu.TF) != 0 || (image & Cpu.IF) != 0 && cpu.flag(Cpu.VIP);
  }

  /** PUSHF. */
  static long image(Cpu cpu, int size) {
    if (Modes.v86(cpu) && Modes.iopl(cpu) < 3) {
      if (size != 2 || (cpu.cr4 & Bits.CR4_VME) == 0) {
        throw GuestFault.gp(cpu);
      }
      long virtual = cpu.flags() & ~(long) Cpu.IF | Cpu.IOPL;
      return (cpu.flag(Cpu.VIF) ? virtual | Cpu.IF : virtual) & IMAGE16;
    }
    return cpu.flags() & ~(long) (Cpu.VM | Cpu.RF);
  }

  /** Before POPF changes the stack pointer in virtual-8086 mode. */
  static void checkVirtual(Cpu cpu, long image) {
    if (Modes.iopl(cpu) < 3 && virtualImageFaults(cpu, image)) {
      throw GuestFault.gp(cpu);
    }
  }

  /** POPF. */
  static void popf(Cpu cpu, long image, int size) {
    if (Modes.v86(cpu) && Modes.iopl(cpu) < 3) {
      loadVirtual(cpu, image); // READ_FLAGS and checkVirtual have passed
      return;
    }
    load(cpu, image, size, cpu.cpl, false);
    cpu.rflags &= ~(long) Cpu.RF;
  }

  /** CLAC, STAC. */
  static void access(Cpu cpu, boolean allowed) {
    if (cpu.cpl != 0) {
      throw GuestFault.ud(cpu);
    }
    cpu.rflags = allowed ? cpu.rflags | Cpu.AC : cpu.rflags & ~(long) Cpu.AC;
    cpu.memory.switchContext(cpu);
  }

  static void cli(Cpu cpu) {
    if (allowed(cpu)) {
      cpu.rflags &= ~(long) Cpu.IF;
    } else if (virtual(cpu)) {
      cpu.rflags &= ~(long) Cpu.VIF;
    } else {
      throw GuestFault.gp(cpu);
    }
  }

  static void sti(Cpu cpu) {
    if (allowed(cpu)) {
      if (!cpu.flag(Cpu.IF)) {
        cpu.interruptShadow = Cpu.SHADOW_STI;
      }
      cpu.rflags |= Cpu.IF;
      cpu.attention = true;
    } else if (virtual(cpu) && !cpu.flag(Cpu.VIP)) {
      cpu.rflags |= Cpu.VIF;
    } else {
      throw GuestFault.gp(cpu);
    }
  }

  private static boolean allowed(Cpu cpu) {
    return Modes.real(cpu) || cpu.cpl <= Modes.iopl(cpu);
  }

  private static boolean virtual(Cpu cpu) {
    if (Modes.v86(cpu)) {
      return (cpu.cr4 & Bits.CR4_VME) != 0;
    }
    return cpu.cpl == 3 && (cpu.cr4 & Bits.CR4_PVI) != 0;
  }
}
