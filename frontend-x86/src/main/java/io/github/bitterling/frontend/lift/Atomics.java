package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.RAX;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Op;

/**
 * Exchange-and-something, and fences. While processors take turns at instruction boundaries LOCK
 * itself needs nothing; {@link Emit#locked} says when it does.
 */
final class Atomics {
  private final Emit e;

  Atomics(Emit e) {
    this.e = e;
  }

  void cmpxchg() {
    int w = e.width(0);
    int acc = e.get(RAX, w);
    int src = e.read(1);
    int old = e.readForUpdate(0);
    int equal = e.op(Op.EQ, w, acc, old);
    int r = e.op(Op.SUB, w, acc, old);
    if (e.isMemory(0)) {
      e.update(0, e.select(equal, src, old));
      e.putIf(e.opk(Op.EQ, w, equal, 0), RAX, w, old);
    } else {
      int differ = e.op(Op.NE, w, acc, old);
      int full = e.select(equal, src, old);
      e.putIf(differ, RAX, w, old);
      e.putIf(equal, e.register(0), w, full);
    }
    e.flags(FlagKind.SUB, w, acc, old, r);
  }

  void xadd() {
    int w = e.width(0);
    int b = e.read(1);
    int a = e.readForUpdate(0);
    int r = e.op(Op.ADD, w, a, b);
    if (e.isMemory(0)) {
      e.update(0, r);
      e.update(1, a);
    } else {
      e.update(1, a);
      e.update(0, r);
    }
    e.flags(FlagKind.ADD, w, a, b, r);
  }

  /** CMPXCHG8B, CMPXCHG16B. */
  void wide() {
    boolean sixteen = e.i.opSize() == 8;
    int address = e.addressForHelper(sixteen ? 16 : 8, true);
    Helper helper = sixteen ? Helper.CMPXCHG16B : Helper.CMPXCHG8B;
    if (e.locked()) {
      e.helper(helper, address, e.konst(1));
    } else {
      e.helper(helper, address);
    }
  }

  /** MFENCE; what is run in turns is in order. */
  void fence() {
    if (e.shared()) {
      e.helper(Helper.MFENCE);
    }
  }
}
