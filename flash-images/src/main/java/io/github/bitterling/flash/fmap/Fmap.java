package io.github.bitterling.flash.fmap;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.bitterling.flash.data.ByteSink;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A flash map, version 1.1: 56 bytes of header, 42 bytes an area, little-endian.
 *
 * @param offset where the map itself lies in the flash
 * @param base address of the flash in memory
 * @param size bytes of flash
 * @param name the map's name
 * @param areas all areas in the map's order
 */
public record Fmap(int offset, long base, long size, String name, List<FmapArea> areas) {
  private static final String SIGNATURE = "__FMAP__";
  private static final int HEADER = 56;
  private static final int AREA = 42;
  private static final int NAME = 32;
  private static final int SEARCH_STEP = 16;

  /** Makes the list immutable. */
  public Fmap {
    areas = List.copyOf(areas);
  }

  /** The area of this name. */
  public Optional<FmapArea> find(String area) {
    return areas.stream().filter(each -> each.name().equals(area)).findFirst();
  }

  /** Offset of the first signature on a multiple of 16 bytes. */
  public static Optional<Integer> locate(Slice flash) {
    for (int at = 0; at + HEADER <= flash.length(); at += SEARCH_STEP) {
      if (flash.startsWith(at, SIGNATURE)) {
        return Optional.of(at);
      }
    }
    return Optional.empty();
  }

  /**
   * Finds and reads the map.
   *
   * @throws FlashImageException if there is none, or it is not well formed
   */
  public static Fmap read(Slice flash) {
    int at =
        locate(flash)
            .orElseThrow(
                () ->
                    new FlashImageException(
                        FlashImageException.NO_OFFSET,
                        "FMAP signature",
                        "none in " + flash.what(),
                        "\"" + SIGNATURE + "\" on a multiple of " + SEARCH_STEP,
                        "build an image with: bitterling flash build"));
    expect(flash, at + 8, flash.u8(at + 8, "FMAP major version"), 1, "FMAP major version");
    long size = flash.u32(at + 18, LITTLE_ENDIAN, "FMAP flash size");
    expect(flash, at + 18, size, flash.length(), "FMAP flash size");
    int count = flash.u16(at + 54, LITTLE_ENDIAN, "FMAP area count");
    Slice table = flash.part(at + HEADER, (long) count * AREA, "FMAP areas");
    List<FmapArea> areas = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      addArea(table, i * AREA, flash.length(), areas);
    }
    long base = flash.u64(at + 10, LITTLE_ENDIAN, "FMAP base");
    return new Fmap(at, base, size, flash.text(at + 22, NAME, "FMAP name"), areas);
  }

  private static void addArea(Slice table, int at, int flashSize, List<FmapArea> areas) {
    long offset = table.u32(at, LITTLE_ENDIAN, "FMAP area offset");
    long size = table.u32(at + 4, LITTLE_ENDIAN, "FMAP area size");
    String name = table.text(at + 8, NAME, "FMAP area name");
    if (offset + size > flashSize) {
      throw new FlashImageException(
          table.offsetOf(at),
          "FMAP area " + name,
          String.format("%X bytes at %X", size, offset),
          String.format("an end at or below %X", flashSize),
          "the flash map is corrupt: rebuild the image");
    }
    int flags = table.u16(at + 40, LITTLE_ENDIAN, "FMAP area flags");
    FmapArea area = new FmapArea(name, (int) offset, (int) size, flags);
    for (FmapArea other : areas) {
      if (area.overlapsPartly(other)) {
        throw new FlashImageException(
            table.offsetOf(at),
            "FMAP area " + name,
            String.format("%06X-%06X", area.offset(), area.end()),
            String.format(
                "no partial overlap with %s (%06X-%06X)",
                other.name(), other.offset(), other.end()),
            "the flash map is corrupt: rebuild the image");
      }
    }
    areas.add(area);
  }

  private static void expect(Slice flash, long at, long found, long expected, String field) {
    if (found != expected) {
      throw new FlashImageException(
          flash.offsetOf(at),
          field,
          String.format("%X", found),
          String.format("%X", expected),
          "rebuild the image");
    }
  }

  /** The map's bytes. */
  public byte[] toBytes() {
    ByteSink out = new ByteSink(LITTLE_ENDIAN);
    out.ascii(SIGNATURE).u8(1).u8(1).u64(base).u32(size);
    out.paddedAscii(name, NAME, "FMAP name").u16(areas.size());
    for (FmapArea each : areas) {
      out.u32(each.offset()).u32(each.size());
      out.paddedAscii(each.name(), NAME, "FMAP area name").u16(each.flags());
    }
    return out.toBytes();
  }
}
