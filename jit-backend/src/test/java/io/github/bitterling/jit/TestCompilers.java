package io.github.bitterling.jit;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;

/** Compilers for tests: each translates on the caller's thread, at once. */
public final class TestCompilers {
  private static final int SECOND = 2;

  private TestCompilers() {}

  /** Every block is a region from its second execution on. */
  public static RegionCompiler forced(BlockCache cache) {
    return RegionJit.forced(cache::at, new TranslationStore(), Helper::isPure);
  }

  /** Regions begin at blocks that ran twice, and take in what is known around them by then. */
  public static RegionCompiler second(BlockCache cache) {
    return second(cache, new TranslationStore());
  }

  /** As {@link #second(BlockCache)}, with a store that others may use too. */
  public static RegionCompiler second(BlockCache cache, TranslationStore store) {
    return new RegionJit(cache::at, store, Helper::isPure, Runnable::run, SECOND);
  }
}
