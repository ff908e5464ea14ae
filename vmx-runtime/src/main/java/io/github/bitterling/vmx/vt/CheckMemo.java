package io.github.bitterling.vmx.vt;

import java.util.Arrays;

/**
 * The checks of one phase with what each looked at when it last passed. A check whose fields have
 * not changed since would pass again and is left out. That is allowed because software may change a
 * current VMCS by VMWRITE only (SDM volume 3, 25.11.1).
 */
final class CheckMemo {
  private static final int WORD = 64;

  private final EntryCheck[] rows;

  /** Field groups by row; all bits while the row has not passed yet. */
  private final long[] looked;

  /** All of them together; all bits while some row may not pass. */
  private long all = -1;

  /** By field group: the rows that look at it, a bit each; and the groups that have rows. */
  private final long[][] rowsOf;

  private long groups;

  /** Rows to be checked this time, a bit each. */
  private final long[] due;

  CheckMemo(EntryCheck.Phase phase) {
    rows = EntryCheck.of(phase).toArray(EntryCheck[]::new);
    looked = new long[rows.length];
    due = new long[(rows.length + WORD - 1) / WORD];
    rowsOf = new long[WORD][due.length];
    Arrays.fill(looked, -1L);
  }

  /** The first row that is not met, or null. */
  EntryCheck firstFailure(EntryContext context) {
    long changed = context.vmcs.changed() | EntryContext.OUTSIDE;
    if ((all & changed) == 0) {
      return null;
    }
    boolean whole = all == -1;
    if (whole) {
      wholeTable(changed);
    } else {
      rowsThatLookAt(all & changed);
    }
    all = -1;
    for (int w = 0; w < due.length; w++) {
      for (long left = due[w]; left != 0; left &= left - 1) {
        int i = w * WORD + Long.numberOfTrailingZeros(left);
        context.looked = 0;
        long before = looked[i];
        looked[i] = -1;
        if (!rows[i].passes().test(context)) {
          return rows[i];
        }
        looked[i] = context.looked;
        whole |= before != context.looked;
      }
    }
    if (whole) {
      remember();
    }
    all = groups;
    return null;
  }

  private void wholeTable(long changed) {
    Arrays.fill(due, 0);
    for (int i = 0; i < rows.length; i++) {
      if ((looked[i] & changed) != 0) {
        due[i / WORD] |= 1L << i;
      }
    }
  }

  private void rowsThatLookAt(long groups) {
    Arrays.fill(due, 0);
    for (long left = groups; left != 0; left &= left - 1) {
      long[] of = rowsOf[Long.numberOfTrailingZeros(left)];
      for (int w = 0; w < due.length; w++) {
        due[w] |= of[w];
      }
    }
  }

  /** Some row has looked at other groups than before. */
  private void remember() {
    for (long[] of : rowsOf) {
      Arrays.fill(of, 0);
    }
    groups = 0;
    for (int i = 0; i < rows.length; i++) {
      groups |= looked[i];
      for (long left = looked[i]; left != 0; left &= left - 1) {
        rowsOf[Long.numberOfTrailingZeros(left)][i / WORD] |= 1L << i;
      }
    }
  }
}
