package io.github.bitterling.vmx.cpu;

import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * As {@link Access} while other processors run at the same time: in the order x86 promises, and
 * with the second half of locked instructions.
 */
public final class SharedAccess {
  private SharedAccess() {}

  /**
   * @param bytes 1, 2, 4 or 8
   * @param flags as of {@link MemoryUnit#load}
   */
  public static long load(Cpu cpu, long va, int bytes, int flags) {
    long host = Access.readable(cpu.tlb, va, bytes - 1);
    return host != 0 ? GuestMemory.getShared(host, bytes) : cpu.memory.load(cpu, va, bytes, flags);
  }

  /** Read with write permission, for read-modify-write. */
  public static long loadForWrite(Cpu cpu, long va, int bytes, int flags) {
    long host = Access.changeable(cpu.tlb, va, bytes - 1);
    return host != 0
        ? GuestMemory.getShared(host, bytes)
        : cpu.memory.load(cpu, va, bytes, flags | MemoryUnit.WRITE_INTENT);
  }

  public static void store(Cpu cpu, long va, long value, int bytes, int flags) {
    long host = Access.writable(cpu.tlb, va, bytes - 1);
    if (host != 0) {
      GuestMemory.putShared(host, bytes, value);
    } else {
      cpu.memory.store(cpu, va, bytes, value, flags);
    }
  }

  /** The operation {@code REPLACE}: records {@link Cpu#FAULT_RETRY} when memory has changed. */
  public static void replace(Cpu cpu, long va, long value, long expected, int bytes, int flags) {
    long host = (va & bytes - 1) == 0 ? Access.writable(cpu.tlb, va, bytes - 1) : 0;
    if (host == 0) {
      cpu.memory.replace(cpu, va, bytes, expected, value, flags);
    } else if (!GuestMemory.replace(host, bytes, expected, value)) {
      cpu.fault = Cpu.FAULT_RETRY;
    }
  }
}
