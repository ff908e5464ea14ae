package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** SYSCALL, SYSRET, SYSENTER, SYSEXIT, SWAPGS (SDM volume 3, 5.8.7 and 5.8.8). */
final class SystemCalls {
  private static final int CODE = 0xB | Segment.S | Segment.P | Segment.G;
  private static final int DATA = 0x3 | Segment.S | Segment.P | Segment.G | Segment.DB;
  private static final long FLAT = 0xFFFFFFFFL;
  private static final int RCX = 1;
  private static final int RDX = 2;
  private static final int RSP = 4;
  private static final int R11 = 11;

  private SystemCalls() {}

  static void syscall(Cpu cpu) {
    if ((cpu.efer & Bits.EFER_SCE) == 0 || !Modes.code64(cpu)) {
      throw GuestFault.ud(cpu);
    }
    cpu.r[RCX] = cpu.nextRip;
    cpu.r[R11] = cpu.flags() & ~(long) Cpu.RF;
    int selector = (int) (cpu.star >>> 32) & 0xFFFC;
    cpu.setFlags(cpu.flags() & ~(cpu.fmask | Cpu.RF));
    enter(cpu, selector, selector + 8, 0, true);
    cpu.nextRip = cpu.lstar;
  }

  static void sysret(Cpu cpu, int size) {
    if ((cpu.efer & Bits.EFER_SCE) == 0 || !Modes.code64(cpu)) {
      throw GuestFault.ud(cpu);
    }
    Modes.requireCpl0(cpu);
    boolean wide = size == 8;
    if (wide) {
      GuestFaultIf.notCanonical(cpu, cpu.r[RCX]);
    }
    int selector = (int) (cpu.star >>> 48);
    long to = wide ? cpu.r[RCX] : cpu.r[RCX] & FLAT;
    cpu.setFlags(cpu.r[R11] & 0x3C7FD7);
    enter(cpu, (wide ? selector + 16 : selector) | 3, selector + 8 | 3, 3, wide);
    cpu.nextRip = to;
    Flags.changed(cpu);
  }

  static void sysenter(Cpu cpu) {
    boolean wide = Modes.isLong(cpu);
    if (Modes.real(cpu) || Descriptors.isNull((int) cpu.sysenterCs)) {
      throw GuestFault.gp(cpu);
    }
    int selector = (int) cpu.sysenterCs & 0xFFFC;
    cpu.rflags &= ~(long) (Cpu.VM | Cpu.IF | Cpu.RF);
    enter(cpu, selector, selector + 8, 0, wide);
    cpu.r[RSP] = wide ? cpu.sysenterEsp : cpu.sysenterEsp & FLAT;
    cpu.nextRip = wide ? cpu.sysenterEip : cpu.sysenterEip & FLAT;
  }

  static void sysexit(Cpu cpu, int size) {
    if (Modes.real(cpu) || Descriptors.isNull((int) cpu.sysenterCs) || cpu.cpl != 0) {
      throw GuestFault.gp(cpu);
    }
    boolean wide = size == 8;
    if (wide) {
      GuestFaultIf.notCanonical(cpu, cpu.r[RCX]);
      GuestFaultIf.notCanonical(cpu, cpu.r[RDX]);
    }
    int selector = (int) cpu.sysenterCs & 0xFFFF;
    long stack = wide ? cpu.r[RCX] : cpu.r[RCX] & FLAT;
    long to = wide ? cpu.r[RDX] : cpu.r[RDX] & FLAT;
    enter(cpu, selector + (wide ? 32 : 16) | 3, selector + (wide ? 40 : 24) | 3, 3, wide);
    cpu.r[RSP] = stack;
    cpu.nextRip = to;
    cpu.attention |= cpu.flag(Cpu.VIP); // with VIF it is #GP at level 3
  }

  /** Flat segments without descriptors. */
  private static void enter(Cpu cpu, int code, int stack, int cpl, boolean wide) {
    int privilege = cpl << 5;
    cpu.cs.set(code & 0xFFFF, 0, FLAT, CODE | privilege | (wide ? Segment.L : Segment.DB));
    cpu.ss.set(stack & 0xFFFF, 0, FLAT, DATA | privilege);
    cpu.cpl = cpl;
    Modes.update(cpu);
  }

  static void swapgs(Cpu cpu) {
    if (!Modes.code64(cpu)) {
      throw GuestFault.ud(cpu);
    }
    Modes.requireCpl0(cpu);
    long base = cpu.gs.base;
    cpu.gs.base = cpu.kernelGsBase;
    cpu.kernelGsBase = base;
  }
}
