package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlTests {
  /**
   * Software can choose exactly the controls that have a row: the flexible bits of the capability
   * MSR.
   */
  @ParameterizedTest
  @EnumSource(Control.Word.class)
  void rowsAreTheFlexibleBits(Control.Word word) {
    long msr = Capabilities.e3845().msr(word.capabilityMsr());
    long flexible = msr >>> 32 & ~msr & 0xFFFF_FFFFL;
    long rows = 0;
    for (Control control : Control.values()) {
      rows |= control.word() == word ? 1L << control.bit() : 0;
    }
    assertEquals(Long.toHexString(flexible), Long.toHexString(rows));
  }

  @Test
  void explainNamesTheControls() {
    try (Machine m = new Machine().ready()) {
      assertTrue(
          m.vmx.explain().contains("(401eh) = a2h: Enable EPT, Enable VPID, Unrestricted guest\n"));
    }
  }
}
