package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.fpu.X87;
import java.util.Arrays;

/**
 * The parts of the FXSAVE and XSAVE areas (SDM volume 1, tables 10-2 and 13-1). Callers have probed
 * the memory.
 */
final class SaveArea {
  static final int MXCSR = 24;
  static final int MXCSR_MASK = 28;
  static final int HEADER = 512;
  static final int YMM = 576;

  /** Bits MXCSR may have. */
  static final int MXCSR_DEFINED = 0xFFFF;

  private static final int REGISTERS = 32;
  private static final int XMM = 160;
  private static final long CONTROL_DEFINED = 0x1F3F;

  private SaveArea() {}

  /** XMM and YMM registers the mode reaches. */
  static int vectors(Cpu cpu) {
    return Modes.code64(cpu) ? 16 : 8;
  }

  // x87

  /**
   * @param size operand size in bytes: 8 saves 64-bit pointers
   */
  static void saveX87(Cpu cpu, long linear, int size) {
    FpuState f = cpu.fpu;
    Mem.store(cpu, linear, 2, f.control);
    Mem.store(cpu, linear + 2, 2, f.statusWord());
    Mem.store(cpu, linear + 4, 2, f.valid);
    Mem.store(cpu, linear + 6, 2, f.opcode);
    pointer(cpu, linear + 8, size, f.instruction, f.instructionSelector);
    pointer(cpu, linear + 16, size, f.operand, f.operandSelector);
    for (int i = 0; i < 8; i++) {
      long at = linear + REGISTERS + 16L * i;
      Mem.store(cpu, at, 8, f.significand[f.physical(i)]);
      Mem.store(cpu, at + 8, 8, f.signExponent[f.physical(i)] & 0xFFFF);
    }
  }

  private static void pointer(Cpu cpu, long linear, int size, long offset, int selector) {
    if (size == 8) {
      Mem.store(cpu, linear, 8, offset);
    } else {
      Mem.store(cpu, linear, 8, offset & 0xFFFFFFFFL | (selector & 0xFFFFL) << 32);
    }
  }

  static void loadX87(Cpu cpu, long linear, int size) {
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
    for (int i = 0; i < 8; i++) {
      long at = linear + REGISTERS + 16L * i;
      f.significand[f.physical(i)] = Mem.load(cpu, at, 8);
      f.signExponent[f.physical(i)] = (int) Mem.load(cpu, at + 8, 2);
    }
    X87.summarize(f);
    Fpu.cleared(cpu);
  }

  /** Initial configuration as XRSTOR makes it: as FNINIT, and all registers 0. */
  static void initX87(Cpu cpu) {
    cpu.fpu.init();
    Arrays.fill(cpu.fpu.significand, 0);
    Arrays.fill(cpu.fpu.signExponent, 0);
    Fpu.cleared(cpu);
  }

  static boolean x87InUse(Cpu cpu) {
    FpuState f = cpu.fpu;
    boolean registers = false;
    for (int i = 0; i < 8; i++) {
      registers |= f.significand[i] != 0 || (f.signExponent[i] & 0xFFFF) != 0;
    }
    long pointers =
        f.instruction | f.operand | f.opcode | f.instructionSelector | f.operandSelector;
    return registers || f.control != 0x37F || f.statusWord() != 0 || f.valid != 0 || pointers != 0;
  }

  // Vector registers: halves of xmm (bits 127:0) or ymm (bits 255:128), 16 bytes a register

  static void saveXmm(Cpu cpu, long linear) {
    save(cpu, cpu.xmm, linear + XMM);
  }

  static void loadXmm(Cpu cpu, long linear) {
    load(cpu, cpu.xmm, linear + XMM);
  }

  static void save(Cpu cpu, long[] halves, long linear) {
    for (int i = 0; i < 2 * vectors(cpu); i++) {
      Mem.store(cpu, linear + 8L * i, 8, halves[i]);
    }
  }

  static void load(Cpu cpu, long[] halves, long linear) {
    for (int i = 0; i < 2 * vectors(cpu); i++) {
      halves[i] = Mem.load(cpu, linear + 8L * i, 8);
    }
  }

  static void init(Cpu cpu, long[] halves) {
    Arrays.fill(halves, 0, 2 * vectors(cpu), 0);
  }

  static boolean inUse(Cpu cpu, long[] halves) {
    for (int i = 0; i < 2 * vectors(cpu); i++) {
      if (halves[i] != 0) {
        return true;
      }
    }
    return false;
  }

  // MXCSR

  static void saveMxcsr(Cpu cpu, long linear) {
    Mem.store(cpu, linear + MXCSR, 4, cpu.mxcsr & 0xFFFFFFFFL);
    Mem.store(cpu, linear + MXCSR_MASK, 4, MXCSR_DEFINED);
  }

  /** MXCSR of an area; #GP where it has bits that do not exist. */
  static int mxcsr(Cpu cpu, long linear) {
    long value = Mem.load(cpu, linear + MXCSR, 4);
    if ((value & ~MXCSR_DEFINED) != 0) {
      throw GuestFault.gp(cpu);
    }
    return (int) value;
  }
}
