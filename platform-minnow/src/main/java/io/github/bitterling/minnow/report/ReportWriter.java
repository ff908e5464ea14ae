package io.github.bitterling.minnow.report;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.github.bitterling.minnow.cbmem.Cbmem;
import io.github.bitterling.minnow.cbmem.Cbmem.TimestampTable;
import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.ExitFigures;
import io.github.bitterling.minnow.machine.Milestone;
import io.github.bitterling.minnow.machine.TranslationFigures;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Writes a report as JSON. */
public final class ReportWriter {
  private ReportWriter() {}

  /** Writes the file, over what was there. */
  public static void write(BootReport report, Path file) throws IOException {
    Files.writeString(file, toJson(report), StandardCharsets.UTF_8);
  }

  /** The report as indented JSON text. */
  public static String toJson(BootReport r) throws IOException {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text).useDefaultPrettyPrinter()) {
      json.writeStartObject();
      outcome(json, r);
      figures(json, r);
      exits(json, r.vmExits());
      exitFigures(json, r.exitFigures());
      milestones(json, r);
      translation(json, r.translation());
      cores(json, r);
      cbmem(json, r.cbmem());
      versions(json, r);
      json.writeEndObject();
    }
    return text.append('\n').toString();
  }

  private static void outcome(JsonGenerator json, BootReport r) throws IOException {
    json.writeStringField("outcome", r.outcome());
    json.writeNumberField("exitCode", r.exitCode());
    json.writeStringField("reason", r.reason());
    if (r.debugExit().isPresent()) {
      json.writeNumberField("debugExit", r.debugExit().getAsInt());
    }
    json.writeStringField("lastSerialLine", r.lastSerialLine());
  }

  private static void figures(JsonGenerator json, BootReport r) throws IOException {
    json.writeStringField("engine", r.engine());
    json.writeNumberField("cpus", r.cpus());
    json.writeStringField("cpu", r.cpu());
    json.writeNumberField("memoryBytes", r.memoryBytes());
    json.writeNumberField("wallSeconds", r.wallSeconds());
    json.writeNumberField("guestSeconds", r.guestSeconds());
    json.writeNumberField("guestInstructions", r.guestInstructions());
    json.writeNumberField("smis", r.smis());
    json.writeNumberField("averageMips", r.averageMips());
    json.writeNumberField("peakRssBytes", r.peakRssBytes());
  }

  private static void exits(JsonGenerator json, Map<String, Long> exits) throws IOException {
    json.writeObjectFieldStart("vmExits");
    for (Map.Entry<String, Long> e : exits.entrySet()) {
      json.writeNumberField(e.getKey(), e.getValue());
    }
    json.writeEndObject();
  }

  private static void exitFigures(JsonGenerator json, List<ExitFigures> all) throws IOException {
    json.writeArrayFieldStart("vmExitFigures");
    for (ExitFigures f : all) {
      json.writeStartObject();
      json.writeStringField("reason", f.reason());
      json.writeNumberField("count", f.count());
      json.writeNumberField("p50", f.p50());
      json.writeNumberField("p90", f.p90());
      json.writeNumberField("p99", f.p99());
      json.writeNumberField("most", f.most());
      json.writeArrayFieldStart("addresses");
      for (ExitFigures.Address a : f.addresses()) {
        json.writeStartObject();
        json.writeStringField("rip", String.format("%016X", a.linear()));
        json.writeNumberField("count", a.count());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void milestones(JsonGenerator json, BootReport r) throws IOException {
    json.writeArrayFieldStart("milestones");
    for (Milestone m : r.milestones()) {
      json.writeStartObject();
      json.writeStringField("name", m.name());
      json.writeNumberField("guestSeconds", m.guestSeconds());
      json.writeNumberField("wallSeconds", m.wallSeconds());
      json.writeNumberField("instructions", m.instructions());
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private static void translation(JsonGenerator json, TranslationFigures t) throws IOException {
    json.writeObjectFieldStart("translation");
    json.writeNumberField("blocks", t.blocks());
    json.writeNumberField("regions", t.regions());
    json.writeNumberField("classes", t.classes());
    json.writeNumberField("bytecodeBytes", t.bytecodeBytes());
    json.writeNumberField("milliseconds", t.milliseconds());
    json.writeEndObject();
  }

  private static void cores(JsonGenerator json, BootReport r) throws IOException {
    json.writeArrayFieldStart("cores");
    for (CoreState c : r.cores()) {
      json.writeStartObject();
      json.writeNumberField("core", c.core());
      json.writeStringField("mode", c.mode());
      json.writeStringField("rip", String.format("%016X", c.instructionPointer()));
      json.writeStringField("vmcs", c.vmcs());
      json.writeEndObject();
    }
    json.writeEndArray();
    texts(json, "waits", r.waits());
    texts(json, "resets", r.resets());
  }

  private static void texts(JsonGenerator json, String name, List<String> texts)
      throws IOException {
    json.writeArrayFieldStart(name);
    for (String text : texts) {
      json.writeString(text);
    }
    json.writeEndArray();
  }

  private static void cbmem(JsonGenerator json, Cbmem cbmem) throws IOException {
    json.writeObjectFieldStart("cbmem");
    if (cbmem.console().isPresent()) {
      json.writeStringField("console", cbmem.console().get());
    }
    if (cbmem.timestamps().isPresent()) {
      TimestampTable table = cbmem.timestamps().get();
      json.writeObjectFieldStart("timestamps");
      json.writeNumberField("base", table.base());
      json.writeNumberField("megahertz", table.megahertz());
      json.writeArrayFieldStart("stamps");
      for (Cbmem.Timestamp stamp : table.stamps()) {
        json.writeStartObject();
        json.writeNumberField("id", stamp.id());
        json.writeNumberField("ticks", stamp.ticks());
        json.writeEndObject();
      }
      json.writeEndArray();
      json.writeEndObject();
    }
    json.writeEndObject();
  }

  private static void versions(JsonGenerator json, BootReport r) throws IOException {
    json.writeObjectFieldStart("versions");
    for (Map.Entry<String, String> e : r.versions().entrySet()) {
      json.writeStringField(e.getKey(), e.getValue());
    }
    json.writeEndObject();
    json.writeStringField("imageSha256", r.imageSha256());
  }
}
