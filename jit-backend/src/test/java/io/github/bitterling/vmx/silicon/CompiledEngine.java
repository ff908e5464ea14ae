package io.github.bitterling.vmx.silicon;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.jit.SingleRegions;
import io.github.bitterling.vmx.cpu.Cpu;

/** The JIT, forced from the first execution. */
final class CompiledEngine implements Engine {
  private final SingleRegions regions = new SingleRegions();

  @Override
  public String label() {
    return "jit";
  }

  @Override
  public void run(Cpu cpu, IrBlock ir) {
    regions.run(cpu, ir);
  }
}
