package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;

/** The same on compiled code, every block from its second execution on. */
class JitAlignmentTest extends AlignmentTests {
  @Override
  protected RegionCompiler compiler(BlockCache cache) {
    return RegionJit.forced(
        cache::at, new TranslationStore(), number -> Helper.of(number).kind() == Helper.Kind.PURE);
  }
}
