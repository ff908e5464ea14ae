package io.github.bitterling.vmx.vt;

/** The programs of {@link DataBreakpointTests} as compiled regions. */
class JitDataBreakpointTest extends DataBreakpointTests {
  @Override
  Lab.Engine engine() {
    return JitEngine.create();
  }
}
