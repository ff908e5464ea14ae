package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** ENTER, PUSHA, POPA, BOUND (SDM volume 2). */
final class Frames {
  private static final int RSP = 4;
  private static final int RBP = 5;

  private Frames() {}

  static void enter(Cpu cpu, int size, int bytes, int level) {
    Stack stack = Stack.current(cpu);
    int bits = Modes.code64(cpu) ? 64 : cpu.ss.is(Segment.DB) ? 32 : 16;
    long mask = bits == 64 ? -1L : (1L << bits) - 1;
    stack.push(cpu.r[RBP], size);
    // All of ESP with an operand of 32 bits, whatever the size of the stack
    long frame = bits == 16 ? cpu.r[RSP] & ~mask | stack.pointer() & mask : stack.pointer();
    for (int i = 1; i < level; i++) {
      long display = cpu.r[RBP] - (long) i * size & mask;
      stack.push(stack.peek(display - stack.pointer(), size), size);
    }
    if (level > 0) {
      stack.push(frame, size);
    }
    stack.release(-(long) bytes);
    // The new top must be writable, checked before anything changes
    long top = Mem.linear(cpu, 2, stack.pointer() & mask, size, true, bits);
    Mem.loadForWrite(cpu, top, size);
    stack.commit();
    cpu.r[RBP] = merge(cpu.r[RBP], frame, size);
  }

  private static long merge(long old, long value, int size) {
    return switch (size) {
      case 2 -> old & ~0xFFFFL | value & 0xFFFF;
      case 4 -> value & 0xFFFFFFFFL;
      default -> value;
    };
  }

  static void pusha(Cpu cpu, int size) {
    Stack stack = Stack.current(cpu);
    for (int i = 0; i < 8; i++) {
      stack.push(cpu.r[i], size);
    }
    stack.commit();
  }

  static void popa(Cpu cpu, int size) {
    Stack stack = Stack.current(cpu);
    long[] values = new long[8];
    for (int i = 7; i >= 0; i--) {
      values[i] = stack.pop(size);
    }
    for (int i = 0; i < 8; i++) {
      if (i != RSP) {
        cpu.r[i] = merge(cpu.r[i], values[i], size);
      }
    }
    stack.commit();
  }

  static void bound(Cpu cpu, long index, long linear, int size) {
    long low = signed(Mem.load(cpu, linear, size), size);
    long high = signed(Mem.load(cpu, linear + size, size), size);
    long at = signed(index, size);
    if (at < low || at > high) {
      throw GuestFault.exception(cpu, Vector.BR);
    }
  }

  private static long signed(long value, int size) {
    return size == 2 ? (short) value : (int) value;
  }
}
