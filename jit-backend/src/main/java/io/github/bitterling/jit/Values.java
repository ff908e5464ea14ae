package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.objectweb.asm.Label;

/**
 * The values of one block: emitted as expressions where they are used once, kept in JVM locals
 * where they are used again, left in a guest register's local as long as that holds them.
 *
 * <p>A push says what it wants: an int or a long, and how many low bits its consumer looks at; the
 * bits above may be anything only if {@code bits} is less than the value's width.
 */
final class Values {
  private final RegionWriter region;
  private final IrBlock ir;
  private final Code code;
  private final int[] uses;
  private final boolean[] hot;
  private final Conditions conditions;

  /** Flags a deferred condition refers to. */
  private final FlagRecord[] condition;

  private final FloatValues floats;
  private Loc[] loc;
  private int inheritedBits;

  /** Pushes compute anew what lies nowhere and count no uses: for flags and cold exits. */
  private boolean frozen;

  Values(RegionWriter region, IrBlock ir, Liveness live, Conditions conditions) {
    this.region = region;
    this.ir = ir;
    this.code = region.code();
    this.conditions = conditions;
    // Three more than operations, for inherited flags
    this.loc = new Loc[ir.size() + 3];
    this.uses = Arrays.copyOf(live.uses, ir.size() + 3);
    this.hot = live.hot;
    this.condition = new FlagRecord[ir.size()];
    this.floats = new FloatValues(region, ir, this);
  }

  FloatValues floats() {
    return floats;
  }

  /** Lets flags of the round before be used; see {@link #inherited}. */
  void inherit(Inherited flags) {
    for (int k = 0; k < 3; k++) {
      loc[inherited(k)] = flags.operand(k);
      uses[inherited(k)] = 1;
    }
    inheritedBits = Width.bits(flags.width());
  }

  /** Value that stands for operand k of inherited flags. */
  int inherited(int k) {
    return ir.size() + k;
  }

  Loc loc(int v) {
    return loc[v];
  }

  void setLoc(int v, Loc where) {
    loc[v] = where;
  }

  boolean usedOnce(int v) {
    return uses[v] == 1;
  }

  boolean needed(int v) {
    return uses[v] > 0;
  }

  /** Most significant bits a value can have. */
  int bits(int v) {
    if (v >= ir.size()) {
      return inheritedBits;
    }
    return switch (ir.op(v)) {
      case SEXT, SELECT, SEGBASE, VGET, HELPER, FLOAT, FUSED, LINEAR -> 64;
      case CONST -> 64 - Long.numberOfLeadingZeros(ir.imm(v));
      case GETHIGH -> 8;
      case SELECTOR, GETFLAGS -> 16;
      case EQ, NE, ULT, ULE, SLT, SLE, COND -> 1;
      default -> Width.bits(ir.width(v));
    };
  }

  private boolean natural32(int v) {
    return switch (ir.op(v)) {
      case GETFLAGS, SEXT, SELECT, LOAD, LOADW, HELPER, FLOAT, FUSED, UDIV, UREM, SDIV, SREM ->
          false;
      default -> bits(v) <= 32;
    };
  }

  // Uses

  /** Pushes a value for its next use. */
  void use(int v, boolean asLong, int bits) {
    if (!frozen) {
      uses[v]--;
      if (loc[v] == null && uses[v] > 0) {
        settle(v);
      }
    }
    if (loc[v] != null) {
      push(loc[v], asLong, bits);
    } else {
      emit(v, asLong, bits);
    }
  }

  void useLong(int v) {
    use(v, true, 64);
  }

  /** Pushes the zero-extended low bits of a value. */
  void useLow(int v, int bits) {
    if (bits(v) <= bits) {
      useLong(v);
    } else {
      use(v, true, bits);
      code.maskLong(bits);
    }
  }

  /** Pushes a value without counting a use. */
  void peek(int v, boolean asLong, int bits) {
    boolean before = frozen;
    frozen = true;
    use(v, asLong, bits);
    frozen = before;
  }

  /** As {@link #useLow} without counting a use. */
  void peekLow(int v, boolean asLong, int bits) {
    peek(v, asLong, bits);
    if (bits(v) > bits) {
      if (asLong) {
        code.maskLong(bits);
      } else {
        code.maskInt(bits);
      }
    }
  }

  /** Gives up what a value would have used, which has been computed without it. */
  void releaseArguments(int v) {
    for (int k = 0; k < ir.op(v).arity(); k++) {
      release(ir.arg(v, k));
    }
  }

  /** Gives up a use, and what only this value would have used. */
  void release(int v) {
    uses[v]--;
    if (uses[v] == 0 && loc[v] == null) {
      releaseArguments(v);
    }
  }

  /** Emits later, with the values where they lie now. */
  Runnable frozen(Runnable emit) {
    Loc[] now = loc.clone();
    return () -> {
      Loc[] current = loc;
      loc = now;
      frozen = true;
      emit.run();
      frozen = false;
      loc = current;
    };
  }

  /** Adds the locations that computing a value reads. */
  void sources(int v, List<Object> into) {
    if (loc[v] != null) {
      into.add(loc[v]);
      return;
    }
    if (condition[v] != null) {
      conditions.sources(condition[v], this, into);
    }
    for (int k = 0; k < ir.op(v).arity(); k++) {
      sources(ir.arg(v, k), into);
    }
  }

  /** Rough size of the code that computes a value; stops counting above a limit. */
  int size(int v) {
    if (loc[v] != null) {
      return 1;
    }
    int size = 1 + (condition[v] == null ? 0 : 4 + conditions.size(condition[v], this));
    for (int k = 0; k < ir.op(v).arity() && size < Conditions.LARGE; k++) {
      size += size(ir.arg(v, k));
    }
    return size;
  }

  /** True when computing a value looks at flags. */
  boolean looksAtFlags(int v) {
    if (loc[v] != null) {
      return false;
    }
    boolean result = condition[v] != null;
    for (int k = 0; k < ir.op(v).arity() && !result; k++) {
      result = looksAtFlags(ir.arg(v, k));
    }
    return result;
  }

  /** Computes a deferred value into a local now. */
  void settle(int v) {
    if (loc[v] != null || frozen) {
      return;
    }
    boolean small = natural32(v);
    emit(v, !small, small ? 32 : 64);
    storeTemp(v, !small);
  }

  /** The value on the stack gets a local of its own. */
  void storeTemp(int v, boolean isLong) {
    int at = region.temp(isLong);
    if (isLong) {
      code.lstore(at);
      loc[v] = Loc.ofLong(at, bits(v));
    } else {
      code.istore(at);
      loc[v] = Loc.ofInt(at, bits(v));
    }
  }

  /** Pushes a deferred value, without counting a use: a register's local becomes its home. */
  void emitLong(int v) {
    emit(v, true, 64);
  }

  /** A long result on the stack: kept if needed, else dropped. */
  void keepLong(int v) {
    if (needed(v)) {
      storeTemp(v, true);
    } else {
      code.op(POP2);
    }
  }

  void defer(int v, FlagRecord flags) {
    condition[v] = flags;
  }

  /** Whether a deferred condition still looks at these flags, whose operands must stay then. */
  boolean deferredOn(FlagRecord flags, int before) {
    for (int v = 0; v < before; v++) {
      if (flags.equals(condition[v]) && loc[v] == null && needed(v)) {
        return true;
      }
    }
    return false;
  }

  /** Computes deferred conditions before the flags they refer to go away. */
  void settleConditions(int before) {
    for (int v = 0; v < before; v++) {
      if (condition[v] != null && loc[v] == null && needed(v) && hot[v]) {
        settle(v);
      }
    }
  }

  /**
   * As {@link #settleConditions}, also those only the flags look at: the flag locals themselves
   * change now.
   */
  void settleAllConditions(int before) {
    for (int v = 0; v < before; v++) {
      if (condition[v] != null && loc[v] == null && needed(v)) {
        settle(v);
      }
    }
  }

  /**
   * A guest register's local (or all, with -1) is about to change: moves values that still lie
   * there.
   */
  void evacuate(int register, int before) {
    for (int v = 0; v < before; v++) {
      evacuateValue(v, register);
    }
    for (int k = 0; k < 3; k++) {
      evacuateValue(inherited(k), register);
    }
  }

  private void evacuateValue(int v, int register) {
    Loc at = loc[v];
    if (at != null && needed(v) && region.vectors().holds(at)) {
      if (register < 0 || at.at() == register) {
        floats.move(v, at);
      }
    } else if (at != null
        && at.is(Loc.Kind.REG)
        && needed(v)
        && (register < 0 || at.at() == register)) {
      push(at, at.bits() > 32, at.bits());
      maskRegister(at);
      storeTemp(v, at.bits() > 32);
    }
  }

  private void maskRegister(Loc at) {
    if (at.bits() < 32) {
      code.maskInt(at.bits());
    } else if (at.bits() > 32) {
      code.maskLong(at.bits());
    }
  }

  // Pushing

  void push(Loc at, boolean asLong, int bits) {
    switch (at.kind()) {
      case CONST -> pushConstant(at.constant(), asLong);
      case INT -> {
        code.iload(at.at());
        if (asLong) {
          code.widen(bits <= 32 ? 1 : at.bits());
        }
      }
      case LONG -> {
        code.lload(at.at());
        if (!asLong) {
          code.op(L2I);
        }
      }
      case REG -> pushRegister(at, asLong, bits);
      default -> pushFloat(at, asLong);
    }
  }

  private void pushFloat(Loc at, boolean asLong) {
    if (!asLong && !at.is(Loc.Kind.DOUBLE)) {
      code.fload(at.at());
      code.floatToBits();
      return;
    }
    code.loadBits(at);
    fromLong(asLong);
  }

  private void pushConstant(long value, boolean asLong) {
    if (asLong) {
      code.lconst(value);
    } else {
      code.iconst((int) value);
    }
  }

  private void pushRegister(Loc at, boolean asLong, int bits) {
    code.lload(at.at());
    if (!asLong) {
      code.op(L2I);
      if (bits > at.bits()) {
        code.maskInt(at.bits());
      }
    } else if (bits > at.bits()) {
      code.maskLong(at.bits());
    }
  }

  /** Low bits of the int on the stack become what was asked for. */
  private void fromInt(boolean asLong, int have, int bits) {
    if (have < 32 && bits > have) {
      code.maskInt(have);
    }
    if (asLong) {
      code.widen(bits <= 32 && have >= 32 ? 1 : have);
    }
  }

  /** A long on the stack becomes what was asked for. */
  private void fromLong(boolean asLong) {
    if (!asLong) {
      code.op(L2I);
    }
  }

  // Expressions

  private void emit(int v, boolean asLong, int bits) {
    int w = Width.bits(ir.width(v));
    switch (ir.op(v)) {
      case ADD -> binary(v, asLong, bits, w, IADD, LADD);
      case SUB -> binary(v, asLong, bits, w, ISUB, LSUB);
      case MUL -> binary(v, asLong, bits, w, IMUL, LMUL);
      case AND -> binary(v, asLong, bits, w, IAND, LAND);
      case OR -> binary(v, asLong, bits, w, IOR, LOR);
      case XOR -> binary(v, asLong, bits, w, IXOR, LXOR);
      case NOT -> not(v, asLong, bits, w);
      case NEG -> negate(v, asLong, bits, w);
      case SHL, SHR, SAR -> shift(v, asLong, bits, w);
      case ROL, ROR -> rotate(v, asLong, bits, w);
      case SEXT -> signExtend(v, asLong, bits, w);
      case ZEXT -> zeroExtend(v, asLong, bits, w);
      case BSWAP, CTZ, CLZ, POPCNT -> count(v, asLong, w);
      case UMULH, SMULH -> multiplyHigh(v, asLong, w);
      case SELECT -> select(v, asLong, bits);
      case COND -> {
        conditions.value(condition[v], (int) ir.imm(v), this);
        fromInt(asLong, 1, 1);
      }
      case GETFLAGS -> {
        conditions.status(condition[v], this);
        fromLong(asLong);
      }
      case EQ, NE, ULT, ULE, SLT, SLE -> {
        Conditions.diamond(code, yes -> compareJump(v, true, yes));
        fromInt(asLong, 1, 1);
      }
      default -> throw new IllegalStateException("operation " + ir.op(v) + " has no expression");
    }
  }

  private void binary(int v, boolean asLong, int bits, int w, int intOp, int longOp) {
    if (w == 64 && (asLong || bits > 32)) {
      use(ir.a(v), true, bits);
      use(ir.b(v), true, bits);
      code.op(longOp);
      fromLong(asLong);
      return;
    }
    int low = Math.min(bits, w);
    use(ir.a(v), false, low);
    use(ir.b(v), false, low);
    code.op(intOp);
    fromInt(asLong, w, bits);
  }

  private void not(int v, boolean asLong, int bits, int w) {
    boolean wide = w == 64 && asLong;
    use(ir.a(v), wide, Math.min(bits, w));
    if (wide) {
      code.lconst(-1);
      code.op(LXOR);
    } else {
      code.op(ICONST_M1);
      code.op(IXOR);
      fromInt(asLong, w, bits);
    }
  }

  private void negate(int v, boolean asLong, int bits, int w) {
    boolean wide = w == 64 && asLong;
    use(ir.a(v), wide, Math.min(bits, w));
    code.op(wide ? LNEG : INEG);
    if (!wide) {
      fromInt(asLong, w, bits);
    }
  }

  /** Largest value a shift count can have, as far as its definition shows. */
  private long bound(int v) {
    return switch (ir.op(v)) {
      case CONST -> ir.imm(v) < 0 ? Long.MAX_VALUE : ir.imm(v);
      case AND -> Math.min(bound(ir.a(v)), bound(ir.b(v)));
      case ZEXT -> Math.min(bound(ir.a(v)), Width.mask(ir.width(v)) & Long.MAX_VALUE);
      default -> bits(v) >= 63 ? Long.MAX_VALUE : (1L << bits(v)) - 1;
    };
  }

  private void shift(int v, boolean asLong, int bits, int w) {
    Op op = ir.op(v);
    boolean narrow = w <= 32 && bound(ir.b(v)) <= 31;
    if (narrow) {
      shiftOperand(v, false, w);
      use(ir.b(v), false, 5);
      code.op(op == Op.SHL ? ISHL : op == Op.SHR ? IUSHR : ISHR);
      fromInt(asLong, w, op == Op.SHR && w < 32 ? w : bits);
      return;
    }
    shiftOperand(v, true, w);
    use(ir.b(v), false, 6);
    code.op(op == Op.SHL ? LSHL : op == Op.SHR ? LUSHR : LSHR);
    if (op != Op.SHR) {
      code.maskLong(w);
    }
    fromLong(asLong);
  }

  private void shiftOperand(int v, boolean wide, int w) {
    switch (ir.op(v)) {
      case SHL -> use(ir.a(v), wide, w);
      case SHR -> low(ir.a(v), wide, w);
      default -> signed(ir.a(v), wide, w);
    }
  }

  /** Pushes the low w bits of a value, zero-extended in the int or long. */
  private void low(int v, boolean wide, int w) {
    if (wide) {
      useLow(v, w);
    } else {
      use(v, false, 32);
      if (bits(v) > w) {
        code.maskInt(w);
      }
    }
  }

  /** Pushes the low w bits of a value, sign-extended in the int or long. */
  void signed(int v, boolean wide, int w) {
    use(v, w == 64, w);
    signExtendTop(wide, w);
  }

  private void signExtendTop(boolean wide, int w) {
    if (w == 8) {
      code.op(I2B);
    } else if (w == 16) {
      code.op(I2S);
    }
    if (wide && w < 64) {
      code.op(I2L);
    }
  }

  private void rotate(int v, boolean asLong, int bits, int w) {
    String name = ir.op(v) == Op.ROL ? "rotateLeft" : "rotateRight";
    if (w == 64) {
      use(ir.a(v), true, 64);
      use(ir.b(v), false, 6);
      code.call("java/lang/Long", name, "(JI)J");
      fromLong(asLong);
    } else if (w == 32) {
      use(ir.a(v), false, 32);
      use(ir.b(v), false, 5);
      code.call("java/lang/Integer", name, "(II)I");
      fromInt(asLong, 32, bits);
    } else {
      code.iconst(ir.width(v));
      useLong(ir.a(v));
      useLong(ir.b(v));
      code.call(Code.ARITHMETIC, ir.op(v) == Op.ROL ? "rol" : "ror", "(IJJ)J");
      fromLong(asLong);
    }
  }

  private void signExtend(int v, boolean asLong, int bits, int w) {
    if (bits <= w) {
      use(ir.a(v), asLong, bits);
    } else {
      signed(ir.a(v), asLong, w);
      if (!asLong && w == 64) {
        code.op(L2I);
      }
    }
  }

  private void zeroExtend(int v, boolean asLong, int bits, int w) {
    int a = ir.a(v);
    if (bits <= w || bits(a) <= w) {
      use(a, asLong, bits);
    } else if (asLong) {
      use(a, true, w);
      code.maskLong(w);
    } else {
      use(a, false, w);
      code.maskInt(w);
    }
  }

  private void count(int v, boolean asLong, int w) {
    if (w < 32) {
      countNarrow(v, asLong, w);
      return;
    }
    String name =
        switch (ir.op(v)) {
          case BSWAP -> "reverseBytes";
          case CTZ -> "numberOfTrailingZeros";
          case CLZ -> "numberOfLeadingZeros";
          default -> "bitCount";
        };
    boolean swap = ir.op(v) == Op.BSWAP;
    use(ir.a(v), w == 64, w);
    if (w == 64) {
      code.call("java/lang/Long", name, swap ? "(J)J" : "(J)I");
    } else {
      code.call("java/lang/Integer", name, "(I)I");
    }
    if (swap && w == 64) {
      fromLong(asLong);
    } else {
      fromInt(asLong, swap ? 32 : 31, swap ? 64 : 31);
    }
  }

  private void countNarrow(int v, boolean asLong, int w) {
    if (ir.op(v) == Op.POPCNT) {
      low(ir.a(v), false, w);
      code.call("java/lang/Integer", "bitCount", "(I)I");
      fromInt(asLong, 31, 31);
      return;
    }
    code.iconst(ir.width(v));
    useLong(ir.a(v));
    code.call(Code.ARITHMETIC, ir.op(v).name().toLowerCase(Locale.ROOT), "(IJ)J");
    fromLong(asLong);
  }

  private void multiplyHigh(int v, boolean asLong, int w) {
    boolean sign = ir.op(v) == Op.SMULH;
    if (w == 64) {
      use(ir.a(v), true, 64);
      use(ir.b(v), true, 64);
      code.call("java/lang/Math", sign ? "multiplyHigh" : "unsignedMultiplyHigh", "(JJ)J");
    } else {
      wideOperand(ir.a(v), sign, w);
      wideOperand(ir.b(v), sign, w);
      code.op(LMUL);
      code.iconst(w);
      code.op(sign ? LSHR : LUSHR);
      code.maskLong(w);
    }
    fromLong(asLong);
  }

  private void wideOperand(int v, boolean sign, int w) {
    if (sign) {
      signed(v, true, w);
    } else {
      useLow(v, w);
    }
  }

  private void select(int v, boolean asLong, int bits) {
    // Both sides must find their operands computed whichever way is taken.
    settleArguments(ir.b(v), ir.c(v));
    Label no = new Label();
    Label end = new Label();
    jumpIf(ir.a(v), false, no);
    use(ir.b(v), asLong, bits);
    code.jump(GOTO, end);
    code.label(no);
    use(ir.c(v), asLong, bits);
    code.label(end);
  }

  private void settleArguments(int... values) {
    for (int v : values) {
      settle(v);
    }
  }

  // Jumps

  /** Jumps when value v, used up by this, is zero or not zero. */
  void jumpIf(int v, boolean whenTrue, Label to) {
    if (loc[v] == null && (frozen || uses[v] == 1)) {
      if (ir.op(v) == Op.COND) {
        count(v);
        conditions.jump(condition[v], (int) ir.imm(v), whenTrue, to, this);
        return;
      }
      if (comparison(ir.op(v))) {
        count(v);
        compareJump(v, whenTrue, to);
        return;
      }
    }
    if (bits(v) <= 32) {
      use(v, false, 32);
    } else {
      use(v, true, 64);
      code.op(LCONST_0);
      code.op(LCMP);
    }
    code.jump(whenTrue ? IFNE : IFEQ, to);
  }

  private void count(int v) {
    if (!frozen) {
      uses[v]--;
    }
  }

  private static boolean comparison(Op op) {
    return switch (op) {
      case EQ, NE, ULT, ULE, SLT, SLE -> true;
      default -> false;
    };
  }

  private void compareJump(int v, boolean whenTrue, Label to) {
    int w = Width.bits(ir.width(v));
    int a = ir.a(v);
    int b = ir.b(v);
    Conditions.Relation relation =
        switch (ir.op(v)) {
          case EQ -> Conditions.Relation.EQ;
          case NE -> Conditions.Relation.NE;
          case ULT -> Conditions.Relation.ULT;
          case ULE -> Conditions.Relation.ULE;
          case SLT -> Conditions.Relation.SLT;
          default -> Conditions.Relation.SLE;
        };
    boolean sign = relation.signed();
    Conditions.compare(
        code, w, relation, whenTrue, to, () -> operand(a, w, sign), () -> operand(b, w, sign));
  }

  private void operand(int v, int w, boolean sign) {
    if (sign) {
      signed(v, w == 64, w);
    } else if (w < 32) {
      low(v, false, w);
    } else {
      use(v, w == 64, w);
    }
  }
}
