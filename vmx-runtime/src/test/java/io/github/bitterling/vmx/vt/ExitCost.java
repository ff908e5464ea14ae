package io.github.bitterling.vmx.vt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints what an exit and the re-entry cost the host: the guest's instruction, VMREAD and VMWRITE
 * of RIP, VMRESUME. The engines and Bochs take turns; medians of all turns. Module jit-backend has
 * the same with compiled code. Run by hand.
 */
final class ExitCost {
  private static final long WARM_UP = 500_000_000L;
  private static final long ROUND = 1_000_000_000L;
  private static final int ROUNDS = 7;
  private static final int BOCHS_EXITS = 1_000_000;
  private static final int BOCHS_SECONDS = 120;
  private static final double NANOSECONDS_PER_TICK = 1e7;

  /** Bytes of the exiting instruction, its hexadecimal, and what it needs. */
  enum Trip {
    CPUID("0fa2"),
    MSR("0f32"),
    EPT_VIOLATION("8b042500000700");

    private final String instruction;

    Trip(String instruction) {
      this.instruction = instruction;
    }

    private int length() {
      return instruction.length() / 2;
    }

    /**
     * push rax; push rdx; rdx = GUEST_RIP; vmread; add rax, length; vmwrite; pop; pop; vmresume.
     */
    private String handler() {
      return "5052ba1e6800000f78d04883c0%02x0f79d05a580f01c3".formatted(length());
    }

    Lab prepare(Lab lab, String before, String after) {
      lab.rig.put(0xB000, handler());
      lab.set(Field.HOST_RIP, 0xB000);
      if (this == MSR) {
        lab.rig.put(Lab.MSR_MAP + 0x2E, "10"); // IA32_SYSENTER_CS
      }
      if (this == EPT_VIOLATION) {
        lab.rig.put64(Lab.DATA_EPTE, 0);
      }
      return lab.code(before + "b974010000" + instruction + after);
    }
  }

  private ExitCost() {}

  private static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Nanoseconds of CPU time for a round trip. */
  private static double measure(Lab.Engine engine, Trip trip) {
    try (Lab lab = new Lab(engine)) {
      int back = 0x100 - 2 - trip.length();
      trip.prepare(lab, "", "eb%02x".formatted(back)).prepare();
      run(lab, WARM_UP);
      long exits = lab.vmx.statistics().exits();
      double time = run(lab, ROUND);
      return time / (lab.vmx.statistics().exits() - exits);
    }
  }

  /** Runs for so much CPU time at least; how much it was, in nanoseconds. */
  private static long run(Lab lab, long time) {
    long start = cpuTime();
    while (cpuTime() - start < time) {
      lab.rig.run(1);
    }
    return cpuTime() - start;
  }

  /** Nanoseconds of CPU time on Bochs: a run with many exits less one with a single exit. */
  private static double onBochs(Trip trip) {
    double many = bochsRun(trip, BOCHS_EXITS);
    return (many - bochsRun(trip, 1)) / BOCHS_EXITS;
  }

  private static double bochsRun(Trip trip, int exits) {
    try (Lab lab = new Lab(Lab.Engine.TIER_ZERO)) {
      // mov edi, exits; ...; dec edi; jnz; then "Shutdown" to port 8900h
      int back = 0x100 - 4 - 5 - trip.length();
      String end = "ffcf 75%02x ba00890000 be00c00000 b908000000 f36e".formatted(back);
      trip.prepare(lab, "bf%08x".formatted(Integer.reverseBytes(exits)), end).prepare();
      lab.rig.put(0xC000, "53687574646f776e");
      double start = childrenTime();
      BochsLab.run(lab.rig, "corei7_icelake_u", Lab.hostEnd(), Map.of(), BOCHS_SECONDS);
      return childrenTime() - start;
    }
  }

  /** CPU time of the processes this one has started and that are over, in nanoseconds. */
  private static double childrenTime() {
    try {
      String stat = Files.readString(Path.of("/proc/self/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      return (Long.parseLong(fields[13]) + Long.parseLong(fields[14])) * NANOSECONDS_PER_TICK;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Prints the median of each engine and of Bochs, with the least and the most, by kind of exit.
   */
  static void compare(Map<String, Lab.Engine> engines, String... trips) {
    for (Trip trip : Trip.values()) {
      if (trips.length > 0 && !List.of(trips).contains(trip.name())) {
        continue;
      }
      Map<String, List<Double>> times = new TreeMap<>();
      for (int i = 0; i < ROUNDS; i++) {
        engines.forEach((name, engine) -> add(times, name, measure(engine, trip)));
        add(times, "Bochs", onBochs(trip));
      }
      times.forEach((name, all) -> print(trip + ", " + name, all));
    }
  }

  private static void add(Map<String, List<Double>> times, String name, double time) {
    times.computeIfAbsent(name, n -> new ArrayList<>()).add(time);
  }

  private static void print(String what, List<Double> times) {
    Collections.sort(times);
    System.out.printf(
        "%s: %.0f ns (%.0f to %.0f)%n",
        what, times.get(times.size() / 2), times.getFirst(), times.getLast());
  }

  public static void main(String[] arguments) {
    compare(Map.of("tier 0", Lab.Engine.TIER_ZERO), arguments);
  }
}
