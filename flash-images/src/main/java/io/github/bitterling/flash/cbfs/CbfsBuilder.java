package io.github.bitterling.flash.cbfs;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.ByteSink;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Lays out a CBFS region that ends where the flash ends: master header, files, free space,
 * bootblock at the top, and the pointer to the master header in the last four bytes.
 */
public final class CbfsBuilder {
  private static final int POINTER_SIZE = 4;

  private final byte[] region;
  private final int regionOffset;
  private final int flashSize;
  private int next;
  private int masterHeader;

  /**
   * An empty file system.
   *
   * @param regionOffset flash offset of the region's start, a multiple of 64
   * @param flashSize bytes of the flash part, where the region ends
   */
  public CbfsBuilder(int regionOffset, int flashSize) {
    this.region = new byte[flashSize - regionOffset];
    this.regionOffset = regionOffset;
    this.flashSize = flashSize;
    Arrays.fill(region, (byte) 0xFF);
    addMasterHeader();
  }

  private void addMasterHeader() {
    MasterHeader header =
        new MasterHeader(flashSize, POINTER_SIZE, CbfsFormat.ALIGNMENT, regionOffset);
    int file = next;
    byte[] bytes = header.toBytes();
    place(CbfsFormat.MASTER_NAME, CbfsType.MASTER_HEADER, new byte[0], bytes);
    masterHeader = file + headerSize(CbfsFormat.MASTER_NAME, 0);
  }

  /** Adds plain bytes under a name; compressed only where that makes them shorter. */
  public CbfsBuilder addRaw(String name, byte[] plain, Compression wanted) {
    return addCompressed(name, CbfsType.RAW, new byte[0], plain, wanted);
  }

  /** Adds a stage: the program's bytes from its lowest to its highest stored address. */
  public CbfsBuilder addStage(String name, ElfFile elf, Compression wanted) {
    long start = elf.start();
    long storedEnd =
        elf.segments().stream()
            .mapToLong(s -> s.physicalAddress() + s.data().length)
            .max()
            .orElse(start);
    if (storedEnd - start > Compression.MAX_DECOMPRESSED) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          "stage " + name,
          (storedEnd - start) + " bytes from the lowest to the highest address",
          "at most " + Compression.MAX_DECOMPRESSED,
          "link the stage's segments close together");
    }
    byte[] plain = new byte[(int) (storedEnd - start)];
    for (ElfSegment each : elf.segments()) {
      System.arraycopy(
          each.data(), 0, plain, (int) (each.physicalAddress() - start), each.data().length);
    }
    byte[] attribute =
        new ByteSink(BIG_ENDIAN)
            .u32(CbfsFormat.TAG_STAGE)
            .u32(CbfsFormat.STAGE_ATTRIBUTE)
            .u64(start)
            .u32(elf.entry() - start)
            .u32(elf.end() - start)
            .toBytes();
    return addCompressed(name, CbfsType.STAGE, attribute, plain, wanted);
  }

  /** Adds a payload whose segments are compressed one by one. */
  public CbfsBuilder addPayload(String name, ElfFile elf, Compression wanted) {
    byte[] self = SelfPayload.fromElf(elf, wanted);
    return place(name, CbfsType.PAYLOAD, hashAttribute(self), self);
  }

  private CbfsBuilder addCompressed(
      String name, CbfsType type, byte[] attributes, byte[] plain, Compression wanted) {
    byte[] packed = wanted.compress(plain);
    boolean smaller = wanted != Compression.NONE && packed.length < plain.length;
    byte[] stored = smaller ? packed : plain;
    ByteSink all = new ByteSink(BIG_ENDIAN).bytes(attributes);
    if (smaller) {
      all.u32(CbfsFormat.TAG_COMPRESSION).u32(CbfsFormat.COMPRESSION_ATTRIBUTE);
      all.u32(wanted.id()).u32(plain.length);
    }
    return place(name, type, all.bytes(hashAttribute(stored)).toBytes(), stored);
  }

  private static byte[] hashAttribute(byte[] stored) {
    return new ByteSink(BIG_ENDIAN)
        .u32(CbfsFormat.TAG_HASH)
        .u32(CbfsFormat.HASH_ATTRIBUTE)
        .u32(CbfsFormat.HASH_SHA256)
        .bytes(CbfsFile.sha256(stored))
        .toBytes();
  }

  private CbfsBuilder place(String name, CbfsType type, byte[] attributes, byte[] data) {
    int header = headerSize(name, attributes.length);
    int end = CbfsFormat.alignUp(next + header + data.length, CbfsFormat.ALIGNMENT);
    if (end > region.length) {
      throw full(name, header + data.length, region.length - next);
    }
    write(next, fileHeader(name, type, attributes, header, data.length));
    write(next + header, data);
    next = end;
    return this;
  }

  private static int headerSize(String name, int attributes) {
    if (name.isEmpty() || name.length() > CbfsFormat.MAX_NAME) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          "CBFS file name",
          "\"" + name + "\"",
          "1 to " + CbfsFormat.MAX_NAME + " characters",
          "choose another name");
    }
    return CbfsFormat.FILE_HEADER
        + CbfsFormat.alignUp(name.length() + 1, CbfsFormat.NAME_ALIGNMENT)
        + attributes;
  }

  private static byte[] fileHeader(
      String name, CbfsType type, byte[] attributes, int headerSize, int dataSize) {
    int nameRoom = CbfsFormat.alignUp(name.length() + 1, CbfsFormat.NAME_ALIGNMENT);
    ByteSink out = new ByteSink(BIG_ENDIAN).ascii(CbfsFormat.FILE_MAGIC);
    out.u32(dataSize).u32(type.id());
    out.u32(attributes.length == 0 ? 0 : CbfsFormat.FILE_HEADER + nameRoom).u32(headerSize);
    out.paddedAscii(name, nameRoom, "CBFS file name").bytes(attributes);
    return out.fill(headerSize - out.size(), 0).toBytes();
  }

  /**
   * Puts the bootblock at the top, turns what is left into free space and sets the header pointer.
   *
   * @param bootblock code that ends with the reset vector; its last four bytes are replaced by the
   *     pointer
   * @return the region's bytes
   */
  public byte[] build(byte[] bootblock) {
    if (bootblock.length < CbfsFormat.ALIGNMENT || bootblock.length % CbfsFormat.ALIGNMENT != 0) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          "bootblock",
          bootblock.length + " bytes",
          "a multiple of " + CbfsFormat.ALIGNMENT,
          "pad the bootblock's start");
    }
    String name = "bootblock";
    int data = region.length - bootblock.length;
    int file = data - headerSize(name, 0) & -CbfsFormat.ALIGNMENT;
    if (file < next) {
      throw full(name, region.length - file, region.length - next);
    }
    writeFreeSpace(file - next);
    write(file, fileHeader(name, CbfsType.BOOTBLOCK, new byte[0], data - file, bootblock.length));
    write(data, bootblock);
    int pointer = regionOffset + masterHeader - flashSize;
    ByteBuffer.wrap(region)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(region.length - POINTER_SIZE, pointer);
    return region.clone();
  }

  private void writeFreeSpace(int size) {
    if (size > 0) {
      int header = CbfsFormat.FILE_HEADER + CbfsFormat.NAME_ALIGNMENT;
      write(next, fileHeader("", CbfsType.NULL, new byte[0], header, size - header));
    }
  }

  private void write(int at, byte[] bytes) {
    System.arraycopy(bytes, 0, region, at, bytes.length);
  }

  private FlashImageException full(String name, int needed, int left) {
    return new FlashImageException(
        regionOffset + (long) next,
        "CBFS file " + name,
        needed + " bytes",
        "at most the " + left + " bytes left",
        "use a smaller file or leave another out");
  }
}
