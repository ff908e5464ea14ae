package io.github.bitterling.flash.cbfs;

import static java.nio.ByteOrder.BIG_ENDIAN;

import io.github.bitterling.flash.data.ByteSink;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;

/**
 * The master header, found through the pointer at FFFFFFFC.
 *
 * @param romSize bytes of flash
 * @param bootblockSize bytes at the top that are not searched for files
 * @param alignment alignment of file headers
 * @param regionOffset flash offset of the first file
 */
public record MasterHeader(long romSize, long bootblockSize, long alignment, long regionOffset) {
  private static final long ARCHITECTURE_X86 = 1;

  /**
   * Reads a master header at {@code at} of the flash.
   *
   * @throws FlashImageException if the signature or a size is wrong
   */
  public static MasterHeader read(Slice flash, long at) {
    Slice header = flash.part(at, CbfsFormat.MASTER_HEADER, CbfsFormat.MASTER_NAME);
    expect(header, 0, CbfsFormat.MASTER_MAGIC, "signature of the master header");
    MasterHeader result =
        new MasterHeader(
            header.u32(8, BIG_ENDIAN, "flash size in the master header"),
            header.u32(12, BIG_ENDIAN, "bootblock size in the master header"),
            header.u32(16, BIG_ENDIAN, "alignment in the master header"),
            header.u32(20, BIG_ENDIAN, "region offset in the master header"));
    expect(header, 8, flash.length(), "flash size in the master header");
    expect(header, 16, CbfsFormat.ALIGNMENT, "alignment in the master header");
    if (result.regionOffset >= flash.length()
        || result.bootblockSize > flash.length() - result.regionOffset) {
      throw new FlashImageException(
          header.offsetOf(20),
          "region offset in the master header",
          String.format("%X", result.regionOffset),
          String.format("an offset below %X", flash.length()),
          "rebuild the image");
    }
    return result;
  }

  private static void expect(Slice header, int at, long expected, String field) {
    long found = header.u32(at, BIG_ENDIAN, field);
    if (found != expected) {
      throw new FlashImageException(
          header.offsetOf(at),
          field,
          String.format("%08X", found),
          String.format("%08X", expected),
          "rebuild the image");
    }
  }

  byte[] toBytes() {
    return new ByteSink(BIG_ENDIAN)
        .u32(CbfsFormat.MASTER_MAGIC)
        .u32(CbfsFormat.MASTER_VERSION)
        .u32(romSize)
        .u32(bootblockSize)
        .u32(alignment)
        .u32(regionOffset)
        .u32(ARCHITECTURE_X86)
        .u32(0)
        .toBytes();
  }
}
