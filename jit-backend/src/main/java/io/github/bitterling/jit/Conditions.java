package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.cpu.LazyFlags;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.objectweb.asm.Label;

/**
 * Conditions from the operands that made the flags, where that is cheaper than the flags; the rest
 * asks {@link LazyFlags}.
 */
final class Conditions {
  /** Integer relations; each pair is a relation and its negation. */
  enum Relation {
    EQ(IFEQ, false),
    NE(IFNE, false),
    ULT(IFLT, false),
    UGE(IFGE, false),
    ULE(IFLE, false),
    UGT(IFGT, false),
    SLT(IFLT, true),
    SGE(IFGE, true),
    SLE(IFLE, true),
    SGT(IFGT, true);

    private final int opcode;
    private final boolean signed;

    Relation(int opcode, boolean signed) {
      this.opcode = opcode;
      this.signed = signed;
    }

    boolean signed() {
      return signed;
    }

    Relation negate() {
      return values()[ordinal() ^ 1];
    }
  }

  /** Flags whose computation is larger than this are computed where they are set. */
  static final int LARGE = 40;

  private final RegionWriter region;
  private final IrBlock ir;
  private final Code code;
  private final byte[] kept;
  private int inheritedKept;

  Conditions(RegionWriter region, IrBlock ir, Liveness live) {
    this.region = region;
    this.ir = ir;
    this.code = region.code();
    this.kept = live.kept;
  }

  // Shared pieces

  /** Pushes 1 when the jump made by {@code test} is taken, else 0. */
  static void diamond(Code code, Consumer<Label> test) {
    Label yes = new Label();
    Label end = new Label();
    test.accept(yes);
    code.op(ICONST_0);
    code.jump(GOTO, end);
    code.label(yes);
    code.op(ICONST_1);
    code.label(end);
  }

  /**
   * Compares two values of w bits and jumps. The pushes yield longs for 64 bits, else ints,
   * sign-extended for signed relations and zero-extended otherwise.
   */
  static void compare(
      Code code, int w, Relation relation, boolean whenTrue, Label to, Runnable a, Runnable b) {
    Relation test = whenTrue ? relation : relation.negate();
    boolean equality = relation == Relation.EQ || relation == Relation.NE;
    a.run();
    b.run();
    if (w == 64) {
      if (equality || test.signed) {
        code.op(LCMP);
      } else {
        code.call("java/lang/Long", "compareUnsigned", "(JJ)I");
      }
      code.jump(test.opcode, to);
    } else if (w == 32 && !equality && !test.signed) {
      code.call("java/lang/Integer", "compareUnsigned", "(II)I");
      code.jump(test.opcode, to);
    } else {
      code.jump(test.opcode + (IF_ICMPEQ - IFEQ), to);
    }
  }

  /** Lets the block start with flags of its own previous round. */
  void inherit(Inherited flags) {
    inheritedKept = flags.kept();
  }

  /** The flags as the block's next round could take them over, or null. */
  Inherited forNextRound(FlagRecord record, Values values) {
    boolean plain = !record.inLocals() && !record.maybe() && record.previous() == null;
    if (!plain || setFlags(record)) {
      return null;
    }
    int kept = kept(record);
    Loc[] at = new Loc[3];
    for (int k = 0; k < 3; k++) {
      if ((kept >> k & 1) != 0) {
        at[k] = values.loc(argument(record, k, values));
        if (at[k] == null || !at[k].is(Loc.Kind.REG) && !at[k].is(Loc.Kind.CONST)) {
          return null;
        }
      }
    }
    return new Inherited(record.kind(), record.width(), kept, at[0], at[1], at[2]);
  }

  private int kept(FlagRecord record) {
    return record.row() == FlagRecord.INHERITED ? inheritedKept : kept[record.row()];
  }

  /** Value that is operand k of a record. */
  private int argument(FlagRecord record, int k, Values values) {
    return record.row() == FlagRecord.INHERITED ? values.inherited(k) : ir.arg(record.row(), k);
  }

  // Operands of a record

  /** Pushes operand k (0 = a, 1 = b, 2 = result) of a record. */
  void operand(FlagRecord record, int k, boolean asLong, int bits, Values values) {
    if (record.inLocals()) {
      values.push(region.flagLocal(k), asLong, bits);
    } else if (setFlags(record)) {
      settled(record, k, asLong, values);
    } else if ((kept(record) >> k & 1) != 0) {
      values.peek(argument(record, k, values), asLong, bits);
    } else {
      derived(record, k, asLong, bits, values);
    }
  }

  private boolean setFlags(FlagRecord record) {
    return record.row() >= 0 && ir.op(record.row()) == Op.SETFLAGS;
  }

  private void settled(FlagRecord record, int k, boolean asLong, Values values) {
    if (k != 2) {
      values.push(Loc.constant(0), asLong, 64);
      return;
    }
    values.peek(ir.a(record.row()), false, 16);
    code.iconst(LazyFlags.STATUS);
    code.op(IAND);
    if (asLong) {
      code.op(I2L);
    }
  }

  /** Of a, b and a + b or a - b two are there; other kinds do not look at what is not kept. */
  private void derived(FlagRecord record, int k, boolean asLong, int bits, Values values) {
    boolean add = record.kind() == FlagKind.ADD;
    if (!add && record.kind() != FlagKind.SUB) {
      values.push(Loc.constant(0), asLong, 64);
      return;
    }
    int w = Width.bits(record.width());
    boolean wide = w == 64;
    int first = k == 0 ? 2 : 0;
    values.peek(argument(record, first, values), wide, Math.min(bits, w));
    values.peek(argument(record, 1, values), wide, Math.min(bits, w));
    boolean plus = add == (k == 2);
    code.op(wide ? (plus ? LADD : LSUB) : (plus ? IADD : ISUB));
    if (wide && !asLong) {
      code.op(L2I);
    } else if (!wide) {
      if (w < 32 && bits > w) {
        code.maskInt(w);
      }
      if (asLong) {
        code.widen(bits <= 32 && w == 32 ? 1 : w);
      }
    }
  }

  private void exact(FlagRecord record, int k, Values values) {
    int w = Width.bits(record.width());
    operand(record, k, w == 64, w == 64 ? 64 : 32, values);
  }

  private void signed(FlagRecord record, int k, Values values) {
    int w = Width.bits(record.width());
    operand(record, k, w == 64, w, values);
    if (w == 8) {
      code.op(I2B);
    } else if (w == 16) {
      code.op(I2S);
    }
  }

  // Conditions

  /** Pushes 0 or 1. */
  void value(FlagRecord record, int cc, Values values) {
    if (record.kind() != null && (cc >> 1) == 1 && borrow(record, cc, values)) {
      return;
    }
    diamond(code, yes -> jump(record, cc, true, yes, values));
  }

  /** Carry without a branch, so that it costs nothing where only a cold exit looks at it. */
  private boolean borrow(FlagRecord record, int cc, Values values) {
    boolean add = record.kind() == FlagKind.ADD;
    if (!add && record.kind() != FlagKind.SUB || record.width() == Width.W64) {
      return false;
    }
    operand(record, add ? 2 : 0, true, 64, values);
    operand(record, add ? 0 : 1, true, 64, values);
    code.op(LSUB);
    code.iconst(63);
    code.op(LUSHR);
    code.op(L2I);
    if ((cc & 1) != 0) {
      code.op(ICONST_1);
      code.op(IXOR);
    }
    return true;
  }

  /** Jumps when condition cc of the recorded flags is {@code whenTrue}. */
  void jump(FlagRecord record, int cc, boolean whenTrue, Label to, Values values) {
    boolean want = whenTrue ^ (cc & 1) != 0;
    boolean done =
        record.kind() != null
            && switch (record.kind()) {
              case SUB -> subtraction(record, cc >> 1, want, to, values);
              case LOGIC -> logic(record, cc >> 1, want, to, values);
              case ADD -> addition(record, cc >> 1, want, to, values);
              case INC, DEC -> increment(record, cc >> 1, want, to, values);
              case EXPLICIT -> explicit(record, cc >> 1, want, to, values);
              default -> ofResult(record, cc >> 1, want, to, values);
            };
    if (!done) {
      asked(record, cc & ~1, want, to, values);
    }
  }

  private void relate(
      FlagRecord record, Relation relation, boolean want, Label to, Values values, int a, int b) {
    boolean sign = relation.signed();
    compare(
        code,
        Width.bits(record.width()),
        relation,
        want,
        to,
        () -> side(record, a, sign, values),
        () -> side(record, b, sign, values));
  }

  private void side(FlagRecord record, int k, boolean sign, Values values) {
    if (sign) {
      signed(record, k, values);
    } else {
      exact(record, k, values);
    }
  }

  private boolean subtraction(FlagRecord f, int base, boolean want, Label to, Values values) {
    Relation relation =
        switch (base) {
          case 1 -> Relation.ULT;
          case 2 -> Relation.EQ;
          case 3 -> Relation.ULE;
          case 6 -> Relation.SLT;
          case 7 -> Relation.SLE;
          default -> null;
        };
    if (relation == null) {
      return base == 0 ? false : ofResult(f, base, want, to, values);
    }
    boolean zeroTest = base == 2 && !f.inLocals() && (kept(f) & Liveness.R) != 0;
    if (zeroTest) {
      return ofResult(f, base, want, to, values);
    }
    relate(f, relation, want, to, values, 0, 1);
    return true;
  }

  private boolean logic(FlagRecord f, int base, boolean want, Label to, Values values) {
    switch (base) {
      case 0, 1 -> never(want, to);
      case 3 -> ofResult(f, 2, want, to, values);
      case 6 -> ofResult(f, 4, want, to, values);
      case 7 -> zeroRelation(f, Relation.SLE, want, to, values);
      default -> ofResult(f, base, want, to, values);
    }
    return true;
  }

  private void never(boolean want, Label to) {
    if (!want) {
      code.jump(GOTO, to);
    }
  }

  private boolean addition(FlagRecord f, int base, boolean want, Label to, Values values) {
    if (base == 1) {
      relate(f, Relation.ULT, want, to, values, 2, 0);
      return true;
    }
    return ofResult(f, base, want, to, values);
  }

  private boolean increment(FlagRecord f, int base, boolean want, Label to, Values values) {
    if (base == 1) {
      operand(f, 1, true, 64, values);
      code.op(LCONST_0);
      code.op(LCMP);
      code.jump(want ? IFNE : IFEQ, to);
      return true;
    }
    return ofResult(f, base, want, to, values);
  }

  private boolean explicit(FlagRecord f, int base, boolean want, Label to, Values values) {
    int bit =
        switch (base) {
          case 0 -> LazyFlags.OF;
          case 1 -> LazyFlags.CF;
          case 2 -> LazyFlags.ZF;
          case 3 -> LazyFlags.CF | LazyFlags.ZF;
          case 4 -> LazyFlags.SF;
          case 5 -> LazyFlags.PF;
          default -> 0;
        };
    if (bit == 0) {
      return false;
    }
    operand(f, 2, false, 32, values);
    code.iconst(bit);
    code.op(IAND);
    code.jump(want ? IFNE : IFEQ, to);
    return true;
  }

  /** ZF, SF and PF depend on the result alone in every kind but EXPLICIT. */
  private boolean ofResult(FlagRecord f, int base, boolean want, Label to, Values values) {
    switch (base) {
      case 2 -> zeroRelation(f, Relation.EQ, want, to, values);
      case 4 -> zeroRelation(f, Relation.SLT, want, to, values);
      case 5 -> parity(f, want, to, values);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void zeroRelation(
      FlagRecord f, Relation relation, boolean want, Label to, Values values) {
    side(f, 2, relation.signed(), values);
    Relation test = want ? relation : relation.negate();
    if (f.width() == Width.W64) {
      code.op(LCONST_0);
      code.op(LCMP);
    }
    code.jump(test.opcode, to);
  }

  private void parity(FlagRecord f, boolean want, Label to, Values values) {
    operand(f, 2, false, 8, values);
    code.iconst(0xFF);
    code.op(IAND);
    code.call("java/lang/Integer", "bitCount", "(I)I");
    code.op(ICONST_1);
    code.op(IAND);
    code.jump(want ? IFEQ : IFNE, to);
  }

  private void asked(FlagRecord record, int cc, boolean want, Label to, Values values) {
    code.iconst(cc);
    pushAll(record, values);
    code.call(Code.FLAGS, "condition", "(IIJJJ)Z");
    code.jump(want ? IFNE : IFEQ, to);
  }

  /** Pushes state, a, b and result. */
  void pushAll(FlagRecord record, Values values) {
    if (record.kind() == null) {
      code.iload(region.flagState());
    } else {
      code.iconst(record.state());
    }
    for (int k = 0; k < 3; k++) {
      operand(record, k, true, 64, values);
    }
  }

  /** Pushes the six flags at their EFLAGS places. */
  void status(FlagRecord record, Values values) {
    pushAll(record, values);
    code.call(Code.FLAGS, "status", "(IJJJ)J");
  }

  // Records as a whole

  /** Stores the flags a record describes in the flag locals. */
  void toLocals(FlagRecord record, Values values) {
    if (record.inLocals()) {
      return;
    }
    if (!record.maybe()) {
      pushAll(record, values);
      storeAll();
      return;
    }
    // One or the other: both may look at the flag locals as they still are.
    Label stay = new Label();
    Label end = new Label();
    values.peekLow(ir.b(record.row()), false, 8);
    code.jump(IFEQ, stay);
    pushAll(record, values);
    storeAll();
    code.jump(GOTO, end);
    code.label(stay);
    toLocals(record.previous(), values);
    code.label(end);
  }

  private void storeAll() {
    for (int k = 2; k >= 0; k--) {
      code.lstore(region.flagOperand(k));
    }
    code.istore(region.flagState());
  }

  /** Adds the locations that computing a record's flags reads. */
  void sources(FlagRecord record, Values values, List<Object> into) {
    into.add(record);
    into.add(record.inLocals() ? 0 : kept(record));
    for (int v : operands(record, values)) {
      values.sources(v, into);
    }
    if (record.maybe()) {
      sources(record.previous(), values, into);
    }
  }

  int size(FlagRecord record, Values values) {
    int size = 1;
    for (int v : operands(record, values)) {
      size += values.size(v);
    }
    return record.maybe() ? size + 4 + size(record.previous(), values) : size;
  }

  /** Kept operands of a record. */
  int[] operands(FlagRecord record, Values values) {
    if (record.inLocals()) {
      return new int[0];
    }
    int mask = kept(record);
    return IntStream.range(0, 3)
        .filter(k -> (mask >> k & 1) != 0)
        .map(k -> argument(record, k, values))
        .toArray();
  }

  /** The record is no longer the current one, nor needed by the current one. */
  void release(FlagRecord record, Values values) {
    for (int v : operands(record, values)) {
      values.release(v);
    }
    if (record.previous() != null) {
      release(record.previous(), values);
    }
  }
}
