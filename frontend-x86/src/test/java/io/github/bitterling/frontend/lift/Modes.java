package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.ir.IrVerifier;

/** Mode keys and the verifier as tests use them. */
final class Modes {
  static final int REAL = ModeKey.CODE16;
  static final int FLAT32 =
      ModeKey.CODE32
          | ModeKey.STACK32
          | ModeKey.FLAT
          | ModeKey.PROTECTED
          | ModeKey.FPU
          | ModeKey.SSE
          | ModeKey.AVX;
  static final int SEGMENTED32 = ModeKey.CODE32 | ModeKey.STACK32 | ModeKey.PROTECTED;
  static final int LONG64 =
      ModeKey.CODE64 | ModeKey.PROTECTED | ModeKey.LONG | ModeKey.FPU | ModeKey.SSE | ModeKey.AVX;
  static final int LONG64_NO_FPU = ModeKey.CODE64 | ModeKey.PROTECTED | ModeKey.LONG;
  static final int VIRTUAL86 = ModeKey.CODE16 | ModeKey.V86 | ModeKey.USER;

  private Modes() {}

  /** WRITE_FLAGS is preceded by its check; the MMX ones write nothing when they fault. */
  static IrVerifier verifier() {
    return new IrVerifier(
        number -> {
          Helper h = Helper.of(number);
          return h.kind() != Helper.Kind.PURE && h != Helper.WRITE_FLAGS;
        });
  }
}
