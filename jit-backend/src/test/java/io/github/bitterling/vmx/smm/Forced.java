package io.github.bitterling.vmx.smm;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import java.util.function.Function;

/** Every block is a region from its second execution on. */
final class Forced {
  private Forced() {}

  static Function<BlockCache, RegionCompiler> compiler() {
    return cache ->
        RegionJit.forced(
            cache::at,
            new TranslationStore(),
            number -> Helper.of(number).kind() == Helper.Kind.PURE);
  }
}
