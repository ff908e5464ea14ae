package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.paging.SegmentChecks;

/** Loading CS: the checks that far transfers, interrupt delivery and returns share. */
final class CodeLoads {
  private CodeLoads() {}

  /**
   * Descriptor of the target code segment; null selectors are #GP(0), others outside the table
   * #GP(selector).
   */
  static Descriptor target(Cpu cpu, int selector) {
    if (Descriptors.isNull(selector)) {
      throw GuestFault.gp(cpu);
    }
    Descriptor d = Descriptors.read(cpu, selector, Vector.GP);
    if (d.segment() && !d.code()) {
      throw GuestFault.gp(cpu, selector);
    }
    return d;
  }

  /** Direct transfer at the current level (SDM volume 3, 5.8.1). */
  static void checkDirect(Cpu cpu, Descriptor d, int selector) {
    boolean allowed =
        d.conforming()
            ? d.dpl() <= cpu.cpl
            : d.dpl() == cpu.cpl && Descriptors.rpl(selector) <= cpu.cpl;
    if (!allowed) {
      throw GuestFault.gp(cpu, selector);
    }
    checkPresent(cpu, d, selector);
  }

  static void checkPresent(Cpu cpu, Descriptor d, int selector) {
    if (Modes.isLong(cpu) && d.long64() && d.big()) {
      throw GuestFault.gp(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.np(cpu, selector);
    }
  }

  /** The new instruction pointer must lie in the segment, or be canonical for 64-bit code. */
  static void checkOffset(Cpu cpu, Descriptor d, long offset) {
    boolean wide = Modes.isLong(cpu) && d.long64();
    boolean outside =
        wide ? !SegmentChecks.canonical(offset) : Long.compareUnsigned(offset, d.limit()) > 0;
    if (outside) {
      throw GuestFault.gp(cpu);
    }
  }

  /** Commits CS and the privilege level; the caller sets the instruction pointer. */
  static void commit(Cpu cpu, Descriptor d, int selector, int cpl) {
    Descriptor marked = Descriptors.accessed(cpu, d);
    marked.into(cpu.cs, selector & ~3 | cpl);
    cpu.cpl = cpl;
    Modes.update(cpu);
  }

  /**
   * Commits CS and SS of another privilege level. Both descriptors are marked before a register
   * changes, so a fault on the way leaves the registers alone.
   *
   * @param stack null for the null selector of 64-bit mode
   */
  static void commit(
      Cpu cpu, Descriptor code, int selector, int cpl, Descriptor stack, int stackSelector) {
    Descriptor markedCode = Descriptors.accessed(cpu, code);
    Descriptor markedStack = stack == null ? null : Descriptors.accessed(cpu, stack);
    commit(cpu, markedCode, selector, cpl);
    if (markedStack == null) {
      SegmentLoads.nullStack(cpu.ss, stackSelector, cpl);
    } else {
      markedStack.into(cpu.ss, stackSelector);
    }
    Modes.update(cpu);
  }

  /** Real and virtual-8086 mode. */
  static void commitReal(Cpu cpu, int selector, long offset) {
    if (offset > cpu.cs.limit) {
      throw GuestFault.gp(cpu);
    }
    SegmentLoads.loadReal(cpu, cpu.cs, selector);
    cpu.nextRip = offset;
    Modes.update(cpu);
  }

  /**
   * Stack segment for level {@code cpl} from a TSS; all problems are #TS, an absent segment #SS.
   * What loads it marks it as accessed.
   */
  static Descriptor innerStack(Cpu cpu, int selector, int cpl) {
    if (Descriptors.isNull(selector)) {
      throw GuestFault.ts(cpu, selector);
    }
    Descriptor d = Descriptors.read(cpu, selector, Vector.TS);
    if (Descriptors.rpl(selector) != cpl || d.dpl() != cpl || !d.writableData()) {
      throw GuestFault.ts(cpu, selector);
    }
    if (!d.present()) {
      throw GuestFault.ss(cpu, selector);
    }
    return d;
  }

  /** The hidden part of a stack segment as a register of its own. */
  static Segment segment(Descriptor d, int selector) {
    Segment s = new Segment();
    d.into(s, selector);
    return s;
  }
}
