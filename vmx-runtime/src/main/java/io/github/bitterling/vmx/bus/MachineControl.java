package io.github.bitterling.vmx.bus;

/** What a device may ask of the machine as a whole; takes effect after the current instruction. */
public interface MachineControl {
  /** Soft-off (ACPI S5). */
  void powerOff();

  /**
   * Platform reset.
   *
   * @param source register that asked, for the report: "CF9", "port 64h", "triple fault"...
   * @param cold true when RAM contents are lost too
   */
  void reset(String source, boolean cold);

  /** Port F4 debug exit with the written value. */
  void debugExit(int value);
}
