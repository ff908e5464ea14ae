package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.Segment;

/** Reads and marks entries of GDT and LDT. */
final class Descriptors {
  private Descriptors() {}

  static boolean isNull(int selector) {
    return (selector & 0xFFFC) == 0;
  }

  /** TI: the selector is one of the LDT. */
  static boolean isLocal(int selector) {
    return (selector & 4) != 0;
  }

  static int rpl(int selector) {
    return selector & 3;
  }

  /**
   * The 8-byte descriptor a selector names; {@code vector} with the selector when it lies outside
   * its table.
   */
  static Descriptor read(Cpu cpu, int selector, int vector) {
    long address = locate(cpu, selector, 8);
    if (address == -1) {
      throw GuestFault.exception(cpu, vector, selector & 0xFFFC);
    }
    return new Descriptor(selector, address, system(cpu, address, 8), 0);
  }

  /** As {@link #read}, or null when the selector lies outside its table. */
  static Descriptor peek(Cpu cpu, int selector) {
    long address = isNull(selector) ? -1 : locate(cpu, selector, 8);
    return address == -1 ? null : new Descriptor(selector, address, system(cpu, address, 8), 0);
  }

  /** Adds the second half of a system descriptor in long mode. */
  static Descriptor extend(Cpu cpu, Descriptor d, int vector) {
    if (!Modes.isLong(cpu)) {
      return d;
    }
    if (locate(cpu, d.selector(), 16) == -1) {
      throw GuestFault.exception(cpu, vector, d.selector() & 0xFFFC);
    }
    long high = system(cpu, d.address() + 8, 8);
    if ((high >>> 40 & 31) != 0) {
      throw GuestFault.exception(cpu, vector, d.selector() & 0xFFFC);
    }
    return new Descriptor(d.selector(), d.address(), d.low(), high & 0xFFFFFFFFL);
  }

  private static long locate(Cpu cpu, int selector, int bytes) {
    int offset = selector & 0xFFF8;
    boolean local = isLocal(selector);
    if (local && cpu.ldtr.is(Segment.UNUSABLE)) {
      return -1;
    }
    long limit = local ? cpu.ldtr.limit : cpu.gdtrLimit;
    if (offset + bytes - 1 > limit) {
      return -1;
    }
    long address = (local ? cpu.ldtr.base : cpu.gdtrBase) + offset;
    return Modes.isLong(cpu) ? address : address & 0xFFFFFFFFL;
  }

  /** Sets the accessed bit of a code or data descriptor. */
  static Descriptor accessed(Cpu cpu, Descriptor d) {
    if ((d.low() >>> 40 & 1) != 0) {
      return d;
    }
    long low = d.low() | 1L << 40;
    mark(cpu, d.address() + 5, 1, d.low() >>> 40 & 0xFF, 1, 0);
    return new Descriptor(d.selector(), d.address(), low, d.high());
  }

  /** Sets or clears the busy bit of a TSS descriptor. */
  static Descriptor busy(Cpu cpu, Descriptor d, boolean busy) {
    long low = busy ? d.low() | 1L << 41 : d.low() & ~(1L << 41);
    mark(cpu, d.address() + 4, 4, d.low() >>> 32, busy ? 1 << 9 : 0, busy ? 0 : 1 << 9);
    return new Descriptor(d.selector(), d.address(), low, d.high());
  }

  /** Sets and clears bits as a locked operation (SDM volume 3, 9.1.2.1). */
  private static void mark(Cpu cpu, long linear, int bytes, long seen, long set, long clear) {
    long old = seen;
    cpu.memory.replace(cpu, linear, bytes, old, old & ~clear | set, MemoryUnit.SYSTEM);
    while (cpu.fault == Cpu.FAULT_RETRY && !cpu.inRegion) {
      cpu.fault = Cpu.FAULT_NONE;
      old = system(cpu, linear, bytes);
      cpu.memory.replace(cpu, linear, bytes, old, old & ~clear | set, MemoryUnit.SYSTEM);
    }
    GuestFault.check(cpu);
  }

  /** Implicit supervisor read. */
  static long system(Cpu cpu, long linear, int bytes) {
    long value = cpu.memory.load(cpu, linear, bytes, MemoryUnit.SYSTEM);
    GuestFault.check(cpu);
    return value;
  }

  /** Faults as an implicit supervisor write would; changes nothing. */
  static void checkWritable(Cpu cpu, long linear, int bytes) {
    cpu.memory.load(cpu, linear, bytes, MemoryUnit.SYSTEM | MemoryUnit.WRITE_INTENT);
    GuestFault.check(cpu);
  }

  /** Implicit supervisor write. */
  static void setSystem(Cpu cpu, long linear, int bytes, long value) {
    cpu.memory.store(cpu, linear, bytes, value, MemoryUnit.SYSTEM);
    GuestFault.check(cpu);
  }
}
