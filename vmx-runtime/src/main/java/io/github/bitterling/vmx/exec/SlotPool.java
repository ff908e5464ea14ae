package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.Arrays;

/** Slots above the registers: given out lowest first, so that few are in use. */
final class SlotPool {
  /** Always 0. */
  static final int ZERO = Cpu.REGISTERS;

  /** Takes results nobody looks at. */
  static final int UNUSED = ZERO + 1;

  private int[] free = new int[16];
  private int count;
  private int next = UNUSED + 1;

  int take() {
    if (count > 0) {
      return free[--count];
    }
    if (next == Word.SLOTS) {
      throw new IllegalStateException("block needs more than " + Word.SLOTS + " slots at a time");
    }
    return next++;
  }

  void give(int slot) {
    if (count == free.length) {
      free = Arrays.copyOf(free, 2 * count);
    }
    free[count++] = slot;
  }
}
