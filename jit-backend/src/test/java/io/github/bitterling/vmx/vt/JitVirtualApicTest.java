package io.github.bitterling.vmx.vt;

/** The programs of {@link VirtualApicTests} as compiled regions. */
class JitVirtualApicTest extends VirtualApicTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
