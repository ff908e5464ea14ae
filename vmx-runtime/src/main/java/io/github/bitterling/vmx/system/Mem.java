package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;

/**
 * Accesses at linear addresses with the rights of the current privilege; throws what they record.
 */
final class Mem {
  private Mem() {}

  static long load(Cpu cpu, long linear, int bytes) {
    return load(cpu, linear, bytes, 0);
  }

  /**
   * @param flags as of {@link MemoryUnit#load}
   */
  static long load(Cpu cpu, long linear, int bytes, int flags) {
    long value =
        switch (bytes) {
          case 1 -> Access.load8(cpu, linear, flags);
          case 2 -> Access.load16(cpu, linear, flags);
          case 4 -> Access.load32(cpu, linear, flags);
          default -> Access.load64(cpu, linear, flags);
        };
    GuestFault.check(cpu);
    return value;
  }

  static void store(Cpu cpu, long linear, int bytes, long value) {
    store(cpu, linear, bytes, value, 0);
  }

  /**
   * @param flags as of {@link MemoryUnit#load}
   */
  static void store(Cpu cpu, long linear, int bytes, long value, int flags) {
    switch (bytes) {
      case 1 -> Access.store8(cpu, linear, value, flags);
      case 2 -> Access.store16(cpu, linear, value, flags);
      case 4 -> Access.store32(cpu, linear, value, flags);
      default -> Access.store64(cpu, linear, value, flags);
    }
    GuestFault.check(cpu);
  }

  /** Read that also checks for write permission; changes nothing. */
  static long loadForWrite(Cpu cpu, long linear, int bytes) {
    return loadForWrite(cpu, linear, bytes, 0);
  }

  /**
   * @param flags as of {@link MemoryUnit#load}
   */
  static long loadForWrite(Cpu cpu, long linear, int bytes, int flags) {
    long value = Access.loadForWrite(cpu, linear, bytes, flags);
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
