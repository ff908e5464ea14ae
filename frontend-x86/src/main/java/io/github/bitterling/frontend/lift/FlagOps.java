package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.RAX;

import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Instructions on the status flags themselves. */
final class FlagOps {
  private static final int AH_FLAGS = Emit.SF | Emit.ZF | Emit.AF | Emit.PF | Emit.CF;
  private final Emit e;

  FlagOps(Emit e) {
    this.e = e;
  }

  void complementCarry() {
    e.setFlags(e.opk(Op.XOR, Width.W64, e.getFlags(), Emit.CF));
  }

  void clearCarry() {
    e.setFlags(e.opk(Op.AND, Width.W64, e.getFlags(), ~Emit.CF));
  }

  void setCarry() {
    e.setFlags(e.opk(Op.OR, Width.W64, e.getFlags(), Emit.CF));
  }

  /** LAHF: bit 1 of the flags is always set. */
  void toAh() {
    int flags = e.opk(Op.AND, Width.W64, e.getFlags(), AH_FLAGS);
    e.ir.op1(Op.PUTHIGH, Width.W8, e.opk(Op.OR, Width.W64, flags, 2), RAX);
  }

  void fromAh() {
    int kept = e.opk(Op.AND, Width.W64, e.getFlags(), Emit.OF);
    int taken = e.opk(Op.AND, Width.W64, e.ir.op0(Op.GETHIGH, Width.W8, RAX), AH_FLAGS);
    e.setFlags(e.op(Op.OR, Width.W64, kept, taken));
  }

  /** SALC: AL = CF ? FF : 0. */
  void carryToAl() {
    e.put(RAX, Width.W8, e.op(Op.NEG, Width.W8, e.cond(Emit.COND_B)));
  }
}
