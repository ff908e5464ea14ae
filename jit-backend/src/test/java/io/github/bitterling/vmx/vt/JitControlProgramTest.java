package io.github.bitterling.vmx.vt;

/** The programs of {@link ControlProgramTests} as compiled regions. */
class JitControlProgramTest extends ControlProgramTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
