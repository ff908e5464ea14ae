package io.github.bitterling.minnow.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.SampleResult;
import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Outcome;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class ReportTest {
  private final MachineResult result =
      SampleResult.of(Outcome.DEBUG_EXIT, "value 7", OptionalInt.of(7));
  private final BootReport report =
      new BootReport(
          "debug-exit",
          3,
          BootReport.reason(result),
          OptionalInt.of(7),
          "jit",
          4,
          "x86-64-v3",
          2L << 30,
          2.5,
          result.guestSeconds(),
          result.guestInstructions(),
          result.smis(),
          result.vmExits(),
          result.exitFigures(),
          result.milestones(),
          result.translation(),
          result.cores().stream().map(CoreState::forReport).toList(),
          result.waits(),
          result.resets(),
          result.lastSerialLine(),
          result.cbmem(),
          300L << 20,
          Map.of("bitterling", "1"),
          "abcd");

  @Test
  void tableShowsCostsAndAddressesOfExits() {
    String table = ReportTable.full(report);
    assertTrue(table.contains("SMIs           12"), table);
    assertTrue(
        table.contains(
            "CPUID                         120        130        150        151  FFF0 (16)"),
        table);
  }

  @Test
  void jsonReadsBackAsTheSameReport() throws IOException {
    assertEquals(report, ReportReader.read(ReportWriter.toJson(report)));
  }

  @Test
  void jsonHasTheDocumentedFields() throws IOException {
    String json = ReportWriter.toJson(report);
    for (String field :
        List.of(
            "outcome",
            "exitCode",
            "cpu",
            "wallSeconds",
            "guestSeconds",
            "guestInstructions",
            "vmExits",
            "milestones",
            "translation",
            "peakRssBytes",
            "versions",
            "imageSha256",
            "blocks",
            "regions",
            "classes",
            "bytecodeBytes",
            "milliseconds")) {
      assertTrue(json.contains("\"" + field + "\""), field);
    }
  }

  @Test
  void missingFieldIsNamed() {
    var e = assertThrows(IOException.class, () -> ReportReader.read("{\"outcome\":\"x\"}"));
    assertTrue(e.getMessage().contains("exitCode"), e.getMessage());
  }

  @Test
  void summaryOfAFailureShowsLastLineAndCores() {
    String text = ReportTable.summary(report);
    assertTrue(text.contains("port F4h: value 7"), text);
    assertTrue(text.contains("Booting from Hard Disk..."), text);
    assertTrue(text.contains("core 0: 64-bit, VMX root, RIP FFFF800000001234"), text);
    assertTrue(text.contains("guest RIP 7C00"), text);
  }

  @Test
  void exitsAreSortedByCount() {
    String text = ReportTable.full(report);
    assertTrue(text.indexOf("I/O <instruction>") < text.indexOf("CPUID"), text);
  }

  @Test
  void pageIsSelfContainedAndEscaped() {
    String page = ReportPage.of(report);
    assertTrue(page.contains("I/O &lt;instruction&gt;"));
    assertFalse(page.contains("<instruction>"));
    assertFalse(page.contains("src="));
    assertFalse(page.contains("http"));
    assertTrue(page.contains("SeaBIOS banner"));
  }
}
