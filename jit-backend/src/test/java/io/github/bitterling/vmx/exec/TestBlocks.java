package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;

/** Blocks from IR made by tests, without a lifter or memory behind them. */
public final class TestBlocks {
  private TestBlocks() {}

  /** A block as if lifted at a linear and physical address equal to its instruction pointer. */
  public static Block of(IrBlock ir) {
    return new Block(ir, ir.ip(), 0, ir.ip(), (int) (ir.nextIp() - ir.ip()), -1);
  }
}
