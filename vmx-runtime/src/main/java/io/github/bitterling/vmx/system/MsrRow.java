package io.github.bitterling.vmx.system;

/**
 * One stored MSR.
 *
 * @param writable bits software may change
 * @param rule what a write that changes other bits does
 */
record MsrRow(int number, String name, long reset, long writable, Rule rule) {
  enum Rule {
    /** Any write is #GP. */
    READ_ONLY,
    /** Changing a bit outside the mask is #GP. */
    STRICT,
    /** Bits outside the mask keep their value. */
    LENIENT
  }
}
