package io.github.bitterling.ir;

import java.util.BitSet;

/**
 * Removes FLAGS, FLAGSIF and SETFLAGS whose flags nobody can see: overwritten in the same block before a read, a helper, and
 * anything that can fault or leave. (A fault shows the flags to the handler, so an operation that can fault keeps them.)
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
    boolean live = true;
    for (int i = block.size() - 1; i >= 0; i--) {
      Op op = block.op(i);
      switch (op) {
        case FLAGS, SETFLAGS -> {
          if (!live) {
            dead.set(i);
          }
          live = false;
        }
        case FLAGSIF -> {
          // Writes only perhaps, so what came before stays as live as it is.
          if (!live) {
            dead.set(i);
          }
        }
        case COND, GETFLAGS -> live = true;
        default -> live |= op.canFault() || op.endsBlock();
      }
    }
    return dead;
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
