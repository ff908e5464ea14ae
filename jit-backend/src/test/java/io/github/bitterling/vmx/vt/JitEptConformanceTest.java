package io.github.bitterling.vmx.vt;

/** The programs of {@link EptConformanceTests} as compiled regions. */
class JitEptConformanceTest extends EptConformanceTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
