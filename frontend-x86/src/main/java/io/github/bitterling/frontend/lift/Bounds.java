package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * Memory protection extensions (SDM volume 1, chapter 17, and volume 2): operands to helper
 * arguments. Addresses and bounds have 64 bits in 64-bit mode, whatever prefixes say, else 32.
 * While {@link ModeKey#MPX} is clear all these instructions do nothing.
 */
final class Bounds {
  private static final int REGISTERS = 4;
  private static final int ADDRESS16 = 2;
  private static final int BND_PREFIX = 2;

  private final Emit e;

  Bounds(Emit e) {
    this.e = e;
  }

  /** A near branch without BND prefix initializes the bounds registers. */
  void branch() {
    if (e.mode(ModeKey.BOUNDS_INIT) && e.i.repeat() != BND_PREFIX) {
      e.helper(Helper.BND_INIT);
    }
  }

  /** Whether there is something to do; #UD is dealt with. */
  private boolean active() {
    if (!e.mode(ModeKey.MPX)) {
      return false;
    }
    if (e.i.reg() >= REGISTERS || e.i.addrSize() == ADDRESS16) {
      e.undefined();
      return false;
    }
    return true;
  }

  /** BNDMK, BNDLDX and BNDSTX take no address relative to RIP. */
  private boolean activeWithBase() {
    if (active() && e.i.base() != Insn.RIP) {
      return true;
    }
    if (e.mode(ModeKey.MPX) && !e.ir.ended()) {
      e.undefined();
    }
    return false;
  }

  private int width() {
    return e.code64() ? Width.W64 : Width.W32;
  }

  private int boundsRegister() {
    return e.konst(e.i.reg());
  }

  private int register(int number) {
    return number == Insn.NO_REGISTER ? e.konst(0) : e.get(number, width());
  }

  void make() {
    if (activeWithBase()) {
      int upper = e.op(Op.NOT, width(), e.effectiveAddress(width()));
      e.helper(Helper.BNDMK, boundsRegister(), register(e.i.base()), upper);
    }
  }

  /** BNDCL, BNDCU, BNDCN: a register, or the address of the memory operand. */
  void check(Helper h) {
    if (active()) {
      int address = e.i.isMemory() ? e.effectiveAddress(width()) : e.get(e.i.rm(), width());
      e.helper(h, boundsRegister(), address);
    }
  }

  void load() {
    if (active()) {
      if (e.i.isMemory()) {
        e.helper(Helper.BNDMOV_LOAD, boundsRegister(), operand(false), bytes());
      } else {
        move(e.i.reg(), e.i.rm());
      }
    }
  }

  void store() {
    if (active()) {
      if (e.i.isMemory()) {
        e.helper(Helper.BNDMOV_STORE, boundsRegister(), operand(true), bytes());
      } else {
        move(e.i.rm(), e.i.reg());
      }
    }
  }

  private void move(int to, int from) {
    if (e.i.rm() >= REGISTERS) {
      e.undefined();
    } else {
      e.helper(Helper.BNDMOV, e.konst(to), e.konst(from));
    }
  }

  private int bytes() {
    return e.konst(Width.bytes(width()));
  }

  /** Linear address of both bounds. */
  private int operand(boolean write) {
    int w = width();
    return e.linear(e.effectiveAddress(w), e.i.segment(), w, 2 * Width.bytes(w), write);
  }

  /**
   * BNDLDX, BNDSTX: the base with the displacement says where a pointer lies, the index which
   * pointer it is.
   */
  void table(Helper h) {
    if (activeWithBase()) {
      int w = width();
      boolean based = e.i.base() != Insn.NO_REGISTER;
      int place =
          based ? e.opk(Op.ADD, w, register(e.i.base()), e.i.disp() & Width.mask(w)) : e.konst(0);
      e.helper(h, boundsRegister(), e.unchecked(place), register(e.i.index()));
    }
  }
}
