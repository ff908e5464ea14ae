package io.github.bitterling.vmx.silicon;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.jit.SingleRegions;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.List;

/**
 * The JIT, forced from the first execution: in turns every block as a region of its own, and all
 * blocks as one region, where registers and flags stay in locals from block to block and loops get
 * their second copy.
 */
final class CompiledEngine implements Engine {
  private final SingleRegions regions = new SingleRegions();
  private int runs;

  @Override
  public String label() {
    return "jit";
  }

  @Override
  public void run(Cpu cpu, List<IrBlock> blocks, int budget) {
    boolean together = blocks.size() > 1 && (runs++ & 1) == 0;
    regions.run(cpu, together ? blocks : blocks.subList(0, 1), budget);
  }
}
