package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.CODE;
import static io.github.bitterling.vmx.bare.BareLayout.DATA;
import static io.github.bitterling.vmx.bare.BareLayout.HANDLERS;

/** Breakpoints a case starts with or loads. */
final class BareDebug {
  private static final long GENERAL_DETECT = 1 << 13;
  private static final int ALWAYS = 0x400;
  private static final long RF = 1 << 16;
  private static final long VIF = 1 << 19;
  private static final long VIP = 1 << 20;
  private static final int INSTRUCTION = 0;
  private static final int PORT = 2;

  private final BareDraw draw;

  BareDebug(BareDraw draw) {
    this.draw = draw;
  }

  void fill() {
    BareState s = draw.c.state;
    if (!draw.chance(4)) {
      return;
    }
    s.dr6 |= draw.chance(4) ? draw.random.nextInt() & 0x600F : 0;
    s.dr7 = enables();
    for (int i = 0; i < 4; i++) {
      s.dr[i] = address((int) (s.dr7 >> 16 + 4 * i) & 3);
    }
    s.flags |= draw.chance(6) ? RF : 0;
    // At an instruction breakpoint Bochs finds both set before it looks at the breakpoint
    s.flags &= (s.flags & VIF) != 0 ? ~VIP : -1L;
  }

  /**
   * A value for DR7, with GD at level 0 only, as Bochs looks at GD before the level; its I/O
   * breakpoints mean something with CR4.DE only, so that is set.
   */
  long enables() {
    long value =
        ALWAYS
            | (draw.cpl == 0 && draw.chance(8) ? GENERAL_DETECT : 0)
            | (draw.chance(4) ? 0x300 : 0);
    for (int i = 0; i < 4; i++) {
      if (draw.chance(2)) {
        continue;
      }
      int kind = draw.pick(INSTRUCTION, 1, PORT, 3);
      int length = kind == INSTRUCTION ? 0 : draw.pick(0, 1, 3);
      value |= (long) draw.pick(1, 2, 3) << 2 * i | (long) (kind | length << 2) << 16 + 4 * i;
      draw.c.state.cr4 |= kind == PORT ? BareRegisters.DE : 0;
    }
    return value;
  }

  /** Something that an access of this kind may well meet. */
  long address(int kind) {
    return switch (kind) {
      case INSTRUCTION -> code();
      case PORT ->
          (draw.chance(4) ? BareDraw.FREE_LOW_PORTS : BareDraw.FREE_PORTS) + draw.random.nextInt(8);
      default -> data();
    };
  }

  private long code() {
    return switch (draw.random.nextInt(4)) {
      case 0 -> CODE;
      case 1 -> CODE + draw.random.nextInt(12);
      case 2 -> 0x8800 + 2 * draw.random.nextInt(8);
      default -> HANDLERS + 8 * draw.random.nextInt(BareDraw.VECTORS);
    };
  }

  /** First bytes of operands: how many are read of a selector on the stack is open. */
  private long data() {
    long top = draw.segmented() ? 0x7700 : BareDraw.stackTop(draw.cpl) - 0x100;
    return switch (draw.random.nextInt(4)) {
      case 0, 1 -> DATA + 8 * draw.random.nextInt(16);
      case 2 -> DATA + 0xFF0 + 8 * draw.random.nextInt(3);
      default -> top + 8 * (draw.random.nextInt(6) - 3);
    };
  }
}
