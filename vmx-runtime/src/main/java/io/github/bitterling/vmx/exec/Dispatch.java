package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Cpu;

/** Runs guest code. */
public interface Dispatch {
  /**
   * Runs exactly {@code budget} instructions, fewer when a fault is recorded or attention is set.
   *
   * @param budget at least 1
   */
  void run(Cpu cpu, int budget);
}
