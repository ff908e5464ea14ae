package io.github.bitterling.vmx.vt;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TranslationStore;

/**
 * Compiles on the second execution; programs run often enough to be compiled, and must end alike
 * each time.
 */
final class JitEngine {
  static final int ROUNDS = 6;
  private static final int THRESHOLD = 2;

  private JitEngine() {}

  static Lab.Engine create() {
    return new Lab.Engine(
        cache ->
            new RegionJit(
                cache::at,
                new TranslationStore(),
                number -> Helper.of(number).kind() == Helper.Kind.PURE,
                Runnable::run,
                THRESHOLD),
        ROUNDS);
  }
}
