package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** IN and OUT with the permission checks of SDM volume 1, 19.5. */
final class Ports {
  private static final int IN_IMMEDIATE = LastPortAccess.IN | LastPortAccess.IMMEDIATE;

  private final SystemBus bus;
  private final Events events;
  private final LastPortAccess last;

  Ports(SystemBus bus, Events events, LastPortAccess last) {
    this.bus = bus;
    this.events = events;
    this.last = last;
  }

  void in(Cpu cpu, int port, int bytes, boolean immediate) {
    check(cpu, port, bytes);
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptPort(cpu, port, bytes, true, false, false, immediate, 0));
    }
    last.begin(cpu);
    long value = read(cpu, port, bytes);
    last.done(cpu, port, bytes, immediate ? IN_IMMEDIATE : LastPortAccess.IN, 0);
    long old = cpu.r[0];
    cpu.r[0] = bytes == 4 ? value : old & ~Mem.mask(bytes) | value;
  }

  void out(Cpu cpu, int port, int bytes, boolean immediate) {
    check(cpu, port, bytes);
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptPort(cpu, port, bytes, false, false, false, immediate, 0));
    }
    last.begin(cpu);
    write(cpu, port, bytes, cpu.r[0]);
    last.done(cpu, port, bytes, immediate ? LastPortAccess.IMMEDIATE : 0, 0);
  }

  /** The access of a string instruction for which the caller has called {@link #beginString}. */
  void endString(Cpu cpu, int port, int bytes, int type, long linear) {
    last.done(cpu, port, bytes, type | LastPortAccess.STRING, linear);
  }

  /** Before an iteration of a string instruction changes registers. */
  void beginString(Cpu cpu) {
    last.begin(cpu);
  }

  /** A single step is one iteration. */
  boolean stepped(Cpu cpu) {
    return cpu.flag(Cpu.TF);
  }

  boolean breakpointMet() {
    return events.breakpointMet();
  }

  /**
   * An SMI waits for the end of the iteration, in SMM it waits anyway; a breakpoint is reported
   * after the iteration that met it (17.3.1.2).
   */
  boolean interrupted(Cpu cpu) {
    return (cpu.latched & Cpu.LATCH_SMI) != 0 && !cpu.smm || stepped(cpu) || breakpointMet();
  }

  long read(Cpu cpu, int port, int bytes) {
    cpu.attention = true;
    watch(cpu, port, bytes);
    return bus.readPort(port, bytes) & Mem.mask(bytes);
  }

  void write(Cpu cpu, int port, int bytes, long value) {
    cpu.attention = true;
    watch(cpu, port, bytes);
    bus.writePort(port, bytes, (int) (value & Mem.mask(bytes)));
  }

  private void watch(Cpu cpu, int port, int bytes) {
    if ((cpu.dr[7] & 0xFF) != 0) {
      events.portAccessed(cpu, port, bytes);
    }
  }

  /** IOPL, else the I/O permission bitmap of the TSS. */
  void check(Cpu cpu, int port, int bytes) {
    if (Modes.real(cpu) || !Modes.v86(cpu) && cpu.cpl <= Modes.iopl(cpu)) {
      return;
    }
    Segment tr = cpu.tr;
    if (tr.is(Segment.UNUSABLE) || (tr.type() & 8) == 0 || tr.limit < 0x67) {
      throw GuestFault.gp(cpu);
    }
    long at = Descriptors.system(cpu, tr.base + 0x66, 2) + (port >> 3);
    if (at + 1 > tr.limit) {
      throw GuestFault.gp(cpu);
    }
    long bits = Descriptors.system(cpu, tr.base + at, 2) >> (port & 7);
    if ((bits & (1L << bytes) - 1) != 0) {
      throw GuestFault.gp(cpu);
    }
  }
}
