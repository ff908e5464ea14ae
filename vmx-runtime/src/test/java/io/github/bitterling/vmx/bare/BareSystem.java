package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.bare.BareDraw.Mode;

/** System instructions: descriptor queries, tables, control, debug and model-specific registers. */
final class BareSystem {
  private static final int EFER = 0xC0000080;
  private static final int[] MSRS = {
    EFER, 0xC0000081, 0xC0000082, 0xC0000083, 0xC0000084, 0xC0000102, 0x174, 0x175, 0x176
  };
  private static final int[] HALVES = {0xC0000084, 0x174};

  /** RBP holds what goes to a debug register. */
  private static final int VALUE = 5;

  private final BareDraw draw;
  private final BareCode code;
  private final BareDebug debug;

  BareSystem(BareDraw draw, BareCode code, BareDebug debug) {
    this.draw = draw;
    this.code = code;
    this.debug = debug;
  }

  void query() {
    switch (draw.random.nextInt(5)) {
      case 0 -> code.emit(0x0F, 0x02);
      case 1 -> code.emit(0x0F, 0x03);
      case 2 -> {
        if (draw.mode == Mode.LONG) {
          code.emit(0x0F, 0x02);
        } else {
          code.emit(0x63);
        }
      }
      default -> {
        code.emit(0x0F, 0x00);
        code.modrm(draw.pick(4, 5, 4, 5, 0, 1), true);
        return;
      }
    }
    // RBX may be the next pointer, and a limit of 4 GiB one whose operand Bochs lets wrap
    code.modrm(draw.random.nextInt(code.last() ? 4 : 3), true);
  }

  void tables() {
    if (draw.chance(2)) {
      code.emit(0x0F, 0x00);
      if (draw.chance(2)) {
        draw.c.state.reg[0] = draw.pick(0x48, 0x60, 0x68, 0x50, 0);
      }
      code.modrm(draw.pick(2, 3), true);
    } else {
      code.emit(0x0F, 0x01);
      int what = draw.pick(0, 1, 2, 3, 4, 6);
      code.modrm(what, what >= 4);
    }
  }

  void controlRegister() {
    int cr = draw.pick(0, 3, 4, 2, 0, 4, 1, 8);
    if (cr == 8 && draw.mode != Mode.LONG) {
      cr = 0;
    }
    if (draw.chance(3)) {
      code.emit(0x0F, 0x20, 0xC0 | (cr == 8 ? 2 : cr) << 3);
      return;
    }
    BareState s = draw.c.state;
    switch (cr) {
      case 0 -> s.reg[0] = s.cr0 ^ 1L << draw.pick(0, 1, 2, 3, 5, 16, 18, 29, 30, 31, 31, 0);
      case 4 -> s.reg[0] = s.cr4 ^ 1L << draw.pick(0, 1, 2, 3, 4, 5, 7, 9, 10, 5);
      case 3 -> s.reg[0] = draw.chance(3) && pae(s) ? BarePaging.OTHER_POINTERS : s.cr3;
      default -> cr = 2;
    }
    if (draw.chance(6)) {
      code.emit(0x0F, 0x06);
    } else {
      code.emit(0x0F, 0x22, 0xC0 | cr << 3);
    }
  }

  private boolean pae(BareState s) {
    return s.cr3 == BareLayout.POINTERS;
  }

  void debugRegister() {
    int dr = draw.pick(0, 1, 2, 3, 6, 7, 7, 4, 5);
    if (draw.chance(3)) {
      code.emit(0x0F, 0x21, 0xC0 | dr << 3);
      return;
    }
    BareState s = draw.c.state;
    s.reg[VALUE] =
        switch (dr) {
          case 5, 7 -> debug.enables();
          case 4, 6 -> draw.random.nextInt() & 0xFFFFFFFFL;
          default -> debug.address(draw.pick(0, 1, 2));
        };
    if (draw.chance(12)) {
      s.reg[VALUE] |= 1L << 32 + draw.random.nextInt(32);
    }
    code.emit(0x0F, 0x23, 0xC0 | dr << 3 | VALUE);
  }

  void flagInstruction() {
    switch (draw.random.nextInt(5)) {
      case 0 -> code.emit(0xFA);
      case 1 -> code.emit(0xFB);
      case 2 -> code.emit(0x9C);
      default -> {
        long f = draw.random.nextInt() & (draw.chance(3) ? 0x3FFFD5 : 0x27FED5);
        int size = code.operandSize == 2 ? 2 : draw.mode == Mode.LONG ? 8 : 4;
        code.stack(code.stackAddress(), f & ~0x40000L, size);
        code.emit(0x9D);
      }
    }
  }

  void modelRegister() {
    BareState s = draw.c.state;
    int number = draw.pick(MSRS);
    s.reg[1] = number & 0xFFFFFFFFL;
    if (draw.chance(3)) {
      code.emit(0x0F, 0x32);
      return;
    }
    long value = number == EFER ? s.efer ^ 1L << draw.pick(0, 8, 11, 9, 13) : draw.value();
    boolean half = number == HALVES[0] || number == HALVES[1];
    s.reg[0] = value & 0xFFFFFFFFL;
    s.reg[2] = half ? 0 : draw.chance(4) ? draw.random.nextInt() & 0xFFFFFFFFL : value >>> 32;
    code.emit(0x0F, 0x30);
  }

  void system() {
    switch (draw.random.nextInt(draw.mode == Mode.LONG ? 5 : 4)) {
      case 0 -> halt();
      case 1 -> {
        code.emit(0x0F, 0x01);
        code.modrm(7, false);
      }
      case 2 -> code.emit(0x9B);
      case 3 -> timeStamp();
      default -> code.emit(0x0F, 0x01, 0xF8);
    }
  }

  /** Alone: after other instructions it could be met with TF set, with which Bochs sleeps on. */
  private void halt() {
    if (code.first()) {
      draw.c.state.flags &= ~0x100;
      code.emit(0xF4);
    } else {
      code.emit(0x9B);
    }
  }

  /** Only where it faults: the times differ. */
  private void timeStamp() {
    if (draw.cpl > 0 && (draw.c.state.cr4 & BareRegisters.TSD) != 0) {
      code.emit(0x0F, 0x31);
    } else {
      code.emit(0x0F, 0x08);
    }
  }
}
