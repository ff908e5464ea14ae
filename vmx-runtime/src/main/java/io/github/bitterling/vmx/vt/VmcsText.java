package io.github.bitterling.vmx.vt;

import java.util.List;

/** A VMCS in words, for stop reports. */
final class VmcsText {
  /** What a stop report shows: where the guest was and why it left. */
  private static final Field[] ESSENTIAL = {
    Field.GUEST_CS_SELECTOR,
    Field.GUEST_RIP,
    Field.GUEST_CR0,
    Field.GUEST_CR3,
    Field.GUEST_CR4,
    Field.GUEST_EFER,
    Field.GUEST_ACTIVITY_STATE,
    Field.EXIT_QUALIFICATION,
    Field.GUEST_PHYSICAL_ADDRESS,
    Field.EXIT_INTERRUPTION_INFORMATION,
    Field.IDT_VECTORING_INFORMATION,
    Field.VM_INSTRUCTION_ERROR
  };

  private VmcsText() {}

  /** Address, last exit and the fields a stop report shows, on a few lines. */
  static String summary(Vmcs vmcs) {
    if (!vmcs.valid()) {
      return "";
    }
    StringBuilder text =
        new StringBuilder(head(vmcs)).append(", last exit: ").append(lastExit(vmcs));
    for (Field field : ESSENTIAL) {
      text.append("\n    ")
          .append(field.sdmName())
          .append(" = ")
          .append(Long.toHexString(vmcs.get(field)))
          .append('h');
    }
    int error = vmcs.get32(Field.VM_INSTRUCTION_ERROR);
    return error == 0 ? text.toString() : text + " " + VmFailure.inWords(error);
  }

  private static String head(Vmcs vmcs) {
    return "VMCS at "
        + Long.toHexString(vmcs.address())
        + "h, "
        + (vmcs.launched() ? "launched" : "clear");
  }

  private static String lastExit(Vmcs vmcs) {
    return lastExit(vmcs.get32(Field.EXIT_REASON), vmcs.get32(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  /**
   * The exit of these fields. Reason 0 without a valid event (28.2.2) is that of a VMCS that has
   * never been entered.
   */
  static String lastExit(int reason, int interruption) {
    if (reason == 0 && interruption >= 0) {
      return "none yet";
    }
    return (reason < 0 ? "failed entry, " : "") + ExitReason.title(reason);
  }

  static String of(Vmcs vmcs) {
    if (!vmcs.valid()) {
      return "";
    }
    StringBuilder text = new StringBuilder(head(vmcs)).append('\n');
    for (Field field : Field.values()) {
      text.append("  ")
          .append(field.sdmName())
          .append(" (")
          .append(Integer.toHexString(field.encoding()))
          .append("h) = ")
          .append(Long.toHexString(vmcs.get(field)))
          .append('h')
          .append(controls(field, vmcs.get(field)))
          .append('\n');
    }
    return text.append("  last exit: ").append(lastExit(vmcs)).append('\n').toString();
  }

  private static String controls(Field field, long value) {
    List<String> names = Control.names(field, value);
    return names.isEmpty() ? "" : ": " + String.join(", ", names);
  }
}
