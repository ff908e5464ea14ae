package io.github.bitterling.vmx.vt;

/** The programs of {@link SmmVmxTests} as compiled regions. */
class JitSmmVmxTest extends SmmVmxTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
