package io.github.bitterling.ir;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/**
 * Checks what every block must keep to: arguments are values defined before, widths exist,
 * registers exist, instructions are marked, within one instruction nothing is written before
 * something that can still fault, and only the last operation ends the block.
 */
public final class IrVerifier {
  private static final int GENERAL_REGISTERS = 16;
  private static final int VECTOR_PARTS = 64;
  private static final int SEGMENTS = 6;

  private final IntPredicate helperMayFault;

  /**
   * @param helperMayFault whether a helper number can fault after something was written
   */
  public IrVerifier(IntPredicate helperMayFault) {
    this.helperMayFault = helperMayFault;
  }

  /** What is wrong with a block, one sentence each; empty when it is sound. */
  public List<String> check(IrBlock block) {
    List<String> wrong = new ArrayList<>();
    int marks = 0;
    int written = -1;
    for (int i = 0; i < block.size(); i++) {
      Op op = block.op(i);
      arguments(block, i, wrong);
      operands(block, i, wrong);
      if (op.effect() == Op.Effect.MARK) {
        marks++;
        written = -1;
      } else if (op.effect() == Op.Effect.WRITES) {
        written = i;
      } else if (written >= 0 && mayFault(block, i)) {
        wrong.add(
            at(block, i)
                + " can fault after operation "
                + written
                + " wrote state in the same instruction");
      }
      if (i == 0 && op != Op.INSN) {
        wrong.add(at(block, i) + ": a block starts with INSN");
      }
      if (op.endsBlock() != (i == block.size() - 1)) {
        wrong.add(
            at(block, i)
                + (op.endsBlock()
                    ? " ends the block before its last operation"
                    : ": the block has no terminator"));
      }
    }
    if (marks != block.instructions()) {
      wrong.add(
          "block says "
              + block.instructions()
              + " instructions but has "
              + marks
              + " INSN operations");
    }
    return wrong;
  }

  private boolean mayFault(IrBlock block, int i) {
    Op op = block.op(i);
    return op == Op.HELPER ? helperMayFault.test((int) block.imm(i)) : op.canFault();
  }

  private static void arguments(IrBlock block, int i, List<String> wrong) {
    for (int k = 0; k < block.op(i).arity(); k++) {
      int arg = block.arg(i, k);
      if (arg < 0 || arg >= i) {
        wrong.add(
            at(block, i)
                + ": argument "
                + k
                + " names operation "
                + arg
                + ", which does not come before");
      } else if (!block.op(arg).definesValue()) {
        wrong.add(
            at(block, i)
                + ": argument "
                + k
                + " names "
                + block.op(arg)
                + " at "
                + arg
                + ", which has no value");
      }
    }
  }

  private static void operands(IrBlock block, int i, List<String> wrong) {
    int w = block.width(i);
    if (w < Width.W8 || w > Width.W64) {
      wrong.add(at(block, i) + ": no width " + w);
    }
    long imm = block.imm(i);
    long limit =
        switch (block.op(i)) {
          case GET, PUT -> GENERAL_REGISTERS;
          case GETHIGH, PUTHIGH -> 4;
          case VGET, VPUT -> VECTOR_PARTS;
          case SEGBASE, SELECTOR -> SEGMENTS;
          case FLAGS, FLAGSIF -> FlagKind.values().length;
          case COND -> 16;
          case LOAD, LOADW, STORE, REPLACE -> 64;
          default -> 0;
        };
    if (limit > 0 && (imm < 0 || imm >= limit)) {
      wrong.add(at(block, i) + ": immediate " + imm + " is not below " + limit);
    }
    if (block.op(i) == Op.VCLEAR && ((imm & 0xFF) > VECTOR_PARTS / 4 || imm >>> 9 != 0)) {
      wrong.add(at(block, i) + ": no registers " + imm);
    }
    if (block.op(i) == Op.LINEAR && (imm & 7) >= SEGMENTS) {
      wrong.add(at(block, i) + ": no segment register " + (imm & 7));
    }
    boolean fused = block.op(i) == Op.FUSED;
    if ((fused || block.op(i) == Op.FLOAT) && !FloatOp.valid(imm, fused)) {
      wrong.add(at(block, i) + ": no floating-point operation " + imm);
    }
    if (block.op(i) == Op.ALIGN && (imm <= 0 || Long.bitCount(imm) != 1 || imm > 4096)) {
      wrong.add(at(block, i) + ": no alignment " + imm);
    }
    if (block.op(i) == Op.BSWAP && w < Width.W32) {
      wrong.add(at(block, i) + ": BSWAP is of 32 or 64 bits");
    }
  }

  private static String at(IrBlock block, int i) {
    return "operation " + i + " " + block.op(i);
  }
}
