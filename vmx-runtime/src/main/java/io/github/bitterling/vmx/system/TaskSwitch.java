package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Seg;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** Task switches by JMP, CALL, IRET and gates, outside long mode (SDM volume 3, 7.3). */
final class TaskSwitch {
  static final int CALL = 0;
  static final int IRET = 1;
  static final int JUMP = 2;
  static final int GATE = 3;

  /** L0-L3 and LE of DR7, which a task switch clears (SDM volume 3, 18.2.4). */
  private static final long LOCAL_BREAKPOINTS = 0x155;

  private static final int[] ORDER = {Seg.ES, Seg.CS, Seg.SS, Seg.DS, Seg.FS, Seg.GS};

  private TaskSwitch() {}

  /** Far JMP or CALL whose target is a TSS or a task gate. */
  static void through(Cpu cpu, Descriptor d, int selector, int source) {
    boolean gate = d.system(Descriptor.TASK_GATE);
    if (!gate && (Descriptors.isLocal(selector) || !available(d))) {
      throw GuestFault.gp(cpu, selector);
    }
    if (d.dpl() < Math.max(cpu.cpl, Descriptors.rpl(selector))) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    run(cpu, gate ? d.gateSelector() : selector, source);
    start(cpu);
    cpu.nextRip = cpu.rip;
  }

  /** IRET with NT set: back to the task whose selector the current TSS holds. */
  static void back(Cpu cpu) {
    int selector = (int) Descriptors.system(cpu, cpu.tr.base, 2);
    run(cpu, selector, IRET);
    start(cpu);
    cpu.nextRip = cpu.rip;
  }

  /** Before the first instruction of the new task, after an error code was pushed. */
  static void start(Cpu cpu) {
    if (cpu.rip > cpu.cs.limit) {
      throw GuestFault.gp(cpu);
    }
  }

  private static boolean available(Descriptor d) {
    return d.system(Descriptor.TSS_AVAILABLE) || d.system(Descriptor.TSS16_AVAILABLE);
  }

  /**
   * Switches; the old task resumes at {@code cpu.nextRip}, the new one starts at {@code cpu.rip}.
   */
  static void run(Cpu cpu, int selector, int source) {
    if (cpu.inRegion) {
      // Half a task switch cannot be repeated: tier 0 does it, where no store is handed back
      cpu.fault = Cpu.FAULT_RETRY;
      throw GuestFault.RECORDED;
    }
    int vector = source == IRET ? Vector.TS : Vector.GP;
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptTaskSwitch(cpu, selector, source));
    }
    if (Descriptors.isLocal(selector) || Descriptors.isNull(selector)) {
      throw GuestFault.exception(cpu, vector, selector & 0xFFFC);
    }
    Descriptor d = Descriptors.read(cpu, selector, vector);
    boolean right =
        source == IRET
            ? d.system(Descriptor.TSS_BUSY) || d.system(Descriptor.TSS16_BUSY)
            : available(d);
    if (!right) {
      throw GuestFault.exception(cpu, vector, selector & 0xFFFC);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    boolean wide = (d.type() & 8) != 0;
    if (d.limit() < (wide ? 0x67 : 0x2B)) {
      throw GuestFault.ts(cpu, selector);
    }
    checkPages(cpu, d, source);
    clearBusy(cpu, source);
    save(cpu, source);
    link(cpu, d, source);
    long[] image = read(cpu, d.base(), wide);
    mark(cpu, d, selector, source);
    enter(cpu, image, wide, source);
  }

  /** Everything the switch will read or write before it enters the new task is accessible. */
  private static void checkPages(Cpu cpu, Descriptor d, int source) {
    long last = d.base() + ((d.type() & 8) != 0 ? 0x67 : 0x2B);
    Descriptors.system(cpu, d.base(), 1);
    Descriptors.system(cpu, last, 1);
    if (source == CALL || source == GATE) {
      Descriptors.checkWritable(cpu, d.base(), 2);
    } else {
      Descriptor old = Descriptors.peek(cpu, cpu.tr.selector);
      if (old != null) {
        Descriptors.checkWritable(cpu, old.address() + 4, 4);
      }
    }
    boolean wide = (cpu.tr.type() & 8) != 0;
    Descriptors.checkWritable(cpu, cpu.tr.base + (wide ? 0x20 : 0x0E), 1);
    Descriptors.checkWritable(cpu, cpu.tr.base + (wide ? 0x5D : 0x29), 1);
    if (source != IRET) {
      Descriptors.checkWritable(cpu, d.address() + 4, 4);
    }
  }

  /** Word 0..: EIP, EFLAGS, 8 registers, 6 selectors, LDT, CR3, T. */
  private static long[] read(Cpu cpu, long base, boolean wide) {
    long[] image = new long[19];
    int size = wide ? 4 : 2;
    int start = wide ? 0x20 : 0x0E;
    for (int i = 0; i < 10; i++) {
      image[i] = Descriptors.system(cpu, base + start + (long) i * size, size);
    }
    int selectors = wide ? 6 : 4;
    long at = base + start + 10L * size;
    for (int i = 0; i < selectors; i++) {
      image[10 + i] = Descriptors.system(cpu, at + (long) i * size, 2);
    }
    image[16] = Descriptors.system(cpu, at + (long) selectors * size, 2);
    image[17] = wide ? Descriptors.system(cpu, base + 0x1C, 4) : cpu.cr3;
    image[18] = wide ? Descriptors.system(cpu, base + 0x64, 2) & 1 : 0;
    return image;
  }

  private static void save(Cpu cpu, int source) {
    boolean wide = (cpu.tr.type() & 8) != 0;
    int size = wide ? 4 : 2;
    long at = cpu.tr.base + (wide ? 0x20 : 0x0E);
    long flags = cpu.flags();
    if (source == IRET) {
      flags &= ~(long) Cpu.NT;
    }
    Descriptors.setSystem(cpu, at, size, cpu.nextRip);
    Descriptors.setSystem(cpu, at + size, size, flags);
    for (int i = 0; i < 8; i++) {
      Descriptors.setSystem(cpu, at + (2L + i) * size, size, cpu.r[i]);
    }
    int selectors = wide ? 6 : 4;
    for (int i = 0; i < selectors; i++) {
      Descriptors.setSystem(cpu, at + (10L + i) * size, 2, cpu.segments[ORDER[i]].selector);
    }
  }

  private static void clearBusy(Cpu cpu, int source) {
    if (source == JUMP || source == IRET) {
      Descriptor old = Descriptors.peek(cpu, cpu.tr.selector);
      if (old != null) {
        Descriptors.busy(cpu, old, false);
      }
    }
  }

  private static void link(Cpu cpu, Descriptor d, int source) {
    if (source == CALL || source == GATE) {
      Descriptors.setSystem(cpu, d.base(), 2, cpu.tr.selector);
    }
  }

  private static void mark(Cpu cpu, Descriptor d, int selector, int source) {
    Descriptor entered = source == IRET ? d : Descriptors.busy(cpu, d, true);
    entered.into(cpu.tr, selector);
  }

  private static void enter(Cpu cpu, long[] image, boolean wide, int source) {
    cpu.cr0 |= Bits.CR0_TS;
    cpu.dr[7] &= ~LOCAL_BREAKPOINTS;
    if (wide && (cpu.cr0 & Bits.CR0_PG) != 0 && image[17] != cpu.cr3) {
      ControlRegisters.loadCr3(cpu, image[17]);
    }
    long flags = image[1];
    if (source == CALL || source == GATE) {
      flags |= Cpu.NT;
    }
    cpu.setFlags(flags & Flags.DEFINED); // a 16-bit task is never one of virtual-8086 mode
    cpu.taskSwitched = true;
    for (int i = 0; i < 8; i++) {
      cpu.r[i] = wide ? image[2 + i] : cpu.r[i] & ~0xFFFFL | image[2 + i];
    }
    cpu.rip = image[0];
    loadSelectors(cpu, image);
    if (image[18] != 0) {
      cpu.pendingDebug |= Bits.DR6_BT;
    }
    Flags.changed(cpu);
  }

  private static void loadSelectors(Cpu cpu, long[] image) {
    for (int i = 0; i < 6; i++) {
      cpu.segments[ORDER[i]].set((int) image[10 + i], 0, 0, Segment.UNUSABLE);
    }
    cpu.ldtr.set((int) image[16], 0, 0, Segment.UNUSABLE);
    loadLdt(cpu, (int) image[16]);
    if (cpu.flag(Cpu.VM)) {
      for (int i = 0; i < 6; i++) {
        cpu.segments[i].setReal((int) image[10 + i], SegmentLoads.V86_ATTRIBUTES);
      }
      cpu.cpl = 3;
      Modes.update(cpu);
      return;
    }
    cpu.cpl = (int) image[11] & 3;
    loadCode(cpu, (int) image[11]);
    int ss = (int) image[12];
    Descriptors.accessed(cpu, CodeLoads.innerStack(cpu, ss, cpu.cpl)).into(cpu.ss, ss);
    for (int i : new int[] {3, 0, 4, 5}) {
      asTaskFault(cpu, ORDER[i], (int) image[10 + i]);
    }
    Modes.update(cpu);
  }

  private static void loadLdt(Cpu cpu, int selector) {
    if (Descriptors.isNull(selector)) {
      return;
    }
    Descriptor d = (selector & 4) != 0 ? null : Descriptors.peek(cpu, selector);
    if (d == null || !d.system(Descriptor.LDT) || !d.present()) {
      throw GuestFault.ts(cpu, selector);
    }
    d.into(cpu.ldtr, selector);
  }

  private static void loadCode(Cpu cpu, int selector) {
    Descriptor d = Descriptors.peek(cpu, selector);
    int rpl = Descriptors.rpl(selector);
    if (d == null || !d.code() || (d.conforming() ? d.dpl() > rpl : d.dpl() != rpl)) {
      throw GuestFault.ts(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    CodeLoads.commit(cpu, d, selector, rpl);
  }

  /** Data segments: what MOV reports as #GP is #TS in the new task. */
  private static void asTaskFault(Cpu cpu, int segment, int selector) {
    try {
      SegmentLoads.load(cpu, segment, selector);
    } catch (GuestFault fault) {
      if (cpu.fault == Cpu.FAULT_EXCEPTION && cpu.faultVector == Vector.GP) {
        cpu.faultVector = Vector.TS;
      }
      throw fault;
    }
  }
}
