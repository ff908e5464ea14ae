package io.github.bitterling.vmx.vt;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;

/** {@link ChangingControlTests} with every block a region before its second execution. */
class JitForcedChangingControlTest extends JitChangingControlTest {
  @Override
  RegionCompiler regions(BlockCache cache) {
    return TestCompilers.forced(cache);
  }
}
