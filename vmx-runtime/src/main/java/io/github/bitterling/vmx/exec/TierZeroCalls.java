package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Arithmetic;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.fpu.Sse;

/**
 * The operations of tier 0 that leave it: memory the TLB does not have, segment checks, helpers,
 * what can fault. Here instruction pointer and count are current.
 */
final class TierZeroCalls {
  /** The instruction faulted; instruction pointer and count are those before it. */
  static final int FAULTED = -1;

  private TierZeroCalls() {}

  /**
   * Runs one operation.
   *
   * @param at place of its first word
   * @param base instructions retired when the block was entered
   * @return instructions of the block that are over when this one is, or {@link #FAULTED}
   */
  static int run(Cpu cpu, TierZeroCode tier, int at, long base) {
    int instruction = tier.instructionAt(at);
    cpu.rip = tier.ip(instruction);
    cpu.retired = base + instruction + 1;
    long x = tier.code[at];
    if (Word.key(x) >= Key.FIRST_SHARED) {
      SharedOperations.call(cpu, x, tier.code, at + 1);
    } else if (Word.key(x) >= Key.STORE8 && Word.key(x) <= Key.STORE64) {
      store(cpu, x);
    } else {
      long result = value(cpu, tier, x, at, instruction);
      if (cpu.fault == 0) {
        cpu.r[Word.d(x)] = result;
      }
    }
    if (cpu.fault != 0) {
      cpu.retired--;
      return FAULTED;
    }
    return instruction + 1;
  }

  private static void store(Cpu cpu, long x) {
    long address = cpu.r[Word.a(x)] + Word.immediate(x);
    int bytes = 1 << Word.key(x) - Key.STORE8;
    cpu.memory.store(cpu, address, bytes, cpu.r[Word.d(x)], flags(x));
  }

  static int flags(long x) {
    return MemoryUnit.flags((int) x >>> 8 & 0x1F);
  }

  private static long value(Cpu cpu, TierZeroCode tier, long x, int at, int instruction) {
    int key = Word.key(x);
    if (key >= Key.FIRST_CALL) {
      cpu.nextRip = key == Key.HELPER ? tier.ip(instruction + 1) : cpu.nextRip;
      return call(cpu, x, tier.code[at + 1]);
    }
    if (key == Key.TARGET || key == Key.TARGET64) {
      Access.generalProtection(cpu);
      return 0;
    }
    if (key == Key.LINEAR) {
      return linear(cpu, x);
    }
    long address = cpu.r[Word.a(x)] + Word.immediate(x);
    return key >= Key.LOADW8
        ? cpu.memory.load(cpu, address, 1 << key - Key.LOADW8, flags(x) | MemoryUnit.WRITE_INTENT)
        : cpu.memory.load(cpu, address, 1 << key - Key.LOAD8, flags(x));
  }

  private static long linear(Cpu cpu, long x) {
    int imm = (int) Word.immediate(x);
    long offset = cpu.r[Word.a(x)];
    int width = Word.width(x);
    return width == Width.W64
        ? cpu.memory.linear(cpu, imm & 7, offset, imm >> 8 & 0xFFFF, (imm & 8) != 0, 64)
        : Access.linear(cpu, cpu.segments[imm & 7], offset, Width.mask(width), imm);
  }

  private static long call(Cpu cpu, long x, long imm) {
    long a = cpu.r[Word.a(x)];
    long b = cpu.r[Word.b(x)];
    long c = cpu.r[Word.c(x)];
    int width = Word.width(x);
    switch (Word.key(x)) {
      case Key.HELPER:
        return cpu.helpers.call(cpu, (int) imm, a, b, c);
      case Key.ALIGN:
        Access.align(cpu, a, imm);
        return 0;
      case Key.FLOAT:
        return Sse.run(cpu, (int) imm, a, b);
      case Key.FUSED:
        return Sse.fused(cpu, (int) imm, a, b, c);
      case Key.UDIV:
        return Arithmetic.udiv(cpu, width, a, b, c);
      case Key.UREM:
        return Arithmetic.urem(cpu, width, a, b, c);
      case Key.SDIV:
        return Arithmetic.sdiv(cpu, width, a, b, c);
      default:
        return Arithmetic.srem(cpu, width, a, b, c);
    }
  }
}
