package io.github.bitterling.vmx.vt;

/** The programs of {@link SignalTests} as compiled regions. */
class JitSignalTest extends SignalTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
