package io.github.bitterling.vmx.vt;

/** The programs of {@link MsrAreaTests} as compiled regions. */
class JitMsrAreaTest extends MsrAreaTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
