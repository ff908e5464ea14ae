package io.github.bitterling.vmx.vt;

/** The programs of {@link SupervisorStateTests} as compiled regions. */
class JitSupervisorStateTest extends SupervisorStateTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
