package io.github.bitterling.vmx.vt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What an exit and the re-entry cost the host: the guest's instruction, VMREAD and VMWRITE of RIP,
 * VMRESUME. Module jit-backend runs it, with compiled code too.
 */
final class ExitCost {
  private static final long WARM_UP = 500_000_000L;
  private static final long ROUND = 1_000_000_000L;
  private static final int ROUNDS = 7;
  private static final int BOCHS_EXITS = 1_000_000;
  private static final int BOCHS_SECONDS = 120;
  private static final double NANOSECONDS_PER_TICK = 1e7;

  /** Kinds of exit: name and the exiting instruction. */
  enum Trip {
    CPUID("CPUID", "0fa2"),
    MSR("RDMSR by bitmap", "0f32"),
    EPT_VIOLATION("EPT violation", "8b042500000700");

    private final String what;
    private final String instruction;

    Trip(String what, String instruction) {
      this.what = what;
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
   * What a round trip costs, in nanoseconds of CPU time.
   *
   * @param turns in rising order
   */
  record Row(Trip trip, String engine, List<Double> turns) {
    private double median() {
      return turns.get(turns.size() / 2);
    }

    private String text() {
      return "%.0f (%.0f to %.0f)".formatted(median(), turns.getFirst(), turns.getLast());
    }

    private String json() {
      return "{\"exit\": \"%s\", \"engine\": \"%s\", \"nanoseconds\": %.0f, \"least\": %.0f, \"most\": %.0f, \"turns\": %d}"
          .formatted(trip, engine, median(), turns.getFirst(), turns.getLast(), turns.size());
    }
  }

  /** The engines and Bochs take turns; a row for each kind of exit and each of them. */
  static List<Row> compare(Map<String, Lab.Engine> engines) {
    List<Row> rows = new ArrayList<>();
    for (Trip trip : Trip.values()) {
      Map<String, List<Double>> times = new LinkedHashMap<>();
      for (int i = 0; i < ROUNDS; i++) {
        engines.forEach((name, engine) -> add(times, name, measure(engine, trip)));
        add(times, "Bochs 2.7", onBochs(trip));
      }
      times.forEach(
          (engine, all) -> rows.add(new Row(trip, engine, all.stream().sorted().toList())));
    }
    return rows;
  }

  private static void add(Map<String, List<Double>> times, String name, double time) {
    times.computeIfAbsent(name, n -> new ArrayList<>()).add(time);
  }

  /** The rows as a table for docs/vmx.md. */
  static String table(List<Row> rows) {
    StringBuilder text = new StringBuilder();
    Set<String> engines = new LinkedHashSet<>();
    rows.forEach(row -> engines.add(row.engine));
    text.append("| | ").append(String.join(" | ", engines)).append(" |\n|---");
    text.append("|---".repeat(engines.size())).append("|\n");
    for (Trip trip : Trip.values()) {
      text.append("| ").append(trip.what).append(" |");
      rows.stream()
          .filter(row -> row.trip == trip)
          .forEach(row -> text.append(' ').append(row.text()).append(" |"));
      text.append('\n');
    }
    return text.toString();
  }

  static String json(List<Row> rows) {
    return rows.stream().map(Row::json).collect(Collectors.joining(",\n  ", "[\n  ", "\n]\n"));
  }
}
