package io.github.bitterling.ir;

import java.util.BitSet;

/**
 * Removes FLAGS, FLAGSIF and SETFLAGS whose flags nobody can see: overwritten in the same block
 * before a read, a helper, and anything that can fault or leave. (A fault shows the flags to the
 * handler, so an operation that can fault keeps them.) Values that only dead operations used go
 * with them, so the CF that a dead INC would have kept does not keep the flags before it alive.
 *
 * <p>An engine that stops between two instructions of the block (budget, attention) finds stale
 * flags where they were dead: the program that goes on there cannot tell, an interrupt handler that
 * reads the flags it interrupted can.
 */
public final class DeadFlags {
  private DeadFlags() {}

  /** The block without dead flag writes; the same object when there are none. */
  public static IrBlock run(IrBlock block) {
    BitSet dead = find(block);
    return dead.isEmpty() ? block : rewrite(block, dead);
  }

  /** Operations that may go. */
  static BitSet find(IrBlock block) {
    BitSet dead = new BitSet();
    BitSet used = new BitSet();
    boolean live = true;
    for (int i = block.size() - 1; i >= 0; i--) {
      Op op = block.op(i);
      if (unused(op, used.get(i)) || !live && writesFlags(op)) {
        dead.set(i);
        continue;
      }
      for (int k = 0; k < op.arity(); k++) {
        used.set(block.arg(i, k));
      }
      live = liveBefore(op, live);
    }
    return dead;
  }

  private static boolean writesFlags(Op op) {
    return op == Op.FLAGS || op == Op.SETFLAGS || op == Op.FLAGSIF;
  }

  /** A value without users from an operation without effect. */
  private static boolean unused(Op op, boolean used) {
    boolean harmless = op.effect() == Op.Effect.PURE || op.effect() == Op.Effect.READS;
    return !used && harmless && op.definesValue() && !op.canFault();
  }

  /** FLAGSIF writes only perhaps, so what came before it stays as live as it is after it. */
  private static boolean liveBefore(Op op, boolean liveAfter) {
    return switch (op) {
      case FLAGS, SETFLAGS -> false;
      case COND, GETFLAGS -> true;
      default -> liveAfter || op.canFault() || op.endsBlock();
    };
  }

  private static IrBlock rewrite(IrBlock block, BitSet dead) {
    IrBuilder out = new IrBuilder();
    int[] renamed = new int[block.size()];
    for (int i = 0; i < block.size(); i++) {
      if (dead.get(i)) {
        continue;
      }
      Op op = block.op(i);
      if (op == Op.INSN) {
        out.insn(block.imm(i), block.a(i));
        continue;
      }
      int[] args = new int[3];
      for (int k = 0; k < op.arity(); k++) {
        args[k] = renamed[block.arg(i, k)];
      }
      renamed[i] = out.add(op, block.width(i), args[0], args[1], args[2], block.imm(i));
    }
    return out.finish(block.ip(), block.nextIp(), block.flow());
  }
}
