package io.github.bitterling.vmx.vt;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The programs of {@link ExitCaseTests} on Bochs too. */
@EnabledIfSystemProperty(named = "bitterling.bochs", matches = "true")
class BochsExitCaseTests extends ExitCaseTests {
  @Override
  Lab.Engine engine() {
    return Lab.Engine.BESIDE_BOCHS;
  }
}
