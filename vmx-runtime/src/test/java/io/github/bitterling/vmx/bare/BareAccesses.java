package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DATA;
import static io.github.bitterling.vmx.bare.BareLayout.TABLE;

import io.github.bitterling.vmx.bare.BareDraw.Mode;

/** Instructions whose interest is in their accesses to memory and ports. */
final class BareAccesses {
  private final BareDraw draw;
  private final BareCode code;

  BareAccesses(BareDraw draw, BareCode code) {
    this.draw = draw;
    this.code = code;
  }

  void memory() {
    int what = draw.random.nextInt(10);
    switch (what) {
      case 0 -> operand(1, 0x8B);
      case 1 -> operand(1, 0x89);
      case 2 -> operand(3, 0x01);
      case 3 -> operand(3, 0x87);
      case 4 -> nearBranch();
      case 5 -> {
        if (code.first() && draw.chance(3)) {
          code.plain();
          code.emit(0xF3);
          count();
        }
        code.emit(draw.pick(0xA4, 0xA5, 0xA5, 0xAB, 0xA7));
        code.dataPointer(6);
        code.dataPointer(7);
      }
      case 6 -> enter();
      case 7 -> code.emit(draw.mode == Mode.LONG ? 0x50 : draw.pick(0x60, 0x61));
      case 8 -> operand(3, 0x0F, 0xB1);
      default -> operand(0, 0x8F);
    }
    if (draw.chance(6)) {
      draw.c.state.reg[4] += draw.pick(-0x800, 0x100, 0x400, 0xF8, 0x3FC);
    }
    if (what == 6) {
      draw.c.state.reg[5] = draw.c.state.reg[4] + 0x20;
    }
  }

  private void operand(int reg, int... opcode) {
    code.emit(opcode);
    code.modrm(reg, false);
  }

  /** PUSH, CALL or JMP; for JMP in 16-bit code sometimes beyond the limit. */
  private void nearBranch() {
    int form = draw.pick(6, 2, 4);
    operand(form, 0xFF);
    if (form != 6) {
      long beyond = form == 4 && draw.codeBits() == 16 && draw.chance(4) ? 0x10000 : 0;
      draw.c.put(code.operand(), draw.target() | beyond, 8);
    }
  }

  /**
   * Without a prefix in 64-bit mode, where Bochs does not look at it, and without breakpoints,
   * which Bochs meets when it looks whether the new top can be written.
   */
  private void enter() {
    if (draw.c.state.dr7 != 0x400) {
      code.emit(0x90);
      return;
    }
    if (draw.mode == Mode.LONG) {
      code.plain();
    }
    code.emit(0xC8, draw.random.nextInt(16), 0, draw.random.nextInt(3));
  }

  void port() {
    draw.c.state.reg[2] = BareDraw.FREE_PORTS + draw.random.nextInt(draw.chance(2) ? 8 : 0x1F8);
    switch (draw.random.nextInt(4)) {
      case 0 ->
          code.emit(
              draw.pick(0xE4, 0xE5, 0xE6, 0xE7), BareDraw.FREE_LOW_PORTS + draw.random.nextInt(8));
      case 1 -> portString();
      default -> code.emit(draw.pick(0xEC, 0xED, 0xEE, 0xEF));
    }
  }

  /** Not 0 with breakpoints: Bochs meets one of I/O before it looks at the count. */
  private void count() {
    draw.c.state.reg[1] = draw.random.nextInt(5) | (draw.c.state.dr7 == 0x400 ? 0 : 1);
  }

  /** INS, OUTS, repeated or not. */
  private void portString() {
    if (draw.chance(2)) {
      code.plain();
      code.emit(0xF3);
      count();
    }
    code.dataPointer(6);
    code.dataPointer(7);
    code.emit(draw.pick(0x6C, 0x6D, 0x6E, 0x6F));
  }

  /**
   * A page is used, its entry changed, the translation forgotten, the page used again: at level 0
   * with page tables.
   */
  void remap() {
    BareState s = draw.c.state;
    long page = DATA >> 12;
    int size = (s.cr4 & 0x20) != 0 ? 8 : 4;
    s.reg[6] = DATA + 8 * draw.random.nextInt(16);
    s.reg[7] = TABLE + size * page;
    s.reg[0] =
        (draw.chance(2) ? page + 1 : page) << 12
            | draw.random.nextInt(0x80)
            | draw.pick(0, 0x100)
            | (draw.chance(8) ? 0 : 1);
    s.reg[5] = s.cr4 ^ BareRegisters.PGE;
    step(0x8B, at(1, 6));
    step(0x89, at(0, 7));
    switch (draw.random.nextInt(3)) {
      case 0 -> step(0x0F, 0x01, at(7, 6));
      case 1 -> {
        step(0x0F, 0x20, 0xDB);
        step(0x0F, 0x22, 0xDB);
      }
      default -> step(0x0F, 0x22, 0xE5);
    }
    step(draw.pick(0x8B, 0x89, 0x01), at(2, 6));
  }

  private int at(int reg, int pointer) {
    return reg << 3 | (draw.codeBits() == 16 ? pointer - 2 : pointer);
  }

  private void step(int... bytes) {
    code.start();
    code.emit(bytes);
    code.end();
  }
}
