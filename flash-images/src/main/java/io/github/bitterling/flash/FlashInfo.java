package io.github.bitterling.flash;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.cbfs.StageInfo;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.descriptor.FlashRegion;
import io.github.bitterling.flash.fmap.FmapArea;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;

/** Draws what an image holds, as text and as JSON. */
final class FlashInfo {
  private final FlashImage image;

  FlashInfo(FlashImage image) {
    this.image = image;
  }

  /** A part of the image, or why it cannot be read. */
  private record Part<T>(List<T> items, String fault) {
    static <T> Part<T> of(Supplier<List<T>> reader) {
      try {
        return new Part<>(reader.get(), null);
      } catch (FlashImageException e) {
        return new Part<>(List.of(), e.getMessage());
      }
    }
  }

  private Part<FlashRegion> regions() {
    return Part.of(() -> image.descriptor().regions());
  }

  private Part<FmapArea> areas() {
    return Part.of(() -> image.fmap().areas());
  }

  private Part<CbfsFile> files() {
    return Part.of(() -> image.cbfs().files());
  }

  String text() {
    StringBuilder out = new StringBuilder();
    line(out, "Flash image, %d bytes, SHA-256 %s", FlashLayout.FLASH_SIZE, image.sha256());
    section(out, "Descriptor regions", regions(), FlashInfo::regionText);
    section(out, "FMAP areas", areas(), FlashInfo::areaText);
    section(out, "CBFS files", files(), FlashInfo::fileText);
    return out.toString();
  }

  private static <T> void section(
      StringBuilder out, String title, Part<T> part, Function<T, String> text) {
    line(out, "");
    line(out, "%s", title);
    if (part.fault() != null) {
      line(out, "  unreadable: %s", part.fault());
    }
    part.items().forEach(item -> line(out, "  %s", text.apply(item)));
  }

  private static String regionText(FlashRegion region) {
    String range =
        region.isUnused() ? "unused" : String.format("%06X-%06X", region.base(), region.limit());
    return String.format("%-24s %s", region.kind().label(), range);
  }

  private static String areaText(FmapArea area) {
    return String.format("%-24s %06X-%06X", area.name(), area.offset(), area.end() - 1);
  }

  private static String fileText(CbfsFile file) {
    String name = file.name().isEmpty() ? "(empty)" : file.name();
    String detail =
        String.format(
            "%-24s %06X %-12s %8d %s",
            name,
            file.offset(),
            file.typeLabel(),
            file.data().length(),
            file.compression().label());
    if (file.size() != file.data().length()) {
      detail += " (" + file.size() + " decompressed)";
    }
    return detail + file.stage().map(FlashInfo::stageText).orElse("");
  }

  private static String stageText(StageInfo stage) {
    return String.format(
        ", load %08X, entry %08X, memory %X",
        stage.loadAddress(), stage.loadAddress() + stage.entryOffset(), stage.memorySize());
  }

  private static void line(StringBuilder out, String format, Object... values) {
    out.append(String.format(format, values)).append('\n');
  }

  String json() {
    StringWriter text = new StringWriter();
    try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
      json.setPrettyPrinter(new DefaultPrettyPrinter());
      json.writeStartObject();
      json.writeNumberField("size", FlashLayout.FLASH_SIZE);
      json.writeStringField("sha256", image.sha256());
      array(json, "regions", regions(), this::regionJson);
      array(json, "areas", areas(), this::areaJson);
      array(json, "files", files(), this::fileJson);
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException("string writers do not fail", e);
    }
    return text.append('\n').toString();
  }

  /** Writes the fields of one item. */
  private interface ItemWriter<T> {
    void write(JsonGenerator json, T item) throws IOException;
  }

  private static <T> void array(JsonGenerator json, String name, Part<T> part, ItemWriter<T> writer)
      throws IOException {
    if (part.fault() != null) {
      json.writeStringField(name + "Fault", part.fault());
    }
    json.writeArrayFieldStart(name);
    for (T item : part.items()) {
      json.writeStartObject();
      writer.write(json, item);
      json.writeEndObject();
    }
    json.writeEndArray();
  }

  private void regionJson(JsonGenerator json, FlashRegion region) throws IOException {
    json.writeStringField("name", region.kind().label());
    json.writeNumberField("size", region.size());
    if (!region.isUnused()) {
      json.writeNumberField("offset", region.base());
    }
  }

  private void areaJson(JsonGenerator json, FmapArea area) throws IOException {
    json.writeStringField("name", area.name());
    json.writeNumberField("offset", area.offset());
    json.writeNumberField("size", area.size());
    json.writeNumberField("flags", area.flags());
  }

  private void fileJson(JsonGenerator json, CbfsFile file) throws IOException {
    json.writeStringField("name", file.name());
    json.writeStringField("type", file.typeLabel());
    json.writeNumberField("offset", file.offset());
    json.writeNumberField("headerSize", file.headerSize());
    json.writeNumberField("storedSize", file.data().length());
    json.writeNumberField("size", file.size());
    json.writeStringField("compression", file.compression().label());
    if (file.stage().isPresent()) {
      json.writeNumberField("loadAddress", file.stage().get().loadAddress());
      json.writeNumberField("entryOffset", file.stage().get().entryOffset());
      json.writeNumberField("memorySize", file.stage().get().memorySize());
    }
  }
}
