package io.github.bitterling.flash.compress;

import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;

/** How the bytes of a CBFS file or a payload segment are stored. */
public enum Compression {
  /** As they are. */
  NONE(0, "none"),
  /** LZMA_Alone with known size. */
  LZMA(1, "LZMA"),
  /** LZ4 frame. */
  LZ4(2, "LZ4");

  /**
   * Decompressed bytes a single file may have: twice the largest flash part, and more than any
   * firmware needs.
   */
  public static final int MAX_DECOMPRESSED = 64 << 20;

  private final int id;
  private final String label;

  Compression(int id, String label) {
    this.id = id;
    this.label = label;
  }

  /** Number in the CBFS compression attribute and in payload segments. */
  public int id() {
    return id;
  }

  /** Name as cbfstool prints it. */
  public String label() {
    return label;
  }

  /**
   * The compression with this number; {@code offset} and {@code field} say where the number was
   * read.
   */
  public static Compression of(long id, long offset, String field) {
    for (Compression each : values()) {
      if (each.id == id) {
        return each;
      }
    }
    throw new FlashImageException(
        offset, field, Long.toString(id), "0 (none), 1 (LZMA) or 2 (LZ4)", "rebuild the image");
  }

  /** Compresses; the result may be longer than {@code plain}. */
  public byte[] compress(byte[] plain) {
    return switch (this) {
      case NONE -> plain.clone();
      case LZMA -> Lzma.compress(plain);
      case LZ4 -> Lz4Frame.compress(plain);
    };
  }

  /**
   * Decompresses.
   *
   * @param stored the stored bytes
   * @param size expected number of bytes that come out
   * @throws FlashImageException if the data are corrupt or their size is another
   */
  public byte[] decompress(Slice stored, long size) {
    if (size < 0 || size > MAX_DECOMPRESSED) {
      throw new FlashImageException(
          stored.origin(),
          "decompressed size of " + stored.what(),
          Long.toUnsignedString(size),
          "at most " + MAX_DECOMPRESSED,
          "the size field is corrupt: rebuild the image");
    }
    byte[] plain =
        switch (this) {
          case NONE -> stored.copy();
          case LZMA -> Lzma.decompress(stored, (int) size);
          case LZ4 -> Lz4Frame.decompress(stored, (int) size);
        };
    if (plain.length != size) {
      throw new FlashImageException(
          stored.origin(),
          label + " data of " + stored.what(),
          plain.length + " bytes",
          size + " bytes",
          "the data or their size field are corrupt: rebuild the image");
    }
    return plain;
  }
}
