package io.github.bitterling.minnow.wiring;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.smp.CpuComparison;
import java.util.List;
import java.util.Optional;

/** Compares two instances after the same slice. Budgets are exact, so equal runs are equal at every boundary. */
final class Lockstep {
  private Lockstep() {}

  /** What differs, in a few lines; empty when nothing does. */
  static Optional<String> compare(Instance jit, Instance interpreter) {
    for (int i = 0; i < jit.cpus().size(); i++) {
      Cpu a = jit.cpus().get(i);
      Cpu b = interpreter.cpus().get(i);
      if (!CpuComparison.sameExecution(a, b)) {
        return Optional.of(describe(a, b));
      }
      List<String> all = CpuComparison.differences(a, "jit", b, "interpreter");
      if (!all.isEmpty()) {
        return Optional.of(describe(a, b));
      }
    }
    return Optional.empty();
  }

  private static String describe(Cpu a, Cpu b) {
    List<String> all = CpuComparison.differences(a, "jit", b, "interpreter");
    return "lockstep: core " + a.index + " parts in the slice that ends at instruction "
        + Math.max(a.retired, b.retired) + ": " + String.join("; ", all.subList(0, Math.min(8, all.size())));
  }
}
