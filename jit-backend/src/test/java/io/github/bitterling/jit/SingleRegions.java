package io.github.bitterling.jit;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.CompiledRegion;
import java.util.List;

/** Runs blocks as a compiled region from their first execution on. */
public final class SingleRegions {
  private static final int CLASSES = 2000;

  private TranslationStore store = new TranslationStore();

  /**
   * Runs the region of some blocks.
   *
   * @param budget instructions to run at most; the first block has no more
   */
  public void run(Cpu cpu, List<IrBlock> blocks, int budget) {
    if (store.classes() >= CLASSES) {
      store = new TranslationStore(); // lets the collector have the old classes
    }
    CompiledRegion region = store.region(blocks, Helper::isPure);
    if (region == null) {
      throw new AssertionError("a few instructions did not fit into a method:\n" + blocks);
    }
    cpu.retiredEnd = cpu.retired + budget;
    cpu.inRegion = true;
    cpu.retired = cpu.retiredEnd - region.run(cpu, budget);
    cpu.inRegion = false;
  }
}
