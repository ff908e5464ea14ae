package io.github.bitterling.vmx.vt;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** A VMCS region as bytes: what {@link Vmx#dump} takes from memory, as text. */
public final class VmcsDump {
  /** Bytes of a dump. */
  public static final int BYTES = 4096;

  private final ByteBuffer region;

  private VmcsDump(byte[] region) {
    this.region = ByteBuffer.wrap(region).order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * One line a field, by group, zeros left out.
   *
   * @throws IllegalArgumentException when the bytes are no VMCS of this processor; the message says
   *     why
   */
  public static String decode(byte[] region) {
    if (region.length < Field.regionBytes()) {
      throw new IllegalArgumentException(
          "expected at least "
              + Field.regionBytes()
              + " bytes of a VMCS region, found "
              + region.length);
    }
    VmcsDump dump = new VmcsDump(region);
    int expected = Capabilities.e3845().revision();
    if (dump.word(0) != expected) {
      throw new IllegalArgumentException(
          "expected VMCS revision identifier "
              + expected
              + " in the first four bytes, found "
              + Integer.toHexString(dump.word(0))
              + "h");
    }
    return dump.text();
  }

  private int word(int at) {
    return region.getInt(at);
  }

  private long get(Field f) {
    return switch (f.bytes()) {
      case 2 -> region.getShort(f.offset()) & 0xFFFFL;
      case 4 -> region.getInt(f.offset()) & 0xFFFF_FFFFL;
      default -> region.getLong(f.offset());
    };
  }

  private String text() {
    StringBuilder out = new StringBuilder();
    out.append("VMCS revision ")
        .append(word(0))
        .append(word(Vmcs.LAUNCH) == 1 ? ", launched" : ", clear");
    if (word(Vmcs.ABORT) != 0) {
      out.append(", VMX abort ").append(word(Vmcs.ABORT)).append(" (SDM 3, 28.7)");
    }
    int reason = (int) get(Field.EXIT_REASON);
    int interruption = (int) get(Field.EXIT_INTERRUPTION_INFORMATION);
    out.append(", last exit: ").append(VmcsText.lastExit(reason, interruption)).append('\n');
    if (get(Field.VM_INSTRUCTION_ERROR) != 0) {
      out.append("last VMfail: ")
          .append(VmFailure.text((int) get(Field.VM_INSTRUCTION_ERROR)))
          .append('\n');
    }
    for (Field.Group group : Field.Group.values()) {
      group(out, group);
    }
    return out.toString();
  }

  private void group(StringBuilder out, Field.Group group) {
    out.append('\n').append(title(group)).append('\n');
    int zeros = 0;
    for (Field f : Field.values()) {
      if (f.group() != group) {
        continue;
      }
      long value = get(f);
      zeros += value == 0 ? 1 : 0;
      if (value != 0) {
        out.append(
            String.format(
                "  %04X  %-54s %16X%s%n", f.encoding(), f.sdmName(), value, meaning(f, value)));
      }
    }
    out.append("  ").append(zeros).append(" fields are 0\n");
  }

  private static String title(Field.Group group) {
    return switch (group) {
      case CONTROL -> "Control fields";
      case READ_ONLY -> "VM-exit information";
      case GUEST -> "Guest state";
      case HOST -> "Host state";
    };
  }

  private static String meaning(Field f, long value) {
    List<String> controls = Control.names(f, value);
    if (!controls.isEmpty()) {
      return "  " + String.join(", ", controls);
    }
    return switch (f) {
      case EXIT_REASON -> "  " + ExitReason.title((int) value);
      case VM_INSTRUCTION_ERROR -> "  " + VmFailure.text((int) value);
      case GUEST_ACTIVITY_STATE ->
          "  " + List.of("active", "HLT", "shutdown", "wait-for-SIPI").get((int) value & 3);
      default -> "";
    };
  }
}
