package io.github.bitterling.vmx.vt;

/** The programs of {@link MulticoreTests} as compiled regions. */
class JitMulticoreTest extends MulticoreTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
