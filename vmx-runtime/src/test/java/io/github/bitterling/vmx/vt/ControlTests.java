package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ControlTests {
  /**
   * Every flexible bit of a model's capability MSR has a row, and every row is a flexible bit of
   * some model.
   */
  @ParameterizedTest
  @EnumSource(Control.Word.class)
  void rowsAreTheFlexibleBits(Control.Word word) {
    long all = 0;
    long rows = 0;
    for (Control control : Control.values()) {
      rows |= control.word() == word ? 1L << control.bit() : 0;
    }
    for (String model : CpuModel.names()) {
      long msr = Capabilities.of(CpuModel.of(model, 1)).msr(word.capabilityMsr());
      long flexible = msr >>> 32 & ~msr & 0xFFFF_FFFFL;
      assertEquals(0, flexible & ~rows, model);
      all |= flexible;
    }
    assertEquals(Long.toHexString(rows), Long.toHexString(all));
  }

  /** What Silvermont does not have is not in the E3845. */
  @Test
  void silvermontHasItsOwnSet() {
    Capabilities c = Capabilities.e3845();
    assertEquals(0x28EF, c.msr(0x48B) >>> 32);
    assertEquals(0x7F, c.msr(0x48D) >>> 32);
    assertEquals(1, c.msr(0x491));
    assertEquals(6, c.timerRate());
    for (Field f : Field.values()) {
      boolean newer = NEWER.contains(f);
      assertEquals(!newer, c.has(f), f.name());
      assertTrue(Capabilities.of(CpuModel.of("x86-64-full", 1)).has(f), f.name());
    }
  }

  private static final Set<Field> NEWER =
      EnumSet.of(
          Field.POSTED_INTERRUPT_VECTOR,
          Field.EPTP_INDEX,
          Field.GUEST_INTERRUPT_STATUS,
          Field.PML_INDEX,
          Field.PML_ADDRESS,
          Field.POSTED_INTERRUPT_DESCRIPTOR,
          Field.PLE_GAP,
          Field.PLE_WINDOW,
          Field.EOI_EXIT_BITMAP0,
          Field.EOI_EXIT_BITMAP1,
          Field.EOI_EXIT_BITMAP2,
          Field.EOI_EXIT_BITMAP3,
          Field.VMREAD_BITMAP,
          Field.VMWRITE_BITMAP,
          Field.VIRTUALIZATION_EXCEPTION_ADDRESS,
          Field.GUEST_BNDCFGS,
          Field.XSS_EXITING_BITMAP,
          Field.TSC_MULTIPLIER);

  @Test
  void explainNamesTheControls() {
    try (Machine m = new Machine().ready()) {
      assertTrue(
          m.vmx.explain().contains("(401eh) = a2h: Enable EPT, Enable VPID, Unrestricted guest\n"));
    }
  }
}
