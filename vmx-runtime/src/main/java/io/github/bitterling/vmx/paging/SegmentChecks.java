package io.github.bitterling.vmx.paging;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.Segment;

/** Effective to linear address with the checks of SDM volume 3, 5.3 and 5.5. */
public final class SegmentChecks {
  private SegmentChecks() {}

  /** As {@link io.github.bitterling.vmx.cpu.MemoryUnit#linear}. */
  public static long linear(
      Cpu cpu, int segment, long offset, int bytes, boolean write, int addressBits) {
    long wrapped = wrap(offset, addressBits);
    if (ModeKey.codeSize(cpu.mode) == ModeKey.CODE64) {
      return linear64(cpu, segment, wrapped);
    }
    return linear(cpu, cpu.segments[segment], segment == Seg.SS, wrapped, bytes, write);
  }

  /**
   * Linear address in a segment outside 64-bit mode; records #SS(0) for the stack, #GP(0)
   * otherwise.
   *
   * @param offset already wrapped at the address size
   */
  public static long linear(
      Cpu cpu, Segment s, boolean stack, long offset, int bytes, boolean write) {
    if (hasType(cpu, s) && !typeAllows(s, write) || !withinLimit(s, offset, bytes)) {
      cpu.raise(stack ? 12 : 13, 0);
      return 0;
    }
    return s.base + offset & 0xFFFFFFFFL;
  }

  private static long linear64(Cpu cpu, int segment, long offset) {
    long base = segment >= Seg.FS ? cpu.segments[segment].base : 0;
    long linear = base + offset;
    if (!canonical(linear)) {
      cpu.raise(segment == Seg.SS ? 12 : 13, 0);
      return 0;
    }
    return linear;
  }

  /**
   * Records #SS(0) or #GP(0) for an access that leaves a flat segment, whose limit nobody has
   * looked at before.
   *
   * @param flags as of {@link MemoryUnit#load}
   * @return whether it was recorded
   */
  public static boolean beyondFlat(Cpu cpu, long offset, int bytes, int flags) {
    if ((flags & MemoryUnit.FLAT) == 0 || offset + bytes <= 1L << 32) {
      return false;
    }
    cpu.raise((flags & MemoryUnit.STACK) != 0 ? 12 : 13, 0);
    return true;
  }

  private static long wrap(long offset, int bits) {
    return bits == 64 ? offset : offset & (1L << bits) - 1;
  }

  /**
   * Data segments keep in real mode what they were loaded with (SDM volume 3, 10.9.2); CS can be
   * written there.
   */
  private static boolean hasType(Cpu cpu, Segment s) {
    return ModeKey.is(cpu.mode, ModeKey.PROTECTED) || s != cpu.cs && (cpu.cr0 & 1) == 0;
  }

  private static boolean typeAllows(Segment s, boolean write) {
    if (s.is(Segment.UNUSABLE)) {
      return false;
    }
    boolean code = (s.type() & 8) != 0;
    boolean second = (s.type() & 2) != 0;
    return write ? !code && second : !code || second;
  }

  private static boolean withinLimit(Segment s, long offset, int bytes) {
    long last = offset + bytes - 1;
    boolean expandDown = (s.type() & 0xC) == 4 && s.is(Segment.S);
    if (!expandDown) {
      return last <= s.limit;
    }
    return offset > s.limit && last <= (s.is(Segment.DB) ? 0xFFFFFFFFL : 0xFFFF);
  }

  /** 48-bit canonical form. */
  public static boolean canonical(long address) {
    return address << 16 >> 16 == address;
  }
}
