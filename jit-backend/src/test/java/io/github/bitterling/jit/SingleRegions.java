package io.github.bitterling.jit;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.CompiledRegion;
import java.util.List;

/** Runs a block as a compiled region from its first execution on. */
public final class SingleRegions {
  private static final int CLASSES = 2000;

  private TranslationStore store = new TranslationStore();
  private int made;

  /** Runs one instruction. */
  public void run(Cpu cpu, IrBlock ir) {
    if (made++ % CLASSES == 0) {
      store = new TranslationStore(); // lets the collector have the old classes
    }
    CompiledRegion region =
        store.region(List.of(ir), helper -> Helper.of(helper).kind() == Helper.Kind.PURE);
    if (region == null) {
      throw new AssertionError("a single instruction did not fit into a method:\n" + ir);
    }
    cpu.retiredEnd = cpu.retired + 1;
    cpu.inRegion = true;
    cpu.retired = cpu.retiredEnd - region.run(cpu, 1);
    cpu.inRegion = false;
  }
}
