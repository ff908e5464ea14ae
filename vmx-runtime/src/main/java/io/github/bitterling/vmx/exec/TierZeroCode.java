package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;

/**
 * A block as tier 0 runs it: {@link Word}s, small because a guest that starts up runs through more
 * code than a host's caches hold. Slots below 16 are the guest's general registers, those above lie
 * behind them in the same array of the processor.
 */
final class TierZeroCode {
  final long[] code;

  /** Guest instructions. */
  final int instructions;

  final long nextIp;

  /** Where an indirect jump at the end went lately, 0 in unused places; null when there is none. */
  final long[] targets;

  private final long ip;

  /** Of every instruction: place of its first word, low half of its instruction pointer. */
  private final int[] starts;

  TierZeroCode(IrBlock ir, long[] code, int[] starts) {
    this.ip = ir.ip();
    this.nextIp = ir.nextIp();
    this.instructions = ir.instructions();
    this.code = code;
    this.starts = starts;
    this.targets = jumps(ir) ? new long[16] : null;
  }

  private static boolean jumps(IrBlock ir) {
    return ir.op(ir.size() - 1) == Op.JUMP && ir.flow() != IrBlock.Flow.RETURN;
  }

  /** Remembers where the indirect jump at the end went. */
  void jumped(long target) {
    if (targets != null) {
      targets[(int) (target ^ target >>> 4 ^ target >>> 8) & 15] = target;
    }
  }

  /** Place of an instruction's first word; the end of the code for a number too high. */
  int start(int instruction) {
    return instruction < instructions ? starts[2 * instruction] : code.length;
  }

  /** Instruction a place belongs to, counted from 0. */
  int instructionAt(int place) {
    int k = instructions - 1;
    while (starts[2 * k] > place) {
      k--;
    }
    return k;
  }

  /**
   * Instruction pointer of an instruction. A block lies in one page, so all have the high half in
   * common.
   */
  long ip(int instruction) {
    return instruction < instructions
        ? ip & -1L << 32 | starts[2 * instruction + 1] & 0xFFFFFFFFL
        : nextIp;
  }
}
