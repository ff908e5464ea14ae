package io.github.bitterling.vmx.vt;

/** The programs of {@link FullModelEptTests} as compiled regions. */
class JitFullModelEptTest extends FullModelEptTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
