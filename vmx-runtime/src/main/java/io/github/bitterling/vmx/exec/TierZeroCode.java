package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * A block predecoded for tier 0: five ints an operation (key, destination slot, a, b, c) and one
 * long; constants already lie in their slots. Keys are constants of {@link Key}, helpers carry
 * their number above bit 8.
 */
final class TierZeroCode {
  static final int STRIDE = 5;

  final int[] code;

  /** Mask of the width for arithmetic; instruction pointer, next one, target... as the key says. */
  final long[] imm;

  /**
   * Values by slot; constants are filled in once. One thread runs a machine, so one array a block
   * does.
   */
  final long[] slots;

  final long nextIp;

  /** Where an indirect jump at the end went lately, 0 in unused places; null when there is none. */
  final long[] targets;

  private TierZeroCode(int entries, int slots, long nextIp, boolean jumps) {
    this.code = new int[entries * STRIDE];
    this.imm = new long[entries];
    this.slots = new long[slots];
    this.nextIp = nextIp;
    this.targets = jumps ? new long[16] : null;
  }

  static TierZeroCode of(IrBlock ir) {
    int live = 0;
    for (int i = 0; i < ir.size(); i++) {
      live += ir.op(i) == Op.CONST ? 0 : 1;
    }
    TierZeroCode result = new TierZeroCode(live, ir.size(), ir.nextIp(), jumps(ir));
    int n = 0;
    for (int i = 0; i < ir.size(); i++) {
      if (ir.op(i) == Op.CONST) {
        result.slots[i] = ir.imm(i);
      } else {
        result.entry(n++, ir, i);
      }
    }
    return result;
  }

  private static boolean jumps(IrBlock ir) {
    return ir.op(ir.size() - 1) == Op.JUMP && ir.flow() != IrBlock.Flow.RETURN;
  }

  private void entry(int n, IrBlock ir, int i) {
    int at = n * STRIDE;
    code[at] = Key.of(ir, i);
    code[at + 1] = i;
    code[at + 2] = ir.a(i);
    code[at + 3] = ir.b(i);
    code[at + 4] = ir.c(i);
    imm[n] = ir.imm(i);
    switch (ir.op(i)) {
      case GET, PUT, GETHIGH, PUTHIGH, SEGBASE, SELECTOR, VGET, VPUT, COND ->
          code[at + 4] = (int) ir.imm(i);
      case LOAD, LOADW, STORE -> code[at + 4] = (int) ir.imm(i);
      case LINEAR -> code[at + 3] = ir.width(i);
      case FLAGS, FLAGSIF -> code[at + 1] = (int) ir.imm(i) << 2 | ir.width(i);
      case HELPER -> imm[n] = nextInstruction(ir, i);
      case UDIV,
          UREM,
          SDIV,
          SREM,
          UMULH,
          SMULH,
          SHL,
          SHR,
          SAR,
          ROL,
          ROR,
          CTZ,
          CLZ,
          BSWAP,
          SEXT,
          SLT,
          SLE ->
          imm[n] = ir.width(i);
      case ADD, SUB, AND, OR, XOR, NOT, NEG, MUL, ZEXT, EQ, NE, ULT, ULE, POPCNT ->
          imm[n] = Width.mask(ir.width(i));
      default -> {}
    }
  }

  private static long nextInstruction(IrBlock ir, int from) {
    for (int i = from + 1; i < ir.size(); i++) {
      if (ir.op(i) == Op.INSN) {
        return ir.imm(i);
      }
    }
    return ir.nextIp();
  }
}
