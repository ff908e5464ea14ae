package io.github.bitterling.jit;

import io.github.bitterling.vmx.exec.CompiledRegion;

/** Base class of emitted regions: the tables their cold exits look into. */
public abstract class RegionCode extends CompiledRegion {
  /** Instruction pointer of each exit. */
  protected long[] rips;

  /** Following instruction's pointer of each exit that calls a helper. */
  protected long[] nexts;

  /** Instructions charged at the block's head but not retired at each exit. */
  protected int[] rest;

  final void bind(ExitTable table) {
    rips = table.rips();
    nexts = table.nexts();
    rest = table.rest();
  }
}
