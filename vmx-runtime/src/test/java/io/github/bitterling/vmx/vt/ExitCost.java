package io.github.bitterling.vmx.vt;

import java.lang.management.ManagementFactory;

/**
 * Prints what a CPUID exit and the re-entry cost the host in tier 0: VMREAD and VMWRITE of RIP,
 * VMRESUME. Run by hand.
 */
final class ExitCost {
  private static final long ROUND = 1_500_000_000L;
  private static final int ROUNDS = 6;

  private ExitCost() {}

  private static long cpuTime() {
    return ManagementFactory.getThreadMXBean().getCurrentThreadCpuTime();
  }

  public static void main(String[] arguments) {
    try (Lab lab = new Lab(Lab.Engine.TIER_ZERO)) {
      // push rax; push rdx; rdx = GUEST_RIP; vmread; add rax, 2; vmwrite; pop rdx; pop rax;
      // vmresume
      lab.rig.put(0xB000, "5052ba1e6800000f78d04883c0020f79d05a580f01c3");
      lab.set(Field.HOST_RIP, 0xB000).code("0fa2 ebfc").prepare();
      for (int i = 0; i < ROUNDS; i++) {
        long exits = lab.vmx.statistics().exits();
        long start = cpuTime();
        while (cpuTime() - start < ROUND) {
          lab.rig.run(1);
        }
        double count = lab.vmx.statistics().exits() - exits;
        System.out.printf(
            "%.0f exits, %.0f ns of CPU time each%n", count, (cpuTime() - start) / count);
      }
    }
  }
}
