package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.cpu.Monitor;
import io.github.bitterling.vmx.model.CpuModel;

/** CPUID, time, MSRs, HLT and other single system instructions (SDM volume 2). */
final class SystemOps {
  private static final long M32 = 0xFFFFFFFFL;

  private final Cpuid cpuid;
  private final Msrs msrs;
  private long random;

  SystemOps(CpuModel model, Msrs msrs, int core) {
    this.cpuid = new Cpuid(model);
    this.msrs = msrs;
    // Seeded by the core alone: the same boot draws the same numbers
    this.random = 0x9E3779B97F4A7C15L * (core + 1);
  }

  private static void intercept(Cpu cpu, int reason, long qualification) {
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptInstruction(cpu, reason, qualification));
    }
  }

  void cpuid(Cpu cpu) {
    int leaf = (int) cpu.r[0];
    cpuid.run(cpu);
    if (leaf == 1) {
      msrs.signatureRead();
    }
  }

  /** Before all other checks of an instruction that VMX controls may take away. */
  static void requireExists(Cpu cpu, int reason) {
    if (cpu.nonRoot && !cpu.vmx.instructionExists(reason)) {
      throw GuestFault.ud(cpu);
    }
  }

  void rdtsc(Cpu cpu, boolean withCore) {
    if (withCore) {
      requireExists(cpu, ExitReason.RDTSCP);
    }
    if ((cpu.cr4 & Bits.CR4_TSD) != 0 && cpu.cpl != 0) {
      throw GuestFault.gp(cpu);
    }
    intercept(cpu, withCore ? ExitReason.RDTSCP : ExitReason.RDTSC, 0);
    split(cpu, cpu.vmx.guestTsc(cpu, msrs.tsc(cpu)));
    if (withCore) {
      cpu.r[1] = cpu.tscAux & M32;
    }
  }

  private static void split(Cpu cpu, long value) {
    cpu.r[0] = value & M32;
    cpu.r[2] = value >>> 32;
  }

  void rdpmc(Cpu cpu) {
    if ((cpu.cr4 & Bits.CR4_PCE) == 0 && cpu.cpl != 0) {
      throw GuestFault.gp(cpu);
    }
    intercept(cpu, ExitReason.RDPMC, 0);
    // No counters are announced (CPUID leaf A)
    throw GuestFault.gp(cpu);
  }

  void rdmsr(Cpu cpu) {
    Modes.requireCpl0(cpu);
    int msr = (int) cpu.r[1];
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptMsr(cpu, msr, false));
    Long value = cpu.nonRoot ? cpu.vmx.readVirtualMsr(cpu, msr) : null;
    if (value == null) {
      value = msrs.read(cpu, msr);
    }
    if (value == null) {
      throw GuestFault.gp(cpu);
    }
    split(cpu, value);
  }

  void wrmsr(Cpu cpu) {
    Modes.requireCpl0(cpu);
    int msr = (int) cpu.r[1];
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptMsr(cpu, msr, true));
    long value = cpu.r[0] & M32 | cpu.r[2] << 32;
    Boolean virtual = cpu.nonRoot ? cpu.vmx.writeVirtualMsr(cpu, msr, value) : null;
    boolean fine = virtual != null ? virtual : msrs.write(cpu, msr, value);
    GuestFault.check(cpu);
    if (!fine) {
      throw GuestFault.gp(cpu);
    }
    cpu.attention = true;
  }

  void hlt(Cpu cpu) {
    Modes.requireCpl0(cpu);
    intercept(cpu, ExitReason.HLT, 0);
    cpu.activity = Cpu.Activity.HALTED;
    cpu.attention = true;
  }

  void pause(Cpu cpu) {
    intercept(cpu, ExitReason.PAUSE, 0);
    cpu.pauses++;
  }

  void monitor(Cpu cpu, long linear) {
    Modes.requireCpl0(cpu);
    if ((cpu.r[1] & M32) != 0) {
      throw GuestFault.gp(cpu);
    }
    intercept(cpu, ExitReason.MONITOR, 0);
    Mem.load(cpu, linear, 1);
    cpu.monitor.arm(cpu.memory.host(linear & -Monitor.LINE, false));
  }

  /** Waits for an interrupt or a store to the monitored line; without one it is a NOP. */
  void mwait(Cpu cpu) {
    Modes.requireCpl0(cpu);
    if ((cpu.r[1] & M32) > 1) {
      throw GuestFault.gp(cpu);
    }
    intercept(cpu, ExitReason.MWAIT, 0);
    if (!cpu.monitor.triggered()) {
      cpu.monitor.maskedInterrupts = (cpu.r[1] & 1) != 0;
      cpu.activity = Cpu.Activity.MONITOR_WAIT;
      cpu.attention = true;
    }
  }

  void invd(Cpu cpu, boolean writeBack) {
    Modes.requireCpl0(cpu);
    intercept(cpu, writeBack ? ExitReason.WBINVD : ExitReason.INVD, 0);
  }

  void invlpg(Cpu cpu, long linear) {
    Modes.requireCpl0(cpu);
    intercept(cpu, ExitReason.INVLPG, linear);
    cpu.memory.flushPage(linear);
  }

  /** GETSEC: no model has SMX. */
  void absent(Cpu cpu) {
    throw GuestFault.ud(cpu);
  }

  /** RDRAND and RDSEED, by their exit reason. */
  long random(Cpu cpu, int reason) {
    intercept(cpu, reason, 0);
    random += 0x9E3779B97F4A7C15L;
    long z = random;
    z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
    z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
    cpu.setStatus(LazyFlags.CF);
    return z ^ z >>> 31;
  }
}
