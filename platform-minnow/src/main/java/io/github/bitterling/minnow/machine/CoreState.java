package io.github.bitterling.minnow.machine;

/**
 * Where a core stood when the run ended.
 *
 * @param mode for people: "64-bit, VMX non-root, halted"...
 * @param instructionPointer linear RIP
 * @param vmcs the VMCS that mattered, or an empty text
 */
public record CoreState(int core, String mode, long instructionPointer, String vmcs) {
  /** How {@link #mode} says that a core waits to be started. */
  public static final String WAITING = "wait for sipi";

  /** Whether nobody has started the core, so that its VMCS explains nothing. */
  public boolean waiting() {
    return mode.endsWith(WAITING);
  }
}
