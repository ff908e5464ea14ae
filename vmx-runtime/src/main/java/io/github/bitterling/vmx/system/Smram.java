package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.paging.Mmu;

/** Saves to and loads from the state-save map at the processor's SMBASE; no checks. */
final class Smram {
  private static final int MAP = 0x8000;
  private static final int NMI_BLOCKED = 1 << 3;
  private static final int SHADOWS = Cpu.SHADOW_STI | Cpu.SHADOW_SS;
  private static final int ATTRIBUTES = 0x1F0FF;
  private static final int SHUTDOWN = 2;

  /** B0-B3, enabled breakpoint, BS. */
  private static final long DEBUG_CONDITIONS = 0x500F | Events.REPEATING;

  private static final int DR6_DEFINED = 0xE00F;
  private static final long DR6_ONES = 0xFFFF0FF0L;
  private static final long DR7_DEFINED = 0xFFFF2FFFL;
  private static final int DR7_ONE = 0x400;
  private static final int LDTR = 6;

  private final Mmu mmu;

  Smram(Mmu mmu) {
    this.mmu = mmu;
  }

  // Access: SMBASE need not be aligned, so a field may lie in two pages

  long get(Cpu cpu, int offset, int bytes) {
    long at = cpu.smbase + MAP + offset;
    if ((at & 4095) + bytes <= 4096) {
      return mmu.readPhysical(at, bytes);
    }
    long value = 0;
    for (int i = 0; i < bytes; i++) {
      value |= (mmu.readPhysical(at + i, 1) & 0xFF) << 8 * i;
    }
    return value;
  }

  void put(Cpu cpu, int offset, int bytes, long value) {
    long at = cpu.smbase + MAP + offset;
    if ((at & 4095) + bytes <= 4096) {
      mmu.writePhysical(at, bytes, value & Mem.mask(bytes));
      return;
    }
    for (int i = 0; i < bytes; i++) {
      mmu.writePhysical(at + i, 1, value >>> 8 * i & 0xFF);
    }
  }

  private static int generalRegister(int i) {
    return i < 8 ? SmramMap.RAX + 8 * i : SmramMap.R8 - 8 * (i - 8);
  }

  private static Segment segment(Cpu cpu, int i) {
    return i < LDTR ? cpu.segments[i] : i == LDTR ? cpu.ldtr : cpu.tr;
  }

  // Saving

  void save(Cpu cpu) {
    for (int i = 0; i < 16; i++) {
      put(cpu, generalRegister(i), 8, cpu.r[i]);
    }
    put(cpu, SmramMap.RIP, 8, cpu.rip);
    put(cpu, SmramMap.RFLAGS, 8, cpu.flags());
    put(cpu, SmramMap.CR0, 8, cpu.cr0);
    put(cpu, SmramMap.CR3, 8, cpu.cr3);
    put(cpu, SmramMap.CR4, 8, cpu.cr4);
    put(cpu, SmramMap.EFER, 8, cpu.efer);
    put(cpu, SmramMap.DR6, 8, cpu.dr[6]);
    put(cpu, SmramMap.DR7, 8, cpu.dr[7]);
    for (int i = 0; i < 8; i++) {
      saveSegment(cpu, i, segment(cpu, i));
    }
    saveTables(cpu);
    saveHidden(cpu);
    put(cpu, SmramMap.REVISION, 4, SmramMap.REVISION_IDENTIFIER);
    put(cpu, SmramMap.SMBASE, 4, cpu.smbase);
  }

  private void saveSegment(Cpu cpu, int i, Segment s) {
    put(cpu, SmramMap.SELECTORS + 4 * i, 4, s.selector & 0xFFFF);
    int hidden = SmramMap.HIDDEN_SEGMENTS + 16 * i;
    put(cpu, hidden, 8, s.base);
    put(cpu, hidden + 8, 4, s.limit);
    put(cpu, hidden + 12, 4, s.attributes);
  }

  private void saveTables(Cpu cpu) {
    put(cpu, SmramMap.GDT_BASE, 4, cpu.gdtrBase);
    put(cpu, SmramMap.GDT_BASE_HIGH, 4, cpu.gdtrBase >>> 32);
    put(cpu, SmramMap.IDT_BASE, 4, cpu.idtrBase);
    put(cpu, SmramMap.IDT_BASE_HIGH, 4, cpu.idtrBase >>> 32);
    put(cpu, SmramMap.LDT_BASE, 4, cpu.ldtr.base);
    put(cpu, SmramMap.LDT_BASE_HIGH, 4, cpu.ldtr.base >>> 32);
    put(cpu, SmramMap.GDT_LIMIT, 4, cpu.gdtrLimit);
    put(cpu, SmramMap.IDT_LIMIT, 4, cpu.idtrLimit);
  }

  private void saveHidden(Cpu cpu) {
    int blocking = cpu.interruptShadow & SHADOWS | (cpu.nmiBlocked ? NMI_BLOCKED : 0);
    put(cpu, SmramMap.INTERRUPTIBILITY, 4, blocking);
    boolean shutdown = cpu.activity == Cpu.Activity.SHUTDOWN;
    put(cpu, SmramMap.ACTIVITY, 4, shutdown ? SHUTDOWN : 0);
    put(cpu, SmramMap.AUTO_HALT_RESTART, 2, cpu.activity == Cpu.Activity.HALTED ? 1 : 0);
    put(cpu, SmramMap.PENDING_DEBUG, 8, cpu.pendingDebug);
    put(cpu, SmramMap.BNDCFGS, 8, cpu.bndcfgs);
    for (int i = 0; i < 4; i++) {
      put(cpu, SmramMap.PDPTES + 8 * i, 8, cpu.pdpte[i]);
    }
  }

  /** What the SMI found right behind an I/O instruction; no valid bit otherwise. */
  void savePortAccess(Cpu cpu, LastPortAccess io) {
    put(cpu, SmramMap.IO_RESTART, 2, 0);
    if (!io.justDone(cpu)) {
      put(cpu, SmramMap.IO_MISC, 4, 0);
      return;
    }
    put(cpu, SmramMap.IO_MISC, 4, io.misc);
    put(cpu, SmramMap.IO_MEMORY_ADDRESS, 8, io.linear);
    put(cpu, SmramMap.IO_RIP, 8, io.rip);
    put(cpu, SmramMap.IO_RCX, 8, io.rcx);
    put(cpu, SmramMap.IO_RSI, 8, io.rsi);
    put(cpu, SmramMap.IO_RDI, 8, io.rdi);
  }

  // Loading

  /** All but SMBASE and the instruction pointer. */
  void load(Cpu cpu) {
    for (int i = 0; i < 16; i++) {
      cpu.r[i] = get(cpu, generalRegister(i), 8);
    }
    cpu.cr0 = get(cpu, SmramMap.CR0, 8) & ControlRegisters.CR0_WRITABLE | Bits.CR0_ET;
    cpu.cr3 = get(cpu, SmramMap.CR3, 8);
    cpu.cr4 = get(cpu, SmramMap.CR4, 8);
    cpu.efer = get(cpu, SmramMap.EFER, 8);
    cpu.dr[6] = get(cpu, SmramMap.DR6, 8) & DR6_DEFINED | DR6_ONES;
    cpu.dr[7] = get(cpu, SmramMap.DR7, 8) & DR7_DEFINED | DR7_ONE;
    for (int i = 0; i < 8; i++) {
      loadSegment(cpu, i, segment(cpu, i));
    }
    loadTables(cpu);
    loadHidden(cpu);
  }

  private void loadSegment(Cpu cpu, int i, Segment s) {
    int hidden = SmramMap.HIDDEN_SEGMENTS + 16 * i;
    s.set(
        (int) get(cpu, SmramMap.SELECTORS + 4 * i, 4) & 0xFFFF,
        get(cpu, hidden, 8),
        get(cpu, hidden + 8, 4) & 0xFFFF_FFFFL,
        (int) get(cpu, hidden + 12, 4) & ATTRIBUTES);
  }

  private void loadTables(Cpu cpu) {
    cpu.gdtrBase = base(cpu, SmramMap.GDT_BASE, SmramMap.GDT_BASE_HIGH);
    cpu.idtrBase = base(cpu, SmramMap.IDT_BASE, SmramMap.IDT_BASE_HIGH);
    cpu.ldtr.base = base(cpu, SmramMap.LDT_BASE, SmramMap.LDT_BASE_HIGH);
    cpu.gdtrLimit = (int) get(cpu, SmramMap.GDT_LIMIT, 4) & 0xFFFF;
    cpu.idtrLimit = (int) get(cpu, SmramMap.IDT_LIMIT, 4) & 0xFFFF;
  }

  private long base(Cpu cpu, int low, int high) {
    return get(cpu, low, 4) & 0xFFFF_FFFFL | get(cpu, high, 4) << 32;
  }

  private void loadHidden(Cpu cpu) {
    int blocking = (int) get(cpu, SmramMap.INTERRUPTIBILITY, 4);
    cpu.restoreShadow(blocking);
    cpu.nmiBlocked = (blocking & NMI_BLOCKED) != 0;
    cpu.bndcfgs = Bounds.legal(get(cpu, SmramMap.BNDCFGS, 8));
    cpu.pendingDebug = get(cpu, SmramMap.PENDING_DEBUG, 8) & DEBUG_CONDITIONS;
    for (int i = 0; i < 4; i++) {
      cpu.pdpte[i] = get(cpu, SmramMap.PDPTES + 8 * i, 8);
    }
    if ((get(cpu, SmramMap.AUTO_HALT_RESTART, 2) & 1) != 0) {
      cpu.activity = Cpu.Activity.HALTED;
    } else if ((int) get(cpu, SmramMap.ACTIVITY, 4) == SHUTDOWN) {
      cpu.activity = Cpu.Activity.SHUTDOWN;
    }
  }
}
