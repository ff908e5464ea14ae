package io.github.bitterling.vmx.vt;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The programs of {@link DataBreakpointTests} on Bochs too. */
@EnabledIfSystemProperty(named = "bitterling.bochs", matches = "true")
class BochsDataBreakpointTests extends DataBreakpointTests {
  @Override
  Lab.Engine engine() {
    return Lab.Engine.BESIDE_BOCHS;
  }
}
