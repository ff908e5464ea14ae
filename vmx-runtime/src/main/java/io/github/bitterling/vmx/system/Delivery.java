package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Seg;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/**
 * Takes an event through the interrupt vector table or the IDT (SDM volume 3, 6.10 to 6.14, 20.1
 * and 20.3). Throws with the nested fault recorded when the delivery itself fails; the state is
 * then as before, but for what was pushed on a stack.
 */
final class Delivery {
  private final Cpu cpu;
  private final int vector;
  private final boolean software;
  private final boolean hasError;
  private final long error;
  private final long returnTo;

  /** Resume flag in the pushed image: faults only. */
  private final boolean resume;

  private Delivery(
      Cpu cpu,
      int vector,
      boolean software,
      boolean hasError,
      long error,
      long returnTo,
      boolean resume) {
    this.cpu = cpu;
    this.vector = vector;
    this.software = software;
    this.hasError = hasError;
    this.error = error;
    this.returnTo = returnTo;
    this.resume = resume;
  }

  /**
   * Delivers and leaves the handler's address in {@code cpu.rip}.
   *
   * @param software INT n, INT3, INTO: gates' DPL counts
   * @param returnTo instruction pointer pushed
   */
  static void run(
      Cpu cpu,
      int vector,
      boolean software,
      boolean hasError,
      long error,
      long returnTo,
      boolean resume) {
    Delivery d = new Delivery(cpu, vector, software, hasError, error, returnTo, resume);
    if (Modes.real(cpu)) {
      d.real();
    } else if (Modes.isLong(cpu)) {
      d.inLongMode();
    } else {
      d.inProtectedMode();
    }
    cpu.interruptShadow = 0;
    cpu.attention = true;
  }

  // Real mode

  private void real() {
    if (vector * 4 + 3 > cpu.idtrLimit) {
      throw GuestFault.exception(cpu, Vector.GP, vector * 8 + 2);
    }
    long entry = Descriptors.system(cpu, cpu.idtrBase + vector * 4L, 4);
    Stack stack = Stack.current(cpu);
    stack.push(cpu.flags(), 2);
    stack.push(cpu.cs.selector, 2);
    stack.push(returnTo, 2);
    long offset = entry & 0xFFFF;
    if (offset > cpu.cs.limit) {
      throw GuestFault.gp(cpu);
    }
    SegmentLoads.loadReal(cpu, cpu.cs, (int) (entry >>> 16));
    stack.commit();
    cpu.rflags &= ~(long) (Cpu.IF | Cpu.TF | Cpu.AC | Cpu.RF);
    cpu.rip = offset;
    Modes.update(cpu);
  }

  // Protected mode

  private void inProtectedMode() {
    Descriptor gate = gate(8);
    int type = gate.type();
    if (gate.segment()
        || type < Descriptor.TASK_GATE
        || type > Descriptor.TRAP
        || type > 7 && type < 14) {
      throw badGate(Vector.GP);
    }
    checkGate(gate);
    if (type == Descriptor.TASK_GATE) {
      throughTask(gate);
      return;
    }
    int selector = gate.gateSelector();
    Descriptor code = handler(selector);
    long to = (type & 8) != 0 ? gate.gateOffset() : gate.gateOffset() & 0xFFFF;
    int size = (type & 8) != 0 ? 4 : 2;
    if (cpu.flag(Cpu.VM)) {
      fromVirtual8086(code, gate, to, size);
    } else if (!code.conforming() && code.dpl() < cpu.cpl) {
      toInner(code, gate, to, size);
    } else {
      sameLevel(code, gate, to, size);
    }
  }

  private void sameLevel(Descriptor code, Descriptor gate, long to, int size) {
    CodeLoads.checkOffset(cpu, code, to);
    Stack stack = Stack.current(cpu);
    pushFrame(stack, size);
    CodeLoads.commit(cpu, code, gate.gateSelector(), cpu.cpl);
    stack.commit();
    enter(gate, to);
  }

  private void toInner(Descriptor code, Descriptor gate, long to, int size) {
    int cpl = code.dpl();
    TaskState.Inner inner = TaskState.stack(cpu, cpl);
    Descriptor ss = CodeLoads.innerStack(cpu, inner.selector(), cpl);
    Stack stack = Stack.inner(cpu, ss, inner, cpl);
    CodeLoads.checkOffset(cpu, code, to);
    stack.push(cpu.ss.selector, size);
    stack.push(cpu.r[4], size);
    pushFrame(stack, size);
    CodeLoads.commit(cpu, code, gate.gateSelector(), cpl, ss, inner.selector());
    stack.commit();
    enter(gate, to);
  }

  private void fromVirtual8086(Descriptor code, Descriptor gate, long to, int size) {
    if (code.conforming() || code.dpl() != 0) {
      throw GuestFault.gp(cpu, gate.gateSelector());
    }
    TaskState.Inner inner = TaskState.stack(cpu, 0);
    Descriptor ss = CodeLoads.innerStack(cpu, inner.selector(), 0);
    Stack stack = Stack.inner(cpu, ss, inner, 0);
    CodeLoads.checkOffset(cpu, code, to);
    for (int s : new int[] {Seg.GS, Seg.FS, Seg.DS, Seg.ES, Seg.SS}) {
      stack.push(cpu.segments[s].selector, size);
    }
    stack.push(cpu.r[4], size);
    pushFrame(stack, size);
    // The last step that can fault (accessed bits), so the flags change after it
    CodeLoads.commit(cpu, code, gate.gateSelector(), 0, ss, inner.selector());
    cpu.rflags &= ~(long) Cpu.VM;
    for (int s : new int[] {Seg.GS, Seg.FS, Seg.DS, Seg.ES}) {
      cpu.segments[s].set(0, 0, 0, Segment.UNUSABLE);
    }
    stack.commit();
    enter(gate, to);
  }

  private void throughTask(Descriptor gate) {
    long saved = cpu.nextRip;
    long flags = cpu.rflags;
    cpu.nextRip = returnTo;
    cpu.rflags |= resume ? Cpu.RF : 0; // in the image saved in the TSS
    try {
      TaskSwitch.run(cpu, gate.gateSelector(), TaskSwitch.GATE);
    } catch (GuestFault fault) {
      cpu.rflags = cpu.tr.selector == gate.gateSelector() ? cpu.rflags : flags;
      throw fault;
    }
    cpu.nextRip = saved;
    if (hasError) {
      Stack stack = Stack.current(cpu);
      stack.push(error, (cpu.tr.type() & 8) != 0 ? 4 : 2);
      stack.commit();
    }
    TaskSwitch.start(cpu);
  }

  // Long mode

  private void inLongMode() {
    Descriptor gate = gate(16);
    if (!gate.system(Descriptor.INTERRUPT) && !gate.system(Descriptor.TRAP)) {
      throw badGate(Vector.GP);
    }
    checkGate(gate);
    int selector = gate.gateSelector();
    Descriptor code = handler(selector);
    long to = gate.gateOffset();
    CodeLoads.checkOffset(cpu, code, to);
    boolean inner = !code.conforming() && code.dpl() < cpu.cpl;
    int cpl = inner ? code.dpl() : cpu.cpl;
    long top =
        gate.ist() != 0
            ? TaskState.ist(cpu, gate.ist())
            : inner ? TaskState.rsp(cpu, cpl) : cpu.r[4];
    Stack stack = Stack.fresh(cpu, cpu.ss, 64, top & -16L, cpl);
    stack.push(cpu.ss.selector, 8);
    stack.push(cpu.r[4], 8);
    pushFrame(stack, 8);
    if (inner) {
      CodeLoads.commit(cpu, code, selector, cpl, null, cpl);
    } else {
      CodeLoads.commit(cpu, code, selector, cpl);
    }
    stack.commit();
    enter(gate, to);
  }

  // Shared

  private Descriptor gate(int bytes) {
    if (vector * bytes + bytes - 1 > cpu.idtrLimit) {
      throw badGate(Vector.GP);
    }
    long address = cpu.idtrBase + (long) vector * bytes;
    long low = Descriptors.system(cpu, address, 8);
    long high = bytes == 16 ? Descriptors.system(cpu, address + 8, 4) : 0;
    return new Descriptor(0, address, low, high);
  }

  private void checkGate(Descriptor gate) {
    if (software && gate.dpl() < cpu.cpl) {
      throw badGate(Vector.GP);
    }
    if (!gate.present()) {
      throw badGate(Vector.NP);
    }
  }

  /** Error code with the IDT bit; EXT is added where the nested fault is classified. */
  private GuestFault badGate(int fault) {
    cpu.raise(fault, vector * 8 + 2);
    return GuestFault.RECORDED;
  }

  private Descriptor handler(int selector) {
    Descriptor d = CodeLoads.target(cpu, selector);
    boolean wrongSize = Modes.isLong(cpu) && (!d.long64() || d.big());
    if (!d.code() || d.dpl() > cpu.cpl || wrongSize) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
    return d;
  }

  private void pushFrame(Stack stack, int size) {
    long image = cpu.flags();
    stack.push(resume ? image | Cpu.RF : image, size);
    stack.push(cpu.cs.selector, size);
    stack.push(returnTo, size);
    if (hasError) {
      stack.push(error, size);
    }
  }

  private void enter(Descriptor gate, long to) {
    long cleared = Cpu.TF | Cpu.NT | Cpu.RF | Cpu.VM;
    if ((gate.type() & 1) == 0) {
      cleared |= Cpu.IF;
    }
    cpu.rflags &= ~cleared;
    cpu.rip = to;
    Modes.update(cpu);
  }
}
