package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;

/** The same on compiled code. */
class JitBoundsTest extends BoundsTests {
  private static final int THRESHOLD = 2;

  @Override
  protected RegionCompiler compiler(BlockCache cache) {
    return new RegionJit(
        cache::at,
        new TranslationStore(),
        number -> Helper.of(number).kind() == Helper.Kind.PURE,
        Runnable::run,
        THRESHOLD);
  }
}
