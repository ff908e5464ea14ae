package io.github.bitterling.vmx.smm;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.rig.Rig;
import java.util.function.Function;

/** The program of {@link BoundaryTests}, and its SMI handler, as compiled regions. */
class JitBoundaryTest extends BoundaryTests {
  @Override
  Function<BlockCache, RegionCompiler> compiler() {
    return TestCompilers::forced;
  }

  @Override
  void check(Rig rig) {
    assertTrue(rig.dispatcher.retiredInRegions() > 10_000, "of program and handler");
  }
}
