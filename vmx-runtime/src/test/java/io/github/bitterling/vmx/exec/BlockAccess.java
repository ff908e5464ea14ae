package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;

/** Lets tests of other packages make blocks without a block cache. */
public final class BlockAccess {
  private BlockAccess() {}

  /** A block ready for the interpreter, from IR alone. */
  public static Block of(IrBlock ir, int mode) {
    return new Block(ir, ir.ip(), mode, ir.ip(), 0, -1);
  }
}
