package io.github.bitterling.vmx.vt;

import io.github.bitterling.jit.TestCompilers;

/**
 * Compiles on the second execution; programs run often enough to be compiled, and must end alike
 * each time.
 */
final class JitEngine {
  static final int ROUNDS = 6;

  private JitEngine() {}

  static Lab.Engine create() {
    return new Lab.Engine(TestCompilers::second, ROUNDS);
  }
}
