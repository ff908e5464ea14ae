package io.github.bitterling.vmx.vt;

/** The programs of {@link ExitCaseTests} as compiled regions. */
class JitExitCaseTest extends ExitCaseTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
