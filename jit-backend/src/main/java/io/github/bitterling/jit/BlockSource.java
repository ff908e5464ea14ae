package io.github.bitterling.jit;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.Block;

/** Where region forming finds blocks: the block cache of the machine. */
@FunctionalInterface
public interface BlockSource {
  /**
   * The block at an instruction pointer under the processor's current mode and mappings, from the
   * cache or newly lifted. Records no fault.
   *
   * @return null when there is none or its bytes cannot be fetched
   */
  Block at(Cpu cpu, long ip);
}
