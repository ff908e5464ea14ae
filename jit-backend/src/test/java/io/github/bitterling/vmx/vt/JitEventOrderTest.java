package io.github.bitterling.vmx.vt;

/** The programs of {@link EventOrderTests} as compiled regions. */
class JitEventOrderTest extends EventOrderTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
