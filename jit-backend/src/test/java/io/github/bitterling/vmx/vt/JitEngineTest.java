package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

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
}
