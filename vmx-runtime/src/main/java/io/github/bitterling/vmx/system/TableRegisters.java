package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/** LGDT, LIDT, SGDT, SIDT, SLDT, STR (SDM volume 2). */
final class TableRegisters {
  private TableRegisters() {}

  static void load(Cpu cpu, boolean interrupt, long linear, int size) {
    Modes.requireCpl0(cpu);
    intercept(cpu);
    int limit = (int) Mem.load(cpu, linear, 2);
    long base = Mem.load(cpu, linear + 2, size == 8 ? 8 : 4);
    if (size == 2) {
      base &= 0xFFFFFF;
    }
    GuestFaultIf.notCanonical(cpu, base);
    if (interrupt) {
      cpu.idtrBase = base;
      cpu.idtrLimit = limit;
    } else {
      cpu.gdtrBase = base;
      cpu.gdtrLimit = limit;
    }
  }

  static void store(Cpu cpu, boolean interrupt, long linear, int size) {
    Modes.requireStoreAllowed(cpu);
    intercept(cpu);
    int wide = size == 8 ? 8 : 4;
    // Both parts must be writable before either is written
    Mem.loadForWrite(cpu, linear, 2);
    Mem.loadForWrite(cpu, linear + 2, wide);
    Mem.store(cpu, linear, 2, interrupt ? cpu.idtrLimit : cpu.gdtrLimit);
    Mem.store(cpu, linear + 2, wide, interrupt ? cpu.idtrBase : cpu.gdtrBase);
  }

  static long selector(Cpu cpu, boolean task) {
    Modes.requireProtected(cpu);
    Modes.requireStoreAllowed(cpu);
    SegmentLoads.intercept(cpu);
    return task ? cpu.tr.selector : cpu.ldtr.selector;
  }

  private static void intercept(Cpu cpu) {
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptInstruction(cpu, ExitReason.GDTR_IDTR, 0));
  }
}
