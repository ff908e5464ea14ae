package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.SharedAccess;
import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * Memory operations of tier 0 while other processors run at the same time; see {@link
 * SharedAccess}.
 */
final class SharedOperations {
  private SharedOperations() {}

  /**
   * Runs one where the TLB has the page and nothing stands against it.
   *
   * @param next place of the word after it
   * @return false when nothing was done and {@link #call} must
   */
  static boolean run(Cpu cpu, long x, long[] code, int next) {
    long address = cpu.r[Word.a(x)] + Word.immediate(x);
    int bytes = bytes(x);
    long host =
        switch (kind(x)) {
          case Key.SHARED_LOAD8 -> Access.readable(cpu.tlb, address, bytes - 1);
          case Key.SHARED_LOADW8 -> Access.changeable(cpu.tlb, address, bytes - 1);
          default -> Access.writable(cpu.tlb, address, bytes - 1);
        };
    if (host == 0) {
      return false;
    }
    if (kind(x) == Key.REPLACE8) {
      return (address & bytes - 1) == 0
          && GuestMemory.replace(host, bytes, expected(cpu, code, next), cpu.r[Word.d(x)]);
    }
    if (kind(x) == Key.SHARED_STORE8) {
      GuestMemory.putShared(host, bytes, cpu.r[Word.d(x)]);
    } else {
      cpu.r[Word.d(x)] = GuestMemory.getShared(host, bytes);
    }
    return true;
  }

  /** Runs one by whatever way; a fault is recorded. Instruction pointer and count are current. */
  static void call(Cpu cpu, long x, long[] code, int next) {
    long address = cpu.r[Word.a(x)] + Word.immediate(x);
    int bytes = bytes(x);
    int flags = TierZeroCalls.flags(x);
    switch (kind(x)) {
      case Key.SHARED_STORE8 -> SharedAccess.store(cpu, address, cpu.r[Word.d(x)], bytes, flags);
      case Key.REPLACE8 ->
          SharedAccess.replace(
              cpu, address, cpu.r[Word.d(x)], expected(cpu, code, next), bytes, flags);
      case Key.SHARED_LOADW8 -> read(cpu, x, SharedAccess.loadForWrite(cpu, address, bytes, flags));
      default -> read(cpu, x, SharedAccess.load(cpu, address, bytes, flags));
    }
  }

  private static void read(Cpu cpu, long x, long value) {
    if (cpu.fault == Cpu.FAULT_NONE) {
      cpu.r[Word.d(x)] = value;
    }
  }

  /** Key of the 8-bit operation of the same kind. */
  private static int kind(long x) {
    return Word.key(x) - (Word.key(x) - Key.FIRST_SHARED & 3);
  }

  private static int bytes(long x) {
    return 1 << (Word.key(x) - Key.FIRST_SHARED & 3);
  }

  private static long expected(Cpu cpu, long[] code, int next) {
    return cpu.r[(int) code[next]];
  }
}
