package io.github.bitterling.vmx.vt;

/** The programs of {@link ExitConformanceTests} as compiled regions. */
class JitExitConformanceTest extends ExitConformanceTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
