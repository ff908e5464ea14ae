package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.model.CpuModel;

/**
 * System-management mode of one processor: SMI delivery and RSM with the default treatment (SDM
 * volume 3, 32.4 to 32.14).
 */
final class SystemManagement {
  static final long DEFAULT_SMBASE = 0x30000;

  private static final int ENTRY_RIP = 0x8000;
  private static final long ENTRY_CR0_CLEARED =
      Bits.CR0_PE | Bits.CR0_EM | Bits.CR0_TS | Bits.CR0_PG;
  private static final int ENTRY_DR7 = 0x400;
  private static final long LIMIT = 0xFFFF_FFFFL;
  private static final int ATTRIBUTES = SegmentLoads.REAL_ATTRIBUTES | Segment.G;
  private static final int RESTART_IO = 0xFF;

  private final CpuModel model;
  private final MachineControl machine;
  private final Smram smram;
  private final LastPortAccess io;

  SystemManagement(CpuModel model, MachineControl machine, Smram smram, LastPortAccess io) {
    this.model = model;
    this.machine = machine;
    this.smram = smram;
    this.io = io;
  }

  // SMI

  /** Delivers an SMI at an instruction boundary; the event unit forgets its single-step state. */
  void enter(Cpu cpu) {
    boolean ept = cpu.nonRoot && cpu.vmx.eptActive(cpu);
    long eptPointer = ept ? cpu.vmx.eptPointer(cpu) : 0;
    cpu.vmx.enterSmm(cpu);
    cpu.smm = true;
    cpu.smiCount++;
    smram.save(cpu);
    smram.savePortAccess(cpu, io);
    smram.put(cpu, SmramMap.EPT_ENABLED, 4, ept ? 1 : 0);
    if (ept) {
      smram.put(cpu, SmramMap.EPT_POINTER, 8, eptPointer);
    }
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.monitor.disarm();
    setState(cpu);
    cpu.memory.flushEverything();
    Modes.update(cpu);
    cpu.attention = true;
  }

  /** Table 32-4. General registers, GDTR, IDTR, LDTR and TR keep what they hold. */
  private static void setState(Cpu cpu) {
    cpu.setFlags(2);
    cpu.rip = ENTRY_RIP;
    cpu.nextRip = ENTRY_RIP;
    cpu.cs.set((int) (cpu.smbase >>> 4) & 0xFFFF, cpu.smbase, LIMIT, ATTRIBUTES);
    for (Segment s : cpu.segments) {
      if (s != cpu.cs) {
        s.set(0, 0, LIMIT, ATTRIBUTES);
      }
    }
    cpu.cpl = 0;
    cpu.cr0 &= ~ENTRY_CR0_CLEARED;
    cpu.cr4 = 0;
    cpu.efer = 0;
    cpu.bndcfgs = 0; // volume 1, 17.5
    cpu.dr[7] = ENTRY_DR7;
    cpu.interruptShadow = 0;
    cpu.pendingDebug = 0;
    cpu.nmiBlocked = true; // 32.8
  }

  // RSM

  /** #UD outside SMM; shutdown when SMRAM holds a state that cannot be. */
  void resume(Cpu cpu) {
    if (!cpu.smm) {
      throw GuestFault.ud(cpu);
    }
    String wrong = invalid(cpu);
    if (wrong != null) {
      cpu.activity = Cpu.Activity.SHUTDOWN;
      cpu.attention = true;
      machine.reset("shutdown in RSM, " + wrong + " in SMRAM", false);
      return;
    }
    restore(cpu);
  }

  /** 32.4.2 and volume 2, RSM; 32.14.2 for VMXE. Null when all is well. */
  private String invalid(Cpu cpu) {
    long cr0 = smram.get(cpu, SmramMap.CR0, 8);
    long cr4 = smram.get(cpu, SmramMap.CR4, 8);
    long efer = smram.get(cpu, SmramMap.EFER, 8);
    boolean paging = (cr0 & Bits.CR0_PG) != 0;
    boolean unprotectedPaging = paging && (cr0 & Bits.CR0_PE) == 0;
    boolean writeThrough = (cr0 & (Bits.CR0_NW | Bits.CR0_CD)) == Bits.CR0_NW;
    if (cr0 >>> 32 != 0 || unprotectedPaging || writeThrough) {
      return "CR0 = " + Long.toHexString(cr0) + "h";
    }
    if ((cr4 & (~model.cr4Bits() | Bits.CR4_VMXE)) != 0) {
      return "CR4 = " + Long.toHexString(cr4) + "h";
    }
    boolean longMode = paging && (efer & Bits.EFER_LME) != 0;
    boolean noPae = longMode && (cr4 & Bits.CR4_PAE) == 0;
    boolean active = (efer & Bits.EFER_LMA) != 0;
    if ((efer & ~model.eferBits()) != 0 || active != longMode || noPae) {
      return "IA32_EFER = "
          + Long.toHexString(efer)
          + "h with CR4 = "
          + Long.toHexString(cr4)
          + "h";
    }
    if ((cr4 & Bits.CR4_PCIDE) != 0 && !active) {
      return "CR4.PCIDE without IA-32e mode";
    }
    boolean v86 = (smram.get(cpu, SmramMap.RFLAGS, 8) & Cpu.VM) != 0;
    return v86 && active ? "RFLAGS.VM in IA-32e mode" : null;
  }

  private void restore(Cpu cpu) {
    long rip = smram.get(cpu, SmramMap.RIP, 8);
    long flags = smram.get(cpu, SmramMap.RFLAGS, 8) & Flags.DEFINED;
    long base = smram.get(cpu, SmramMap.SMBASE, 4) & 0xFFFF_FFFFL;
    long restart = restartAddress(cpu);
    smram.load(cpu);
    if (restart != -1) {
      rip = restart;
      cpu.r[1] = smram.get(cpu, SmramMap.IO_RCX, 8);
      cpu.r[6] = smram.get(cpu, SmramMap.IO_RSI, 8);
      cpu.r[7] = smram.get(cpu, SmramMap.IO_RDI, 8);
    }
    boolean protectedMode = (cpu.cr0 & Bits.CR0_PE) != 0;
    cpu.setFlags(protectedMode ? flags : flags & ~(long) Cpu.VM);
    cpu.cpl = !protectedMode ? 0 : cpu.flag(Cpu.VM) ? 3 : cpu.ss.dpl();
    cpu.smbase = base;
    cpu.vmx.leaveSmm(cpu);
    cpu.smm = false;
    cpu.memory.flushEverything();
    Modes.update(cpu);
    cpu.nextRip = Modes.code64(cpu) ? rip : rip & LIMIT;
    cpu.attention = true;
    io.forget();
  }

  /** 32.12: instruction pointer of the I/O instruction to run again, or -1. */
  private long restartAddress(Cpu cpu) {
    boolean wanted = (smram.get(cpu, SmramMap.IO_RESTART, 2) & 0xFF) == RESTART_IO;
    boolean behindIo = (smram.get(cpu, SmramMap.IO_MISC, 4) & 1) != 0;
    return wanted && behindIo ? smram.get(cpu, SmramMap.IO_RIP, 8) : -1;
  }
}
