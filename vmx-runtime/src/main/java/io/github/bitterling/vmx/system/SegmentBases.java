package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.paging.SegmentChecks;

/** RDFSBASE, RDGSBASE, WRFSBASE, WRGSBASE (SDM volume 2). */
final class SegmentBases {
  private SegmentBases() {}

  static long read(Cpu cpu, int segment) {
    enabled(cpu);
    return cpu.segments[segment].base;
  }

  static void write(Cpu cpu, int segment, long base) {
    enabled(cpu);
    if (!SegmentChecks.canonical(base)) {
      throw GuestFault.gp(cpu);
    }
    cpu.segments[segment].base = base;
  }

  private static void enabled(Cpu cpu) {
    if ((cpu.cr4 & Bits.CR4_FSGSBASE) == 0) {
      throw GuestFault.ud(cpu);
    }
  }
}
