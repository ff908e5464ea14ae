package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/** MOV to and from debug registers (SDM volume 3, 17.2). */
final class DebugRegisters {
  private static final long GENERAL_DETECT = 1 << 13;
  private static final long ENABLES = 0xFF;

  private DebugRegisters() {}

  static long read(Cpu cpu, int number, int gpr) {
    return cpu.dr[access(cpu, number, false, gpr)];
  }

  static void write(Cpu cpu, int number, long value, int gpr) {
    int n = access(cpu, number, true, gpr);
    if (n >= 6 && value >>> 32 != 0) {
      throw GuestFault.gp(cpu);
    }
    switch (n) {
      case 6 -> cpu.dr[6] = value & 0xE00F | 0xFFFF0FF0L;
      case 7 -> cpu.dr[7] = value & ~0xD000L | 0x400;
      default -> cpu.dr[n] = value;
    }
    if ((cpu.dr[7] & ENABLES) != 0) {
      cpu.stepping = true;
      cpu.memory.flushAll(); // pages with a data breakpoint leave the TLB
    }
    cpu.attention = true;
  }

  private static int access(Cpu cpu, int number, boolean write, int gpr) {
    if (number > 7 || (number == 4 || number == 5) && (cpu.cr4 & Bits.CR4_DE) != 0) {
      throw GuestFault.ud(cpu);
    }
    Modes.requireCpl0(cpu);
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptMovDr(cpu, number, write, gpr));
    if ((cpu.dr[7] & GENERAL_DETECT) != 0) {
      throw GuestFault.exception(cpu, Vector.DB);
    }
    return number == 4 || number == 5 ? number + 2 : number;
  }
}
