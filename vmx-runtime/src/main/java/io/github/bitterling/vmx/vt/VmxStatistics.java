package io.github.bitterling.vmx.vt;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** VM entries and exits of one core: counts by reason, and the last few for a stop report. */
public final class VmxStatistics {
  /** Exits remembered. */
  public static final int RING = 32;

  private final long[] counts = new long[ExitReason.COUNT];
  private final int[] reason = new int[RING];
  private final long[] qualification = new long[RING];
  private final long[] rip = new long[RING];
  private final long[] retired = new long[RING];
  private long exits;
  private long entries;
  private long failures;

  /**
   * One VM exit.
   *
   * @param reason exit-reason field, bit 31 for a failed entry
   * @param rip guest RIP saved
   * @param retired instructions of the core so far
   */
  public record Exit(int reason, long qualification, long rip, long retired) {
    @Override
    public String toString() {
      return (reason < 0 ? "failed entry: " : "")
          + ExitReason.title(reason)
          + ", qualification "
          + Long.toHexString(qualification)
          + "h, guest RIP "
          + Long.toHexString(rip)
          + "h, instruction "
          + retired;
    }
  }

  void entry() {
    entries++;
  }

  void failure() {
    failures++;
  }

  void exit(int exitReason, long exitQualification, long guestRip, long instructions) {
    int i = (int) (exits++ % RING);
    reason[i] = exitReason;
    qualification[i] = exitQualification;
    rip[i] = guestRip;
    retired[i] = instructions;
    counts[exitReason & ExitReason.COUNT - 1]++;
  }

  /** VM exits so far, failed entries included. */
  public long exits() {
    return exits;
  }

  /** VM entries that reached the guest. */
  public long entries() {
    return entries;
  }

  /** VM entries that failed a check. */
  public long failures() {
    return failures;
  }

  public long count(ExitReason row) {
    return counts[row.number()];
  }

  /** Counts by exit-reason title, those that happened, in order of number. */
  public Map<String, Long> byReason() {
    Map<String, Long> map = new LinkedHashMap<>();
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] != 0) {
        map.put(ExitReason.title(i), counts[i]);
      }
    }
    return map;
  }

  /** The last exits, oldest first. */
  public List<Exit> last() {
    List<Exit> list = new ArrayList<>();
    for (long n = Math.max(0, exits - RING); n < exits; n++) {
      int i = (int) (n % RING);
      list.add(new Exit(reason[i], qualification[i], rip[i], retired[i]));
    }
    return list;
  }

  /** For a new boot. */
  public void clear() {
    java.util.Arrays.fill(counts, 0);
    exits = 0;
    entries = 0;
    failures = 0;
  }
}
