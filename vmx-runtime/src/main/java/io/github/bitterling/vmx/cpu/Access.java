package io.github.bitterling.vmx.cpu;

import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.mem.Tlb;

/**
 * Memory accesses of both engines: a TLB probe that HotSpot inlines, and everything else through
 * {@link MemoryUnit}. After a call the engine looks at {@link Cpu#fault}.
 */
public final class Access {
  private Access() {}

  /**
   * The operation {@code LINEAR} with an address size of 16 or 32 bits, which exists outside 64-bit
   * mode only.
   *
   * @param mask of the address size: the offset wraps there
   * @param imm as in the operation: segment, write, bytes
   * @return at least 0, or -1 with the fault recorded
   */
  public static long linear(Cpu cpu, Segment segment, long offset, long mask, int imm) {
    long wrapped = offset & mask;
    if (segment.holds(wrapped, (imm >> 8 & 0xFFFF) - 1)) {
      return segment.base + wrapped & 0xFFFFFFFFL;
    }
    return checkedLinear(cpu, wrapped, mask, imm);
  }

  private static long checkedLinear(Cpu cpu, long offset, long mask, int imm) {
    long linear =
        cpu.memory.linear(
            cpu, imm & 7, offset, imm >> 8 & 0xFFFF, (imm & 8) != 0, Long.bitCount(mask));
    return cpu.fault != 0 ? -1 : linear;
  }

  /** The operation {@code ALIGN}: #GP(0) unless an address is a multiple of a power of two. */
  public static void align(Cpu cpu, long linear, long bytes) {
    if ((linear & bytes - 1) != 0) {
      generalProtection(cpu);
    }
  }

  /** The operation {@code TARGET} with 16 and 32 bits: #GP(0) beyond the limit of CS. */
  public static void target(Cpu cpu, long offset) {
    if (offset > cpu.cs.limit) {
      generalProtection(cpu);
    }
  }

  /** The operation {@code TARGET} with 64 bits: #GP(0) unless canonical. */
  public static void target64(Cpu cpu, long offset) {
    if (offset << 16 >> 16 != offset) {
      generalProtection(cpu);
    }
  }

  /** Records #GP(0). */
  public static void generalProtection(Cpu cpu) {
    cpu.raise(13, 0);
  }

  /**
   * Host address of {@code linear} where the TLB has it for reading, else 0.
   *
   * @param last bytes accessed less one
   */
  public static long readable(Tlb t, long linear, int last) {
    int i = Tlb.index(linear);
    return t.readTag[i] == (linear + last & -4096L | t.generation) ? linear + t.offset[i] : 0;
  }

  /** As {@link #readable}, for writing. */
  public static long writable(Tlb t, long linear, int last) {
    int i = Tlb.index(linear);
    return t.writeTag[i] == (linear + last & -4096L | t.generation) ? linear + t.offset[i] : 0;
  }

  /** As {@link #readable}, for reading and writing. */
  public static long changeable(Tlb t, long linear, int last) {
    int i = Tlb.index(linear);
    long tag = linear + last & -4096L | t.generation;
    return t.readTag[i] == tag && t.writeTag[i] == tag ? linear + t.offset[i] : 0;
  }

  public static long load8(Cpu cpu, long va, int flags) {
    long host = readable(cpu.tlb, va, 0);
    return host != 0 ? GuestMemory.get8(host) : cpu.memory.load(cpu, va, 1, flags);
  }

  public static long load16(Cpu cpu, long va, int flags) {
    long host = readable(cpu.tlb, va, 1);
    return host != 0 ? GuestMemory.get16(host) : cpu.memory.load(cpu, va, 2, flags);
  }

  public static long load32(Cpu cpu, long va, int flags) {
    long host = readable(cpu.tlb, va, 3);
    return host != 0 ? GuestMemory.get32(host) : cpu.memory.load(cpu, va, 4, flags);
  }

  public static long load64(Cpu cpu, long va, int flags) {
    long host = readable(cpu.tlb, va, 7);
    return host != 0 ? GuestMemory.get64(host) : cpu.memory.load(cpu, va, 8, flags);
  }

  /** Read with write permission, for read-modify-write; bytes 1, 2, 4 or 8. */
  public static long loadForWrite(Cpu cpu, long va, int bytes, int flags) {
    long host = changeable(cpu.tlb, va, bytes - 1);
    if (host == 0) {
      return cpu.memory.load(cpu, va, bytes, flags | MemoryUnit.WRITE_INTENT);
    }
    return GuestMemory.get(host, bytes);
  }

  public static void store8(Cpu cpu, long va, long value, int flags) {
    long host = writable(cpu.tlb, va, 0);
    if (host != 0) {
      GuestMemory.put8(host, value);
    } else {
      cpu.memory.store(cpu, va, 1, value, flags);
    }
  }

  public static void store16(Cpu cpu, long va, long value, int flags) {
    long host = writable(cpu.tlb, va, 1);
    if (host != 0) {
      GuestMemory.put16(host, value);
    } else {
      cpu.memory.store(cpu, va, 2, value, flags);
    }
  }

  public static void store32(Cpu cpu, long va, long value, int flags) {
    long host = writable(cpu.tlb, va, 3);
    if (host != 0) {
      GuestMemory.put32(host, value);
    } else {
      cpu.memory.store(cpu, va, 4, value, flags);
    }
  }

  public static void store64(Cpu cpu, long va, long value, int flags) {
    long host = writable(cpu.tlb, va, 7);
    if (host != 0) {
      GuestMemory.put64(host, value);
    } else {
      cpu.memory.store(cpu, va, 8, value, flags);
    }
  }
}
