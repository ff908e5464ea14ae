package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.fpu.X87;

/** MMX registers, MXCSR, FXSAVE and FXRSTOR, and whether floating point may be used at all. */
final class Fpu {
  private static final int MXCSR_MASK = 0xFFFF;
  private static final long CONTROL_DEFINED = 0x1F3F;
  private static final long CR0_NE = 1 << 5;

  private Fpu() {}

  static void unavailable(Cpu cpu, boolean sse) {
    boolean emulated = (cpu.cr0 & Bits.CR0_EM) != 0;
    if (emulated || sse && (cpu.cr4 & Bits.CR4_OSFXSR) == 0) {
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
   * An unmasked exception of an earlier x87 instruction. With CR0.NE clear it would go to the
   * interrupt controller by FERR#, which the board does not wire: it is as if IGNNE# were asserted
   * (SDM volume 1, 8.7.2).
   */
  static void pending(Cpu cpu) {
    if ((cpu.fpu.status & 0x80) != 0 && (cpu.cr0 & CR0_NE) != 0) {
      throw GuestFault.exception(cpu, Vector.MF);
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

  static void ldmxcsr(Cpu cpu, long linear) {
    sse(cpu);
    long value = Mem.load(cpu, linear, 4);
    if ((value & ~MXCSR_MASK) != 0) {
      throw GuestFault.gp(cpu);
    }
    cpu.mxcsr = (int) value;
  }

  static void stmxcsr(Cpu cpu, long linear) {
    sse(cpu);
    Mem.store(cpu, linear, 4, cpu.mxcsr & 0xFFFFFFFFL);
  }

  private static void sse(Cpu cpu) {
    if ((cpu.cr0 & (Bits.CR0_EM | Bits.CR0_TS)) != 0 || (cpu.cr4 & Bits.CR4_OSFXSR) == 0) {
      unavailable(cpu, true);
    }
  }

  // FXSAVE area (SDM volume 1, table 10-2)

  static void fxsave(Cpu cpu, long linear, int size) {
    available(cpu);
    aligned(cpu, linear);
    Mem.loadForWrite(cpu, linear, 1);
    Mem.loadForWrite(cpu, linear + 511, 1);
    FpuState f = cpu.fpu;
    Mem.store(cpu, linear, 2, f.control);
    Mem.store(cpu, linear + 2, 2, f.statusWord());
    Mem.store(cpu, linear + 4, 2, f.valid);
    Mem.store(cpu, linear + 6, 2, f.opcode);
    pointer(cpu, linear + 8, size, f.instruction, f.instructionSelector);
    pointer(cpu, linear + 16, size, f.operand, f.operandSelector);
    Mem.store(cpu, linear + 24, 4, cpu.mxcsr & 0xFFFFFFFFL);
    Mem.store(cpu, linear + 28, 4, MXCSR_MASK);
    for (int i = 0; i < 8; i++) {
      long at = linear + 32 + 16L * i;
      Mem.store(cpu, at, 8, f.significand[f.physical(i)]);
      Mem.store(cpu, at + 8, 8, f.signExponent[f.physical(i)] & 0xFFFF);
    }
    for (int i = 0; i < 2 * vectors(cpu); i++) {
      Mem.store(cpu, linear + 160 + 8L * i, 8, cpu.xmm[i]);
    }
  }

  private static void pointer(Cpu cpu, long linear, int size, long offset, int selector) {
    if (size == 8) {
      Mem.store(cpu, linear, 8, offset);
    } else {
      Mem.store(cpu, linear, 8, offset & 0xFFFFFFFFL | (selector & 0xFFFFL) << 32);
    }
  }

  static void fxrstor(Cpu cpu, long linear, int size) {
    available(cpu);
    aligned(cpu, linear);
    long mxcsr = Mem.load(cpu, linear + 24, 4);
    Mem.load(cpu, linear + 511, 1);
    if ((mxcsr & ~MXCSR_MASK) != 0) {
      throw GuestFault.gp(cpu);
    }
    FpuState f = cpu.fpu;
    f.control = (int) (Mem.load(cpu, linear, 2) & CONTROL_DEFINED) | 0x40;
    f.setStatusWord((int) Mem.load(cpu, linear + 2, 2));
    f.valid = (int) Mem.load(cpu, linear + 4, 1);
    f.opcode = (int) Mem.load(cpu, linear + 6, 2) & 0x7FF;
    long instruction = Mem.load(cpu, linear + 8, 8);
    long operand = Mem.load(cpu, linear + 16, 8);
    f.instruction = size == 8 ? instruction : instruction & 0xFFFFFFFFL;
    f.operand = size == 8 ? operand : operand & 0xFFFFFFFFL;
    f.instructionSelector = size == 8 ? 0 : (int) (instruction >>> 32) & 0xFFFF;
    f.operandSelector = size == 8 ? 0 : (int) (operand >>> 32) & 0xFFFF;
    cpu.mxcsr = (int) mxcsr;
    for (int i = 0; i < 8; i++) {
      long at = linear + 32 + 16L * i;
      f.significand[f.physical(i)] = Mem.load(cpu, at, 8);
      f.signExponent[f.physical(i)] = (int) Mem.load(cpu, at + 8, 2);
    }
    X87.summarize(f);
    for (int i = 0; i < 2 * vectors(cpu); i++) {
      cpu.xmm[i] = Mem.load(cpu, linear + 160 + 8L * i, 8);
    }
  }

  private static int vectors(Cpu cpu) {
    return Modes.code64(cpu) ? 16 : 8;
  }

  private static void aligned(Cpu cpu, long linear) {
    if ((linear & 15) != 0) {
      throw GuestFault.gp(cpu);
    }
  }
}
