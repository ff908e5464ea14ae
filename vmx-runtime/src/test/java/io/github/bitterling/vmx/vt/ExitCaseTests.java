package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Every basic exit reason as {@link ExitCases} has it. */
class ExitCaseTests {
  private static final long ENTRY_FAILURE = 0x8000_0000L;

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  /** A new reason needs a program, or a word why there is none; never both. */
  @Test
  void everyReasonHasAProgramOrAnExplanation() {
    for (ExitReason reason : ExitReason.values()) {
      boolean program = ExitCases.CASES.containsKey(reason);
      assertEquals(!program, ExitCases.NEVER.containsKey(reason), reason::name);
    }
  }

  @TestFactory
  Stream<DynamicTest> exits() {
    return Arrays.stream(ExitReason.values())
        .filter(ExitCases.CASES::containsKey)
        .map(reason -> dynamicTest(reason.name(), () -> check(reason)));
  }

  private void check(ExitReason reason) {
    ExitCases.ExitCase row = ExitCases.CASES.get(reason);
    if (row.other() != null) {
      beside(reason, row);
      return;
    }
    try (Lab lab = row.full() ? Lab.full(engine()) : new Lab(engine())) {
      row.setup().accept(lab);
      lab.apart(onBochs(reason));
      assertEquals(expected(reason, row), text(lab.exit()));
    }
  }

  private static BochsDifference onBochs(ExitReason reason) {
    return switch (reason) {
      case XSAVES, XRSTORS -> BochsDifference.MODEL;
      case MONITOR_TRAP_FLAG -> BochsDifference.MTF_MISSED;
      default -> null;
    };
  }

  private void beside(ExitReason reason, ExitCases.ExitCase row) {
    List<Lab> labs = Lab.cores(engine(), CpuModel.e3845(2));
    try (Lab first = labs.getFirst().select().once()) {
      first.withApic().code(row.other());
      Lab second = labs.get(1).select().once();
      row.setup().accept(second);
      Lab.runAll(labs);
      assertEquals(expected(reason, row), text(second.select().exits().getFirst()));
    }
  }

  private static String expected(ExitReason reason, ExitCases.ExitCase row) {
    return text(
        reason.number() | (row.failed() ? ENTRY_FAILURE : 0),
        row.qualification(),
        Lab.CODE + row.bytes(),
        row.length(),
        row.information(),
        row.interruption(),
        0);
  }

  private static String text(Lab.Exit e) {
    return text(
        e.get(Field.EXIT_REASON),
        e.qualification(),
        e.rip(),
        e.length(),
        e.get(Field.EXIT_INSTRUCTION_INFORMATION),
        e.get(Field.EXIT_INTERRUPTION_INFORMATION),
        e.get(Field.IDT_VECTORING_INFORMATION));
  }

  private static String text(
      long reason,
      long qualification,
      long rip,
      long length,
      long information,
      long interruption,
      long vectoring) {
    return "reason %x, qualification %x, RIP %x, length %d, information %x, interruption %x, IDT vectoring %x"
        .formatted(reason, qualification, rip, length, information, interruption, vectoring);
  }
}
