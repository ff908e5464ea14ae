package io.github.bitterling.vmx.model;

/**
 * One stored MSR.
 *
 * @param writable bits software may change
 * @param rule what a write that changes other bits does
 */
public record MsrRow(int number, String name, long reset, long writable, Rule rule) {
  /** Kinds of stored MSRs. */
  public enum Rule {
    /** The processor does not have it, though others of the family do: any access is #GP. */
    ABSENT,
    /** Any write is #GP. */
    READ_ONLY,
    /** Changing a bit outside the mask is #GP. */
    STRICT,
    /** Bits outside the mask keep their value. */
    LENIENT
  }
}
