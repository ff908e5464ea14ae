package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.paging.SegmentChecks;

/**
 * A stack being pushed to or popped from, current or new. The pointer lives here until the caller
 * commits it, so a fault half-way leaves the registers alone.
 */
final class Stack {
  private static final int RSP = 4;

  private final Cpu cpu;
  private final Segment segment;
  private final int bits;
  private final int flags;
  private long pointer;

  private Stack(Cpu cpu, Segment segment, int bits, long pointer, int flags) {
    this.cpu = cpu;
    this.segment = segment;
    this.bits = bits;
    this.pointer = pointer;
    this.flags = flags;
  }

  /** The current stack. */
  static Stack current(Cpu cpu) {
    int bits = Modes.code64(cpu) ? 64 : cpu.ss.is(Segment.DB) ? 32 : 16;
    return new Stack(cpu, cpu.ss, bits, cpu.r[RSP], MemoryUnit.STACK);
  }

  /**
   * The current stack as the code that is called sees it: a call into 64-bit code pushes without
   * base and limit, as on AMD's; the SDM leaves it open.
   */
  static Stack forCode(Cpu cpu, Descriptor code) {
    boolean wide = Modes.isLong(cpu) && code.long64();
    return wide ? new Stack(cpu, cpu.ss, 64, cpu.r[RSP], MemoryUnit.STACK) : current(cpu);
  }

  /** A stack to switch to, for code at {@code cpl}; bits 64 ignores the segment. */
  static Stack fresh(Cpu cpu, Segment ss, int bits, long pointer, int cpl) {
    int flags = cpl == 3 ? MemoryUnit.STACK : MemoryUnit.STACK | MemoryUnit.SYSTEM;
    return new Stack(cpu, ss, bits, pointer, flags);
  }

  /** The stack of level {@code cpl} that the TSS names. */
  static Stack inner(Cpu cpu, Descriptor ss, TaskState.Inner top, int cpl) {
    Segment segment = CodeLoads.segment(ss, top.selector());
    return fresh(cpu, segment, ss.big() ? 32 : 16, top.pointer(), cpl);
  }

  void push(long value, int size) {
    long offset = wrap(pointer - size);
    long linear = address(offset, size, true);
    cpu.memory.store(cpu, linear, size, value, flags);
    GuestFault.check(cpu);
    pointer = offset;
  }

  long pop(int size) {
    long value = peek(0, size);
    pointer = wrap(pointer + size);
    return value;
  }

  /** Value {@code offset} bytes above the top. */
  long peek(long offset, int size) {
    long linear = address(wrap(pointer + offset), size, false);
    long value = cpu.memory.load(cpu, linear, size, flags);
    GuestFault.check(cpu);
    return value;
  }

  void release(long bytes) {
    pointer = wrap(pointer + bytes);
  }

  private long address(long offset, int size, boolean write) {
    if (bits == 64) {
      return offset;
    }
    long linear = SegmentChecks.linear(cpu, segment, true, offset, size, write);
    GuestFault.check(cpu);
    return linear;
  }

  private long wrap(long value) {
    return bits == 64 ? value : value & (1L << bits) - 1;
  }

  long pointer() {
    return pointer;
  }

  /** Writes the pointer into rSP: all of it, or only SP for a 16-bit stack. */
  void commit() {
    cpu.r[RSP] = bits == 16 ? cpu.r[RSP] & ~0xFFFFL | pointer & 0xFFFF : pointer;
  }
}
