package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import java.util.Arrays;

/** State after power-on, INIT and start-up IPI (SDM volume 3, table 9-1 and 8.4). */
public final class ProcessorReset {
  private static final int LDT_ATTRIBUTES = 0x82;
  private static final int TSS_ATTRIBUTES = 0x8B;

  private final int signature;

  /**
   * @param signature CPUID leaf 1 EAX, found in EDX after reset
   */
  public ProcessorReset(int signature) {
    this.signature = signature;
  }

  /**
   * Power-on or platform reset; the bootstrap processor starts at the reset vector, others wait for
   * SIPI.
   */
  public void powerOn(Cpu cpu) {
    cpu.cr0 = Bits.CR0_CD | Bits.CR0_NW | Bits.CR0_ET;
    Arrays.fill(cpu.xmm, 0);
    Arrays.fill(cpu.ymm, 0);
    cpu.mxcsr = 0x1F80;
    cpu.fpu.powerOn();
    cpu.xcr0 = 1;
    cpu.xss = 0;
    Arrays.fill(cpu.bnd, 0);
    cpu.bndcfgu = 0;
    cpu.bndstatus = 0;
    cpu.pmCtl1 = Cpu.HDC_ALLOW_BLOCK;
    Arrays.fill(cpu.pdpte, 0);
    cpu.latched = 0;
    cpu.smm = false;
    cpu.smbase = SystemManagement.DEFAULT_SMBASE;
    cpu.smiCount = 0;
    cpu.stepping = false;
    cpu.fault = Cpu.FAULT_NONE;
    cpu.vmx.reset(cpu, true);
    cpu.msrs.reset(cpu);
    cpu.apic.reset(true);
    common(cpu);
    cpu.memory.flushEverything();
  }

  /** INIT: caches, MSRs, FPU, SMBASE and the time-stamp counter stay. */
  public void init(Cpu cpu) {
    cpu.cr0 = cpu.cr0 & (Bits.CR0_CD | Bits.CR0_NW) | Bits.CR0_ET;
    cpu.vmx.reset(cpu, false);
    cpu.apic.reset(false);
    common(cpu);
    cpu.memory.flushEverything();
  }

  private void common(Cpu cpu) {
    Arrays.fill(cpu.r, 0);
    cpu.r[2] = signature & 0xFFFFFFFFL;
    cpu.setFlags(2);
    cpu.rip = 0xFFF0;
    cpu.nextRip = 0xFFF0;
    for (Segment s : cpu.segments) {
      s.setReal(0, SegmentLoads.REAL_ATTRIBUTES);
    }
    cpu.cs.set(0xF000, 0xFFFF0000L, 0xFFFF, SegmentLoads.REAL_ATTRIBUTES);
    cpu.ldtr.set(0, 0, 0xFFFF, LDT_ATTRIBUTES);
    cpu.tr.set(0, 0, 0xFFFF, TSS_ATTRIBUTES);
    cpu.gdtrBase = 0;
    cpu.gdtrLimit = 0xFFFF;
    cpu.idtrBase = 0;
    cpu.idtrLimit = 0xFFFF;
    cpu.cr2 = 0;
    cpu.cr3 = 0;
    cpu.cr4 = 0;
    cpu.efer = 0;
    cpu.bndcfgs = 0;
    Arrays.fill(cpu.dr, 0);
    cpu.dr[6] = 0xFFFF0FF0L;
    cpu.dr[7] = 0x400;
    cpu.cpl = 0;
    cpu.interruptShadow = 0;
    cpu.nmiBlocked = false;
    cpu.pendingDebug = 0;
    cpu.monitor.disarm();
    boolean bootstrap = (cpu.apic.apicBaseMsr() & 1 << 8) != 0;
    cpu.activity = bootstrap ? Cpu.Activity.ACTIVE : Cpu.Activity.WAIT_FOR_SIPI;
    cpu.attention = true;
    Modes.update(cpu);
  }

  /** SIPI: starts at 000VV000h. */
  public void startUp(Cpu cpu, int vector) {
    cpu.cs.set(vector << 8, (long) vector << 12, 0xFFFF, SegmentLoads.REAL_ATTRIBUTES);
    cpu.rip = 0;
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.attention = true;
    Modes.update(cpu);
  }
}
