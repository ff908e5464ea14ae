package io.github.bitterling.vmx.cpu;

/** The model-specific registers of a processor: no privilege check, no VM exit. */
public interface MsrUnit {
  /** Value, or null where RDMSR would be #GP(0). */
  Long read(Cpu cpu, int msr);

  /**
   * False where WRMSR would be #GP(0). A page fault of a microcode update is recorded in the
   * processor.
   */
  boolean write(Cpu cpu, int msr, long value);

  /** The time-stamp counter as root operation sees it. */
  long tsc(Cpu cpu);

  /** Power-on values. */
  void reset(Cpu cpu);
}
