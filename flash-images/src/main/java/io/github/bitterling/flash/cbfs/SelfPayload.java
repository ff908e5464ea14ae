package io.github.bitterling.flash.cbfs;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.ByteSink;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * A payload in the "simple ELF" form: a list of segments, closed by the entry, then the segments'
 * bytes.
 */
public final class SelfPayload {
  private static final int MAX_SEGMENTS = 64;

  private final Slice bytes;
  private final List<SelfSegment> segments;

  private SelfPayload(Slice bytes, List<SelfSegment> segments) {
    this.bytes = bytes;
    this.segments = List.copyOf(segments);
  }

  /** All segments in order, the entry last. */
  public List<SelfSegment> segments() {
    return segments;
  }

  /**
   * Reads the segment list.
   *
   * @throws FlashImageException if the list is not closed, or a segment lies outside the payload
   */
  public static SelfPayload read(Slice bytes) {
    List<SelfSegment> segments = new ArrayList<>();
    for (int i = 0; i < MAX_SEGMENTS; i++) {
      SelfSegment segment = readSegment(bytes, i * SelfSegment.SIZE);
      segments.add(segment);
      if (segment.type() == SelfSegment.Type.ENTRY) {
        SelfPayload payload = new SelfPayload(bytes, segments);
        payload.checkOverlaps();
        return payload;
      }
    }
    throw new FlashImageException(
        bytes.origin(),
        "segments of " + bytes.what(),
        "more than " + MAX_SEGMENTS + " without an entry",
        "a list that ends with an entry segment",
        "rebuild the image");
  }

  private static SelfSegment readSegment(Slice bytes, int at) {
    String field = "segment of " + bytes.what();
    SelfSegment.Type type = type(bytes, at, field);
    long compression = bytes.u32(at + 4, BIG_ENDIAN, field);
    SelfSegment segment =
        new SelfSegment(
            type,
            Compression.of(compression, bytes.offsetOf(at + 4), "compression of a " + field),
            bytes.u32(at + 8, BIG_ENDIAN, field),
            bytes.u64(at + 12, BIG_ENDIAN, field),
            bytes.u32(at + 20, BIG_ENDIAN, field),
            bytes.u32(at + 24, BIG_ENDIAN, field));
    if (hasData(type)) {
      bytes.part(segment.offset(), segment.storedSize(), "data of a " + field);
    }
    boolean belowLimit =
        segment.loadAddress() >= 0 && segment.loadAddress() <= (1L << 32) - segment.memorySize();
    if (type != SelfSegment.Type.PARAMS && !belowLimit) {
      throw new FlashImageException(
          bytes.offsetOf(at + 12),
          "load address of a " + field,
          String.format("%X with %X bytes", segment.loadAddress(), segment.memorySize()),
          "an end at or below 4 GiB",
          "rebuild the image");
    }
    return segment;
  }

  private static SelfSegment.Type type(Slice bytes, int at, String field) {
    long id = bytes.u32(at, BIG_ENDIAN, field);
    for (SelfSegment.Type each : SelfSegment.Type.values()) {
      if (each.id() == id) {
        return each;
      }
    }
    throw new FlashImageException(
        bytes.offsetOf(at),
        "type of a " + field,
        String.format("%08X", id),
        "CODE, DATA, \"BSS \", PARA or ENTR",
        "the payload is corrupt: rebuild the image");
  }

  private static boolean hasData(SelfSegment.Type type) {
    return type == SelfSegment.Type.CODE
        || type == SelfSegment.Type.DATA
        || type == SelfSegment.Type.PARAMS;
  }

  private void checkOverlaps() {
    List<SelfSegment> loaded =
        segments.stream()
            .filter(SelfPayload::isLoaded)
            .sorted(Comparator.comparingLong(SelfSegment::loadAddress))
            .toList();
    for (int i = 1; i < loaded.size(); i++) {
      SelfSegment before = loaded.get(i - 1);
      long end = before.loadAddress() + before.memorySize();
      if (loaded.get(i).loadAddress() < end) {
        throw new FlashImageException(
            bytes.origin(),
            "segments of " + bytes.what(),
            String.format("a segment at %X", loaded.get(i).loadAddress()),
            String.format("none that overlaps %X-%X", before.loadAddress(), end),
            "the payload is corrupt: rebuild the image");
      }
    }
  }

  private static boolean isLoaded(SelfSegment segment) {
    return segment.type() != SelfSegment.Type.ENTRY && segment.type() != SelfSegment.Type.PARAMS;
  }

  /** Address of the first instruction. */
  public long entry() {
    return segments.getLast().loadAddress();
  }

  /**
   * The program that a loader would see.
   *
   * @throws FlashImageException if a segment's data are corrupt
   */
  public ElfFile toElf() {
    List<ElfSegment> result = new ArrayList<>();
    for (SelfSegment each : segments) {
      if (isLoaded(each)) {
        result.add(
            new ElfSegment(
                each.loadAddress(),
                each.loadAddress(),
                load(each),
                each.memorySize(),
                each.type() == SelfSegment.Type.CODE));
      }
    }
    return new ElfFile(result, entry());
  }

  private byte[] load(SelfSegment segment) {
    if (segment.type() == SelfSegment.Type.BSS) {
      return new byte[0];
    }
    String what = "a segment of " + bytes.what();
    Slice stored = bytes.part(segment.offset(), segment.storedSize(), what);
    long size =
        segment.compression() == Compression.NONE
            ? segment.storedSize()
            : decompressedSize(segment, stored);
    byte[] plain = segment.compression().decompress(stored, size);
    if (plain.length > segment.memorySize()) {
      throw new FlashImageException(
          stored.origin(),
          "memory size of " + what,
          Long.toString(segment.memorySize()),
          "at least the " + plain.length + " bytes of its data",
          "the payload is corrupt: rebuild the image");
    }
    return plain;
  }

  /**
   * LZMA data say their own size, which may be less than the memory size; LZ4 frames here are
   * always full.
   */
  private static long decompressedSize(SelfSegment segment, Slice stored) {
    return segment.compression() == Compression.LZMA
        ? stored.u64(5, ByteOrder.LITTLE_ENDIAN, "LZMA size of " + stored.what())
        : segment.memorySize();
  }

  /**
   * Converts a program. Each segment is compressed by itself and stored plain where that is
   * shorter; a segment of zeroes only takes no space.
   */
  public static byte[] fromElf(ElfFile elf, Compression wanted) {
    int listSize = SelfSegment.SIZE * (elf.segments().size() + 1);
    ByteSink list = new ByteSink(BIG_ENDIAN);
    ByteSink data = new ByteSink(BIG_ENDIAN);
    for (ElfSegment each : elf.segments()) {
      if (each.data().length == 0) {
        writeSegment(
            list,
            SelfSegment.Type.BSS,
            Compression.NONE,
            0,
            each.physicalAddress(),
            0,
            each.memorySize());
        continue;
      }
      byte[] packed = wanted.compress(each.data());
      boolean smaller = packed.length < each.data().length && usable(wanted, each);
      byte[] stored = smaller ? packed : each.data();
      writeSegment(
          list,
          each.executable() ? SelfSegment.Type.CODE : SelfSegment.Type.DATA,
          smaller ? wanted : Compression.NONE,
          listSize + data.size(),
          each.physicalAddress(),
          stored.length,
          each.memorySize());
      data.bytes(stored);
    }
    writeSegment(list, SelfSegment.Type.ENTRY, Compression.NONE, 0, elf.entry(), 0, 0);
    return list.bytes(data.toBytes()).toBytes();
  }

  /** An LZ4 frame does not say its size, so the segment's memory size has to. */
  private static boolean usable(Compression compression, ElfSegment segment) {
    return compression != Compression.LZ4 || segment.data().length == segment.memorySize();
  }

  private static void writeSegment(
      ByteSink out,
      SelfSegment.Type type,
      Compression compression,
      long offset,
      long address,
      long stored,
      long memory) {
    out.u32(type.id()).u32(compression.id()).u32(offset).u64(address).u32(stored).u32(memory);
  }
}
