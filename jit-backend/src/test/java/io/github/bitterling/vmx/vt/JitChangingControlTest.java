package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;

/** {@link ChangingControlTests} with the guest in regions of several blocks. */
class JitChangingControlTest extends ChangingControlTests {
  private static final int LONGEST = 64;

  private WatchedCompiler compiler;

  /** What makes the regions. */
  RegionCompiler regions(BlockCache cache) {
    return TestCompilers.second(cache);
  }

  @Override
  Lab.Engine engine() {
    return new Lab.Engine(
        cache -> compiler = new WatchedCompiler(regions(cache)), JitEngine.ROUNDS);
  }

  @Override
  void ran(Lab lab) {
    assertTrue(compiler.compiled(Lab.CODE, Lab.CODE + LONGEST), "the guest's code is not compiled");
  }
}
