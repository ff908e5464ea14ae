package io.github.bitterling.vmx.vt;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** VM entries and exits of one core: counts by reason, and the last few for a stop report. */
public final class VmxStatistics {
  /** Exits remembered. */
  public static final int RING = 32;

  /** Addresses counted; later ones are in the totals only. */
  private static final int SITES = 4096;

  /** Addresses shown for one reason. */
  private static final int MOST_ADDRESSES = 8;

  private static final int REASON_SHIFT = 57;
  private static final long ADDRESS = (1L << REASON_SHIFT) - 1;

  private final long[] counts = new long[ExitReason.COUNT];
  private final int[] reason = new int[RING];
  private final long[] qualification = new long[RING];
  private final long[] rip = new long[RING];
  private final long[] retired = new long[RING];
  private final ExitCosts[] costs = new ExitCosts[ExitReason.COUNT];

  /**
   * Exits by reason and guest address: {@code linear | reason << 57}; canonical addresses leave
   * these bits free.
   */
  private final Map<Long, long[]> sites = new HashMap<>();

  /** The last exit's, which is often the next one's too. */
  private long lastSite;

  private long[] lastCount;

  private int openReason = -1;
  private long openSince;
  private long openVmcs;
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

  /** Where one exit comes from. */
  public record Address(long linear, long count) {}

  /**
   * One exit reason of a machine.
   *
   * @param p50 cycles from the exit to the next entry, where that is of the same VMCS, that half of
   *     the exits did not exceed; likewise the others
   * @param addresses guest-linear addresses with the most exits, most first
   */
  public record Figures(
      String reason,
      long count,
      long p50,
      long p90,
      long p99,
      long most,
      List<Address> addresses) {}

  /**
   * One VM entry. It ends the exit before it if that was the same VM's: what passed until another
   * VM is entered, or this one again after that, is no cost of handling an exit.
   */
  void entry(long cycle, long vmcs) {
    entries++;
    if (openReason >= 0 && vmcs == openVmcs) {
      if (costs[openReason] == null) {
        costs[openReason] = new ExitCosts();
      }
      costs[openReason].add(cycle - openSince);
    }
    openReason = -1;
  }

  /**
   * Where and when the exit just counted happened: for the addresses and costs of {@link #figures}.
   */
  void place(int exitReason, long linear, long cycle, long vmcs) {
    int number = exitReason & ExitReason.COUNT - 1;
    openReason = number;
    openSince = cycle;
    openVmcs = vmcs;
    long key = linear & ADDRESS | (long) number << REASON_SHIFT;
    if (key != lastSite || lastCount == null) {
      lastSite = key;
      lastCount = sites.get(key);
      if (lastCount == null && sites.size() < SITES) {
        lastCount = new long[1];
        sites.put(key, lastCount);
      }
    }
    if (lastCount != null) {
      lastCount[0]++;
    }
  }

  /** Counts, costs and addresses by reason, all cores together, in order of number. */
  public static List<Figures> figures(List<VmxStatistics> cores) {
    List<Figures> all = new ArrayList<>();
    for (int i = 0; i < ExitReason.COUNT; i++) {
      long count = 0;
      ExitCosts cost = new ExitCosts();
      for (VmxStatistics core : cores) {
        count += core.counts[i];
        if (core.costs[i] != null) {
          cost.add(core.costs[i]);
        }
      }
      if (count != 0) {
        all.add(
            new Figures(
                ExitReason.title(i),
                count,
                cost.percentile(50),
                cost.percentile(90),
                cost.percentile(99),
                cost.most(),
                addresses(cores, i)));
      }
    }
    return all;
  }

  private static List<Address> addresses(List<VmxStatistics> cores, int number) {
    Map<Long, Long> sum = new HashMap<>();
    for (VmxStatistics core : cores) {
      core.sites.forEach(
          (key, count) -> {
            if (key >>> REASON_SHIFT == number) {
              sum.merge(key << 64 - REASON_SHIFT >> 64 - REASON_SHIFT, count[0], Long::sum);
            }
          });
    }
    return sum.entrySet().stream()
        .map(e -> new Address(e.getKey(), e.getValue()))
        .sorted(
            Comparator.comparingLong((Address a) -> -a.count()).thenComparingLong(Address::linear))
        .limit(MOST_ADDRESSES)
        .toList();
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
    java.util.Arrays.fill(costs, null);
    sites.clear();
    openReason = -1;
    exits = 0;
    entries = 0;
    failures = 0;
  }
}
