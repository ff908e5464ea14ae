package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.fpu.X87;

/**
 * x87 instructions as the lifter names them: control instructions and memory operands here,
 * arithmetic in {@link X87}. All of an instruction's accesses to memory come before its first
 * effect.
 */
final class FpuInstructions {
  private static final int CONTROL_DEFINED = 0x1F3F;

  private FpuInstructions() {}

  /**
   * @param key (first byte & 7) << 8 | ModRM
   * @param linear memory operand, 0 for register forms
   * @param info operand size, segment << 8
   */
  static void run(Cpu cpu, int key, long linear, int info) {
    Fpu.available(cpu);
    boolean memory = (key & 0xC0) != 0xC0;
    if (memory ? memoryControl(cpu, key & 0x738, linear, info & 0xFF) : registerControl(cpu, key)) {
      Fpu.cleared(cpu);
      return;
    }
    Fpu.pending(cpu);
    X87 x = new X87(cpu);
    if (memory) {
      memory(cpu, x, key, linear);
    } else if (!x.register(key)) {
      throw GuestFault.ud(cpu);
    }
    x.finish();
    pointers(cpu, key, memory, linear, info >> 8 & 7);
  }

  /** The part deprecates the selectors (CPUID leaf 7, EBX bit 13): they read 0. */
  private static void pointers(Cpu cpu, int key, boolean memory, long linear, int segment) {
    FpuState f = cpu.fpu;
    f.opcode = key & 0x7FF;
    f.instruction = cpu.rip;
    f.instructionSelector = 0;
    if (memory) {
      long offset = linear - (Modes.code64(cpu) && segment < 4 ? 0 : cpu.segments[segment].base);
      f.operand = Modes.code64(cpu) ? offset : offset & 0xFFFFFFFFL;
      f.operandSelector = 0;
    }
  }

  // Control instructions: no check for a pending exception but where named

  private static boolean registerControl(Cpu cpu, int key) {
    FpuState f = cpu.fpu;
    switch (key) {
      case 0x3E2 -> f.status &= 0x7F00;
      case 0x3E3 -> f.init();
      case 0x7E0 -> cpu.r[0] = cpu.r[0] & ~0xFFFFL | f.statusWord();
      case 0x3E0, 0x3E1, 0x3E4 -> {}
      case 0x3E5 -> throw GuestFault.ud(cpu);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static boolean memoryControl(Cpu cpu, int key, long linear, int size) {
    FpuState f = cpu.fpu;
    switch (key) {
      case 0x128 -> {
        Fpu.pending(cpu);
        f.control = (int) Mem.load(cpu, linear, 2) & CONTROL_DEFINED | 0x40;
        X87.summarize(f);
      }
      case 0x138 -> Mem.store(cpu, linear, 2, f.control);
      case 0x538 -> Mem.store(cpu, linear, 2, f.statusWord());
      case 0x120 -> {
        Fpu.pending(cpu);
        FpuEnvironment.load(cpu, linear, size);
      }
      case 0x130 -> FpuEnvironment.store(cpu, linear, size);
      case 0x520 -> {
        Fpu.pending(cpu);
        FpuEnvironment.restore(cpu, linear, size);
      }
      case 0x530 -> FpuEnvironment.save(cpu, linear, size);
      default -> {
        return false;
      }
    }
    return true;
  }

  // Memory operands

  private static void memory(Cpu cpu, X87 x, int key, long linear) {
    int op = key >> 3 & 7;
    switch (key >> 8) {
      case 0 -> x.arithmetic(op, Mem.load(cpu, linear, 4), 4, false);
      case 2 -> x.arithmetic(op, (int) Mem.load(cpu, linear, 4), 4, true);
      case 4 -> x.arithmetic(op, Mem.load(cpu, linear, 8), 8, false);
      case 6 -> x.arithmetic(op, (short) Mem.load(cpu, linear, 2), 2, true);
      case 1 -> single(cpu, x, op, 4, linear);
      case 5 -> {
        if (op == 1) {
          integer(cpu, x, 8, linear, true, true);
        } else {
          single(cpu, x, op, 8, linear);
        }
      }
      case 3 -> wide(cpu, x, op, linear);
      default -> narrow(cpu, x, op, linear);
    }
  }

  /** FLD, FST, FSTP. */
  private static void single(Cpu cpu, X87 x, int op, int bytes, long linear) {
    if (op == 0) {
      x.load(Mem.load(cpu, linear, bytes), bytes);
      return;
    }
    if (op != 2 && op != 3) {
      throw GuestFault.ud(cpu);
    }
    Mem.loadForWrite(cpu, linear, bytes);
    Long bits = x.store(bytes, op == 3);
    if (bits != null) {
      Mem.store(cpu, linear, bytes, bits);
    }
  }

  private static void integer(
      Cpu cpu, X87 x, int bytes, long linear, boolean truncate, boolean pop) {
    Mem.loadForWrite(cpu, linear, bytes);
    Long value = x.storeInteger(bytes, truncate, pop);
    if (value != null) {
      Mem.store(cpu, linear, bytes, value & Mem.mask(bytes));
    }
  }

  /** DB: integers of four bytes, extended floating point. */
  private static void wide(Cpu cpu, X87 x, int op, long linear) {
    switch (op) {
      case 0 -> x.loadInteger((int) Mem.load(cpu, linear, 4));
      case 1, 2, 3 -> integer(cpu, x, 4, linear, op == 1, op != 2);
      case 5 -> {
        long significand = Mem.load(cpu, linear, 8);
        x.load((int) Mem.load(cpu, linear + 8, 2), significand);
      }
      case 7 -> storeExtended(cpu, x, linear);
      default -> throw GuestFault.ud(cpu);
    }
  }

  private static void storeExtended(Cpu cpu, X87 x, long linear) {
    Mem.loadForWrite(cpu, linear, 8);
    Mem.loadForWrite(cpu, linear + 8, 2);
    if (x.storeExtended()) {
      Mem.store(cpu, linear, 8, x.significand());
      Mem.store(cpu, linear + 8, 2, x.signExponent());
    }
  }

  /** DF: integers of two and eight bytes, packed decimals. */
  private static void narrow(Cpu cpu, X87 x, int op, long linear) {
    switch (op) {
      case 0 -> x.loadInteger((short) Mem.load(cpu, linear, 2));
      case 1, 2, 3 -> integer(cpu, x, 2, linear, op == 1, op != 2);
      case 4 -> {
        long digits = Mem.load(cpu, linear, 8);
        x.loadDecimal(digits, (int) Mem.load(cpu, linear + 8, 2));
      }
      case 5 -> x.loadInteger(Mem.load(cpu, linear, 8));
      case 6 -> storeDecimal(cpu, x, linear);
      default -> integer(cpu, x, 8, linear, false, true);
    }
  }

  private static void storeDecimal(Cpu cpu, X87 x, long linear) {
    Mem.loadForWrite(cpu, linear, 8);
    Mem.loadForWrite(cpu, linear + 8, 2);
    long[] image = x.storeDecimal();
    if (image != null) {
      Mem.store(cpu, linear, 8, image[0]);
      Mem.store(cpu, linear + 8, 2, image[1]);
    }
  }
}
