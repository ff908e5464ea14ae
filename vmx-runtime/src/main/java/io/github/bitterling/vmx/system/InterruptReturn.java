package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** IRET in all its forms (SDM volume 2). */
final class InterruptReturn {
  private InterruptReturn() {}

  static void run(Cpu cpu, int size) {
    unblockNmis(cpu);
    go(cpu, size);
    if (cpu.nonRoot) {
      cpu.vmx.iretCompleted(cpu);
    }
    cpu.attention = true;
  }

  /** Happens even when IRET faults (SDM volume 3, 6.7.1 and 26.3). */
  private static void unblockNmis(Cpu cpu) {
    if (cpu.nonRoot) {
      cpu.vmx.iretExecuted(cpu);
    } else {
      cpu.attention |= cpu.nmiBlocked;
      cpu.nmiBlocked = false;
    }
  }

  private static void go(Cpu cpu, int size) {
    if (Modes.real(cpu)) {
      real(cpu, size);
    } else if (Modes.v86(cpu)) {
      v86(cpu, size);
    } else if (cpu.flag(Cpu.NT)) {
      nested(cpu);
    } else {
      inProtected(cpu, size);
    }
  }

  private static void real(Cpu cpu, int size) {
    Stack stack = Stack.current(cpu);
    long to = stack.pop(size);
    int selector = (int) stack.pop(size) & 0xFFFF;
    long image = stack.pop(size);
    CodeLoads.commitReal(cpu, selector, to);
    stack.commit();
    Flags.load(cpu, image, size, 0, false);
  }

  private static void v86(Cpu cpu, int size) {
    boolean full = Modes.iopl(cpu) == 3;
    boolean vme = (cpu.cr4 & Bits.CR4_VME) != 0 && size == 2;
    if (!full && !vme) {
      throw GuestFault.gp(cpu);
    }
    Stack stack = Stack.current(cpu);
    long to = stack.pop(size);
    int selector = (int) stack.pop(size) & 0xFFFF;
    long image = stack.pop(size);
    if (!full && Flags.virtualImageFaults(cpu, image)) {
      throw GuestFault.gp(cpu);
    }
    CodeLoads.commitReal(cpu, selector, to);
    stack.commit();
    if (full) {
      Flags.load(cpu, image, size, 3, true);
    } else {
      Flags.loadVirtual(cpu, image);
    }
  }

  private static void nested(Cpu cpu) {
    if (Modes.isLong(cpu)) {
      throw GuestFault.gp(cpu);
    }
    TaskSwitch.back(cpu);
  }

  private static void inProtected(Cpu cpu, int size) {
    Stack stack = Stack.current(cpu);
    long to = stack.pop(size);
    int selector = (int) stack.pop(size) & 0xFFFF;
    long image = stack.pop(size);
    boolean toV86 = (image & Cpu.VM) != 0 && size == 4 && cpu.cpl == 0;
    if (toV86 && !Modes.isLong(cpu)) {
      toVirtual8086(cpu, stack, to, selector, image);
      return;
    }
    Descriptor d = Returns.codeFor(cpu, selector);
    int oldCpl = cpu.cpl;
    if (Descriptors.rpl(selector) != cpu.cpl) {
      Returns.toOuter(cpu, d, selector, to, stack, size, 0);
    } else if (Modes.code64(cpu)) {
      sameLevel64(cpu, d, selector, to, stack, size);
    } else {
      CodeLoads.checkOffset(cpu, d, to);
      CodeLoads.commit(cpu, d, selector, cpu.cpl);
      stack.commit();
    }
    cpu.nextRip = to;
    Flags.load(cpu, image, size, oldCpl, true);
  }

  /** 64-bit mode pops SS:RSP always. */
  private static void sameLevel64(
      Cpu cpu, Descriptor d, int selector, long to, Stack stack, int size) {
    long pointer = stack.pop(size);
    int ssSelector = (int) stack.pop(size) & 0xFFFF;
    Descriptor ss = Returns.outerStack(cpu, d, ssSelector, cpu.cpl);
    CodeLoads.checkOffset(cpu, d, to);
    CodeLoads.commit(cpu, d, selector, cpu.cpl, ss, ssSelector);
    Returns.setPointer(cpu, pointer);
  }

  private static void toVirtual8086(Cpu cpu, Stack stack, long to, int selector, long image) {
    long pointer = stack.pop(4);
    int[] selectors = new int[5];
    for (int i = 0; i < 5; i++) {
      selectors[i] = (int) stack.pop(4) & 0xFFFF;
    }
    if (to > 0xFFFF) {
      throw GuestFault.gp(cpu);
    }
    cpu.setFlags(image & Flags.DEFINED);
    cpu.resumeLoaded = true;
    cpu.cs.setReal(selector, SegmentLoads.V86_ATTRIBUTES);
    Segment[] order = {cpu.ss, cpu.es, cpu.ds, cpu.fs, cpu.gs};
    for (int i = 0; i < 5; i++) {
      order[i].setReal(selectors[i], SegmentLoads.V86_ATTRIBUTES);
    }
    cpu.cpl = 3;
    cpu.r[4] = pointer;
    cpu.nextRip = to;
    Modes.update(cpu);
    Flags.changed(cpu);
  }
}
