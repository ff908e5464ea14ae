package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/** JMP, CALL and RET to other segments (SDM volume 2; volume 3, 5.8 and 5.14). */
final class FarTransfers {
  private FarTransfers() {}

  static void jump(Cpu cpu, int selector, long offset, int size) {
    long to = offset & Mem.mask(size);
    if (!Modes.isProtected(cpu)) {
      CodeLoads.commitReal(cpu, selector, to);
      return;
    }
    Descriptor d = CodeLoads.target(cpu, selector);
    if (d.code()) {
      CodeLoads.checkDirect(cpu, d, selector);
      CodeLoads.checkOffset(cpu, d, to);
      CodeLoads.commit(cpu, d, selector, cpu.cpl);
      cpu.nextRip = to;
    } else if (isCallGate(cpu, d)) {
      jumpGate(cpu, gate(cpu, d, selector));
    } else {
      task(cpu, d, selector, TaskSwitch.JUMP);
    }
  }

  private static void jumpGate(Cpu cpu, Descriptor gate) {
    int selector = gate.gateSelector();
    Descriptor d = gateTarget(cpu, selector);
    CodeLoads.checkDirect(cpu, d, selector & ~3);
    long to = gateOffset(gate);
    CodeLoads.checkOffset(cpu, d, to);
    CodeLoads.commit(cpu, d, selector, cpu.cpl);
    cpu.nextRip = to;
  }

  static void call(Cpu cpu, int selector, long offset, int size) {
    long to = offset & Mem.mask(size);
    if (!Modes.isProtected(cpu)) {
      callReal(cpu, selector, to, size);
      return;
    }
    Descriptor d = CodeLoads.target(cpu, selector);
    if (d.code()) {
      CodeLoads.checkDirect(cpu, d, selector);
      callSame(cpu, d, selector, to, size);
    } else if (isCallGate(cpu, d)) {
      callGate(cpu, gate(cpu, d, selector));
    } else {
      task(cpu, d, selector, TaskSwitch.CALL);
    }
  }

  private static void callReal(Cpu cpu, int selector, long to, int size) {
    if (to > cpu.cs.limit) {
      throw GuestFault.gp(cpu);
    }
    Stack stack = Stack.current(cpu);
    stack.push(cpu.cs.selector, size);
    stack.push(cpu.nextRip, size);
    CodeLoads.commitReal(cpu, selector, to);
    stack.commit();
  }

  private static void callSame(Cpu cpu, Descriptor d, int selector, long to, int size) {
    CodeLoads.checkOffset(cpu, d, to);
    Stack stack = Stack.forCode(cpu, d);
    stack.push(cpu.cs.selector, size);
    stack.push(cpu.nextRip, size);
    CodeLoads.commit(cpu, d, selector, cpu.cpl);
    stack.commit();
    cpu.nextRip = to;
  }

  private static void callGate(Cpu cpu, Descriptor gate) {
    int selector = gate.gateSelector();
    Descriptor d = gateTarget(cpu, selector);
    if (d.dpl() > cpu.cpl) {
      throw GuestFault.gp(cpu, selector);
    }
    CodeLoads.checkPresent(cpu, d, selector);
    CodeLoads.checkOffset(cpu, d, gateOffset(gate));
    int size = Modes.isLong(cpu) ? 8 : gate.type() == Descriptor.CALL ? 4 : 2;
    if (d.conforming() || d.dpl() == cpu.cpl) {
      callSame(cpu, d, selector, gateOffset(gate), size);
    } else if (Modes.isLong(cpu)) {
      callInnerLong(cpu, d, gate);
    } else {
      callInner(cpu, d, gate, size);
    }
  }

  private static void callInnerLong(Cpu cpu, Descriptor d, Descriptor gate) {
    int cpl = d.dpl();
    Stack stack = Stack.fresh(cpu, cpu.ss, 64, TaskState.rsp(cpu, cpl), cpl);
    stack.push(cpu.ss.selector, 8);
    stack.push(cpu.r[4], 8);
    stack.push(cpu.cs.selector, 8);
    stack.push(cpu.nextRip, 8);
    CodeLoads.commit(cpu, d, gate.gateSelector(), cpl, null, cpl);
    stack.commit();
    cpu.nextRip = gateOffset(gate);
  }

  private static void callInner(Cpu cpu, Descriptor d, Descriptor gate, int size) {
    int cpl = d.dpl();
    TaskState.Inner inner = TaskState.stack(cpu, cpl);
    Descriptor ss = CodeLoads.innerStack(cpu, inner.selector(), cpl);
    Stack old = Stack.current(cpu);
    Stack stack = Stack.inner(cpu, ss, inner, cpl);
    stack.push(cpu.ss.selector, size);
    stack.push(old.pointer(), size);
    for (int i = gate.parameters() - 1; i >= 0; i--) {
      stack.push(old.peek((long) i * size, size), size);
    }
    stack.push(cpu.cs.selector, size);
    stack.push(cpu.nextRip, size);
    CodeLoads.commit(cpu, d, gate.gateSelector(), cpl, ss, inner.selector());
    stack.commit();
    cpu.nextRip = gateOffset(gate);
  }

  static void ret(Cpu cpu, int size, int release) {
    Stack stack = Stack.current(cpu);
    long to = stack.pop(size);
    int selector = (int) stack.pop(size) & 0xFFFF;
    if (!Modes.isProtected(cpu)) {
      CodeLoads.commitReal(cpu, selector, to);
      stack.release(release);
      stack.commit();
      return;
    }
    Descriptor d = Returns.codeFor(cpu, selector);
    stack.release(release);
    if (Descriptors.rpl(selector) == cpu.cpl) {
      CodeLoads.checkOffset(cpu, d, to);
      CodeLoads.commit(cpu, d, selector, cpu.cpl);
      stack.commit();
    } else {
      Returns.toOuter(cpu, d, selector, to, stack, size, release);
    }
    cpu.nextRip = to;
  }

  // Gates

  private static boolean isCallGate(Cpu cpu, Descriptor d) {
    return d.type() == Descriptor.CALL || d.type() == Descriptor.CALL16 && !Modes.isLong(cpu);
  }

  private static Descriptor gate(Cpu cpu, Descriptor d, int selector) {
    if (d.dpl() < Math.max(cpu.cpl, Descriptors.rpl(selector))) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    return Descriptors.extend(cpu, d, Vector.GP);
  }

  private static Descriptor gateTarget(Cpu cpu, int selector) {
    Descriptor d = CodeLoads.target(cpu, selector);
    boolean wrongSize = Modes.isLong(cpu) && (!d.long64() || d.big());
    if (!d.code() || wrongSize) {
      throw GuestFault.gp(cpu, selector);
    }
    return d;
  }

  private static long gateOffset(Descriptor gate) {
    return gate.type() == Descriptor.CALL ? gate.gateOffset() : gate.gateOffset() & 0xFFFF;
  }

  private static void task(Cpu cpu, Descriptor d, int selector, int source) {
    if (Modes.isLong(cpu)) {
      throw GuestFault.gp(cpu, selector);
    }
    TaskSwitch.through(cpu, d, selector, source);
  }
}
