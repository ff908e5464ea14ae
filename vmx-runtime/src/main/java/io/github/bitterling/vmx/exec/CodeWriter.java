package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.cpu.LazyFlags;
import java.util.Arrays;

/** Writes a block's IR as tier 0's code. */
final class CodeWriter {
  /** In the immediate of memory operations: other processors run at the same time. */
  private static final long SHARED = 32;

  private final IrBlock ir;
  private final ValuePlan plan;
  private final Homes homes;
  private final SlotPool pool = new SlotPool();

  /** Slot of a value that has one of its own, 0 before it is given one. */
  private final int[] slots;

  private final int[] starts;
  private long[] code;
  private int size;
  private int instructions;

  /** Kind of the flags as the operations so far leave them; -1 when they come from elsewhere. */
  private int flagKind = -1;

  private int flagWidth;

  private CodeWriter(IrBlock ir) {
    this.ir = ir;
    plan = new ValuePlan(ir);
    homes = new Homes(plan);
    slots = new int[ir.size()];
    starts = new int[2 * ir.instructions()];
    code = new long[ir.size() + 8];
  }

  static TierZeroCode write(IrBlock ir) {
    return new CodeWriter(ir).write();
  }

  private TierZeroCode write() {
    for (int p = 0; p < ir.size(); p++) {
      int i = plan.order.at[p];
      if (!plan.gone[i] && plan.sunk[i] < 0) {
        write(i, p);
      }
    }
    return new TierZeroCode(ir, Arrays.copyOf(code, size), starts);
  }

  private void write(int i, int place) {
    if (ir.op(i) == Op.INSN) {
      starts[2 * instructions] = size;
      starts[2 * instructions++ + 1] = (int) ir.imm(i);
      return;
    }
    if (Order.isPut(ir.op(i)) && plan.sunk[plan.argument(i, 0)] == i) {
      int value = plan.argument(i, 0);
      operation(value);
      giveBack(value, place);
      if (homes.register[value] == ir.imm(i)) {
        return;
      }
    }
    operation(i);
    giveBack(i, place);
  }

  private void giveBack(int i, int place) {
    for (int k = 0; k < 3; k++) {
      int value = plan.argument(i, k);
      if (value >= 0 && plan.last[value] == place && slots[value] > SlotPool.UNUSED) {
        pool.give(slots[value]);
        slots[value] = 0;
      }
    }
  }

  private void operation(int i) {
    switch (ir.op(i)) {
      case CONST -> {}
      case PUT -> put(i);
      case PUTHIGH -> word(Key.PUTHIGH, Width.W8, (int) ir.imm(i), in(i, 0), 0, 0);
      case GET -> word(Key.MOV, ir.width(i), out(i), (int) ir.imm(i), 0, 0);
      case GETHIGH -> word(Key.GETHIGH, Width.W8, out(i), (int) ir.imm(i), 0, 0);
      case SEGBASE -> word(Key.SEGBASE, Width.W64, out(i), (int) ir.imm(i), 0, 0);
      case ZEXT -> unary(Key.MOV, i);
      case NOT -> unary(Key.NOT, i);
      case NEG -> unary(Key.NEG, i);
      case SEXT -> unary(Key.SEXT, i);
      case MUL -> binary(Key.MUL, i);
      case ADD, SUB, AND, OR, XOR, SHL, SHR, SAR, EQ, NE, ULT, ULE, SLT, SLE -> arithmetic(i);
      case SELECT -> word(Key.SELECT, Width.W64, out(i), in(i, 0), in(i, 1), in(i, 2));
      case FLAGS, FLAGSIF -> flags(i);
      case COND -> word(Key.COND, Width.W64, out(i), 0, (int) ir.imm(i), 0);
      case LINEAR, LOAD, LOADW, STORE, REPLACE -> memory(i);
      case TARGET -> target(i);
      case GOTO, BRANCH, JUMP, EXIT -> end(i);
      default -> rare(i);
    }
  }

  private void put(int i) {
    int value = plan.argument(i, 0);
    int r = (int) ir.imm(i);
    int w = ir.width(i);
    if (plan.isConstant(value) && w >= Width.W32) {
      constant(r, ir.imm(value) & Width.mask(w));
    } else {
      int key = w == Width.W8 ? Key.PUT8 : w == Width.W16 ? Key.PUT16 : Key.MOV;
      word(key, w, r, in(i, 0), 0, 0);
    }
  }

  private void unary(int key, int i) {
    word(key, ir.width(i), out(i), in(i, 0), 0, 0);
  }

  private void binary(int key, int i) {
    word(key, ir.width(i), out(i), in(i, 0), in(i, 1), 0);
  }

  private void arithmetic(int i) {
    if (plan.scale[i] != 0) {
      int a = in(i, 0);
      int b = in(i, 1);
      word(Key.LEA, ir.width(i), out(i), a, b, plan.scale[i]);
      return;
    }
    int key = key(i);
    if (plan.flags[i] >= 0) {
      flagKind = (int) ir.imm(plan.flags[i]);
      flagWidth = ir.width(i);
    }
    int second = plan.argument(i, 1);
    long value = plan.isConstant(second) ? Width.signExtend(ir.width(i), ir.imm(second)) : -1;
    if (plan.isConstant(second) && Word.fits(value)) {
      int a = in(i, 0);
      add(Word.immediate(hasImmediate(key) ? key + 1 : key, ir.width(i), out(i), a, value));
    } else {
      binary(key, i);
    }
  }

  private static boolean hasImmediate(int key) {
    return key != Key.INC_FLAGS && key != Key.DEC_FLAGS;
  }

  private int key(int i) {
    if (plan.flags[i] >= 0 && isStep(plan.flags[i])) {
      return ir.op(i) == Op.ADD ? Key.INC_FLAGS : Key.DEC_FLAGS;
    }
    boolean flags = plan.flags[i] >= 0;
    return switch (ir.op(i)) {
      case ADD -> flags ? Key.ADD_FLAGS : Key.ADD;
      case SUB -> flags ? Key.SUB_FLAGS : Key.SUB;
      case AND -> flags ? Key.AND_FLAGS : Key.AND;
      case OR -> flags ? Key.OR_FLAGS : Key.OR;
      case XOR -> flags ? Key.XOR_FLAGS : Key.XOR;
      case SHL -> Key.SHL;
      case SHR -> Key.SHR;
      case SAR -> Key.SAR;
      case EQ -> Key.EQ;
      case NE -> Key.NE;
      case ULT -> Key.ULT;
      case ULE -> Key.ULE;
      case SLT -> Key.SLT;
      default -> Key.SLE;
    };
  }

  private boolean isStep(int flags) {
    int kind = (int) ir.imm(flags);
    return kind == FlagKind.INC.ordinal() || kind == FlagKind.DEC.ordinal();
  }

  private void flags(int i) {
    int state = LazyFlags.state((int) ir.imm(i), ir.width(i));
    boolean always = ir.op(i) == Op.FLAGS;
    int a = in(i, 0);
    int b = in(i, 1);
    word(always ? Key.FLAGS : Key.FLAGSIF, Width.W64, state, a, b, in(i, 2));
    flagKind = always ? (int) ir.imm(i) : -1;
    flagWidth = ir.width(i);
  }

  private void memory(int i) {
    int a = in(i, 0);
    int w = ir.width(i);
    if (ir.op(i) == Op.LINEAR) {
      add(Word.immediate(Key.LINEAR, w, out(i), a, ir.imm(i)));
      return;
    }
    int expected = ir.op(i) == Op.REPLACE ? in(i, 2) : 0;
    int d = ir.op(i).definesValue() ? out(i) : in(i, 1);
    int key = (ir.imm(i) & SHARED) != 0 ? sharedKey(ir.op(i)) : memoryKey(ir.op(i));
    long word = Word.immediate(key + w, Width.W64, d, a, plan.displacement[i]);
    add(word | (ir.imm(i) & ~SHARED) << 8);
    if (ir.op(i) == Op.REPLACE) {
      add(expected);
    }
  }

  private static int memoryKey(Op op) {
    return op == Op.STORE ? Key.STORE8 : op == Op.LOAD ? Key.LOAD8 : Key.LOADW8;
  }

  private static int sharedKey(Op op) {
    return switch (op) {
      case STORE -> Key.SHARED_STORE8;
      case LOAD -> Key.SHARED_LOAD8;
      case LOADW -> Key.SHARED_LOADW8;
      default -> Key.REPLACE8;
    };
  }

  private void target(int i) {
    int key = ir.width(i) == Width.W64 ? Key.TARGET64 : Key.TARGET;
    word(key, Width.W64, SlotPool.UNUSED, in(i, 0), 0, 0);
  }

  private void end(int i) {
    switch (ir.op(i)) {
      case GOTO -> word(Key.GOTO, Width.W64, 0, 0, 0, 0);
      case JUMP -> word(Key.JUMP, Width.W64, 0, in(i, 0), 0, 0);
      case EXIT -> word(Key.EXIT, Width.W64, 0, 0, 0, 0);
      default -> branch(i);
    }
    if (ir.op(i) == Op.GOTO || ir.op(i) == Op.BRANCH) {
      add(ir.imm(i));
    }
  }

  private void branch(int i) {
    int condition = plan.argument(i, 0);
    if (!plan.isBranchCondition(condition)) {
      word(Key.BRANCH, Width.W64, 0, in(i, 0), 0, 0);
      return;
    }
    int cc = (int) ir.imm(condition);
    int key = knownCondition(cc);
    if (key == Key.BRANCH_COND) {
      word(key, Width.W64, 0, 0, cc, 0);
    } else {
      word(key, flagWidth, 0, 0, 0, cc & 1);
    }
  }

  private int knownCondition(int cc) {
    if (flagKind > 0 && cc >> 1 == 2) {
      return Key.BRANCH_ZERO;
    }
    if (flagKind != LazyFlags.SUB) {
      return Key.BRANCH_COND;
    }
    return switch (cc >> 1) {
      case 1 -> Key.BRANCH_ULT;
      case 3 -> Key.BRANCH_ULE;
      case 6 -> Key.BRANCH_SLT;
      case 7 -> Key.BRANCH_SLE;
      default -> Key.BRANCH_COND;
    };
  }

  private void rare(int i) {
    int a = plan.argument(i, 0) < 0 ? 0 : in(i, 0);
    int b = plan.argument(i, 1) < 0 ? 0 : in(i, 1);
    int c = plan.argument(i, 2) < 0 ? 0 : in(i, 2);
    word(
        rareKey(ir.op(i)),
        ir.width(i),
        ir.op(i).definesValue() ? out(i) : SlotPool.UNUSED,
        a,
        b,
        c);
    add(ir.imm(i));
    if (ir.op(i) == Op.HELPER || ir.op(i) == Op.SETFLAGS) {
      flagKind = -1;
    }
  }

  private static int rareKey(Op op) {
    return switch (op) {
      case SELECTOR -> Key.SELECTOR;
      case VGET -> Key.VGET;
      case VPUT -> Key.VPUT;
      case VCLEAR -> Key.VCLEAR;
      case UMULH -> Key.UMULH;
      case SMULH -> Key.SMULH;
      case ROL -> Key.ROL;
      case ROR -> Key.ROR;
      case BSWAP -> Key.BSWAP;
      case CTZ -> Key.CTZ;
      case CLZ -> Key.CLZ;
      case POPCNT -> Key.POPCNT;
      case GETFLAGS -> Key.GETFLAGS;
      case SETFLAGS -> Key.SETFLAGS;
      case HELPER -> Key.HELPER;
      case ALIGN -> Key.ALIGN;
      case FLOAT -> Key.FLOAT;
      case FUSED -> Key.FUSED;
      case UDIV -> Key.UDIV;
      case UREM -> Key.UREM;
      case SDIV -> Key.SDIV;
      case SREM -> Key.SREM;
      default -> throw new IllegalArgumentException("tier 0 has no key for " + op);
    };
  }

  /** Slot that has argument k of an operation; writes a constant into one first. */
  private int in(int i, int k) {
    int value = plan.argument(i, k);
    if (homes.register[value] >= 0) {
      return homes.register[value];
    }
    if (plan.isConstant(value) && slots[value] == 0) {
      if (ir.imm(value) == 0) {
        return SlotPool.ZERO;
      }
      slots[value] = pool.take();
      constant(slots[value], ir.imm(value));
    }
    return slots[value];
  }

  /** Slot for an operation's result. */
  private int out(int i) {
    if (homes.register[i] >= 0) {
      return homes.register[i];
    }
    if (plan.last[i] < 0) {
      return SlotPool.UNUSED;
    }
    slots[i] = pool.take();
    return slots[i];
  }

  private void constant(int slot, long value) {
    word(Key.CONST, Width.W64, slot, 0, 0, 0);
    add(value);
  }

  private void word(int key, int width, int d, int a, int b, int c) {
    add(Word.of(key, width, d, a, b, c));
  }

  private void add(long word) {
    if (size == code.length) {
      code = Arrays.copyOf(code, 2 * size);
    }
    code[size++] = word;
  }
}
