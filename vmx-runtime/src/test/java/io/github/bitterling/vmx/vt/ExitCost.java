package io.github.bitterling.vmx.vt;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Prints what an exit and the re-entry cost the host: the guest's instruction, VMREAD and VMWRITE
 * of RIP, VMRESUME. In tier 0, and on Bochs in turns with it where Bochs is installed; module
 * jit-backend has the same for compiled code. Run by hand.
 */
final class ExitCost {
  private static final long ROUND = 1_000_000_000L;
  private static final int ROUNDS = 5;
  private static final int BOCHS_EXITS = 3_000_000;
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

  /** Nanoseconds of CPU time for a round trip, the least of a few rounds. */
  static double measure(Lab.Engine engine, Trip trip) {
    try (Lab lab = new Lab(engine)) {
      int back = 0x100 - 2 - trip.length();
      trip.prepare(lab, "", "eb%02x".formatted(back)).prepare();
      double least = Double.MAX_VALUE;
      for (int i = 0; i < ROUNDS; i++) {
        long exits = lab.vmx.statistics().exits();
        long start = cpuTime();
        while (cpuTime() - start < ROUND) {
          lab.rig.run(1);
        }
        double count = lab.vmx.statistics().exits() - exits;
        least = Math.min(least, (cpuTime() - start) / count);
      }
      return least;
    }
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
      BochsLab.run(lab.rig, "corei7_haswell_4770", Lab.hostEnd(), BOCHS_SECONDS);
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

  /** Prints a line for each kind of exit. */
  static void print(String name, Lab.Engine engine) {
    for (Trip trip : Trip.values()) {
      System.out.printf("%s, %s: %.0f ns%n", name, trip, measure(engine, trip));
    }
  }

  public static void main(String[] arguments) {
    for (Trip trip : Trip.values()) {
      double ours = measure(Lab.Engine.TIER_ZERO, trip);
      double theirs = Double.MAX_VALUE;
      for (int i = 0; i < 3; i++) {
        theirs = Math.min(theirs, onBochs(trip));
      }
      System.out.printf("%s: tier 0 %.0f ns, Bochs %.0f ns%n", trip, ours, theirs);
    }
  }
}
