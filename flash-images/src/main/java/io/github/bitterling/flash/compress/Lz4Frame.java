package io.github.bitterling.flash.compress;

import io.github.bitterling.flash.data.ByteSink;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.util.Arrays;
import net.jpountz.lz4.LZ4Compressor;
import net.jpountz.lz4.LZ4Exception;
import net.jpountz.lz4.LZ4Factory;
import net.jpountz.lz4.LZ4SafeDecompressor;
import net.jpountz.xxhash.XXHashFactory;

/**
 * The LZ4 frame format, version 1, as far as coreboot reads it: independent blocks, neither content
 * size nor dictionary. Checksums are skipped when reading and left out when writing, as coreboot
 * does.
 */
final class Lz4Frame {
  private static final long MAGIC = 0x184D2204L;
  private static final int FLAGS_VERSION_1_INDEPENDENT = 0x60;
  private static final int FLAG_BLOCK_CHECKSUM = 0x10;
  private static final int FLAG_CONTENT_SIZE = 0x08;
  private static final int FLAG_CONTENT_CHECKSUM = 0x04;
  private static final int FLAG_DICTIONARY = 0x01;
  private static final int BLOCK_4_MIB = 0x70;
  private static final int BLOCK_SIZE = 4 << 20;
  private static final long UNCOMPRESSED = 0x8000_0000L;

  private Lz4Frame() {}

  static byte[] compress(byte[] plain) {
    byte[] descriptor = {FLAGS_VERSION_1_INDEPENDENT, BLOCK_4_MIB};
    int hash = XXHashFactory.safeInstance().hash32().hash(descriptor, 0, descriptor.length, 0);
    ByteSink out =
        new ByteSink(ByteOrder.LITTLE_ENDIAN).u32(MAGIC).bytes(descriptor).u8(hash >>> 8);
    LZ4Compressor compressor = LZ4Factory.safeInstance().highCompressor();
    for (int at = 0; at < plain.length; at += BLOCK_SIZE) {
      byte[] block = Arrays.copyOfRange(plain, at, Math.min(plain.length, at + BLOCK_SIZE));
      byte[] packed = compressor.compress(block);
      if (packed.length < block.length) {
        out.u32(packed.length).bytes(packed);
      } else {
        out.u32(block.length | UNCOMPRESSED).bytes(block);
      }
    }
    return out.u32(0).toBytes();
  }

  static byte[] decompress(Slice stored, int size) {
    String name = "of " + stored.what();
    long magic = stored.u32(0, ByteOrder.LITTLE_ENDIAN, "LZ4 magic " + name);
    if (magic != MAGIC) {
      throw corrupt(
          stored, 0, "LZ4 magic", String.format("%08X", magic), String.format("%08X", MAGIC));
    }
    int flags = stored.u8(4, "LZ4 flags " + name);
    if ((flags & 0xE0) != FLAGS_VERSION_1_INDEPENDENT || (flags & FLAG_DICTIONARY) != 0) {
      throw corrupt(
          stored,
          4,
          "LZ4 flags",
          String.format("%02X", flags),
          "version 1, independent blocks, no dictionary");
    }
    int headerEnd = 7 + ((flags & FLAG_CONTENT_SIZE) != 0 ? 8 : 0);
    ByteArrayOutputStream out = new ByteArrayOutputStream(size);
    int at = blocks(stored, headerEnd, flags, size, out);
    int trailer = (flags & FLAG_CONTENT_CHECKSUM) != 0 ? 4 : 0;
    stored.part(at, trailer, "LZ4 content checksum " + name);
    return out.toByteArray();
  }

  /** Appends all blocks to {@code out}; returns the position after the end mark. */
  private static int blocks(
      Slice stored, int from, int flags, int size, ByteArrayOutputStream out) {
    int at = from;
    while (true) {
      long header = stored.u32(at, ByteOrder.LITTLE_ENDIAN, "LZ4 block size of " + stored.what());
      at += 4;
      if (header == 0) {
        return at;
      }
      long length = header & ~UNCOMPRESSED;
      byte[] block = stored.copy(at, length, "LZ4 block of " + stored.what());
      int room = size - out.size();
      byte[] plain = (header & UNCOMPRESSED) != 0 ? block : unpack(stored, at, block, room);
      if (plain.length > room) {
        throw corrupt(
            stored, at, "LZ4 block", plain.length + " bytes", "at most " + room + " more bytes");
      }
      out.writeBytes(plain);
      at += (int) length + ((flags & FLAG_BLOCK_CHECKSUM) != 0 ? 4 : 0);
    }
  }

  private static byte[] unpack(Slice stored, int at, byte[] block, int room) {
    LZ4SafeDecompressor decompressor = LZ4Factory.safeInstance().safeDecompressor();
    try {
      return decompressor.decompress(block, room);
    } catch (LZ4Exception | IndexOutOfBoundsException e) {
      throw new FlashImageException(
          stored.offsetOf(at),
          "LZ4 block of " + stored.what(),
          "corrupt data (" + e.getMessage() + ")",
          "at most " + room + " bytes of LZ4 output",
          "the file is damaged: rebuild the image",
          e);
    }
  }

  private static FlashImageException corrupt(
      Slice stored, long at, String field, String found, String expected) {
    return new FlashImageException(
        stored.offsetOf(at),
        field + " of " + stored.what(),
        found,
        expected,
        "the file is damaged: rebuild the image");
  }
}
