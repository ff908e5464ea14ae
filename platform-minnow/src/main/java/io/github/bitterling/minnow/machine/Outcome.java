package io.github.bitterling.minnow.machine;

/** Why a run ended, with the exit code of the command. */
public enum Outcome {
  UNTIL_TEXT(0, "the text given with --until appeared"),
  POWER_OFF(0, "the guest powered off"),
  POWER_OFF_TOO_EARLY(1, "the guest powered off before the text given with --until appeared"),
  HALTED(1, "every core is halted and nothing can wake them"),
  UNIMPLEMENTED_INSTRUCTION(1, "this version cannot execute an instruction of the guest"),
  QUIT(1, "stopped from the keyboard"),
  DEBUG_EXIT(3, "the guest asked for a failing exit code on port F4h"),
  RESET_LOOP(4, "the guest resets again and again, or stopped by a triple fault"),
  VM_ENTRY_FAILED(5, "a VM entry failed and the hypervisor gave up"),
  GUEST_TIME_LIMIT(6, "the guest-time limit was reached"),
  WALL_TIME_LIMIT(7, "the wall-time limit was reached"),
  INTERNAL_ERROR(70, "an error of the emulator itself");

  private final int exitCode;
  private final String sentence;

  Outcome(int exitCode, String sentence) {
    this.exitCode = exitCode;
    this.sentence = sentence;
  }

  public int exitCode() {
    return exitCode;
  }

  /** For people. */
  public String sentence() {
    return sentence;
  }

  /** For the report: lower case with hyphens. */
  public String id() {
    return name().toLowerCase(java.util.Locale.ROOT).replace('_', '-');
  }
}
