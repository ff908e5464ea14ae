package io.github.bitterling.minnow.wiring;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.smp.CpuComparison;
import java.util.List;
import java.util.Optional;

/**
 * Compares two instances after the same slice. Budgets are exact, so equal runs are equal at every
 * boundary.
 */
final class Lockstep {
  /** Slices between two comparisons of all memory. */
  private static final int MEMORY_EVERY = 512;

  private final Instance jit;
  private final Instance interpreter;
  private int slices;

  Lockstep(Instance jit, Instance interpreter) {
    this.jit = jit;
    this.interpreter = interpreter;
  }

  /**
   * Advances the interpreter by the slice the JIT has just done; what differs, in a few lines, or
   * empty.
   */
  Optional<String> follow() {
    interpreter.slice();
    Optional<String> parted = processors();
    boolean look = parted.isEmpty() && slices++ % MEMORY_EVERY == 0;
    return look ? memory() : parted;
  }

  /** Compares the DRAM of both. */
  Optional<String> memory() {
    long at = jit.board().firstMemoryDifference(interpreter.board());
    return at < 0
        ? Optional.empty()
        : Optional.of(
            String.format(
                "lockstep: memory differs at DRAM offset %Xh, found after instruction %d",
                at, jit.instructions()));
  }

  private Optional<String> processors() {
    for (int i = 0; i < jit.cpus().size(); i++) {
      Cpu a = jit.cpus().get(i);
      Cpu b = interpreter.cpus().get(i);
      List<String> all = CpuComparison.differences(a, "jit", b, "interpreter");
      if (!all.isEmpty()) {
        return Optional.of(describe(a, b, all));
      }
    }
    return Optional.empty();
  }

  private static String describe(Cpu a, Cpu b, List<String> all) {
    return "lockstep: core "
        + a.index
        + " parts in the slice that ends at instruction "
        + Math.max(a.retired, b.retired)
        + ": "
        + String.join("; ", all.subList(0, Math.min(8, all.size())));
  }
}
