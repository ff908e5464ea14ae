package io.github.bitterling.vmx.vt;

import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Prints what instructions cost that a control could make exit, in compiled loops of root operation
 * and of a guest whose controls let them run: the difference is the look at the controls, the most
 * that code translated for the controls could save. Run by hand.
 */
final class JitGuardCost {
  private static final long TURN = 400_000_000L;
  private static final int TURNS = 5;
  private static final int COPIES = 8;
  private static final long ROOT_CODE = 0xB000;

  /** The last one has no control. */
  private static final Map<String, String> INSTRUCTIONS =
      new TreeMap<>(
          Map.of(
              "RDTSC", "0f31",
              "PAUSE", "f390",
              "MOV from CR3", "0f20d8",
              "MOV from CR0", "0f20c0",
              "SLDT", "0f00c0",
              "add eax, 1", "83c001"));

  private JitGuardCost() {}

  private static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  /** Nanoseconds of CPU time for an instruction of the loop. */
  private static double measure(String instruction, boolean guest) {
    String body = instruction.repeat(COPIES);
    int back = -(body.length() / 2 + 5);
    String loop = body + "e9%08x".formatted(Integer.reverseBytes(back));
    try (Lab lab = new Lab(JitEngine.create())) {
      lab.code(loop).rig.put(ROOT_CODE, loop);
      lab.prepare();
      if (!guest) {
        lab.rig.cpu.rip = ROOT_CODE;
      }
      lab.endSlicesEarly();
      run(lab); // until HotSpot has compiled it
      return run(lab);
    }
  }

  private static double run(Lab lab) {
    long start = cpuTime();
    long retired = lab.rig.cpu.retired;
    while (cpuTime() - start < TURN) {
      lab.rig.run(1);
    }
    return (double) (cpuTime() - start) / (lab.rig.cpu.retired - retired);
  }

  public static void main(String[] arguments) {
    INSTRUCTIONS.forEach(
        (name, instruction) -> {
          List<Double> root = new ArrayList<>();
          List<Double> guest = new ArrayList<>();
          for (int i = 0; i < TURNS; i++) {
            root.add(measure(instruction, false));
            guest.add(measure(instruction, true));
          }
          System.out.println(name + ": root " + median(root) + ", guest " + median(guest));
        });
  }

  private static String median(List<Double> times) {
    Collections.sort(times);
    return "%.1f ns (%.1f to %.1f)"
        .formatted(times.get(TURNS / 2), times.getFirst(), times.getLast());
  }
}
