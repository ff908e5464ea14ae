package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;

/**
 * x87, MMX and SSE state: FXSAVE, FXRSTOR, control and status words, register moves. x87 arithmetic is reported as
 * not implemented, with the opcode.
 */
final class Fpu {
  private static final int MXCSR_MASK = 0xFFFF;
  private static final long CONTROL_DEFINED = 0x1F3F;

  private Fpu() {}

  static void unavailable(Cpu cpu, boolean sse) {
    boolean emulated = (cpu.cr0 & Bits.CR0_EM) != 0;
    if (emulated || sse && (cpu.cr4 & Bits.CR4_OSFXSR) == 0) {
      throw GuestFault.ud(cpu);
    }
    throw GuestFault.exception(cpu, Vector.NM);
  }

  private static void available(Cpu cpu) {
    if ((cpu.cr0 & (Bits.CR0_EM | Bits.CR0_TS)) != 0) {
      throw GuestFault.exception(cpu, Vector.NM);
    }
  }

  /** An unmasked exception of an earlier x87 instruction. */
  private static void pending(Cpu cpu) {
    if ((cpu.fpu.status & 0x80) != 0) {
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

  // x87

  /**
   * @param key (first byte & 7) << 8 | ModRM
   * @param linear memory operand, 0 for register forms
   * @param info operand size, segment << 8
   */
  static void x87(Cpu cpu, int key, long linear, int info) {
    available(cpu);
    if ((key & 0xC0) == 0xC0) {
      register(cpu, key);
    } else {
      memory(cpu, key, linear, info);
    }
  }

  private static void register(Cpu cpu, int key) {
    FpuState f = cpu.fpu;
    switch (key) {
      case 0x3E2 -> f.status &= 0x7F00;
      case 0x3E3 -> f.init();
      case 0x7E0 -> cpu.r[0] = cpu.r[0] & ~0xFFFFL | f.statusWord();
      case 0x3E0, 0x3E1, 0x3E4, 0x1D0 -> {}
      default -> registerOrStop(cpu, key);
    }
  }

  private static void registerOrStop(Cpu cpu, int key) {
    pending(cpu);
    FpuState f = cpu.fpu;
    int i = key & 7;
    switch (key & ~7) {
      case 0x1C0 -> duplicate(cpu, i);
      case 0x1C8 -> exchange(cpu, i);
      case 0x5C0 -> f.valid &= ~(1 << f.physical(i));
      case 0x5D0, 0x5D8 -> copy(cpu, i, (key & 8) != 0);
      default -> constantOrStop(cpu, key);
    }
  }

  private static void constantOrStop(Cpu cpu, int key) {
    FpuState f = cpu.fpu;
    switch (key) {
      case 0x1E0 -> f.signExponent[occupied(cpu, key, 0)] ^= 0x8000;
      case 0x1E1 -> f.signExponent[occupied(cpu, key, 0)] &= 0x7FFF;
      case 0x1E8 -> push(cpu, key, 1L << 63, 0x3FFF);
      case 0x1EE -> push(cpu, key, 0, 0);
      case 0x1F6 -> f.top = f.top - 1 & 7;
      case 0x1F7 -> f.top = f.top + 1 & 7;
      default -> throw stop(cpu, key);
    }
  }

  /** Physical register of ST(i), which must hold something: stack faults are not modelled yet. */
  private static int occupied(Cpu cpu, int key, int i) {
    int p = cpu.fpu.physical(i);
    if ((cpu.fpu.valid >> p & 1) == 0) {
      throw stop(cpu, key);
    }
    return p;
  }

  private static void push(Cpu cpu, int key, long significand, int signExponent) {
    FpuState f = cpu.fpu;
    int p = f.physical(7);
    if ((f.valid >> p & 1) != 0) {
      throw stop(cpu, key);
    }
    f.top = p;
    f.valid |= 1 << p;
    f.significand[p] = significand;
    f.signExponent[p] = signExponent;
    f.status &= ~0x200;
  }

  private static void pop(Cpu cpu) {
    FpuState f = cpu.fpu;
    f.valid &= ~(1 << f.top);
    f.top = f.top + 1 & 7;
  }

  private static void duplicate(Cpu cpu, int i) {
    int p = occupied(cpu, 0x1C0 | i, i);
    push(cpu, 0x1C0 | i, cpu.fpu.significand[p], cpu.fpu.signExponent[p]);
  }

  private static void exchange(Cpu cpu, int i) {
    FpuState f = cpu.fpu;
    int a = occupied(cpu, 0x1C8 | i, 0);
    int b = occupied(cpu, 0x1C8 | i, i);
    long significand = f.significand[a];
    int signExponent = f.signExponent[a];
    f.significand[a] = f.significand[b];
    f.signExponent[a] = f.signExponent[b];
    f.significand[b] = significand;
    f.signExponent[b] = signExponent;
    f.status &= ~0x200;
  }

  private static void copy(Cpu cpu, int i, boolean pops) {
    FpuState f = cpu.fpu;
    int from = occupied(cpu, 0x5D0 | i, 0);
    int to = f.physical(i);
    f.significand[to] = f.significand[from];
    f.signExponent[to] = f.signExponent[from];
    f.valid |= 1 << to;
    f.status &= ~0x200;
    if (pops) {
      pop(cpu);
    }
  }

  private static void memory(Cpu cpu, int key, long linear, int info) {
    FpuState f = cpu.fpu;
    switch (key & 0x738) {
      case 0x128 -> {
        pending(cpu);
        f.control = (int) (Mem.load(cpu, linear, 2) & CONTROL_DEFINED) | 0x40;
        summarize(f);
      }
      case 0x138 -> Mem.store(cpu, linear, 2, f.control);
      case 0x538 -> Mem.store(cpu, linear, 2, f.statusWord());
      case 0x328 -> loadExtended(cpu, key, linear);
      case 0x338 -> storeExtended(cpu, key, linear);
      case 0x120 -> FpuEnvironment.load(cpu, linear, info & 0xFF);
      case 0x130 -> FpuEnvironment.store(cpu, linear, info & 0xFF);
      case 0x520 -> FpuEnvironment.restore(cpu, linear, info & 0xFF);
      case 0x530 -> FpuEnvironment.save(cpu, linear, info & 0xFF);
      default -> integerOrStop(cpu, key, linear);
    }
  }

  private static void integerOrStop(Cpu cpu, int key, long linear) {
    pending(cpu);
    switch (key & 0x738) {
      case 0x300 -> loadInteger(cpu, key, (int) Mem.load(cpu, linear, 4));
      case 0x700 -> loadInteger(cpu, key, (short) Mem.load(cpu, linear, 2));
      case 0x728 -> loadInteger(cpu, key, Mem.load(cpu, linear, 8));
      default -> throw stop(cpu, key);
    }
  }

  private static void loadInteger(Cpu cpu, int key, long value) {
    if (value == 0) {
      push(cpu, key, 0, 0);
      return;
    }
    long magnitude = value < 0 ? -value : value;
    int shift = Long.numberOfLeadingZeros(magnitude);
    push(cpu, key, magnitude << shift, 0x3FFF + 63 - shift | (value < 0 ? 0x8000 : 0));
  }

  private static void loadExtended(Cpu cpu, int key, long linear) {
    pending(cpu);
    long significand = Mem.load(cpu, linear, 8);
    push(cpu, key, significand, (int) Mem.load(cpu, linear + 8, 2));
  }

  private static void storeExtended(Cpu cpu, int key, long linear) {
    pending(cpu);
    int p = occupied(cpu, key, 0);
    Mem.loadForWrite(cpu, linear + 8, 2);
    Mem.store(cpu, linear, 8, cpu.fpu.significand[p]);
    Mem.store(cpu, linear + 8, 2, cpu.fpu.signExponent[p]);
    pop(cpu);
  }

  /** ES and B follow from flags and masks. */
  static void summarize(FpuState f) {
    boolean unmasked = (f.status & ~f.control & 0x3F) != 0;
    f.status = unmasked ? f.status | 0x8080 : f.status & ~0x8080;
  }

  private static GuestFault stop(Cpu cpu, int key) {
    return GuestFault.unimplemented(cpu, (0xD8 | key >> 8) << 8 | key & 0xFF);
  }
}
