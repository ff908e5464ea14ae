package io.github.bitterling.vmx.vt;

/** The programs of {@link InjectionTests} as compiled regions. */
class JitInjectionTest extends InjectionTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
