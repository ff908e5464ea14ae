package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * Guest code as a JVM class. Holds no machine state.
 *
 * <p>{@link #run} starts at its entry block with the processor's state current and {@code
 * cpu.retiredEnd} = retired + budget. It runs whole blocks while the budget lasts: a block whose
 * instruction count exceeds what is left is not entered. It leaves with the state current, {@code
 * cpu.rip} at the next instruction to run (for a fault: the faulting one, not counted), and returns
 * the budget left. It must leave at the end of any instruction after which {@code cpu.attention} is
 * set, which only ENDS helpers do.
 */
public abstract class CompiledRegion {
  /** False once any of its bytes were overwritten; never entered again. */
  public volatile boolean valid = true;

  /** codeTag under which all its pages were last seen mapped as at translation. */
  public long verifiedTag;

  public abstract int run(Cpu cpu, int budget);
}
