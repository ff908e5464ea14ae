package io.github.bitterling.vmx.bare;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;

/** The cases of {@link UserTests} in compiled regions. */
class JitUserTest extends UserTests {
  private long inRegions;

  @BeforeAll
  void start() {
    inRegions = 0;
  }

  @Override
  BareOurs machine() {
    return new BareOurs(JitBareTest::compiler);
  }

  /** Every block is a region from its second execution on. */
  @Override
  BareOutcome run(BareOurs ours, BareCase c) {
    BareOutcome compiled = ours.again(c, ours.run(c));
    inRegions = Math.max(inRegions, ours.inRegions);
    return compiled;
  }

  @AfterAll
  void casesRanInRegions() {
    assertTrue(inRegions > 0, "instructions in regions: " + inRegions);
  }
}
