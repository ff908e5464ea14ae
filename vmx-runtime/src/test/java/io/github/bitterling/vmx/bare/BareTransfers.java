package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DATA;

import io.github.bitterling.vmx.bare.BareDraw.Mode;

/** Instructions that load segments or go to other ones. */
final class BareTransfers {
  private final BareDraw draw;
  private final BareCode code;

  BareTransfers(BareDraw draw, BareCode code) {
    this.draw = draw;
    this.code = code;
  }

  void segmentMove() {
    code.emit(draw.chance(4) ? 0x8C : 0x8E);
    if (draw.chance(4)) {
      draw.c.put(DATA, draw.selector(), 2);
    }
    code.modrm(code.last() ? draw.pick(0, 2, 3, 4, 5, 1) : draw.pick(0, 3, 4, 5), true);
  }

  void segmentStack() {
    code.stack(code.stackAddress(), draw.selector(), 2);
    if (draw.mode == Mode.LONG || draw.chance(3)) {
      code.emit(0x0F, draw.pick(0xA0, 0xA1, 0xA8, 0xA9, 0xA1, 0xA9));
    } else {
      code.emit(
          draw.pick(0x06, 0x07, 0x0E, 0x16, code.last() ? 0x17 : 0x07, 0x1E, 0x1F, 0x07, 0x1F));
    }
  }

  void farPointer() {
    boolean extended = draw.chance(4) || draw.mode == Mode.LONG;
    int where = extended ? draw.pick(code.last() ? 0xB2 : 0xB5, 0xB4, 0xB5) : draw.pick(0xC4, 0xC5);
    if (where >= 0xC0) {
      code.emit(where);
    } else {
      code.emit(0x0F, where);
    }
    code.modrm(draw.random.nextInt(code.last() ? 8 : 4), false);
    long target = draw.selector();
    draw.c.put(code.operand(), 0x1234 | target << 8 * Math.min(code.operandSize, 4), 8);
  }

  void farBranch() {
    if (draw.mode == Mode.LONG || draw.chance(2)) {
      code.emit(0xFF);
      code.modrm(draw.chance(2) ? 3 : 5, false);
      draw.c.put(code.operand(), draw.pointer(), 8);
      return;
    }
    code.emit(draw.chance(2) ? 0x9A : 0xEA);
    code.immediate(draw.target(), Math.min(code.operandSize, 4));
    int selector = draw.chance(3) ? draw.pick(0x60, 0x68) : draw.codeSelector();
    code.immediate(draw.segmented() ? 0x800 : selector, 2);
  }

  void farReturn() {
    boolean interrupt = draw.chance(2);
    if (interrupt && !code.first()) {
      usualSize();
    }
    int step = code.operandSize;
    int at = code.stackAddress();
    int cs = returnSelector();
    code.stack(at, draw.segmented() ? 0x10 : draw.target(), step);
    code.stack(at + step, cs, step);
    int next = at + 2 * step;
    if (interrupt) {
      code.stack(next, returnFlags(), step);
      next += step;
      code.emit(0xCF);
    } else if (draw.chance(3)) {
      int extra = 8 * draw.random.nextInt(3);
      code.emit(0xCA, extra, 0);
      next += extra;
    } else {
      code.emit(0xCB);
    }
    code.stack(next, BareDraw.stackTop(draw.random.nextInt(4)) - 0x40, step);
    code.stack(next + step, draw.chance(3) ? draw.dataSelector() : (cs & ~7) + 8 | cs & 3, step);
    for (int k = 2; k < 6; k++) {
      code.stack(next + k * step, draw.selector(), step);
    }
  }

  /**
   * IRET behind other instructions: in 64-bit mode with 64 bits, with which Bochs pops SS:RSP; in
   * virtual-8086 mode with 16, so that IP is in the segment, at which Bochs does not look.
   */
  private void usualSize() {
    if (draw.mode == Mode.LONG) {
      code.plain();
      code.emit(0x48);
      code.operandSize = 8;
    } else if (draw.mode == Mode.V86) {
      code.plain();
    }
  }

  private int returnSelector() {
    if (draw.segmented()) {
      return 0x800;
    }
    return draw.chance(2) ? draw.codeSelector() : 8 + 16 * draw.ring() | draw.cpl;
  }

  private long returnFlags() {
    long f = draw.random.nextInt() & (draw.chance(4) ? 0x3F7FD5 : 0x7ED5);
    boolean toV86 = draw.isProtected() && !draw.isLong() && draw.chance(4);
    return toV86 ? f | 0x20000 : f;
  }

  void interrupt() {
    switch (draw.random.nextInt(6)) {
      case 0 -> code.emit(0xCC);
      case 1 -> code.emit(0xF1);
      case 2 -> code.emit(draw.mode == Mode.LONG ? 0xCC : 0xCE);
      case 3 -> code.emit(0x0F, 0x0B);
      default -> code.emit(0xCD, draw.random.nextInt(BareDraw.VECTORS));
    }
  }

  /** SYSENTER, SYSEXIT, SYSCALL, SYSRET in every mode. */
  void systemCall() {
    BareState s = draw.c.state;
    int what = draw.pick(0x34, 0x35, 0x05, 0x07);
    if (what == 0x35) {
      s.reg[1] = BareDraw.stackTop(3) - 0x80;
      s.reg[2] = draw.chance(8) ? draw.random.nextLong() : draw.target();
    } else if (what == 0x07) {
      s.reg[1] = draw.chance(8) ? draw.random.nextLong() : draw.target();
      s.reg[11] = draw.random.nextInt() & (draw.chance(4) ? 0x3E7FD5 : 0x7ED5);
    }
    code.emit(0x0F, what);
  }
}
