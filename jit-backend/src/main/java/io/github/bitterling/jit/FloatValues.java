package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * Values as floating-point numbers: doubles, and singles in the two halves ("lanes") of 64 bits.
 * Masks and shifts that only take lanes apart and put them together again cost nothing here.
 */
final class FloatValues {
  private static final long LOW = 0xFFFF_FFFFL;

  private final RegionWriter region;
  private final IrBlock ir;
  private final Values values;
  private final Code code;

  FloatValues(RegionWriter region, IrBlock ir, Values values) {
    this.region = region;
    this.ir = ir;
    this.values = values;
    this.code = region.code();
  }

  // Locals of their own

  /** Moves a value out of the vector part it lies in, which is about to change. */
  void move(int v, Loc from) {
    int at = region.floatTemp();
    switch (from.kind()) {
      case DOUBLE -> {
        code.dload(from.at());
        code.dstore(at);
        values.setLoc(v, Loc.ofDouble(at));
      }
      case SINGLES -> {
        code.fload(from.at());
        code.fstore(at);
        code.fload(from.at() + 1);
        code.fstore(at + 1);
        values.setLoc(v, Loc.ofSingles(at));
      }
      default -> {
        code.lload(from.at());
        code.lstore(at);
        values.setLoc(v, Loc.ofLong(at, 64));
      }
    }
  }

  /** Sees to it that a value is at hand as a double. */
  void settleDouble(int v) {
    Loc at = values.loc(v);
    if (at != null && (at.is(Loc.Kind.DOUBLE) || region.vectors().holds(at))) {
      return;
    }
    if (at == null) {
      values.emitLong(v);
    } else {
      values.push(at, true, 64);
    }
    code.bitsToDouble();
    int local = region.floatTemp();
    code.dstore(local);
    values.setLoc(v, Loc.ofDouble(local));
  }

  /**
   * Sees to it that a value's lanes are at hand.
   *
   * @param lowOnly the low lane will do
   */
  void settleSingles(int v, boolean lowOnly) {
    Loc at = values.loc(v);
    if (at != null && (floats(at) || region.vectors().holds(at))) {
      return;
    }
    boolean one = lowOnly && values.usedOnce(v) || values.bits(v) <= 32;
    int local = region.floatTemp();
    pushLanes(v, one);
    if (!one) {
      code.fstore(local + 1);
    }
    code.fstore(local);
    values.setLoc(v, one ? Loc.ofSingle(local) : Loc.ofSingles(local));
  }

  private static boolean floats(Loc at) {
    return at.is(Loc.Kind.SINGLE) || at.is(Loc.Kind.SINGLES);
  }

  /** Gives back the local of a value that nobody uses any more. */
  void recycle(int v) {
    Loc at = values.loc(v);
    if (at != null && !values.needed(v) && own(at)) {
      region.freeFloatTemp(at.at());
      values.setLoc(v, null);
    }
  }

  /** A value has been stored to a vector's part too: that is its home from now on. */
  void moveHome(int v, Loc home) {
    Loc at = values.loc(v);
    if (at.kind() == home.kind() && own(at)) {
      region.freeFloatTemp(at.at());
      values.setLoc(v, home);
    }
  }

  /** A local that only this value has. */
  private boolean own(Loc at) {
    return (at.is(Loc.Kind.DOUBLE) || floats(at)) && !region.vectors().holds(at);
  }

  // Pushes; none counts a use of the value itself

  void pushDouble(int v) {
    Loc at = values.loc(v);
    if (at.is(Loc.Kind.DOUBLE)) {
      code.dload(at.at());
    } else {
      values.push(at, true, 64);
      code.bitsToDouble();
    }
  }

  /** Pushes a value in the form of a vector's part. */
  void pushAs(Loc home, int v) {
    switch (home.kind()) {
      case SINGLES -> pushLanes(v, false);
      case DOUBLE -> {
        if (values.loc(v) == null) {
          values.emitLong(v);
          code.bitsToDouble();
        } else {
          pushDouble(v);
        }
      }
      default -> {
        if (values.loc(v) == null) {
          values.emitLong(v);
        } else {
          values.push(values.loc(v), true, 64);
        }
      }
    }
  }

  /** Stores what {@link #pushAs} pushed. */
  void store(Loc home) {
    switch (home.kind()) {
      case SINGLES -> {
        code.fstore(home.at() + 1);
        code.fstore(home.at());
      }
      case DOUBLE -> code.dstore(home.at());
      default -> code.lstore(home.at());
    }
  }

  /** Pushes the low lane, and then the high one; what the value is made of is used up. */
  private void pushLanes(int v, boolean lowOnly) {
    prepare(v);
    pushLane(v, 0);
    if (!lowOnly) {
      pushLane(v, 1);
    }
    if (values.loc(v) == null) {
      values.releaseArguments(v);
    }
  }

  /** Computes what cannot be taken apart into lanes. */
  private void prepare(int v) {
    if (values.loc(v) != null) {
      return;
    }
    if (!splits(v)) {
      values.settle(v);
      return;
    }
    for (int k = 0; k < ir.op(v).arity(); k++) {
      prepare(ir.arg(v, k));
    }
  }

  /** Whether an operation only moves lanes. */
  private boolean splits(int v) {
    return switch (ir.op(v)) {
      case OR -> ir.width(v) == Width.W64 && disjoint(v, 0) && disjoint(v, 1);
      case AND -> ir.width(v) == Width.W64 && whole(ir.a(v)) != whole(ir.b(v));
      case SHL, SHR -> ir.width(v) == Width.W64 && constant(ir.b(v), 32);
      case ZEXT -> ir.width(v) == Width.W32;
      default -> false;
    };
  }

  private boolean disjoint(int v, int lane) {
    return empty(ir.a(v), lane) || empty(ir.b(v), lane);
  }

  private boolean constant(int v, long value) {
    return ir.op(v) == Op.CONST && ir.imm(v) == value;
  }

  /** A constant whose lanes are all zeros or all ones. */
  private boolean whole(int v) {
    return ir.op(v) == Op.CONST && uniform((int) ir.imm(v)) && uniform((int) (ir.imm(v) >>> 32));
  }

  private static boolean uniform(int lane) {
    return lane == 0 || lane == -1;
  }

  /** The mask of an AND that splits. */
  private long mask(int v) {
    return whole(ir.a(v)) ? ir.imm(ir.a(v)) : ir.imm(ir.b(v));
  }

  private int masked(int v) {
    return whole(ir.a(v)) ? ir.b(v) : ir.a(v);
  }

  /** Whether a lane is known to be 0. */
  private boolean empty(int v, int lane) {
    if (values.loc(v) != null && values.loc(v).is(Loc.Kind.SINGLE)) {
      return lane == 1;
    }
    return switch (ir.op(v)) {
      case CONST -> (int) (ir.imm(v) >>> 32 * lane) == 0;
      case AND -> splits(v) && ((mask(v) >>> 32 * lane & LOW) == 0 || empty(masked(v), lane));
      case SHL -> splits(v) && (lane == 0 || empty(ir.a(v), 0));
      case SHR -> splits(v) && (lane == 1 || empty(ir.a(v), 1));
      case OR -> splits(v) && empty(ir.a(v), lane) && empty(ir.b(v), lane);
      default -> lane == 1 && values.bits(v) <= 32;
    };
  }

  /** Pushes a lane as a float. */
  void pushLane(int v, int lane) {
    Loc at = values.loc(v);
    if (at != null) {
      pushLane(at, lane);
    } else if (empty(v, lane)) {
      code.op(FCONST_0);
    } else {
      switch (ir.op(v)) {
        case OR -> pushLane(empty(ir.a(v), lane) ? ir.b(v) : ir.a(v), lane);
        case AND -> pushLane(masked(v), lane);
        case SHL -> pushLane(ir.a(v), 0);
        case SHR -> pushLane(ir.a(v), 1);
        default -> pushLane(ir.a(v), lane);
      }
    }
  }

  private void pushLane(Loc at, int lane) {
    switch (at.kind()) {
      case SINGLES -> code.fload(at.at() + lane);
      case SINGLE -> {
        if (lane == 0) {
          code.fload(at.at());
        } else {
          code.op(FCONST_0);
        }
      }
      case CONST -> pushConstant((int) (at.constant() >>> 32 * lane));
      default -> {
        values.push(at, true, 64);
        if (lane == 1) {
          code.iconst(32);
          code.op(LUSHR);
        }
        code.op(L2I);
        code.bitsToFloat();
      }
    }
  }

  private void pushConstant(int bits) {
    if (bits == 0) {
      code.op(FCONST_0);
    } else {
      code.iconst(bits);
      code.bitsToFloat();
    }
  }
}
