package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;

/**
 * Accesses at linear addresses with the rights of the current privilege; throws what they record.
 */
final class Mem {
  private Mem() {}

  static long load(Cpu cpu, long linear, int bytes) {
    long value =
        switch (bytes) {
          case 1 -> Access.load8(cpu, linear, 0);
          case 2 -> Access.load16(cpu, linear, 0);
          case 4 -> Access.load32(cpu, linear, 0);
          default -> Access.load64(cpu, linear, 0);
        };
    GuestFault.check(cpu);
    return value;
  }

  static void store(Cpu cpu, long linear, int bytes, long value) {
    switch (bytes) {
      case 1 -> Access.store8(cpu, linear, value, 0);
      case 2 -> Access.store16(cpu, linear, value, 0);
      case 4 -> Access.store32(cpu, linear, value, 0);
      default -> Access.store64(cpu, linear, value, 0);
    }
    GuestFault.check(cpu);
  }

  /** Read that also checks for write permission; changes nothing. */
  static long loadForWrite(Cpu cpu, long linear, int bytes) {
    long value = Access.loadForWrite(cpu, linear, bytes, 0);
    GuestFault.check(cpu);
    return value;
  }

  static long linear(Cpu cpu, int segment, long offset, int bytes, boolean write, int bits) {
    long linear = cpu.memory.linear(cpu, segment, offset, bytes, write, bits);
    GuestFault.check(cpu);
    return linear;
  }

  static long mask(int bytes) {
    return bytes == 8 ? -1L : (1L << 8 * bytes) - 1;
  }
}
