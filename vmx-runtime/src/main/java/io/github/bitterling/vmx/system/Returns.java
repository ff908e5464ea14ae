package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** What far RET and IRET share: the code segment checks and the return to an outer level. */
final class Returns {
  private Returns() {}

  /** Checks a popped CS selector (SDM volume 2, RET). */
  static Descriptor codeFor(Cpu cpu, int selector) {
    Descriptor d = CodeLoads.target(cpu, selector);
    int rpl = Descriptors.rpl(selector);
    boolean level = d.conforming() ? d.dpl() <= rpl : d.dpl() == rpl;
    if (!d.code() || rpl < cpu.cpl || !level) {
      throw GuestFault.gp(cpu, selector);
    }
    CodeLoads.checkPresent(cpu, d, selector);
    return d;
  }

  /**
   * Pops SS:rSP, switches to the outer level; {@code release} bytes are dropped from its stack too.
   * The instruction pointer {@code to} is checked last (SDM volume 2, RET).
   */
  static void toOuter(
      Cpu cpu, Descriptor code, int selector, long to, Stack stack, int size, int release) {
    long pointer = stack.pop(size);
    int ssSelector = (int) stack.pop(size) & 0xFFFF;
    int cpl = Descriptors.rpl(selector);
    Descriptor ss = outerStack(cpu, code, ssSelector, cpl);
    CodeLoads.checkOffset(cpu, code, to);
    CodeLoads.commit(cpu, code, selector, cpl, ss, ssSelector);
    setPointer(cpu, pointer + release);
    SegmentLoads.dropPrivileged(cpu);
    cpu.attention |= cpu.flag(Cpu.VIP); // with VIF it is #GP at level 3
    Modes.update(cpu);
  }

  /** Stack segment popped by a return to level {@code cpl}; null for an allowed null selector. */
  static Descriptor outerStack(Cpu cpu, Descriptor code, int selector, int cpl) {
    if (Descriptors.isNull(selector)) {
      boolean allowed = Modes.isLong(cpu) && code.long64() && cpl != 3;
      if (!allowed) {
        throw GuestFault.gp(cpu);
      }
      return null;
    }
    Descriptor d = Descriptors.read(cpu, selector, Vector.GP);
    if (Descriptors.rpl(selector) != cpl || d.dpl() != cpl || !d.writableData()) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.ss(cpu, selector);
    }
    return d;
  }

  /** Loads rSP in the width of the stack just entered. */
  static void setPointer(Cpu cpu, long pointer) {
    if (Modes.code64(cpu)) {
      cpu.r[4] = pointer;
    } else if (cpu.ss.is(Segment.DB)) {
      cpu.r[4] = pointer & 0xFFFFFFFFL;
    } else {
      cpu.r[4] = cpu.r[4] & ~0xFFFFL | pointer & 0xFFFF;
    }
  }
}
