package io.github.bitterling.vmx.silicon;

/** {@link SiliconTests} on compiled code. */
class JitSiliconTests extends SiliconTests {
  private final Engine compiled = new CompiledEngine();

  @Override
  Engine engine() {
    return compiled;
  }
}
