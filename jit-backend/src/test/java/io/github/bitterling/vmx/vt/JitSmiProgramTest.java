package io.github.bitterling.vmx.vt;

/** The programs of {@link SmiProgramTests} as compiled regions. */
class JitSmiProgramTest extends SmiProgramTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
