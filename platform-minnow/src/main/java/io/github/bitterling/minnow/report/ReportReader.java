package io.github.bitterling.minnow.report;

import io.github.bitterling.minnow.cbmem.Cbmem;
import io.github.bitterling.minnow.cbmem.Cbmem.Timestamp;
import io.github.bitterling.minnow.cbmem.Cbmem.TimestampTable;
import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.ExitFigures;
import io.github.bitterling.minnow.machine.Milestone;
import io.github.bitterling.minnow.machine.TranslationFigures;
import io.github.bitterling.vmx.model.CpuModel;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** Reads a report that {@link ReportWriter} wrote. */
public final class ReportReader {
  private ReportReader() {}

  /**
   * @throws IOException if the text is no report; the message names the field
   */
  public static BootReport read(String json) throws IOException {
    JsonTree t = JsonTree.parse(json);
    return new BootReport(
        t.text("outcome"),
        (int) t.whole("exitCode"),
        t.text("reason"),
        t.has("debugExit") ? OptionalInt.of((int) t.whole("debugExit")) : OptionalInt.empty(),
        t.text("engine"),
        (int) t.whole("cpus"),
        t.has("cpu") ? t.text("cpu") : CpuModel.DEFAULT,
        t.whole("memoryBytes"),
        t.number("wallSeconds"),
        t.number("guestSeconds"),
        t.whole("guestInstructions"),
        t.has("smis") ? t.whole("smis") : 0,
        counts(t.object("vmExits")),
        t.has("vmExitFigures") ? exitFigures(t.objects("vmExitFigures")) : List.of(),
        milestones(t.objects("milestones")),
        translation(t.object("translation")),
        cores(t.objects("cores")),
        t.has("waits") ? t.texts("waits") : List.of(),
        t.texts("resets"),
        t.text("lastSerialLine"),
        t.has("cbmem") ? cbmem(t.object("cbmem")) : Cbmem.NONE,
        t.whole("peakRssBytes"),
        texts(t.object("versions")),
        t.text("imageSha256"));
  }

  private static Map<String, Long> counts(JsonTree t) throws IOException {
    Map<String, Long> counts = new LinkedHashMap<>();
    for (String name : t.fields().keySet()) {
      counts.put(name, t.whole(name));
    }
    return counts;
  }

  private static List<ExitFigures> exitFigures(List<JsonTree> trees) throws IOException {
    List<ExitFigures> all = new ArrayList<>();
    for (JsonTree t : trees) {
      List<ExitFigures.Address> addresses = new ArrayList<>();
      for (JsonTree a : t.objects("addresses")) {
        addresses.add(new ExitFigures.Address(rip(a.text("rip")), a.whole("count")));
      }
      all.add(
          new ExitFigures(
              t.text("reason"),
              t.whole("count"),
              t.whole("p50"),
              t.whole("p90"),
              t.whole("p99"),
              t.whole("most"),
              addresses));
    }
    return all;
  }

  private static Map<String, String> texts(JsonTree t) throws IOException {
    Map<String, String> texts = new LinkedHashMap<>();
    for (String name : t.fields().keySet()) {
      texts.put(name, t.text(name));
    }
    return texts;
  }

  private static List<Milestone> milestones(List<JsonTree> trees) throws IOException {
    List<Milestone> all = new ArrayList<>();
    for (JsonTree t : trees) {
      all.add(
          new Milestone(
              t.text("name"),
              t.number("guestSeconds"),
              t.number("wallSeconds"),
              t.whole("instructions")));
    }
    return all;
  }

  private static TranslationFigures translation(JsonTree t) throws IOException {
    return new TranslationFigures(
        t.whole("blocks"),
        t.whole("regions"),
        t.whole("classes"),
        t.whole("bytecodeBytes"),
        t.number("milliseconds"));
  }

  private static List<CoreState> cores(List<JsonTree> trees) throws IOException {
    List<CoreState> all = new ArrayList<>();
    for (JsonTree t : trees) {
      long rip = rip(t.text("rip"));
      all.add(new CoreState((int) t.whole("core"), t.text("mode"), rip, t.text("vmcs")));
    }
    return all;
  }

  private static Cbmem cbmem(JsonTree t) throws IOException {
    Optional<String> console = t.has("console") ? Optional.of(t.text("console")) : Optional.empty();
    Optional<TimestampTable> timestamps =
        t.has("timestamps") ? Optional.of(timestamps(t.object("timestamps"))) : Optional.empty();
    return new Cbmem(console, timestamps);
  }

  private static TimestampTable timestamps(JsonTree t) throws IOException {
    List<Timestamp> stamps = new ArrayList<>();
    for (JsonTree stamp : t.objects("stamps")) {
      stamps.add(new Timestamp((int) stamp.whole("id"), stamp.whole("ticks")));
    }
    return new TimestampTable(t.whole("base"), (int) t.whole("megahertz"), stamps);
  }

  private static long rip(String text) throws IOException {
    try {
      return Long.parseUnsignedLong(text, 16);
    } catch (NumberFormatException e) {
      throw new IOException("field \"rip\": expected 16 hexadecimal digits, found " + text, e);
    }
  }
}
