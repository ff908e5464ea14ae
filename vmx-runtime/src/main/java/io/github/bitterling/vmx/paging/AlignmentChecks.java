package io.github.bitterling.vmx.paging;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;

/**
 * Alignment checking (SDM volume 3, 6.15, interrupt 17). An access is checked at the size it is
 * made with, so what an instruction reads or writes in several parts (far pointers,
 * descriptor-table registers, x87 environments) is checked part by part, as the table of alignments
 * there has it. Vectors that need not be aligned otherwise are checked at 16 bytes, as AMD's
 * processors do; the SDM leaves it open (MOVUPS).
 */
public final class AlignmentChecks {
  private static final int AC_EXCEPTION = 17;
  private static final long CR0_AM = 1 << 18;

  private AlignmentChecks() {}

  /** CR0.AM and EFLAGS.AC are set and CPL is 3; virtual-8086 mode counts as CPL 3. */
  public static boolean active(Cpu cpu) {
    return cpu.cpl == 3 && (cpu.cr0 & CR0_AM) != 0 && cpu.flag(Cpu.AC);
  }

  /**
   * Records #AC(0) for an access that is not aligned while checks are {@link #active}; comes behind
   * the checks of the segment and of the canonical form, and before page faults, as on AMD's (their
   * order is the processor's own: SDM volume 3, 6.9). Implicit supervisor accesses are never
   * checked.
   *
   * @param bytes 1, 2, 4 or 8
   * @param flags as of {@link MemoryUnit#load}
   * @return whether it was recorded
   */
  public static boolean fault(Cpu cpu, long linear, int bytes, int flags) {
    if (aligned(linear, bytes, flags)
        || (flags & MemoryUnit.SYSTEM) != 0
        || !SegmentChecks.canonical(linear)) {
      return false;
    }
    cpu.raise(AC_EXCEPTION, 0);
    return true;
  }

  private static boolean aligned(long linear, int bytes, int flags) {
    return switch (flags & MemoryUnit.UNCHECKED) {
      case 0 -> (linear & bytes - 1) == 0;
      case MemoryUnit.LOW_HALF -> (linear & 15) == 0;
      case MemoryUnit.HIGH_HALF -> (linear & 15) == 8;
      default -> true;
    };
  }
}
