package io.github.bitterling.vmx.vt;

/** The programs of {@link FullModelControlTests} as compiled regions. */
class JitFullModelControlTest extends FullModelControlTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
