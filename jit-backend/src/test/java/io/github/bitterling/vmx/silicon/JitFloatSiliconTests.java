package io.github.bitterling.vmx.silicon;

/** {@link FloatSiliconTests} on compiled code. */
class JitFloatSiliconTests extends FloatSiliconTests {
  private final Engine compiled = new CompiledEngine();

  @Override
  Engine engine() {
    return compiled;
  }
}
