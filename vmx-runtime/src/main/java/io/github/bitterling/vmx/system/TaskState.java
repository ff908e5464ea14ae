package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.paging.SegmentChecks;

/** What stack switches read from the current TSS (SDM volume 3, 7.2 and 7.7). */
final class TaskState {
  /** A stack to switch to. */
  record Inner(int selector, long pointer) {}

  private TaskState() {}

  /** SS:ESP for an inner level, outside long mode. */
  static Inner stack(Cpu cpu, int cpl) {
    boolean tss16 = (cpu.tr.type() & 8) == 0;
    int offset = tss16 ? 2 + 4 * cpl : 4 + 8 * cpl;
    int size = tss16 ? 2 : 4;
    long address = at(cpu, offset, tss16 ? 4 : 6);
    long pointer = Descriptors.system(cpu, address, size);
    return new Inner((int) Descriptors.system(cpu, address + size, 2), pointer);
  }

  /** RSP0-RSP2 of a 64-bit TSS. */
  static long rsp(Cpu cpu, int cpl) {
    return canonical(cpu, Descriptors.system(cpu, at(cpu, 4 + 8 * cpl, 8), 8));
  }

  /** IST1-IST7 of a 64-bit TSS. */
  static long ist(Cpu cpu, int number) {
    return canonical(cpu, Descriptors.system(cpu, at(cpu, 28 + 8 * number, 8), 8));
  }

  private static long canonical(Cpu cpu, long pointer) {
    if (!SegmentChecks.canonical(pointer)) {
      throw GuestFault.ss(cpu, 0);
    }
    return pointer;
  }

  private static long at(Cpu cpu, int offset, int bytes) {
    if (cpu.tr.is(Segment.UNUSABLE) || offset + bytes - 1 > cpu.tr.limit) {
      throw GuestFault.ts(cpu, cpu.tr.selector);
    }
    return cpu.tr.base + offset;
  }
}
