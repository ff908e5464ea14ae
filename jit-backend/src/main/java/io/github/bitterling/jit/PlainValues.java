package io.github.bitterling.jit;

import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Which values of a block, and which parts of vector registers, are known not to be denormal
 * wherever arithmetic goes on in line: operands and results of earlier operations, which either
 * were looked at or switched to the slow methods for good (see {@code SseInline}).
 */
final class PlainValues {
  private static final int LOW_SINGLE = 1;
  private static final int HIGH_SINGLE = 2;
  private static final int DOUBLE = 4;
  private static final byte ALL = LOW_SINGLE | HIGH_SINGLE | DOUBLE;
  private static final int PARTS = 64;

  private final IrBlock ir;
  private final IntPredicate pureHelper;
  private final byte[] parts;
  private final byte[] value;

  /** Value that a part holds, or -1. */
  private final int[] held = new int[PARTS];

  private int done;

  /**
   * @param atStart what is known of each part at the block's start
   */
  PlainValues(IrBlock ir, IntPredicate pureHelper, byte[] atStart) {
    this.ir = ir;
    this.pureHelper = pureHelper;
    this.parts = atStart.clone();
    this.value = new byte[ir.size()];
    Arrays.fill(held, -1);
  }

  /** Operations that are done in line. */
  static boolean inline(int what) {
    return switch (FloatOp.of(what)) {
      case ADD, SUB, MUL, DIV, SQRT -> true;
      default -> false;
    };
  }

  /**
   * What is known at the start of each block of a region.
   *
   * @param floats false when nobody will ask
   */
  static byte[][] atStart(RegionPlan plan, IntPredicate pureHelper, boolean floats) {
    byte[][] in = new byte[plan.size()][PARTS];
    for (int i = 1; i < in.length; i++) {
      Arrays.fill(in[i], ALL);
    }
    boolean changed = true;
    while (changed && floats) {
      changed = false;
      for (int i = 0; i < in.length; i++) {
        byte[] out = new PlainValues(plan.block(i), pureHelper, in[i]).atEnd();
        for (int s : plan.successors(i)) {
          changed |= meet(in[s], out);
        }
      }
    }
    return in;
  }

  private static boolean meet(byte[] into, byte[] with) {
    boolean changed = false;
    for (int p = 0; p < PARTS; p++) {
      byte met = (byte) (into[p] & with[p]);
      changed |= met != into[p];
      into[p] = met;
    }
    return changed;
  }

  private byte[] atEnd() {
    for (int i = 0; i < ir.size(); i++) {
      if (ir.op(i) == Op.FLOAT && inline((int) ir.imm(i))) {
        operated(i);
      }
    }
    advance(ir.size());
    return parts;
  }

  /** Goes on to operation {@code to}. */
  void advance(int to) {
    for (; done < to; done++) {
      step(done);
    }
  }

  private void step(int i) {
    switch (ir.op(i)) {
      case VGET -> {
        value[i] |= parts[(int) ir.imm(i)];
        held[(int) ir.imm(i)] = i;
      }
      case VPUT -> {
        int part = (int) ir.imm(i);
        parts[part] = known(ir.a(i));
        held[part] = ir.a(i);
      }
      case VCLEAR -> Arrays.fill(held, -1);
      case HELPER -> {
        if (!pureHelper.test((int) ir.imm(i))) {
          Arrays.fill(parts, (byte) 0);
          Arrays.fill(value, 0, i, (byte) 0);
          Arrays.fill(held, -1);
        }
      }
      default -> {}
    }
  }

  boolean isDouble(int v) {
    return (known(v) & DOUBLE) != 0;
  }

  boolean isSingle(int v, int lane) {
    return (known(v) >> lane & 1) != 0;
  }

  /** Operation i, done in line, has looked at its operands and result. */
  void operated(int i) {
    advance(i);
    int what = (int) ir.imm(i);
    int format = FloatOp.format(what);
    int seen =
        format == FloatOp.DOUBLE
            ? DOUBLE
            : format == FloatOp.PAIR ? LOW_SINGLE | HIGH_SINGLE : LOW_SINGLE;
    if (FloatOp.of(what) != FloatOp.SQRT) {
      see(ir.a(i), seen);
    }
    see(ir.b(i), seen);
    value[i] |= (byte) (format == FloatOp.SINGLE ? LOW_SINGLE | HIGH_SINGLE : seen);
  }

  private void see(int v, int bits) {
    value[v] |= (byte) bits;
    for (int p = 0; p < PARTS; p++) {
      if (held[p] == v) {
        parts[p] |= (byte) bits;
      }
    }
  }

  private byte known(int v) {
    return (byte) (value[v] | made(v));
  }

  /** What follows from how a value is made. */
  private int made(int v) {
    return switch (ir.op(v)) {
      case CONST -> constant(ir.imm(v));
      case FLOAT -> result((int) ir.imm(v));
      case OR, AND, SHL, SHR, ZEXT -> lanes(v);
      case XOR -> Vectors.cleared(ir, v) ? ALL : 0;
      default -> 0;
    };
  }

  private static int constant(long bits) {
    int low = (int) bits;
    int high = (int) (bits >>> 32);
    return (plain(low) ? LOW_SINGLE : 0)
        | (plain(high) ? HIGH_SINGLE : 0)
        | ((bits & 0x7FFL << 52) != 0 || bits << 1 == 0 ? DOUBLE : 0);
  }

  private static boolean plain(int single) {
    return (single & 0xFF << 23) != 0 || single << 1 == 0;
  }

  /** Of operations that are called. */
  private static int result(int what) {
    return switch (FloatOp.of(what)) {
      case FROM_INT, FROM_LONG, TO_DOUBLE ->
          FloatOp.format(what) == FloatOp.DOUBLE || FloatOp.of(what) == FloatOp.TO_DOUBLE
              ? DOUBLE
              : LOW_SINGLE | HIGH_SINGLE;
      default -> 0;
    };
  }

  private int lanes(int v) {
    return (plainLane(v, 0) ? LOW_SINGLE : 0) | (plainLane(v, 1) ? HIGH_SINGLE : 0);
  }

  private boolean plainLane(int v, int lane) {
    if ((value[v] >> lane & 1) != 0 || empty(v, lane)) {
      return true;
    }
    int a = ir.a(v);
    int b = ir.b(v);
    return switch (ir.op(v)) {
      case OR -> empty(a, lane) ? plainLane(b, lane) : empty(b, lane) && plainLane(a, lane);
      case AND -> ir.op(b) == Op.CONST && laneOf(ir.imm(b), lane) == -1 && plainLane(a, lane);
      case SHL -> lane == 1 && by32(v) && plainLane(a, 0);
      case SHR -> lane == 0 && by32(v) && plainLane(a, 1);
      case ZEXT -> ir.width(v) == Width.W32 && lane == 0 && plainLane(a, 0);
      case FLOAT, CONST -> (made(v) >> lane & 1) != 0;
      default -> false;
    };
  }

  private boolean by32(int v) {
    return ir.op(ir.b(v)) == Op.CONST && ir.imm(ir.b(v)) == 32;
  }

  private static int laneOf(long bits, int lane) {
    return (int) (bits >>> 32 * lane);
  }

  private boolean empty(int v, int lane) {
    return switch (ir.op(v)) {
      case CONST -> laneOf(ir.imm(v), lane) == 0;
      case AND -> ir.op(ir.b(v)) == Op.CONST && laneOf(ir.imm(ir.b(v)), lane) == 0;
      case SHL -> lane == 0 && by32(v);
      case SHR -> lane == 1 && by32(v);
      case ZEXT, LOAD -> lane == 1 && ir.width(v) <= Width.W32;
      case OR -> empty(ir.a(v), lane) && empty(ir.b(v), lane);
      default -> false;
    };
  }
}
