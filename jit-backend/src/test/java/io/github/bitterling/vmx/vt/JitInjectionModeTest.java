package io.github.bitterling.vmx.vt;

/** The programs of {@link InjectionModeTests} as compiled regions. */
class JitInjectionModeTest extends InjectionModeTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
