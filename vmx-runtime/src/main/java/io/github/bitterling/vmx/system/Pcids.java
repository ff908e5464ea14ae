package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.paging.SegmentChecks;

/** INVPCID (SDM volume 2; volume 3, 4.10.4.1). */
final class Pcids {
  private static final int ADDRESS = 0;
  private static final int SINGLE = 1;
  private static final int ALL_WITHOUT_GLOBAL = 3;

  private Pcids() {}

  /**
   * @param linear address of the descriptor: PCID in the first quadword, linear address in the
   *     second
   */
  static void invalidate(Cpu cpu, long type, long linear) {
    SystemOps.requireExists(cpu, ExitReason.INVPCID);
    Modes.requireCpl0(cpu);
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptInstruction(cpu, ExitReason.INVPCID, 0));
    }
    long pcid = Mem.load(cpu, linear, 8);
    long address = Mem.load(cpu, linear + 8, 8);
    if (Long.compareUnsigned(type, ALL_WITHOUT_GLOBAL) > 0 || pcid >>> 12 != 0) {
      throw GuestFault.gp(cpu);
    }
    boolean tagged = (cpu.cr4 & Bits.CR4_PCIDE) != 0;
    if (type <= SINGLE && pcid != 0 && !tagged
        || type == ADDRESS && !SegmentChecks.canonical(address)) {
      throw GuestFault.gp(cpu);
    }
    switch ((int) type) {
      case ADDRESS -> cpu.memory.flushPcidPage((int) pcid, address);
      case SINGLE -> cpu.memory.flushPcid((int) pcid);
      default -> cpu.memory.flushAll();
    }
  }
}
