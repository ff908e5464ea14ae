package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.lift.TextCompare;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;

/**
 * SSE instructions that use registers or memory beyond their operands: PCMPxSTRx and the masked
 * moves.
 */
final class Texts {
  private static final int EXPLICIT = 0x100;
  private static final int WIDE = 0x200;
  private static final int MASK = 0x400;

  private Texts() {}

  /** PCMPSTR helper; control as the helper says. */
  static void compare(Cpu cpu, int control, long low, long high) {
    int first = 2 * (control >> 16 & 15);
    long a0 = cpu.xmm[first];
    long a1 = cpu.xmm[first + 1];
    TextCompare r =
        (control & EXPLICIT) != 0
            ? TextCompare.explicit(
                control, a0, a1, length(cpu, 0, control), low, high, length(cpu, 2, control))
            : TextCompare.implicit(control, a0, a1, low, high);
    if ((control & MASK) != 0) {
      cpu.xmm[0] = r.mask(control, 0);
      cpu.xmm[1] = r.mask(control, 1);
    } else {
      cpu.r[1] = r.index(control);
    }
    int flags = r.result() != 0 ? LazyFlags.CF : 0;
    flags |= r.secondEnds() ? LazyFlags.ZF : 0;
    flags |= r.firstEnds() ? LazyFlags.SF : 0;
    flags |= (r.result() & 1) != 0 ? LazyFlags.OF : 0;
    cpu.setStatus(flags);
  }

  private static long length(Cpu cpu, int register, int control) {
    return (control & WIDE) != 0 ? cpu.r[register] : (int) cpu.r[register];
  }

  /**
   * MASKMOV helper: stores the bytes of a register whose mask byte has its top bit set, all of them
   * or, on a fault, none.
   */
  static void maskedMove(Cpu cpu, long linear, int registers) {
    boolean mmx = (registers & 0x10000) != 0;
    int data = registers & 15;
    int mask = registers >> 8 & 15;
    int bytes = mmx ? 8 : 16;
    long[] from =
        mmx
            ? new long[] {Fpu.mmx(cpu, data)}
            : new long[] {cpu.xmm[2 * data], cpu.xmm[2 * data + 1]};
    long[] by =
        mmx
            ? new long[] {Fpu.mmx(cpu, mask)}
            : new long[] {cpu.xmm[2 * mask], cpu.xmm[2 * mask + 1]};
    // A mask of zeros may fault or not (SDM); it does on the processors this was compared with
    for (int k = 0; k < bytes; k += 8) {
      Mem.loadForWrite(cpu, linear + k, 8);
    }
    if (mmx) {
      Fpu.enterMmx(cpu);
    }
    for (int k = 0; k < bytes; k++) {
      if (selected(by, k)) {
        Mem.store(cpu, linear + k, 1, from[k >> 3] >>> 8 * (k & 7));
      }
    }
  }

  private static boolean selected(long[] mask, int k) {
    return (mask[k >> 3] >>> 8 * (k & 7) & 0x80) != 0;
  }
}
