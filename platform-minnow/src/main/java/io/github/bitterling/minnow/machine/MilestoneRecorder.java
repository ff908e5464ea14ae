package io.github.bitterling.minnow.machine;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.DoubleSupplier;

/**
 * Collects the steps of a boot, each at its first occurrence. The machine reports what it sees: its
 * first instruction, VMX operation, VM entries, POST codes; {@link SerialMonitor} reports what is
 * printed.
 */
public final class MilestoneRecorder {
  /** Names of the steps, in the order of a good boot. */
  public static final String FIRST_INSTRUCTION = "first instruction";

  public static final String FIRST_POST_CODE = "first POST code";
  public static final String FIRST_VM_ENTRY = "first VM entry";

  private final Progress progress;
  private final DoubleSupplier wallSeconds;
  private final List<Milestone> reached = new ArrayList<>();
  private final Set<String> seen = new HashSet<>();

  /**
   * @param wallSeconds host time since the process started
   */
  public MilestoneRecorder(Progress progress, DoubleSupplier wallSeconds) {
    this.progress = progress;
    this.wallSeconds = wallSeconds;
  }

  /** Records a step unless it was reached before. */
  public void reached(String name) {
    if (seen.add(name)) {
      reached.add(
          new Milestone(
              name, progress.guestSeconds(), wallSeconds.getAsDouble(), progress.instructions()));
    }
  }

  /** A core executed VMXON. */
  public void vmxOperation(int core) {
    reached("core " + core + " in VMX");
  }

  /** A core entered a virtual machine. */
  public void vmEntry() {
    reached(FIRST_VM_ENTRY);
  }

  /** Port 80h was written. */
  public void postCode(int code) {
    reached(FIRST_POST_CODE);
  }

  public List<Milestone> milestones() {
    return List.copyOf(reached);
  }
}
