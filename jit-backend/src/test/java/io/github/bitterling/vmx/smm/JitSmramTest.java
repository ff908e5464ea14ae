package io.github.bitterling.vmx.smm;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import java.util.function.Function;

/** The programs of {@link SmramTests} as compiled regions. */
class JitSmramTest extends SmramTests {
  @Override
  Function<BlockCache, RegionCompiler> compiler() {
    return TestCompilers::forced;
  }
}
