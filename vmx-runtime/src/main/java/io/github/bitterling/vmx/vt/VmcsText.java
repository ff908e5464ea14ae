package io.github.bitterling.vmx.vt;

import java.util.List;

/** A VMCS in words, for stop reports. */
final class VmcsText {
  private VmcsText() {}

  static String of(Vmcs vmcs) {
    if (!vmcs.valid()) {
      return "";
    }
    StringBuilder text = new StringBuilder("VMCS at " + Long.toHexString(vmcs.address()) + "h, "
        + (vmcs.launched() ? "launched" : "clear") + "\n");
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
    int reason = vmcs.get32(Field.EXIT_REASON);
    return text.append("  last exit: ").append(reason < 0 ? "failed entry, " : "")
        .append(ExitReason.title(reason)).append('\n').toString();
  }

  private static String controls(Field field, long value) {
    List<String> names = Control.names(field, value);
    return names.isEmpty() ? "" : ": " + String.join(", ", names);
  }
}
