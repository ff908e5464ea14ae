package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What every control does: its program of {@link ControlCases} with the bit set and with the bit
 * clear, on every model where the control may have both settings (SDM volume 3, 25.6 to 25.8).
 */
class ControlProgramTests {
  /** {@code x86-64-v3} has nothing that the last one does not have. */
  private static final List<String> MODELS = List.of("e3845", "x86-64-full");

  /** By control and setting. */
  private static final Map<String, BochsDifference> APART = new HashMap<>();

  static {
    both(BochsDifference.MODEL, Control.PIN_PROCESS_POSTED_INTERRUPTS);
    apart(BochsDifference.MODEL, true, Control.SECONDARY_MODE_BASED_EXECUTE_CONTROL);
    both(BochsDifference.MODEL, Control.EXIT_LOAD_IA32_PERF_GLOBAL_CTRL);
    both(BochsDifference.MODEL, Control.ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL);
    both(BochsDifference.MODEL, Control.EXIT_CLEAR_IA32_BNDCFGS);
    both(BochsDifference.MODEL, Control.ENTRY_LOAD_IA32_BNDCFGS);
    both(BochsDifference.TIME, Control.EXIT_SAVE_VMX_PREEMPTION_TIMER_VALUE);
    apart(BochsDifference.MODEL, false, Control.PRIMARY_RDPMC_EXITING);
    apart(BochsDifference.MTF_MISSED, true, Control.PRIMARY_MONITOR_TRAP_FLAG);
    apart(BochsDifference.KEPT, true, Control.SECONDARY_ENABLE_VPID);
    apart(BochsDifference.FIXED_CR0, false, Control.SECONDARY_UNRESTRICTED_GUEST);
    apart(BochsDifference.FORMAT, true, Control.SECONDARY_VMCS_SHADOWING);
  }

  private static void both(BochsDifference difference, Control control) {
    apart(difference, true, control);
    apart(difference, false, control);
  }

  private static void apart(BochsDifference difference, boolean set, Control control) {
    APART.put(control + " " + set, difference);
  }

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  /** A row without a case fails here. */
  @Test
  void everyControlHasACaseOfEachSign() {
    assertEquals(EnumSet.allOf(Control.class), EnumSet.copyOf(ControlCases.CASES.keySet()));
    ControlCases.CASES.forEach(
        (control, c) ->
            assertNotEquals(c.set(), c.clear(), "the bit makes no difference: " + control));
  }

  @TestFactory
  Stream<DynamicTest> controls() {
    List<DynamicTest> tests = new ArrayList<>();
    for (Control control : Control.values()) {
      for (String model : MODELS) {
        if (flexible(control, model)) {
          tests.add(dynamicTest(control + " set, " + model, () -> check(control, model, true)));
          tests.add(dynamicTest(control + " clear, " + model, () -> check(control, model, false)));
        }
      }
    }
    return tests.stream();
  }

  private static boolean flexible(Control control, String model) {
    long msr = Capabilities.of(CpuModel.of(model, 1)).msr(control.word().capabilityMsr());
    return (msr >>> control.bit() & 1) == 0 && (msr >>> 32 + control.bit() & 1) == 1;
  }

  private void check(Control control, String model, boolean set) {
    ControlCases.ControlCase c = ControlCases.CASES.get(control);
    Field word = control.word().field();
    long bit = 1L << control.bit();
    try (Lab lab = new Lab(engine(), CpuModel.of(model, 1))) {
      lab.apart(APART.get(control + " " + set));
      if (set) {
        lab.or(word, bit);
      } else {
        lab.clear(word, bit);
      }
      c.program().accept(lab);
      assertEquals(set, (lab.value(word) & bit) != 0, "the program changes the control itself");
      assertEquals(set ? c.set() : c.clear(), c.run().apply(lab));
    }
  }
}
