package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertTrue;

/** The exits of {@link BoundaryStormTests} out of compiled regions. */
class JitBoundaryStormTest extends BoundaryStormTests {
  private static final int IN_REGIONS = 15_000;

  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }

  @Override
  void over(Lab lab) {
    long retired = lab.rig.dispatcher.retiredInRegions();
    assertTrue(retired > IN_REGIONS, retired + " instructions in regions");
  }
}
