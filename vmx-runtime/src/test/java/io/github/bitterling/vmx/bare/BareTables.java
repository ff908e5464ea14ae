package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DATA;
import static io.github.bitterling.vmx.bare.BareLayout.GDT;
import static io.github.bitterling.vmx.bare.BareLayout.HANDLERS;
import static io.github.bitterling.vmx.bare.BareLayout.IDT;
import static io.github.bitterling.vmx.bare.BareLayout.LDT;
import static io.github.bitterling.vmx.bare.BareLayout.TASK16;
import static io.github.bitterling.vmx.bare.BareLayout.TASK32;
import static io.github.bitterling.vmx.bare.BareLayout.TSS;

import io.github.bitterling.vmx.bare.BareDraw.Mode;

/** GDT, LDT, IDT and task-state segments of a case. */
final class BareTables {
  private static final int FIRST_RANDOM = 20;
  private static final int VM = 0x20000;

  /** TF, IF, IOPL, NT, RF, ID. */
  private static final int SYSTEM_FLAGS = 0x217300;

  private final BareDraw draw;

  BareTables(BareDraw draw) {
    this.draw = draw;
  }

  void fill() {
    descriptors();
    interrupts();
    tasks();
  }

  private static long descriptor(long base, long limit, int access, int flags) {
    return limit & 0xFFFF
        | (base & 0xFFFFFF) << 16
        | (long) access << 40
        | (limit >> 16 & 0xF) << 48
        | (long) flags << 52
        | (base >>> 24 & 0xFF) << 56;
  }

  private void descriptors() {
    draw.c.state.gdtr = GDT;
    draw.c.state.gdtrLimit = 8 * BareDraw.GDT_ENTRIES - 1;
    int codeFlags = draw.isLong() ? 0xA : draw.mode == Mode.PROT16 ? 0x0 : 0xC;
    int dataFlags = draw.mode == Mode.PROT16 ? 0x0 : 0xC;
    long limit = draw.mode == Mode.PROT16 ? 0xFFFF : 0xFFFFF;
    int[] rings = {0, 3, 1, 2};
    for (int i = 0; i < 4; i++) {
      int dpl = rings[i] << 5;
      int fresh = draw.chance(2) ? 0 : 1;
      draw.c.put(GDT + 8 + 16 * i, descriptor(0, limit, 0x9A | dpl | fresh, codeFlags), 8);
      draw.c.put(GDT + 16 + 16 * i, descriptor(0, limit, 0x92 | dpl | fresh, dataFlags), 8);
    }
    for (int i = 0; i < 4; i++) {
      draw.c.put(
          GDT + BareDraw.COMPAT_CODE + 8 * i, descriptor(0, 0xFFFFF, 0x9B | rings[i] << 5, 0xC), 8);
    }
    draw.c.put(GDT + BareDraw.STACK16, descriptor(0, 0xFFFF, 0x93, 0), 8);
    draw.c.put(GDT + BareDraw.STACK16 + 8, descriptor(0, 0xFFFF, 0xF3, 0), 8);
    draw.c.put(GDT + 0x48, descriptor(LDT, 8 * BareDraw.LDT_ENTRIES - 1, 0x82, 0), 8);
    for (int i = FIRST_RANDOM; i < BareDraw.GDT_ENTRIES; i++) {
      draw.c.put(GDT + 8 * i, anyDescriptor(), 8);
    }
    for (int i = 0; i < BareDraw.LDT_ENTRIES; i++) {
      draw.c.put(LDT + 8 * i, anyDescriptor(), 8);
    }
  }

  private long anyDescriptor() {
    int type = draw.random.nextInt(16);
    int access = type | draw.random.nextInt(4) << 5 | (draw.chance(8) ? 0 : 0x80);
    if (!draw.chance(4)) {
      long limit = draw.pick(0xFFFFF, 0xFFFF, 0xFFF, 0x9FFF, draw.random.nextInt(0x10000));
      int flags = draw.pick(0xC, 0x4, 0x0, 0x8, 0xA, draw.random.nextInt(16));
      return descriptor(draw.chance(3) ? DATA : 0, limit, access | 0x10, flags);
    }
    if (type == 4 || type == 5 || type == 12 || type >= 14 || type == 6 || type == 7) {
      int target = type == 5 ? draw.pick(0x60, 0x68) : draw.codeSelector();
      int count = draw.isLong() ? 0 : draw.random.nextInt(4);
      return 0x8800 + 2 * draw.random.nextInt(8)
          | (long) target << 16
          | (long) count << 32
          | (long) access << 40;
    }
    return descriptor(
        draw.pick(TSS, TASK32, TASK16, LDT),
        draw.pick(0x67, 0x2B, 0xFFF, 0x20),
        access,
        draw.pick(0, 8));
  }

  private void interrupts() {
    if (draw.segmented()) {
      for (int v = 0; v < BareDraw.VECTORS; v++) {
        draw.c.put(4 * v, HANDLERS + 8 * v, 4);
      }
    }
    if (draw.mode == Mode.REAL) {
      draw.c.state.idtrLimit = draw.chance(8) ? draw.random.nextInt(4 * BareDraw.VECTORS) : 0x3FF;
      return;
    }
    draw.c.state.idtr = IDT;
    int bytes = draw.isLong() ? 16 : 8;
    draw.c.state.idtrLimit = draw.chance(16) ? draw.random.nextInt(40 * bytes) : 40L * bytes - 1;
    for (int v = 0; v < 40; v++) {
      draw.c.put(IDT + bytes * v, gate(v), 8);
    }
  }

  private long gate(int v) {
    int type = draw.pick(14, 14, 15);
    int selector = 8;
    int dpl = draw.pick(0, 3, 3);
    int present = 0x80;
    if (draw.chance(20)) {
      type = draw.isLong() ? draw.pick(14, 15, 12, 6) : draw.pick(6, 7, 14, 15, 5);
      selector = type == 5 ? draw.pick(0x60, 0x68) : draw.codeSelector();
      dpl = draw.random.nextInt(4);
      present = draw.chance(4) ? 0 : 0x80;
    }
    int ist = draw.isLong() && draw.chance(4) ? draw.random.nextInt(8) : 0;
    return HANDLERS + 8 * v
        | (long) selector << 16
        | (long) ist << 32
        | (long) (type | dpl << 5 | present) << 40;
  }

  private void tasks() {
    if (draw.isLong()) {
      draw.c.put(GDT + 0x50, descriptor(TSS, 0x1067, 0x8B, 0), 8);
      for (int i = 0; i < 3; i++) {
        draw.c.put(TSS + 4 + 8 * i, BareDraw.stackTop(i), 8);
      }
      for (int i = 0; i < 7; i++) {
        draw.c.put(TSS + 0x24 + 8 * i, 0x6200 + 0x80 * i, 8);
      }
    } else {
      draw.c.put(GDT + 0x50, descriptor(TSS, 0x1067, 0x8B, 0), 8);
      for (int i = 0; i < 3; i++) {
        draw.c.put(TSS + 4 + 8 * i, BareDraw.stackTop(i), 4);
        draw.c.put(TSS + 8 + 8 * i, new int[] {0x10, 0x31, 0x42}[i], 2);
      }
      task32(TASK32);
      task16(TASK16);
      draw.c.put(TSS, draw.pick(0x60, 0x68), 2);
    }
    draw.c.put(GDT + 0x60, descriptor(TASK32, 0x67, draw.chance(4) ? 0x8B : 0x89, 0), 8);
    draw.c.put(GDT + 0x68, descriptor(TASK16, 0x2B, draw.chance(4) ? 0x83 : 0x81, 0), 8);
    draw.c.put(TSS + 0x66, 0x88, 2);
    // Interrupt redirection below the I/O map
    for (int i = 0; i < 4; i++) {
      draw.c.put(TSS + 0x68 + 8 * i, draw.random.nextLong(), 8);
    }
    for (int i = 0; i < 8; i++) {
      draw.c.put(
          TSS + 0x88 + BareDraw.FREE_PORTS / 8 + 8 * i,
          draw.chance(2) ? 0 : draw.random.nextLong(),
          8);
    }
    draw.c.put(TSS + 0x88 + BareDraw.FREE_LOW_PORTS / 8, draw.random.nextInt(), 4);
  }

  private void task32(int at) {
    draw.c.put(at + 0x20, 0x8900, 4);
    draw.c.put(at + 0x24, taskFlags(), 4);
    for (int i = 0; i < 8; i++) {
      draw.c.put(at + 0x28 + 4 * i, i == 4 ? 0x7700 : draw.random.nextInt(), 4);
    }
    if ((draw.c.word(at + 0x20) >>> 32 & VM) != 0) {
      draw.c.put(at + 0x20, 0x900, 4);
      draw.c.put(at + 0x38, 0x700, 4);
      for (int i = 0; i < 6; i++) {
        draw.c.put(at + 0x48 + 4 * i, i == 1 ? 0x800 : i == 2 ? 0x700 : 0x900, 2);
      }
    } else {
      selectors(at + 0x48, 4);
    }
    draw.c.put(at + 0x60, draw.chance(2) ? 0x48 : 0, 2);
    draw.c.put(at + 0x64, draw.chance(6) ? 1 : 0, 2);
  }

  private int taskFlags() {
    int f = draw.random.nextInt() & BareDraw.STATUS | 2;
    f |= draw.chance(6) ? draw.random.nextInt() & SYSTEM_FLAGS : 0;
    return draw.chance(8) ? f | VM : f;
  }

  private void task16(int at) {
    draw.c.put(at + 0x0E, 0x8A00, 2);
    draw.c.put(at + 0x10, taskFlags(), 2);
    for (int i = 0; i < 8; i++) {
      draw.c.put(at + 0x12 + 2 * i, i == 4 ? 0x7700 : draw.random.nextInt(), 2);
    }
    selectors(at + 0x22, 2);
    // What is above SP in ESP is nobody's
    draw.c.put(
        at + 0x26,
        (draw.c.words.get(at + 0x20) >>> 32 & 3) == 3 ? BareDraw.STACK16 + 8 | 3 : BareDraw.STACK16,
        2);
    draw.c.put(at + 0x2A, draw.chance(2) ? 0x48 : 0, 2);
  }

  /** ES, CS, SS, DS and in a 32-bit TSS FS, GS of a new task, mostly of one privilege. */
  private void selectors(int at, int step) {
    boolean user = draw.chance(2);
    int[] s = {
      user ? 0x23 : 0x10, user ? 0x1B : 8, user ? 0x23 : 0x10, user ? 0x23 : 0x10, 0x23, 0
    };
    for (int i = 0; i < (step == 4 ? 6 : 4); i++) {
      draw.c.put(at + step * i, i != 1 && i != 2 && draw.chance(20) ? draw.selector() : s[i], 2);
    }
  }
}
