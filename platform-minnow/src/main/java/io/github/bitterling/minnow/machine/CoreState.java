package io.github.bitterling.minnow.machine;

import java.util.Arrays;
import java.util.Objects;

/**
 * Where a core stood when the run ended.
 *
 * @param mode for people: "64-bit, VMX non-root, halted"...
 * @param instructionPointer linear RIP
 * @param vmcs the VMCS that mattered, or an empty text
 * @param vmcsRegion the region of the current VMCS; empty without one, and in a report
 */
public record CoreState(
    int core, String mode, long instructionPointer, String vmcs, byte[] vmcsRegion) {
  /** Without the bytes of the VMCS. */
  public CoreState(int core, String mode, long instructionPointer, String vmcs) {
    this(core, mode, instructionPointer, vmcs, NO_REGION);
  }

  private static final byte[] NO_REGION = {};

  /** How {@link #mode} says that a core waits to be started. */
  public static final String WAITING = "wait for sipi";

  /** As a report keeps it. */
  public CoreState forReport() {
    return new CoreState(core, mode, instructionPointer, vmcs);
  }

  /** Whether nobody has started the core, so that its VMCS explains nothing. */
  public boolean waiting() {
    return mode.endsWith(WAITING);
  }

  /** By contents, the region's bytes too: two runs of one boot end with equal states. */
  @Override
  public boolean equals(Object other) {
    return other instanceof CoreState that
        && core == that.core
        && instructionPointer == that.instructionPointer
        && mode.equals(that.mode)
        && vmcs.equals(that.vmcs)
        && Arrays.equals(vmcsRegion, that.vmcsRegion);
  }

  @Override
  public int hashCode() {
    return Objects.hash(core, mode, instructionPointer, vmcs, Arrays.hashCode(vmcsRegion));
  }
}
