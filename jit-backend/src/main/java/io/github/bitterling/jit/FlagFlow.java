package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * The lazy flags across the blocks of a region: who looks at flags set elsewhere, and of what kind
 * they are.
 */
final class FlagFlow {
  private final RegionPlan plan;
  private final IntPredicate pureHelper;
  private final boolean[] liveIn;
  private final FlagRecord[] in;
  private boolean needsLocals;

  FlagFlow(RegionPlan plan, Liveness[] live, IntPredicate pureHelper) {
    this.plan = plan;
    this.pureHelper = pureHelper;
    int n = plan.size();
    liveIn = new boolean[n];
    in = new FlagRecord[n];
    boolean defined = false;
    boolean seen = false;
    for (int i = 0; i < n; i++) {
      liveIn[i] = live[i].flagsLiveIn;
      seen |= liveIn[i];
      defined |= defines(plan.block(i));
    }
    needsLocals |= defined && seen;
    propagate();
  }

  boolean liveIn(int block) {
    return liveIn[block];
  }

  /** What is known of the flags at each block's start. */
  FlagRecord[] in() {
    return in;
  }

  /**
   * False when the flags at a block's start are always those the processor holds, or of no
   * interest.
   */
  boolean needsLocals() {
    return needsLocals;
  }

  private boolean defines(IrBlock ir) {
    boolean any = false;
    for (int i = 0; i < ir.size(); i++) {
      Op op = ir.op(i);
      any |= op == Op.FLAGS || op == Op.SETFLAGS;
      needsLocals |= op == Op.FLAGSIF || op == Op.COND && reads(ir, i) || stateHelper(ir, i);
    }
    return any;
  }

  /** A condition or flags read before the block sets any needs the flags at hand. */
  private static boolean reads(IrBlock ir, int at) {
    for (int i = 0; i < at; i++) {
      if (ir.op(i) == Op.FLAGS || ir.op(i) == Op.SETFLAGS) {
        return false;
      }
    }
    return true;
  }

  private boolean stateHelper(IrBlock ir, int i) {
    return ir.op(i) == Op.GETFLAGS
        || ir.op(i) == Op.HELPER && !pureHelper.test((int) ir.imm(i)) && ir.op(i + 1) != Op.EXIT;
  }

  private void propagate() {
    in[0] = FlagRecord.UNKNOWN;
    boolean changed = true;
    while (changed) {
      changed = false;
      for (int i = 0; i < plan.size(); i++) {
        if (in[i] == null) {
          continue;
        }
        FlagRecord out = out(plan.block(i), in[i]);
        for (int s : plan.successors(i)) {
          FlagRecord met = meet(in[s], out);
          changed |= !met.equals(in[s]);
          in[s] = met;
        }
      }
    }
    Arrays.setAll(in, i -> in[i] == null ? FlagRecord.UNKNOWN : in[i]);
  }

  private static FlagRecord meet(FlagRecord a, FlagRecord b) {
    return a == null || a.equals(b) ? b : FlagRecord.UNKNOWN;
  }

  private FlagRecord out(IrBlock ir, FlagRecord at) {
    FlagRecord now = at;
    for (int i = 0; i < ir.size(); i++) {
      switch (ir.op(i)) {
        case FLAGS -> now = FlagRecord.inLocals(FlagKind.of((int) ir.imm(i)), ir.width(i));
        case SETFLAGS -> now = FlagRecord.inLocals(FlagKind.EXPLICIT, 0);
        case FLAGSIF -> now = FlagRecord.UNKNOWN;
        case HELPER -> now = pureHelper.test((int) ir.imm(i)) ? now : FlagRecord.UNKNOWN;
        default -> {}
      }
    }
    return now;
  }
}
