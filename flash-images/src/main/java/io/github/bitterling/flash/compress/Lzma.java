package io.github.bitterling.flash.compress;

import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import org.tukaani.xz.LZMA2Options;
import org.tukaani.xz.LZMAInputStream;
import org.tukaani.xz.LZMAOutputStream;

/**
 * LZMA as coreboot stores it: one properties byte, dictionary size (u32), decompressed size (u64),
 * range-coded data without end mark. The decoder in the guest has room for lc + lp = 1 only, and
 * uses its output as dictionary.
 */
final class Lzma {
  private static final int HEADER = 13;
  private static final int MAX_DICTIONARY = 8 << 20;

  private Lzma() {}

  static byte[] compress(byte[] plain) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      LZMA2Options options = new LZMA2Options(9);
      options.setLcLp(1, 0);
      options.setPb(0);
      options.setDictSize(dictionaryFor(plain.length));
      try (LZMAOutputStream lzma = new LZMAOutputStream(out, options, plain.length)) {
        lzma.write(plain);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("memory streams do not fail", e);
    }
    return out.toByteArray();
  }

  private static int dictionaryFor(int size) {
    int dictionary = LZMA2Options.DICT_SIZE_MIN;
    while (dictionary < size && dictionary < MAX_DICTIONARY) {
      dictionary <<= 1;
    }
    return dictionary;
  }

  static byte[] decompress(Slice stored, int size) {
    long declared = stored.u64(5, ByteOrder.LITTLE_ENDIAN, "LZMA size of " + stored.what());
    if (declared != size) {
      throw new FlashImageException(
          stored.offsetOf(5),
          "LZMA size of " + stored.what(),
          Long.toUnsignedString(declared),
          Integer.toString(size),
          "the file's header and its data disagree: rebuild the image");
    }
    byte properties = (byte) stored.u8(0, "LZMA properties of " + stored.what());
    byte[] data = stored.copy(HEADER, stored.length() - HEADER, "LZMA data of " + stored.what());
    // The output never exceeds its size, so neither does a useful dictionary, whatever the header
    // claims.
    int dictionary = Math.max(LZMA2Options.DICT_SIZE_MIN, size);
    try (LZMAInputStream in =
        new LZMAInputStream(new ByteArrayInputStream(data), size, properties, dictionary)) {
      return in.readAllBytes();
    } catch (IOException | RuntimeException e) {
      throw new FlashImageException(
          stored.origin(),
          "LZMA data of " + stored.what(),
          "corrupt data (" + e.getClass().getSimpleName() + ")",
          size + " bytes of LZMA output",
          "the file is damaged: rebuild the image",
          e);
    }
  }
}
