package io.github.bitterling.vmx.vt;

import org.junit.jupiter.api.condition.EnabledIfSystemProperty;

/** The programs of {@link FullModelControlTests} on Bochs too. */
@EnabledIfSystemProperty(named = "bitterling.bochs", matches = "true")
class BochsFullModelControlTests extends FullModelControlTests {
  @Override
  Lab.Engine engine() {
    return Lab.Engine.BESIDE_BOCHS;
  }
}
