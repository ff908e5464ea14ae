package io.github.bitterling.vmx.vt;

/** The programs of {@link RootInstructionTests} as compiled regions. */
class JitRootInstructionTest extends RootInstructionTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
