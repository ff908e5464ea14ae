package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.model.CpuModel;

/** MOV to and from control registers, LMSW, SMSW, CLTS (SDM volume 3, 2.5; volume 2, MOV CR). */
final class ControlRegisters {
  static final long CR0_WRITABLE = 0xE005003FL;

  private static final long PAE_TRIGGERS_CR0 = Bits.CR0_PG | Bits.CR0_CD | Bits.CR0_NW;
  private static final long PAE_TRIGGERS_CR4 =
      Bits.CR4_PAE | Bits.CR4_PSE | Bits.CR4_PGE | Bits.CR4_SMEP;

  /** Bit 63 of what is written to CR3 under CR4.PCIDE: translations of the PCID stay. */
  private static final long KEEP = 1L << 63;

  private ControlRegisters() {}

  static long read(Cpu cpu, int number, int gpr) {
    exists(cpu, number);
    Modes.requireCpl0(cpu);
    return switch (number) {
      case 0 -> cpu.nonRoot ? cpu.vmx.readShadowed(cpu, 0, cpu.cr0) : cpu.cr0;
      case 2 -> cpu.cr2;
      case 3 -> {
        GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptMovFromCr(cpu, 3, gpr));
        yield cpu.cr3;
      }
      case 4 -> cpu.nonRoot ? cpu.vmx.readShadowed(cpu, 4, cpu.cr4) : cpu.cr4;
      default -> {
        GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptMovFromCr(cpu, 8, gpr));
        yield cpu.nonRoot ? cpu.vmx.readShadowed(cpu, 8, cpu.apic.cr8()) : cpu.apic.cr8();
      }
    };
  }

  static void write(Cpu cpu, CpuModel model, int number, long value, int gpr) {
    exists(cpu, number);
    Modes.requireCpl0(cpu);
    GuestFault.exit(
        cpu.nonRoot && number != 2 && cpu.vmx.interceptMovToCr(cpu, number, value, gpr));
    switch (number) {
      case 0 -> writeCr0(cpu, cpu.nonRoot ? cpu.vmx.mergeHostOwned(cpu, 0, cpu.cr0, value) : value);
      case 2 -> cpu.cr2 = value;
      case 3 -> writeCr3(cpu, model, value);
      case 4 ->
          writeCr4(
              cpu, model, cpu.nonRoot ? cpu.vmx.mergeHostOwned(cpu, 4, cpu.cr4, value) : value);
      default -> writeCr8(cpu, value);
    }
  }

  private static void exists(Cpu cpu, int number) {
    if (number > 4 && number != 8 || number == 1) {
      throw GuestFault.ud(cpu);
    }
  }

  private static void writeCr8(Cpu cpu, long value) {
    if ((value & ~15L) != 0) {
      throw GuestFault.gp(cpu);
    }
    cpu.apic.setCr8(value);
    cpu.attention = true;
  }

  /** CR0 after interception; what VM entry and exit load does not come through here. */
  static void writeCr0(Cpu cpu, long written) {
    long old = cpu.cr0;
    checkCr0(cpu, written);
    long value = written & CR0_WRITABLE | Bits.CR0_ET;
    GuestFaultIf.invalidInVmx(cpu, 0, value);
    boolean pagingOn = (value & Bits.CR0_PG) != 0;
    long changed = old ^ value;
    if ((changed & Bits.CR0_PG) != 0 && pagingOn && (cpu.efer & Bits.EFER_LME) != 0) {
      checkLongModeEntry(cpu);
      cpu.efer |= Bits.EFER_LMA;
    } else if (pagingOn && pae(cpu) && (changed & PAE_TRIGGERS_CR0) != 0) {
      loadPdptes(cpu, cpu.cr3);
    }
    if (!pagingOn) {
      cpu.efer &= ~Bits.EFER_LMA;
    }
    cpu.cr0 = value;
    if ((changed & (Bits.CR0_PG | Bits.CR0_WP | Bits.CR0_PE)) != 0) {
      cpu.memory.flushAll();
    }
    Modes.update(cpu);
  }

  private static void checkCr0(Cpu cpu, long value) {
    boolean pagingWithoutProtection = (value & (Bits.CR0_PG | Bits.CR0_PE)) == Bits.CR0_PG;
    boolean writeThroughWithCache = (value & (Bits.CR0_NW | Bits.CR0_CD)) == Bits.CR0_NW;
    boolean leaves64 =
        (Modes.code64(cpu) || (cpu.cr4 & Bits.CR4_PCIDE) != 0) && (value & Bits.CR0_PG) == 0;
    if (value >>> 32 != 0 || pagingWithoutProtection || writeThroughWithCache || leaves64) {
      throw GuestFault.gp(cpu);
    }
  }

  private static void checkLongModeEntry(Cpu cpu) {
    boolean tss16 = !cpu.tr.is(Segment.UNUSABLE) && (cpu.tr.type() & 8) == 0;
    if ((cpu.cr4 & Bits.CR4_PAE) == 0 || cpu.cs.is(Segment.L) || tss16) {
      throw GuestFault.gp(cpu);
    }
  }

  /** PAE paging without long mode is (or will be) the paging mode. */
  private static boolean pae(Cpu cpu) {
    return (cpu.cr4 & Bits.CR4_PAE) != 0 && (cpu.efer & Bits.EFER_LMA) == 0;
  }

  private static void loadPdptes(Cpu cpu, long cr3) {
    if (!cpu.memory.loadPdptes(cpu, cr3)) {
      GuestFault.check(cpu);
      throw GuestFault.gp(cpu);
    }
  }

  private static void writeCr3(Cpu cpu, CpuModel model, long value) {
    boolean tagged = (cpu.cr4 & Bits.CR4_PCIDE) != 0;
    long address = tagged ? value & ~KEEP : value;
    if (Modes.isLong(cpu) && address >>> model.physicalBits() != 0) {
      throw GuestFault.gp(cpu);
    }
    if (tagged) {
      cpu.cr3 = address;
      cpu.memory.switchContext(cpu);
      if (value >= 0) {
        cpu.memory.flushNonGlobal();
      }
    } else {
      loadCr3(cpu, address);
    }
  }

  /** CR3 from MOV or a task switch. */
  static void loadCr3(Cpu cpu, long value) {
    if ((cpu.cr0 & Bits.CR0_PG) != 0 && pae(cpu)) {
      loadPdptes(cpu, value);
    }
    cpu.cr3 = value;
    cpu.memory.flushNonGlobal();
  }

  private static void writeCr4(Cpu cpu, CpuModel model, long value) {
    boolean dropsPae = Modes.isLong(cpu) && (value & Bits.CR4_PAE) == 0;
    boolean vmxInSmm = cpu.smm && (value & Bits.CR4_VMXE) != 0; // SDM volume 3, 32.14.3
    boolean reserved = (value & ~model.cr4Bits()) != 0 || vmxInSmm;
    if (reserved || dropsPae || badPcide(cpu, value)) {
      throw GuestFault.gp(cpu);
    }
    GuestFaultIf.invalidInVmx(cpu, 4, value);
    long old = cpu.cr4;
    long changed = old ^ value;
    cpu.cr4 = value;
    if ((cpu.cr0 & Bits.CR0_PG) != 0 && pae(cpu) && (changed & PAE_TRIGGERS_CR4) != 0) {
      if (!cpu.memory.loadPdptes(cpu, cpu.cr3)) {
        cpu.cr4 = old;
        GuestFault.check(cpu);
        throw GuestFault.gp(cpu);
      }
    }
    if ((changed & PAE_TRIGGERS_CR4) != 0 || (changed & old & Bits.CR4_PCIDE) != 0) {
      cpu.memory.flushAll();
    }
    Modes.update(cpu);
  }

  /** PCIDs begin in long mode with PCID 0. */
  private static boolean badPcide(Cpu cpu, long value) {
    boolean begins = (value & ~cpu.cr4 & Bits.CR4_PCIDE) != 0;
    return begins && (!Modes.isLong(cpu) || (cpu.cr3 & 0xFFF) != 0);
  }

  // Machine status word

  static long smsw(Cpu cpu) {
    Modes.requireStoreAllowed(cpu);
    return cpu.nonRoot ? cpu.vmx.readShadowed(cpu, 0, cpu.cr0) : cpu.cr0;
  }

  static void lmsw(Cpu cpu, long value, long linear, boolean memory) {
    Modes.requireCpl0(cpu);
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptLmsw(cpu, value & 0xFFFF, memory, linear));
    long low = value & 0xF | cpu.cr0 & Bits.CR0_PE;
    long written = cpu.cr0 & ~0xFL | low;
    writeCr0(cpu, cpu.nonRoot ? cpu.vmx.mergeHostOwned(cpu, 0, cpu.cr0, written) : written);
  }

  static void clts(Cpu cpu) {
    Modes.requireCpl0(cpu);
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptClts(cpu));
    long written = cpu.cr0 & ~Bits.CR0_TS;
    cpu.cr0 = cpu.nonRoot ? cpu.vmx.mergeHostOwned(cpu, 0, cpu.cr0, written) : written;
    Modes.update(cpu);
  }
}
