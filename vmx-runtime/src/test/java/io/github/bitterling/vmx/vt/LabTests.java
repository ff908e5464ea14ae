package io.github.bitterling.vmx.vt;

import org.junit.jupiter.api.AfterEach;

/** Programs of a lab; each test has a lab of its own. */
abstract class LabTests {
  final Lab lab = new Lab(engine());

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @AfterEach
  void close() {
    lab.close();
  }
}
