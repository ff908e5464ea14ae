package io.github.bitterling.vmx.vt;

/**
 * Why a VM entry failed.
 *
 * @param id of the check
 * @param section SDM volume 3 section
 * @param field the VMCS field, by its SDM name
 * @param value what it held
 * @param allowed what is allowed
 */
public record EntryFailure(String id, String section, String field, long value, String allowed) {
  static EntryFailure of(EntryCheck check, EntryContext context) {
    return new EntryFailure(
        check.id(),
        check.section(),
        check.field().sdmName(),
        context.get(check.field()),
        allowed(check, context));
  }

  /** Control words: which controls are wrong, by name, beside the MSR that says so. */
  private static String allowed(EntryCheck check, EntryContext context) {
    String wrong = Control.wrong(check.field(), context.get(check.field()), context.caps);
    return wrong.isEmpty() ? check.allowed() : check.allowed() + ": " + wrong;
  }

  /** A sentence for logs and reports. */
  public String text() {
    return "VM-entry check "
        + id
        + " (SDM 3, "
        + section
        + "): "
        + field
        + " is "
        + Long.toHexString(value)
        + "h; allowed: "
        + allowed;
  }
}
