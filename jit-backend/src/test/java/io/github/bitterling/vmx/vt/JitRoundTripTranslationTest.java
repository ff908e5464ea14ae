package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.RegionJit;
import io.github.bitterling.jit.TestCompilers;
import org.junit.jupiter.api.AfterEach;

/** {@link RoundTripTranslationTests} with host and guest compiled. */
class JitRoundTripTranslationTest extends RoundTripTranslationTests {
  private RegionJit jit;

  @Override
  Lab.Engine engine() {
    return new Lab.Engine(cache -> jit = (RegionJit) TestCompilers.second(cache), JitEngine.ROUNDS);
  }

  @Override
  long compilations() {
    return jit.regions();
  }

  @AfterEach
  void somethingWasCompiled() {
    assertTrue(jit.regions() > 1);
  }
}
