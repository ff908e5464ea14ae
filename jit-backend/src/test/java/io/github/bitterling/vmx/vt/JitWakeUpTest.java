package io.github.bitterling.vmx.vt;

/** The programs of {@link WakeUpTests} as compiled regions. */
class JitWakeUpTest extends WakeUpTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
