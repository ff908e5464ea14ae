package io.github.bitterling.vmx.vt;

import java.util.Arrays;

/**
 * The checks of one phase with what each looked at when it last passed. A check whose fields have
 * not changed since would pass again and is left out. That is allowed because software may change a
 * current VMCS by VMWRITE only (SDM volume 3, 25.11.1).
 */
final class CheckMemo {
  private final EntryCheck[] rows;

  /** Field groups by row; all bits while the row has not passed yet. */
  private final long[] looked;

  /** All of them together. */
  private long all = -1;

  CheckMemo(EntryCheck.Phase phase) {
    rows = EntryCheck.of(phase).toArray(EntryCheck[]::new);
    looked = new long[rows.length];
    Arrays.fill(looked, -1L);
  }

  /** The first row that is not met, or null. */
  EntryCheck firstFailure(EntryContext context) {
    long changed = context.vmcs.changed() | EntryContext.OUTSIDE;
    if ((all & changed) == 0) {
      return null;
    }
    all = -1;
    for (int i = 0; i < rows.length; i++) {
      if ((looked[i] & changed) != 0) {
        context.looked = 0;
        looked[i] = -1;
        if (!rows[i].passes().test(context)) {
          return rows[i];
        }
        looked[i] = context.looked;
      }
    }
    all = 0;
    for (long row : looked) {
      all |= row;
    }
    return null;
  }
}
