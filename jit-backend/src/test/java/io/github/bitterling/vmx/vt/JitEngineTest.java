package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rounds of a program do run compiled, host and guest. */
class JitEngineTest {
  @Test
  void laterRoundsRunInRegions() {
    try (Lab lab = new Lab(JitEngine.create())) {
      Lab.Exit e = lab.code("b900010000 31c0 01c8 e2fc 0f01c1").exit();
      assertEquals(ExitReason.VMCALL, e.reason());
      assertTrue(
          lab.rig.dispatcher.retiredInRegions() > JitEngine.ROUNDS * 256,
          "of the guest's loop alone");
    }
  }

  /** Loops of the guests of two cores: but for the first rounds of a loop all of it. */
  @Test
  void severalCoresRunInRegions() {
    List<Lab> labs = Lab.cores(JitEngine.create(), CpuModel.e3845(2));
    try (Lab first = labs.getFirst()) {
      labs.forEach(lab -> lab.select().code("b900200000 e2fe 0f01c1"));
      Lab.runAll(labs);
      labs.forEach(lab -> assertEquals(ExitReason.VMCALL, exit(lab).reason()));
      assertTrue(first.rig.dispatcher.retiredInRegions() > 2 * (JitEngine.ROUNDS - 1) * 0x2000);
    }
  }

  /** A program of one round: what loops is compiled by the time the event comes. */
  @Test
  void oneRoundRunsInRegionsToo() {
    try (Lab lab = new Lab(JitEngine.create())) {
      lab.alone().code("b900200000 e2fe 0f01c1").exit();
      assertTrue(lab.rig.dispatcher.retiredInRegions() > 0x1000);
    }
  }

  private static Lab.Exit exit(Lab lab) {
    return lab.select().exits().getFirst();
  }
}
