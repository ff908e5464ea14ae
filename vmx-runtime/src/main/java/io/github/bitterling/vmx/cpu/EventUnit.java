package io.github.bitterling.vmx.cpu;

/** Exceptions, interrupts and the other events between instructions (SDM volume 3, chapter 6). */
public interface EventUnit {
  /**
   * Delivers what {@link Cpu#fault} records (an exception or a VM exit) at {@link Cpu#rip}, and
   * clears it: through the IDT, as a VM exit, as a double or triple fault.
   */
  void deliverFault(Cpu cpu);

  /**
   * Called between instructions while {@link Cpu#attention} is set: takes INIT, SIPI, SMI, debug
   * traps, NMI, interrupts, VM-exit conditions and windows in architectural order, or leaves them
   * pending. Clears attention when nothing is left that could be taken before something else sets
   * it again. While attention stays set after a call that returned true, the loop runs exactly one
   * instruction before the next call (interrupt shadows, single steps).
   *
   * @return true when the processor can execute the instruction at rip now; false when it is
   *     halted, shut down or waits for SIPI
   */
  boolean service(Cpu cpu);

  /**
   * After a single step or with debug conditions pending: called after each instruction when {@link
   * Cpu#stepping}.
   */
  void afterInstruction(Cpu cpu);

  /**
   * A data access to a page with an armed breakpoint (DR7): such pages are in no TLB, so that
   * nothing is asked where none is armed. Collects the trap that follows the instruction.
   */
  default void accessed(Cpu cpu, long linear, int bytes, boolean write) {}

  /**
   * Delivers an event injected by VM entry, after the guest state is loaded and rip is the guest's
   * (SDM volume 3, 26.6). Faults and VM exits during the delivery are dealt with here.
   *
   * @param information VM-entry interruption information: vector 7:0, type 10:8, error code valid
   *     11
   * @param instructionLength bytes added to rip for software interrupts and exceptions
   */
  void inject(Cpu cpu, int information, long error, int instructionLength);
}
