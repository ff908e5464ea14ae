package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;

/** LAR, LSL, VERR, VERW: questions about descriptors, answered in ZF (SDM volume 2). */
final class DescriptorQueries {
  private DescriptorQueries() {}

  static long lar(Cpu cpu, int selector, int size) {
    Descriptor d = visible(cpu, selector);
    boolean allowed = d != null && (d.segment() || larType(cpu, d.type()));
    answer(cpu, allowed);
    if (!allowed) {
      return 0;
    }
    long rights = d.low() >>> 32 & 0x00FFFF00L;
    return size == 2 ? rights & 0xFF00 : rights;
  }

  static long lsl(Cpu cpu, int selector) {
    Descriptor d = visible(cpu, selector);
    boolean allowed = d != null && (d.segment() || lslType(cpu, d.type()));
    answer(cpu, allowed);
    return allowed ? d.limit() : 0;
  }

  static void verify(Cpu cpu, int selector, boolean write) {
    Descriptor d = visible(cpu, selector);
    answer(cpu, d != null && (write ? d.writableData() : d.readable()));
  }

  /** The descriptor when selector and privilege let it be looked at, else null. */
  private static Descriptor visible(Cpu cpu, int selector) {
    Modes.requireProtected(cpu);
    Descriptor d = Descriptors.peek(cpu, selector);
    if (d == null || d.code() && d.conforming()) {
      return d;
    }
    return d.dpl() < Math.max(cpu.cpl, Descriptors.rpl(selector)) ? null : d;
  }

  private static boolean larType(Cpu cpu, int type) {
    return switch (type) {
      case Descriptor.LDT, Descriptor.TSS_AVAILABLE, Descriptor.TSS_BUSY, Descriptor.CALL -> true;
      case Descriptor.TSS16_AVAILABLE,
          Descriptor.TSS16_BUSY,
          Descriptor.CALL16,
          Descriptor.TASK_GATE ->
          !Modes.isLong(cpu);
      default -> false;
    };
  }

  private static boolean lslType(Cpu cpu, int type) {
    return type != Descriptor.CALL
        && type != Descriptor.CALL16
        && type != Descriptor.TASK_GATE
        && larType(cpu, type);
  }

  private static void answer(Cpu cpu, boolean yes) {
    long status = cpu.flags() & LazyFlags.STATUS;
    cpu.setStatus(yes ? status | LazyFlags.ZF : status & ~LazyFlags.ZF);
  }
}
