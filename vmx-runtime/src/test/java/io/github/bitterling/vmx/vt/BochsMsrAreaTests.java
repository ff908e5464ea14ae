package io.github.bitterling.vmx.vt;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The programs of {@link MsrAreaTests} on Bochs too. */
@EnabledIfSystemProperty(named = "bitterling.bochs", matches = "true")
class BochsMsrAreaTests extends MsrAreaTests {
  @Override
  Lab.Engine engine() {
    return Lab.Engine.BESIDE_BOCHS;
  }
}
