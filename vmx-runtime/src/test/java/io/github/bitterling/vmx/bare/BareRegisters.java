package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.CODE;
import static io.github.bitterling.vmx.bare.BareLayout.DATA;
import static io.github.bitterling.vmx.bare.BareLayout.GDT;
import static io.github.bitterling.vmx.bare.BareLayout.LDT;
import static io.github.bitterling.vmx.bare.BareLayout.TSS;

import io.github.bitterling.vmx.bare.BareDraw.Mode;
import io.github.bitterling.vmx.cpu.Segment;

/** Segment, control and debug registers and flags of a case. */
final class BareRegisters {
  static final long SMEP = 1 << 20;
  static final long TSD = 1 << 2;
  static final long DE = 1 << 3;
  static final long PGE = 1 << 7;
  private static final long AM = 1 << 18;
  private static final long AC = 1 << 18;
  private static final long VIF = 1 << 19;
  private static final long VIP = 1 << 20;

  private final BareDraw draw;

  BareRegisters(BareDraw draw) {
    this.draw = draw;
  }

  void fill() {
    segments();
    models();
    control();
    flags();
  }

  private void segments() {
    BareState s = draw.c.state;
    s.segment[6].set(0, 0, 0, Segment.UNUSABLE);
    s.segment[7].set(0, 0, 0xFFFF, 0x8B);
    if (draw.segmented()) {
      segmented(s);
    } else {
      selected(s);
    }
    if (draw.mode != Mode.REAL) {
      s.segment[7].set(0x50, TSS, 0x1067, 0x8B);
      if (draw.chance(2)) {
        s.segment[6].set(0x48, LDT, 8 * BareDraw.LDT_ENTRIES - 1, 0x82);
      }
    }
  }

  private void segmented(BareState s) {
    for (int i = 0; i < 6; i++) {
      int selector = i == 1 ? 0x800 : i == 2 ? 0x700 : 0x900;
      s.segment[i].setReal(selector, draw.mode == Mode.V86 ? 0xF3 : i == 1 ? 0x9B : 0x93);
    }
    s.rip = CODE - 0x8000;
    s.reg[4] = 0x700;
  }

  private void selected(BareState s) {
    int ring = draw.ring();
    load(
        1, (draw.mode == Mode.COMPAT ? BareDraw.COMPAT_CODE + 8 * ring : 8 + 16 * ring) | draw.cpl);
    for (int i = 0; i < 6; i++) {
      if (i != 1) {
        load(i, 16 + 16 * ring | draw.cpl);
      }
    }
    if (draw.chance(2)) {
      for (int i : new int[] {0, 4, 5}) {
        s.segment[i].set(0, 0, 0, Segment.UNUSABLE);
      }
    }
    s.rip = CODE;
    s.reg[4] = BareDraw.stackTop(draw.cpl) - 0x100;
    if (draw.mode != Mode.LONG) {
      unusual(s);
    }
  }

  /** Hidden parts no descriptor here has: expand-down, conforming, short, the other stack size. */
  private void unusual(BareState s) {
    if (draw.chance(8)) {
      int limit = draw.pick(0x8FFF, 0x9007, 0x900F, 0x9FFF);
      Segment data = s.segment[draw.pick(0, 3)];
      if (!data.is(Segment.UNUSABLE)) {
        expandDown(data, limit);
      }
    }
    if (draw.chance(12)) {
      expandDown(s.segment[2], draw.pick(0x5FFF, 0x62FB, (int) s.reg[4] - 5, (int) s.reg[4] - 1));
    }
    if (draw.chance(12)) {
      s.segment[2].attributes ^= Segment.DB;
      s.reg[4] |= draw.chance(2) ? 0x10000L * draw.random.nextInt(0x8000) : 0;
    }
    Segment code = s.segment[1];
    if (draw.chance(10)) {
      int dpl = draw.random.nextInt(draw.cpl + 1);
      code.attributes = code.attributes & ~0x60 | 4 | dpl << 5;
    }
    if (draw.chance(16)) {
      code.limit = CODE + draw.random.nextInt(16);
      code.attributes &= ~Segment.G;
    }
  }

  private static void expandDown(Segment s, int limit) {
    s.limit = limit;
    s.attributes = s.attributes & ~Segment.G | 4;
  }

  private void models() {
    BareState s = draw.c.state;
    s.msr[0] = 0x0008_0008L << 32 | (long) draw.pick(0x18, 0x10, 0x1B) << 48;
    s.msr[1] = 0x8B00;
    s.msr[3] = draw.random.nextInt() & 0x47FD5;
    s.msr[4] = DATA;
    s.msr[5] = draw.pick(8, 8, 0, 3, 0x1B, 0x70);
    s.msr[6] = BareDraw.stackTop(0) - 0x40;
    s.msr[7] = 0x8B00;
  }

  private void load(int register, int selector) {
    int at = GDT + (selector & ~7);
    long d = draw.c.words.get(at) | 1L << 40;
    draw.c.put(at, d, 8);
    int attributes = (int) (d >>> 40) & 0xF0FF;
    long limit = d & 0xFFFF | d >>> 32 & 0xF0000;
    boolean big = (attributes & Segment.G) != 0;
    draw.c.state.segment[register].set(selector, 0, big ? limit << 12 | 0xFFF : limit, attributes);
  }

  private void control() {
    BareState s = draw.c.state;
    s.cr0 =
        0x10
            | (draw.mode == Mode.REAL ? 0 : 1)
            | (draw.chance(2) ? 1 << 16 : 0)
            | (draw.chance(2) ? 0x20 : 0)
            | (draw.chance(3) ? AM : 0);
    s.cr4 = draw.chance(2) ? 3 : 0;
    s.cr4 |= draw.chance(12) ? SMEP : 0;
    s.cr4 |= draw.chance(16) ? TSD : 0;
    s.cr4 |= draw.chance(3) ? DE : 0;
    s.cr4 |= draw.chance(4) ? PGE : 0;
    s.efer = draw.isLong() ? 0x500 : 0;
    s.efer |= draw.chance(2) ? 0x800 : 0;
    s.efer |= 1;
  }

  private void flags() {
    long f = draw.random.nextInt() & BareDraw.STATUS | 2;
    f |= (long) draw.random.nextInt(4) << 12;
    f |= draw.chance(16) ? 0x100 : 0;
    f |= draw.chance(2) ? 0x200 : 0;
    f |= draw.chance(4) ? 0x400 : 0;
    f |= draw.chance(8) ? 0x4000 : 0;
    f |= draw.mode != Mode.V86 && draw.chance(4) ? AC : 0; // Bochs enters without the check
    f |= draw.chance(6) ? VIF : 0;
    f |= draw.chance(6) ? VIP : 0;
    f |= draw.mode == Mode.V86 ? 0x20000 : 0;
    draw.c.state.flags = f;
  }
}
