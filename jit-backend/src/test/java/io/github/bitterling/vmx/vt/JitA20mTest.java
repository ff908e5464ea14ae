package io.github.bitterling.vmx.vt;

/** The programs of {@link A20mTests} as compiled regions. */
class JitA20mTest extends A20mTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
