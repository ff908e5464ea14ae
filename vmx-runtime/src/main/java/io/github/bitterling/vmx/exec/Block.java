package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;

/**
 * A translated straight line of guest code at a physical address, shared by all cores. Valid while
 * the bytes it was made from stand unchanged.
 */
public final class Block {
  /** IR after the block passes. */
  public final IrBlock ir;

  /** Instruction pointer, linear address and mode the block is for. */
  public final long ip;

  public final long linear;
  public final int mode;

  /** Physical address of the first byte. */
  public final long physical;

  /** Length in bytes; may reach into a second page for a block of one instruction. */
  public final int bytes;

  /** Physical address of the second page's first byte, or -1. */
  public final long secondPage;

  /** Guest instructions. */
  public final int instructions;

  /** False once its bytes were overwritten. */
  public boolean valid = true;

  /** Times tier 0 entered the block since it was made or handed to the compiler. */
  public int heat;

  /** Compiled region that starts here, or null. */
  public volatile CompiledRegion region;

  final TierZeroCode code;

  /** Next block with the same physical address (other mode or instruction pointer). */
  Block sibling;

  Block(IrBlock ir, long linear, int mode, long physical, int bytes, long secondPage) {
    this.ir = ir;
    this.ip = ir.ip();
    this.linear = linear;
    this.mode = mode;
    this.physical = physical;
    this.bytes = bytes;
    this.secondPage = secondPage;
    this.instructions = ir.instructions();
    this.code = CodeWriter.write(ir);
  }

  /**
   * Where the indirect jump at the block's end went in tier 0 lately, as far as remembered; no
   * returns.
   */
  public long[] observedTargets() {
    return code.targets == null
        ? new long[0]
        : java.util.Arrays.stream(code.targets).filter(t -> t != 0).toArray();
  }
}
