package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.paging.AlignmentChecks;

/** MMX registers, MXCSR, FXSAVE and FXRSTOR, and whether floating point may be used at all. */
final class Fpu {
  private static final long CR0_NE = 1 << 5;

  /** ES of the status word. */
  private static final int ERROR_SUMMARY = 0x80;

  /** SSE and AVX state. */
  private static final long XCR0_AVX = 6;

  private Fpu() {}

  /** Raises what the state says: x87 and MMX (0), SSE (1) or AVX (2) is not available. */
  static void unavailable(Cpu cpu, int state) {
    boolean undefined =
        state == 2
            ? (cpu.cr4 & Bits.CR4_OSXSAVE) == 0 || (cpu.xcr0 & XCR0_AVX) != XCR0_AVX
            : (cpu.cr0 & Bits.CR0_EM) != 0 || state == 1 && (cpu.cr4 & Bits.CR4_OSFXSR) == 0;
    if (undefined) {
      throw GuestFault.ud(cpu);
    }
    throw GuestFault.exception(cpu, Vector.NM);
  }

  static void available(Cpu cpu) {
    if ((cpu.cr0 & (Bits.CR0_EM | Bits.CR0_TS)) != 0) {
      throw GuestFault.exception(cpu, Vector.NM);
    }
  }

  /**
   * An unmasked exception of an earlier x87 instruction: #MF, or with CR0.NE clear FERR#, and the
   * instruction waits for an interrupt unless IGNNE# is asserted (SDM volume 1, 8.7.2).
   */
  static void pending(Cpu cpu) {
    if ((cpu.fpu.status & ERROR_SUMMARY) == 0) {
      return;
    }
    if ((cpu.cr0 & CR0_NE) != 0) {
      throw GuestFault.exception(cpu, Vector.MF);
    }
    if (!cpu.coprocessor.ignne()) {
      if (!cpu.ferr) {
        cpu.ferr = true;
        cpu.coprocessor.ferr(cpu, true);
      }
      cpu.fault = Cpu.FAULT_WAIT;
      throw GuestFault.RECORDED;
    }
  }

  /** After what may have cleared the exception. */
  static void cleared(Cpu cpu) {
    if (cpu.ferr && (cpu.fpu.status & ERROR_SUMMARY) == 0) {
      cpu.ferr = false;
      cpu.coprocessor.ferr(cpu, false);
    }
  }

  static void wait(Cpu cpu) {
    long both = Bits.CR0_MP | Bits.CR0_TS;
    if ((cpu.cr0 & both) == both) {
      throw GuestFault.exception(cpu, Vector.NM);
    }
    pending(cpu);
  }

  // MMX

  static long mmx(Cpu cpu, int register) {
    pending(cpu);
    return cpu.fpu.significand[register & 7];
  }

  static void putMmx(Cpu cpu, int register, long value) {
    enterMmx(cpu);
    cpu.fpu.significand[register & 7] = value;
    cpu.fpu.signExponent[register & 7] = 0xFFFF;
  }

  static void enterMmx(Cpu cpu) {
    pending(cpu);
    cpu.fpu.top = 0;
    cpu.fpu.valid = 0xFF;
  }

  static void emms(Cpu cpu) {
    if ((cpu.cr0 & Bits.CR0_EM) != 0) {
      throw GuestFault.ud(cpu);
    }
    available(cpu);
    pending(cpu);
    // SDM volume 3, table 12-1
    cpu.fpu.top = 0;
    cpu.fpu.valid = 0;
  }

  // MXCSR

  static void ldmxcsr(Cpu cpu, long linear, boolean vex) {
    sse(cpu, vex);
    long value = Mem.load(cpu, linear, 4);
    if ((value & ~SaveArea.MXCSR_DEFINED) != 0) {
      throw GuestFault.gp(cpu);
    }
    cpu.mxcsr = (int) value;
  }

  static void stmxcsr(Cpu cpu, long linear, boolean vex) {
    sse(cpu, vex);
    Mem.store(cpu, linear, 4, cpu.mxcsr & 0xFFFFFFFFL);
  }

  /**
   * With a VEX prefix the lifter has looked at AVX state, and CR0.EM and CR4.OSFXSR do not matter.
   */
  private static void sse(Cpu cpu, boolean vex) {
    if (vex) {
      return;
    }
    if ((cpu.cr0 & (Bits.CR0_EM | Bits.CR0_TS)) != 0 || (cpu.cr4 & Bits.CR4_OSFXSR) == 0) {
      unavailable(cpu, 1);
    }
  }

  // FXSAVE area (SDM volume 1, table 10-2)

  static void fxsave(Cpu cpu, long linear, int size) {
    available(cpu);
    aligned(cpu, linear);
    Mem.loadForWrite(cpu, linear, 1);
    Mem.loadForWrite(cpu, linear + 511, 1);
    SaveArea.saveX87(cpu, linear, size);
    SaveArea.saveMxcsr(cpu, linear);
    SaveArea.saveXmm(cpu, linear);
  }

  static void fxrstor(Cpu cpu, long linear, int size) {
    available(cpu);
    aligned(cpu, linear);
    // All of the area is there before its contents are looked at
    Mem.load(cpu, linear, 1);
    Mem.load(cpu, linear + 511, 1);
    int mxcsr = SaveArea.mxcsr(cpu, linear);
    SaveArea.loadX87(cpu, linear, size);
    cpu.mxcsr = mxcsr;
    SaveArea.loadXmm(cpu, linear);
  }

  /**
   * #GP(0), or where alignment is checked and the area does not start at a multiple of 4 #AC(0):
   * the SDM leaves the width of that check to the processor (FXSAVE).
   */
  private static void aligned(Cpu cpu, long linear) {
    if ((linear & 15) == 0) {
      return;
    }
    if (AlignmentChecks.active(cpu) && AlignmentChecks.fault(cpu, linear, 4, 0)) {
      throw GuestFault.RECORDED;
    }
    throw GuestFault.gp(cpu);
  }
}
