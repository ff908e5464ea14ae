package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrBuilder;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random but well-formed IR: a few blocks that jump among each other and sometimes out. */
final class RandomCode {
  static final long[] EDGES = {
    0,
    1,
    2,
    3,
    7,
    8,
    31,
    32,
    63,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFFL,
    0x80000000L,
    0xFFFFFFFFL,
    0x100000000L,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -1,
    -2,
    -128,
    0x123456789ABCDEFL,
    Rig.BASE,
    Rig.BASE + 0xFFD,
    Rig.BASE + 0x2FFF
  };

  private static final Op[] BINARY = {
    Op.ADD, Op.SUB, Op.AND, Op.OR, Op.XOR, Op.MUL, Op.UMULH, Op.SMULH, Op.ROL, Op.ROR, Op.EQ, Op.NE,
    Op.ULT, Op.ULE, Op.SLT, Op.SLE
  };

  private static final Op[] UNARY = {
    Op.NOT, Op.NEG, Op.SEXT, Op.ZEXT, Op.BSWAP, Op.CTZ, Op.CLZ, Op.POPCNT
  };

  private static final Op[] DIVISION = {Op.UDIV, Op.UREM, Op.SDIV, Op.SREM};

  private final Random random;
  private final IrBuilder b = new IrBuilder();
  private final List<Integer> values = new ArrayList<>();
  private final int blocks;
  private final boolean floats;
  private int register;

  RandomCode(long seed, int blocks) {
    this(seed, blocks, false);
  }

  /**
   * @param floats mostly arithmetic of doubles and singles on a few vector registers
   */
  RandomCode(long seed, int blocks, boolean floats) {
    this.floats = floats;
    this.random = new Random(seed);
    this.blocks = blocks;
  }

  static long ip(int block) {
    return 0x7FFF_F000L + block * 0x100L;
  }

  List<IrBlock> make() {
    List<IrBlock> result = new ArrayList<>();
    for (int i = 0; i < blocks; i++) {
      result.add(block(i));
    }
    return result;
  }

  private IrBlock block(int index) {
    values.clear();
    int count = 1 + random.nextInt(6);
    for (int i = 0; i < count; i++) {
      b.insn(ip(index) + 4L * i, 4);
      int ops = 1 + random.nextInt(7);
      for (int k = 0; k < ops; k++) {
        any();
      }
    }
    IrBlock.Flow flow = terminate();
    return b.finish(ip(index), ip(index + 1), flow);
  }

  private int value() {
    if (values.isEmpty() || random.nextInt(4) == 0) {
      return fresh();
    }
    int from = Math.max(0, values.size() - 6);
    return values.get(from + random.nextInt(values.size() - from));
  }

  private int fresh() {
    if (floats && random.nextBoolean()) {
      return keep(part());
    }
    return random.nextBoolean()
        ? keep(b.constant(EDGES[random.nextInt(EDGES.length)]))
        : keep(b.op0(Op.GET, width(), reg()));
  }

  private int keep(int v) {
    values.add(v);
    return v;
  }

  private int width() {
    return random.nextInt(4);
  }

  private int reg() {
    register = random.nextInt(3) == 0 ? random.nextInt(16) : register & 3;
    return register;
  }

  private void any() {
    if (floats && random.nextInt(5) > 0) {
      vectors();
      return;
    }
    int w = width();
    switch (random.nextInt(27)) {
      case 0, 1, 2, 3 -> keep(b.op2(BINARY[random.nextInt(BINARY.length)], w, value(), value()));
      case 4 -> unary(w);
      case 5 -> shift(w);
      case 6 -> keep(b.op3(Op.SELECT, w, value(), value(), value()));
      case 7, 8, 9, 10 -> b.add(Op.PUT, w, value(), 0, 0, reg());
      case 11 -> b.add(Op.PUTHIGH, 0, value(), 0, 0, reg());
      case 12 -> keep(b.op0(Op.GETHIGH, 0, reg()));
      case 13, 14 -> flags(w);
      case 15 -> keep(b.op0(Op.COND, 0, random.nextInt(16)));
      case 16 -> rareFlags(w);
      case 17 -> {
        Op op = random.nextBoolean() ? Op.LOAD : Op.LOADW;
        keep(b.op1(op, w, address(), random.nextInt(2)));
      }
      case 18 -> b.add(Op.STORE, w, address(), value(), 0, random.nextInt(2));
      case 19 -> keep(b.op3(DIVISION[random.nextInt(4)], w, value(), value(), value()));
      case 20 -> keep(b.helper(Rig.PURE, value(), value(), value()));
      case 21 -> state();
      case 22 -> keep(b.op0(Op.VGET, 3, random.nextInt(64)));
      case 23 -> b.add(Op.VPUT, 3, value(), 0, 0, random.nextInt(64));
      case 24 -> floating();
      case 25 -> keep(b.op0(random.nextBoolean() ? Op.SEGBASE : Op.SELECTOR, 3, random.nextInt(6)));
      default -> linear();
    }
  }

  private void floating() {
    FloatOp op = FloatOp.of(random.nextInt(FloatOp.FROM_LONG.ordinal() + 1));
    int what = op.with(random.nextInt(3), random.nextInt(16), random.nextInt(4) == 0);
    keep(b.add(Op.FLOAT, 3, value(), value(), 0, what));
  }

  private void vectors() {
    switch (random.nextInt(13)) {
      case 0, 1 -> keep(part());
      case 10 -> fused();
      case 2, 3 -> b.add(Op.VPUT, 3, value(), 0, 0, anyPart());
      case 4, 5, 6 -> arithmetic();
      case 7 -> keep(single(b.op2(Op.AND, 3, part(), b.constant(0xFFFFFFFF_00000000L))));
      case 8 -> keep(lane());
      case 11 -> aligned();
      case 9 -> {
        int half = random.nextInt(6);
        int a = b.op0(Op.VGET, 3, half);
        keep(b.op2(Op.XOR, 3, a, b.op0(Op.VGET, 3, half)));
      }
      default -> keep(b.op1(Op.LOAD, 2 + random.nextInt(2), address(), 0));
    }
  }

  private void aligned() {
    int at = b.op2(Op.AND, 3, value(), b.constant(random.nextInt(8) == 0 ? -1 : ~31L));
    b.op1(Op.ALIGN, 3, at, random.nextBoolean() ? 16 : 32);
  }

  private int part() {
    return b.op0(Op.VGET, 3, anyPart());
  }

  private void arithmetic() {
    FloatOp op = FloatOp.of(random.nextInt(8) == 0 ? random.nextInt(17) : random.nextInt(7));
    boolean more = random.nextInt(6) == 0;
    int what = op.with(random.nextInt(3), random.nextInt(8), more);
    int v = keep(b.add(Op.FLOAT, 3, value(), random.nextBoolean() ? part() : value(), 0, what));
    if (random.nextBoolean()) {
      b.add(Op.VPUT, 3, v, 0, 0, random.nextInt(6));
    }
  }

  private void fused() {
    if (random.nextInt(3) == 0) {
      b.op0(Op.VCLEAR, 3, random.nextInt(4) | random.nextInt(2) << 8);
      return;
    }
    FloatOp op = FloatOp.of(FloatOp.FMADD.ordinal() + random.nextInt(6));
    boolean pair = op.ordinal() >= FloatOp.FMADDSUB.ordinal();
    int what = op.with(pair ? FloatOp.PAIR : random.nextInt(3), 0, random.nextInt(6) == 0);
    keep(b.add(Op.FUSED, 3, part(), value(), value(), what));
  }

  private int anyPart() {
    return random.nextInt(3) > 0 ? random.nextInt(6) : 32 + random.nextInt(6);
  }

  /** As ADDSS does: a single merged into a register. */
  private int single(int kept) {
    int what = FloatOp.of(random.nextInt(4)).with(FloatOp.SINGLE, 0, false);
    return b.op2(Op.OR, 3, kept, b.add(Op.FLOAT, 3, value(), value(), 0, what));
  }

  /** As shuffles do. */
  private int lane() {
    int low = b.op2(Op.AND, 3, value(), b.constant(0xFFFFFFFFL));
    int high = b.op2(Op.SHR, 3, value(), b.constant(32));
    return switch (random.nextInt(4)) {
      case 0 -> b.op2(Op.OR, 3, low, b.op2(Op.SHL, 3, high, b.constant(32)));
      case 1 -> b.op2(Op.OR, 3, high, b.op2(Op.SHL, 3, low, b.constant(32)));
      case 2 -> b.op2(Op.OR, 3, low, value());
      default -> b.op1(Op.ZEXT, 2, value());
    };
  }

  private void unary(int w) {
    Op op = UNARY[random.nextInt(UNARY.length)];
    keep(b.op1(op, op == Op.BSWAP ? 2 + (w & 1) : w, value()));
  }

  private void state() {
    if (random.nextInt(3) == 0) {
      keep(b.helper(Rig.STATE, value(), value(), value()));
    }
  }

  private void linear() {
    long imm = random.nextInt(6) | random.nextInt(2) << 3 | 4L << 8;
    keep(b.op1(Op.LINEAR, 1 + random.nextInt(3), value(), imm));
  }

  private int address() {
    if (random.nextInt(8) == 0) {
      return value();
    }
    int low = b.op2(Op.AND, 3, value(), b.constant(0xFFF7));
    return b.op2(Op.ADD, 3, low, b.constant(Rig.BASE));
  }

  private int count() {
    return random.nextBoolean()
        ? b.constant(random.nextInt(64))
        : b.op2(Op.AND, 0, value(), b.constant(random.nextBoolean() ? 31 : 63));
  }

  private void shift(int w) {
    Op op = random.nextInt(3) == 0 ? Op.SHL : random.nextBoolean() ? Op.SHR : Op.SAR;
    keep(b.op2(op, w, value(), count()));
  }

  private int low(int w) {
    return keep(b.op1(Op.ZEXT, w, value()));
  }

  /** Rows whose result is what the kind says. */
  private void flags(int w) {
    int x = low(w);
    int y = low(w);
    boolean add = random.nextBoolean();
    Op op = add ? Op.ADD : Op.SUB;
    switch (random.nextInt(7)) {
      case 0, 1 -> {
        int r = keep(b.op2(op, w, x, y));
        put(r, w);
        b.flags(add ? FlagKind.ADD : FlagKind.SUB, w, x, y, r);
      }
      case 2 -> b.flags(FlagKind.LOGIC, w, x, y, keep(b.op2(Op.AND, w, x, y)));
      case 3 -> {
        int carry = b.op0(Op.COND, 0, 2);
        int r = keep(b.op2(op, w, b.op2(op, w, x, y), carry));
        b.flags(add ? FlagKind.ADC : FlagKind.SBB, w, x, y, r);
      }
      case 4 -> {
        int carry = b.op0(Op.COND, 0, 2);
        int r = keep(b.op2(op, w, x, b.constant(1)));
        b.flags(add ? FlagKind.INC : FlagKind.DEC, w, x, carry, r);
        put(r, w);
      }
      case 5 -> shiftFlags(w, x);
      default -> {
        if (add) {
          b.flags(FlagKind.RESULT, w, x, y, y);
        } else {
          b.flags(FlagKind.EXPLICIT, w, x, y, b.op2(Op.AND, 3, y, b.constant(0x8D5)));
        }
      }
    }
  }

  private void put(int r, int w) {
    if (random.nextBoolean()) {
      b.add(Op.PUT, w, r, 0, 0, reg());
    }
  }

  private void shiftFlags(int w, int x) {
    int n = b.constant(1 + random.nextInt(Math.min(31, Width.bits(w) - 1)));
    int kind = random.nextInt(3);
    Op op = kind == 0 ? Op.SHL : kind == 1 ? Op.SHR : Op.SAR;
    int r = keep(b.op2(op, w, x, n));
    b.flags(FlagKind.of(FlagKind.SHL.ordinal() + kind), w, x, n, r);
  }

  private void rareFlags(int w) {
    switch (random.nextInt(3)) {
      case 0 -> keep(b.op0(Op.GETFLAGS, 3, 0));
      case 1 -> b.op1(Op.SETFLAGS, 3, value());
      default -> {
        int x = low(w);
        int n = b.op2(Op.AND, 0, value(), b.constant(w == 3 ? 63 : 31));
        int r = keep(b.op2(Op.SHR, w, x, n));
        b.add(Op.FLAGSIF, w, x, n, r, FlagKind.SHR.ordinal());
      }
    }
  }

  private long anywhere() {
    return ip(random.nextInt(blocks + 1));
  }

  private IrBlock.Flow terminate() {
    switch (random.nextInt(10)) {
      case 0, 1 -> b.op0(Op.GOTO, 0, anywhere());
      case 2 -> {
        b.helper(Rig.ENDS, value(), value(), value());
        b.op0(Op.EXIT, 0, 0);
      }
      case 3 -> {
        b.op0(Op.GOTO, 0, anywhere());
        return IrBlock.Flow.CALL;
      }
      case 4 -> {
        int to = b.op3(Op.SELECT, 3, value(), b.constant(anywhere()), b.constant(anywhere()));
        b.op1(Op.JUMP, 3, to);
        return IrBlock.Flow.RETURN;
      }
      case 5, 6, 7 -> b.op1(Op.BRANCH, 0, b.op0(Op.COND, 0, random.nextInt(16)), anywhere());
      default -> b.op1(Op.BRANCH, 0, value(), anywhere());
    }
    return IrBlock.Flow.PLAIN;
  }
}
