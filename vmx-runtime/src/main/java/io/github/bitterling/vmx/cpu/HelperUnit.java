package io.github.bitterling.vmx.cpu;

/** The processor's implementation of the helpers. */
public interface HelperUnit {
  /**
   * Runs a helper; faults are recorded in the processor, never thrown.
   *
   * @param number ordinal in the front end's Helper table
   */
  long call(Cpu cpu, int number, long a, long b, long c);
}
