package io.github.bitterling.jit;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.HashMap;
import java.util.Map;

/**
 * Accesses that walk through memory in small steps in a loop of one block, such as copies and
 * checksums: they stay in a page for many rounds, so each keeps its page in locals as the stack
 * does. Accesses whose address may be anywhere do not: for them looking at the kept page first only
 * costs.
 */
final class PageSlots {
  private static final int MOST = 4;
  private static final long SMALL = 64;

  private final Map<Long, Integer> slotOfAccess = new HashMap<>();
  private final Map<String, Integer> slotOfShape = new HashMap<>();
  private final boolean[] written = new boolean[MOST];

  PageSlots(RegionPlan plan) {
    for (int block = 0; block < plan.size(); block++) {
      if (plan.successors(block).contains(block)) {
        inLoop(block, plan.block(block));
      }
    }
  }

  int count() {
    return slotOfShape.size();
  }

  /** Slot of access {@code i} in a block, or -1. */
  int slot(int block, int i) {
    return slotOfAccess.getOrDefault((long) block << 32 | i, -1);
  }

  /** The slot's page must be writable too. */
  boolean written(int slot) {
    return written[slot];
  }

  private void inLoop(int block, IrBlock ir) {
    for (int i = 0; i < ir.size(); i++) {
      Op op = ir.op(i);
      boolean access = op == Op.LOAD || op == Op.LOADW || op == Op.STORE;
      if (access && (ir.imm(i) & 1) == 0) {
        String shape = shape(ir, ir.a(i));
        if (shape != null) {
          enter(block, i, block + shape, op != Op.LOAD);
        }
      }
    }
  }

  private void enter(int block, int i, String shape, boolean write) {
    Integer slot = slotOfShape.get(shape);
    if (slot == null && slotOfShape.size() == MOST) {
      return;
    }
    if (slot == null) {
      slot = slotOfShape.size();
      slotOfShape.put(shape, slot);
    }
    slotOfAccess.put((long) block << 32 | i, slot);
    written[slot] |= write;
  }

  /**
   * What an address is made of, constants rounded; null when it may change by more than a small
   * step.
   */
  private String shape(IrBlock ir, int v) {
    return switch (ir.op(v)) {
      case CONST -> Long.toString(ir.imm(v) / SMALL);
      case SEGBASE -> "s" + ir.imm(v);
      case GET -> steps(ir, (int) ir.imm(v)) ? "r" + ir.imm(v) : null;
      case ADD, SUB, SHL -> both(ir, v);
      case ZEXT, LINEAR -> shape(ir, ir.a(v));
      default -> null;
    };
  }

  private String both(IrBlock ir, int v) {
    String a = shape(ir, ir.a(v));
    String b = shape(ir, ir.b(v));
    return a == null || b == null ? null : "(" + a + ir.op(v) + b + ")";
  }

  /** The register is not written in the block, or once, by adding a small constant. */
  private static boolean steps(IrBlock ir, int register) {
    int writes = 0;
    for (int i = 0; i < ir.size(); i++) {
      Op op = ir.op(i);
      if (op == Op.HELPER) {
        return false;
      }
      if ((op == Op.PUT || op == Op.PUTHIGH) && ir.imm(i) == register) {
        writes++;
        if (op == Op.PUTHIGH || ir.width(i) == Width.W8 || !smallStep(ir, ir.a(i), register)) {
          return false;
        }
      }
    }
    return writes <= 1;
  }

  private static boolean smallStep(IrBlock ir, int v, int register) {
    if (ir.op(v) != Op.ADD && ir.op(v) != Op.SUB) {
      return false;
    }
    int a = ir.a(v);
    int b = ir.b(v);
    long step = Width.signExtend(ir.width(v), ir.imm(b));
    return ir.op(a) == Op.GET
        && ir.imm(a) == register
        && ir.op(b) == Op.CONST
        && Math.abs(step) <= SMALL;
  }
}
