package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Seg;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/**
 * Loading ES, SS, DS, FS, GS, LDTR and TR (SDM volume 2, MOV, POP, LLDT, LTR; volume 3, 5.5 to
 * 5.7).
 */
final class SegmentLoads {
  /** Present, DPL 3, read/write, accessed: every segment in virtual-8086 mode. */
  static final int V86_ATTRIBUTES = 0xF3;

  static final int REAL_ATTRIBUTES = 0x93;

  private SegmentLoads() {}

  /** Loads any segment register but CS from a selector; the caller updates the mode. */
  static void load(Cpu cpu, int segment, int selector) {
    if (segment == Seg.CS || segment > Seg.GS) {
      throw GuestFault.ud(cpu);
    }
    Segment s = cpu.segments[segment];
    if (!Modes.isProtected(cpu)) {
      loadReal(cpu, s, selector);
    } else if (segment == Seg.SS) {
      loadStack(cpu, selector);
    } else {
      loadData(cpu, s, selector);
    }
  }

  /** Real and virtual-8086 mode; real mode leaves limit and rights alone (big real mode). */
  static void loadReal(Cpu cpu, Segment s, int selector) {
    if (Modes.v86(cpu)) {
      s.setReal(selector, V86_ATTRIBUTES);
      return;
    }
    if (s.is(Segment.UNUSABLE)) {
      s.setReal(selector, REAL_ATTRIBUTES);
    }
    s.selector = selector;
    s.base = (long) selector << 4;
  }

  private static void loadStack(Cpu cpu, int selector) {
    if (Descriptors.isNull(selector)) {
      loadNullStack(cpu, selector);
      return;
    }
    Descriptor d = Descriptors.read(cpu, selector, Vector.GP);
    if (Descriptors.rpl(selector) != cpu.cpl || !d.writableData() || d.dpl() != cpu.cpl) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.ss(cpu, selector);
    }
    Descriptors.accessed(cpu, d).into(cpu.ss, selector);
  }

  private static void loadNullStack(Cpu cpu, int selector) {
    if (!Modes.code64(cpu) || cpu.cpl == 3 || Descriptors.rpl(selector) != cpu.cpl) {
      throw GuestFault.gp(cpu);
    }
    nullStack(cpu.ss, selector, cpu.cpl);
  }

  /** SS as 64-bit mode has it after a stack switch: no descriptor, DPL = CPL. */
  static void nullStack(Segment ss, int selector, int cpl) {
    ss.set(selector, 0, 0, Segment.UNUSABLE | cpl << 5);
  }

  private static void loadData(Cpu cpu, Segment s, int selector) {
    if (Descriptors.isNull(selector)) {
      s.set(selector, 0, 0, Segment.UNUSABLE);
      return;
    }
    Descriptor d = Descriptors.read(cpu, selector, Vector.GP);
    boolean checked = !d.code() || !d.conforming();
    if (!d.readable() || checked && Math.max(cpu.cpl, Descriptors.rpl(selector)) > d.dpl()) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    Descriptors.accessed(cpu, d).into(s, selector);
  }

  /** MOV Sreg. */
  static void moveTo(Cpu cpu, int segment, int selector) {
    load(cpu, segment, selector);
    loaded(cpu, segment);
  }

  /** POP Sreg. */
  static void pop(Cpu cpu, int segment, int size) {
    Stack stack = Stack.current(cpu);
    int selector = (int) stack.peek(0, 2); // as PUSH writes no more
    stack.release(size);
    load(cpu, segment, selector);
    stack.commit();
    loaded(cpu, segment);
  }

  /** LDS, LES, LSS, LFS, LGS. */
  static void loadFar(Cpu cpu, int segment, long linear, int size, int register) {
    long offset = Mem.load(cpu, linear, size);
    int selector = (int) Mem.load(cpu, linear + size, 2);
    load(cpu, segment, selector);
    cpu.r[register] = size == 2 ? cpu.r[register] & ~0xFFFFL | offset : offset;
    Modes.update(cpu);
  }

  private static void loaded(Cpu cpu, int segment) {
    if (segment == Seg.SS) {
      cpu.interruptShadow = Cpu.SHADOW_SS;
      cpu.attention = true;
    }
    if (segment <= Seg.DS) {
      Modes.update(cpu);
    }
  }

  /**
   * 16 bytes in 64-bit mode only; compatibility mode loads the 8 it knows (SDM volume 3, 8.2.3).
   */
  private static Descriptor whole(Cpu cpu, Descriptor d) {
    return Modes.code64(cpu) ? Descriptors.extend(cpu, d, Vector.GP) : d;
  }

  /** LLDT. */
  static void loadLdtr(Cpu cpu, int selector) {
    Modes.requireProtected(cpu);
    Modes.requireCpl0(cpu);
    intercept(cpu);
    if (Descriptors.isNull(selector)) {
      cpu.ldtr.set(selector, 0, 0, Segment.UNUSABLE);
      return;
    }
    Descriptor d = systemDescriptor(cpu, selector);
    if (!d.system(Descriptor.LDT)) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    whole(cpu, d).into(cpu.ldtr, selector);
  }

  /** LTR. */
  static void loadTr(Cpu cpu, int selector) {
    Modes.requireProtected(cpu);
    Modes.requireCpl0(cpu);
    intercept(cpu);
    if (Descriptors.isNull(selector)) {
      throw GuestFault.gp(cpu);
    }
    Descriptor d = systemDescriptor(cpu, selector);
    boolean tss16 = d.system(Descriptor.TSS16_AVAILABLE) && !Modes.isLong(cpu);
    if (!tss16 && !d.system(Descriptor.TSS_AVAILABLE)) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    Descriptor wide = whole(cpu, d);
    Descriptors.busy(cpu, wide, true).into(cpu.tr, selector);
  }

  private static Descriptor systemDescriptor(Cpu cpu, int selector) {
    if ((selector & 4) != 0) {
      throw GuestFault.gp(cpu, selector);
    }
    return Descriptors.read(cpu, selector, Vector.GP);
  }

  /** VM exit for LLDT, LTR, SLDT, STR (descriptor-table exiting). */
  static void intercept(Cpu cpu) {
    GuestFault.exit(cpu.nonRoot && cpu.vmx.interceptInstruction(cpu, ExitReason.LDTR_TR, 0));
  }

  /** After a return to an outer level: data segments the new level may not use become null. */
  static void dropPrivileged(Cpu cpu) {
    drop(cpu, cpu.es);
    drop(cpu, cpu.ds);
    drop(cpu, cpu.fs);
    drop(cpu, cpu.gs);
  }

  private static void drop(Cpu cpu, Segment s) {
    if (Descriptors.isNull(s.selector)) {
      // The base stays: a thread's FS and GS bases are set by MSR under a null selector.
      s.selector = 0;
      return;
    }
    boolean conformingCode = (s.type() & 12) == 12;
    if (s.dpl() < cpu.cpl && !conformingCode) {
      s.set(0, 0, 0, Segment.UNUSABLE);
    }
  }
}
