package io.github.bitterling.vmx.vt;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The programs of {@link WakeUpTests} on Bochs too. */
@EnabledIfSystemProperty(named = "bitterling.bochs", matches = "true")
class BochsWakeUpTests extends WakeUpTests {
  @Override
  Lab.Engine engine() {
    return Lab.Engine.BESIDE_BOCHS;
  }
}
