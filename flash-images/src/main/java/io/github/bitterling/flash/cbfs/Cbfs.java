package io.github.bitterling.flash.cbfs;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** A coreboot file system: files one after another, headers aligned to 64 bytes. */
public final class Cbfs {
  private final List<CbfsFile> files;

  private Cbfs(List<CbfsFile> files) {
    this.files = List.copyOf(files);
  }

  /** All entries in order of their offset, free space included. */
  public List<CbfsFile> files() {
    return files;
  }

  /** The file of this name. */
  public Optional<CbfsFile> find(String name) {
    return files.stream().filter(file -> !file.isEmpty() && file.name().equals(name)).findFirst();
  }

  /**
   * Reads all headers of a region; the files' data are not looked at.
   *
   * @throws FlashImageException at the first entry that is not well formed
   */
  public static Cbfs read(Slice region) {
    List<CbfsFile> files = new ArrayList<>();
    Set<String> names = new HashSet<>();
    int at = 0;
    while (at + CbfsFormat.FILE_HEADER <= region.length()) {
      CbfsFile file = readFile(region, at);
      if (!file.isEmpty() && !names.add(file.name())) {
        throw bad(region, at, "file name", "a second \"" + file.name() + "\"", "every name once");
      }
      files.add(file);
      if (files.size() > CbfsFormat.MAX_FILES) {
        throw bad(region, at, "files", "more than " + CbfsFormat.MAX_FILES, "fewer");
      }
      at = CbfsFormat.alignUp(at + file.headerSize() + file.data().length(), CbfsFormat.ALIGNMENT);
    }
    return new Cbfs(files);
  }

  private static CbfsFile readFile(Slice region, int at) {
    if (!region.startsWith(at, CbfsFormat.FILE_MAGIC)) {
      throw bad(
          region,
          at,
          "signature of a file",
          "\"" + region.text(at, CbfsFormat.FILE_MAGIC.length(), "signature") + "\"",
          "\"" + CbfsFormat.FILE_MAGIC + "\", as files follow one another without a gap");
    }
    long length = region.u32(at + 8, BIG_ENDIAN, "file length");
    long type = region.u32(at + 12, BIG_ENDIAN, "file type");
    long attributes = region.u32(at + 16, BIG_ENDIAN, "attributes offset");
    long dataOffset = region.u32(at + 20, BIG_ENDIAN, "data offset");
    long nameEnd = attributes == 0 ? dataOffset : attributes;
    if (dataOffset > region.length() - at
        || nameEnd <= CbfsFormat.FILE_HEADER
        || nameEnd > dataOffset) {
      throw bad(
          region,
          at + 16,
          "attributes and data offset of a file",
          attributes + " and " + dataOffset,
          "name, attributes and data in this order behind the header");
    }
    String name = name(region, at, (int) nameEnd);
    if (length > region.length() - at - dataOffset) {
      throw bad(
          region,
          at + 8,
          "length of file \"" + name + "\"",
          length + " bytes",
          "at most the " + (region.length() - at - dataOffset) + " bytes left in the region");
    }
    Slice data = region.part(at + dataOffset, length, name.isEmpty() ? "free space" : name);
    Attributes found = new Attributes(region, at, name, length);
    if (attributes != 0) {
      found.read((int) attributes, (int) dataOffset);
    }
    return new CbfsFile(
        name,
        type,
        at,
        (int) dataOffset,
        data,
        found.compression,
        found.size,
        Optional.ofNullable(found.sha256),
        Optional.ofNullable(found.stage));
  }

  private static String name(Slice region, int at, int nameEnd) {
    int room = nameEnd - CbfsFormat.FILE_HEADER;
    String name = region.text(at + CbfsFormat.FILE_HEADER, room, "file name");
    if (name.length() >= room || name.length() > CbfsFormat.MAX_NAME) {
      throw bad(
          region,
          at + CbfsFormat.FILE_HEADER,
          "file name",
          name.length() + " characters without an end",
          "at most " + CbfsFormat.MAX_NAME + ", closed by a NUL");
    }
    return name;
  }

  private static FlashImageException bad(
      Slice region, long at, String field, String found, String expected) {
    return new FlashImageException(
        region.offsetOf(at),
        "CBFS " + field,
        found,
        expected,
        "the file system is corrupt: rebuild the image");
  }

  /** The attributes of one file while they are read. */
  private static final class Attributes {
    private final Slice region;
    private final int file;
    private final String name;
    private Compression compression = Compression.NONE;
    private long size;
    private byte[] sha256;
    private StageInfo stage;

    Attributes(Slice region, int file, String name, long length) {
      this.region = region;
      this.file = file;
      this.name = name;
      this.size = length;
    }

    void read(int from, int end) {
      int at = from;
      while (at + CbfsFormat.ATTRIBUTE_HEADER <= end) {
        long tag = region.u32(file + at, BIG_ENDIAN, "attribute tag");
        long length = region.u32(file + at + 4, BIG_ENDIAN, "attribute length");
        if (tag == 0 || tag == 0xFFFF_FFFFL) {
          return;
        }
        if (length < CbfsFormat.ATTRIBUTE_HEADER || length > end - at) {
          throw bad(
              region,
              file + at + 4,
              "attribute length of file \"" + name + "\"",
              Long.toString(length),
              CbfsFormat.ATTRIBUTE_HEADER + " to " + (end - at));
        }
        take(tag, region.part(file + at, length, "attribute of file \"" + name + "\""));
        at += (int) length;
      }
    }

    private void take(long tag, Slice attribute) {
      if (tag == CbfsFormat.TAG_COMPRESSION) {
        long id = attribute.u32(8, BIG_ENDIAN, "compression of file \"" + name + "\"");
        compression =
            Compression.of(id, attribute.offsetOf(8), "compression of file \"" + name + "\"");
        size = attribute.u32(12, BIG_ENDIAN, "decompressed size of file \"" + name + "\"");
      } else if (tag == CbfsFormat.TAG_STAGE) {
        stage =
            new StageInfo(
                attribute.u64(8, BIG_ENDIAN, "load address of stage \"" + name + "\""),
                attribute.u32(16, BIG_ENDIAN, "entry of stage \"" + name + "\""),
                attribute.u32(20, BIG_ENDIAN, "memory size of stage \"" + name + "\""));
      } else if (tag == CbfsFormat.TAG_HASH
          && attribute.u32(8, BIG_ENDIAN, "hash kind of file \"" + name + "\"")
              == CbfsFormat.HASH_SHA256) {
        sha256 = attribute.copy(12, 32, "hash of file \"" + name + "\"");
      }
    }
  }
}
