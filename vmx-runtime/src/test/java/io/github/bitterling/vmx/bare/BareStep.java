package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.GDT;
import static io.github.bitterling.vmx.bare.BareLayout.HANDLERS;
import static io.github.bitterling.vmx.bare.BareLayout.IDT;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What one instruction did with the exception it raised, or one event before an instruction.
 *
 * @param images of EFLAGS that it saved
 */
record BareStep(Point before, Point after, List<Image> images) {
  private static final int ENTRY = 8;
  private static final int LONGEST = 15;
  private static final int EIP_IN_TSS = 0x20;
  private static final int EFLAGS_IN_TSS = 0x24;
  private static final int BUSY_TSS32 = 11;
  private static final int DEBUG = 1;
  private static final int DOUBLE_FAULT = 8;
  private static final int ALIGNMENT = 17;
  private static final int GATE_TYPE = 0x1F;
  private static final int TASK_GATE = 5;
  private static final long LMA = 1 << 10;
  private static final long NT = 1 << 14;

  /** Of a selector: where its descriptor is. */
  private static final long INDEX = 0xFFF8;

  /** Single steps, task switches, breakpoints that are enabled, as pending debug exceptions. */
  private static final long TRAPS = 0xD000;

  /**
   * An image of EFLAGS.
   *
   * @param at linear address; -1 for one of 16 bits
   */
  record Image(int at, Kind kind) {}

  /** Why EFLAGS was saved. */
  enum Kind {
    SOFTWARE,
    FAULT,
    DOUBLE_FAULT,
    DEBUG_FAULT,
    DEBUG_TRAP
  }

  /** Registers between two steps. */
  record Point(
      long rip,
      int selector,
      long code,
      long stack,
      boolean wideStack,
      long flags,
      Segment task,
      long efer,
      boolean isProtected,
      long[] debug,
      long traps) {
    static Point of(Cpu cpu) {
      boolean wide = ModeKey.codeSize(cpu.mode) == ModeKey.CODE64;
      long mask = wide ? -1 : cpu.ss.is(Segment.DB) ? 0xFFFFFFFFL : 0xFFFF;
      Segment task = new Segment();
      task.copyFrom(cpu.tr);
      return new Point(
          cpu.rip,
          cpu.cs.selector,
          cpu.rip + (wide ? 0 : cpu.cs.base),
          (wide ? 0 : cpu.ss.base) + (cpu.r[4] & mask),
          (cpu.efer & LMA) != 0,
          cpu.flags(),
          task,
          cpu.efer,
          (cpu.cr0 & 1) != 0,
          cpu.dr.clone(),
          cpu.pendingDebug & TRAPS);
    }

    /** Whether a trap comes before the next instruction. */
    boolean trap() {
      return traps != 0;
    }

    boolean flag(long bit) {
      return (flags & bit) != 0;
    }

    /** The vector whose handler begins here, or -1. */
    int vector(long initialEfer) {
      long offset = rip - HANDLERS;
      if (offset < 0 || offset >= ENTRY * (long) BareDraw.VECTORS || offset % ENTRY != 0) {
        return -1;
      }
      // A long-mode IDT that is read without long mode has the gate of vector n in entry 2n
      boolean left = (initialEfer & ~efer & LMA) != 0 && isProtected;
      return (int) offset / ENTRY * (left ? 2 : 1);
    }
  }

  /** Memory after the step. */
  interface Memory {
    long get32(long linear);
  }

  static BareStep of(Point before, Point after, long initialEfer, Memory memory) {
    int vector = after.vector(initialEfer);
    boolean moved = after.rip != before.rip || after.stack != before.stack;
    List<Image> images = new ArrayList<>();
    if (after.task.base != before.task.base) {
      images.add(inTask(before, after, memory));
      inTaskBetween(before, after, vector, memory).ifPresent(images::add);
      if (vector >= 0) {
        images.add(inNewTask(after, vector, memory));
      }
    } else if (vector >= 0 && moved) {
      images.add(onStack(before, after, vector, memory));
    }
    return new BareStep(before, after, images);
  }

  private static Image inTask(Point before, Point after, Memory memory) {
    long tss = before.task.base;
    int at = before.task.type() == BUSY_TSS32 ? (int) tss + EFLAGS_IN_TSS : -1;
    boolean fault = at >= 0 && memory.get32(tss + EIP_IN_TSS) == (before.rip & 0xFFFFFFFFL);
    boolean debug = (memory.get32(IDT + 8L * DEBUG + 4) >>> 8 & GATE_TYPE) == TASK_GATE;
    Kind met = before.debug[6] == after.debug[6] ? Kind.DOUBLE_FAULT : Kind.DEBUG_FAULT;
    Kind kind = !debug ? Kind.DOUBLE_FAULT : before.trap() ? Kind.DEBUG_TRAP : met;
    return new Image(at, fault ? kind : Kind.SOFTWARE);
  }

  /**
   * A fault of a task just entered, before its first instruction, which another task handles, to
   * which the first is linked: what that saved of it.
   */
  private static Optional<Image> inTaskBetween(
      Point before, Point after, int vector, Memory memory) {
    boolean linked = vector >= 0 || after.flag(NT);
    long descriptor = GDT + (memory.get32(after.task.base) & INDEX);
    long upper = memory.get32(descriptor + 4);
    long base = memory.get32(descriptor + 2) & 0xFFFFFF | upper & 0xFF000000L;
    boolean wide = (upper >>> 8 & GATE_TYPE) == BUSY_TSS32;
    boolean inside = base < BareCase.ARENA - EFLAGS_IN_TSS;
    return linked && wide && inside && base != before.task.base
        ? Optional.of(new Image((int) base + EFLAGS_IN_TSS, Kind.DOUBLE_FAULT))
        : Optional.empty();
  }

  /** A fault of the task just entered, before its first instruction. */
  private static Image inNewTask(Point after, int vector, Memory memory) {
    boolean wide = (memory.get32(IDT + 8L * vector + 4) >>> 11 & 1) != 0;
    int at = wide ? (int) after.stack + (hasError(vector) ? 12 : 8) : -1;
    return new Image(at, vector == DOUBLE_FAULT ? Kind.DOUBLE_FAULT : Kind.FAULT);
  }

  private static Image onStack(Point before, Point after, int vector, Memory memory) {
    int at = image(before, after, vector, memory);
    long saved = at < 0 ? before.rip : memory.get32(at - (after.wideStack ? 16L : 8));
    Kind fault = vector == DOUBLE_FAULT ? Kind.DOUBLE_FAULT : Kind.FAULT;
    Kind debug = before.trap() ? Kind.DEBUG_TRAP : Kind.DEBUG_FAULT;
    return new Image(
        at, (int) saved != (int) before.rip ? Kind.SOFTWARE : vector == DEBUG ? debug : fault);
  }

  /** Behind EIP and CS of what was interrupted, which mostly lie behind an error code. */
  private static int image(Point before, Point after, int vector, Memory memory) {
    int size = after.wideStack ? 8 : 4;
    int expected = hasError(vector) ? 1 : 0;
    for (int word : new int[] {expected, 1 - expected}) {
      long eip = after.stack + (long) word * size;
      long ahead = memory.get32(eip) - (before.rip & 0xFFFFFFFFL);
      boolean code = (memory.get32(eip + size) & 0xFFFF) == before.selector;
      if (code && ahead >= 0 && ahead <= LONGEST) {
        return (int) eip + 2 * size;
      }
    }
    return -1;
  }

  private static boolean hasError(int vector) {
    return vector == DOUBLE_FAULT || vector >= 10 && vector <= 14 || vector == ALIGNMENT;
  }

  /** Whether an instruction has stopped between two iterations. */
  boolean repeats() {
    return images.isEmpty() && before.rip == after.rip;
  }

  /** Whether it was #DB, whatever came of its delivery. */
  boolean debugException() {
    return before.trap() || has(Kind.DEBUG_FAULT) || !has(Kind.SOFTWARE) && statusChanged();
  }

  private boolean statusChanged() {
    return !images.isEmpty() && after.debug[6] != before.debug[6];
  }

  private boolean has(Kind kind) {
    return images.stream().anyMatch(i -> i.kind == kind);
  }
}
