package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.fpu.X87;

/** FLDENV, FNSTENV, FRSTOR, FNSAVE (SDM volume 1, figures 8-9 to 8-12). */
final class FpuEnvironment {
  /** Registers follow the environment, whose alignment is that of the whole. */
  private static final int REGISTER = MemoryUnit.UNCHECKED;

  private FpuEnvironment() {}

  private static int unit(int size) {
    return size == 2 ? 2 : 4;
  }

  static void store(Cpu cpu, long linear, int size) {
    int u = unit(size);
    Mem.loadForWrite(cpu, linear, u);
    Mem.loadForWrite(cpu, linear + 6L * u, u);
    long[] image = image(cpu.fpu, u == 2, !Modes.isProtected(cpu));
    for (int i = 0; i < 7; i++) {
      Mem.store(cpu, linear + (long) i * u, u, image[i]);
    }
    cpu.fpu.control |= 0x3F;
    X87.summarize(cpu.fpu);
  }

  private static long[] image(FpuState f, boolean narrow, boolean real) {
    long high = narrow ? 0 : 0xFFFF0000L;
    long[] image = {f.control | high, f.statusWord() | high, f.tagWord() | high, 0, 0, 0, 0};
    if (real) {
      long instruction = f.instruction + ((long) f.instructionSelector << 4);
      long operand = f.operand + ((long) f.operandSelector << 4);
      image[3] = instruction & 0xFFFF;
      image[4] =
          narrow ? (instruction >>> 4 & 0xF000) | f.opcode : (instruction >>> 16) << 12 | f.opcode;
      image[5] = operand & 0xFFFF;
      image[6] = narrow ? operand >>> 4 & 0xF000 : (operand >>> 16) << 12;
      return image;
    }
    image[3] = f.instruction;
    image[4] = narrow ? f.instructionSelector : f.instructionSelector | (long) f.opcode << 16;
    image[5] = f.operand;
    image[6] = narrow ? f.operandSelector : f.operandSelector | high;
    return image;
  }

  static void load(Cpu cpu, long linear, int size) {
    int u = unit(size);
    long[] image = new long[7];
    for (int i = 0; i < 7; i++) {
      image[i] = Mem.load(cpu, linear + (long) i * u, u);
    }
    FpuState f = cpu.fpu;
    f.control = (int) image[0] & 0x1F3F | 0x40;
    f.setStatusWord((int) image[1]);
    f.setTagWord((int) image[2]);
    pointers(f, image, u == 2, !Modes.isProtected(cpu));
    X87.summarize(f);
  }

  private static void pointers(FpuState f, long[] image, boolean narrow, boolean real) {
    if (real) {
      f.opcode = (int) image[4] & 0x7FF;
      f.instruction =
          image[3] & 0xFFFF | (narrow ? image[4] << 4 & 0xF0000 : image[4] << 4 & 0xFFFF0000L);
      f.operand =
          image[5] & 0xFFFF | (narrow ? image[6] << 4 & 0xF0000 : image[6] << 4 & 0xFFFF0000L);
      f.instructionSelector = 0;
      f.operandSelector = 0;
      return;
    }
    f.instruction = image[3];
    f.instructionSelector = (int) image[4] & 0xFFFF;
    f.opcode = narrow ? f.opcode : (int) (image[4] >>> 16) & 0x7FF;
    f.operand = image[5];
    f.operandSelector = (int) image[6] & 0xFFFF;
  }

  static void save(Cpu cpu, long linear, int size) {
    long at = linear + 7L * unit(size);
    Mem.loadForWrite(cpu, linear, unit(size));
    Mem.loadForWrite(cpu, at + 79, 1);
    FpuState f = cpu.fpu;
    for (int i = 0; i < 8; i++) {
      Mem.store(cpu, at + 10L * i, 8, f.significand[f.physical(i)], REGISTER);
      Mem.store(cpu, at + 10L * i + 8, 2, f.signExponent[f.physical(i)], REGISTER);
    }
    store(cpu, linear, size);
    f.init();
  }

  static void restore(Cpu cpu, long linear, int size) {
    long at = linear + 7L * unit(size);
    Mem.load(cpu, linear, unit(size));
    Mem.load(cpu, at + 79, 1);
    load(cpu, linear, size);
    FpuState f = cpu.fpu;
    for (int i = 0; i < 8; i++) {
      f.significand[f.physical(i)] = Mem.load(cpu, at + 10L * i, 8, REGISTER);
      f.signExponent[f.physical(i)] = (int) Mem.load(cpu, at + 10L * i + 8, 2, REGISTER);
    }
  }
}
