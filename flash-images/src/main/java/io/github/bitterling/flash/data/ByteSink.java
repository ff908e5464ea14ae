package io.github.bitterling.flash.data;

import java.io.ByteArrayOutputStream;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Collects bytes; integers go out in the byte order given at the start. */
public final class ByteSink {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteOrder order;

  /** A sink whose integers have this byte order. */
  public ByteSink(ByteOrder order) {
    this.order = order;
  }

  /** Appends the low 8 bits. */
  public ByteSink u8(int value) {
    out.write(value);
    return this;
  }

  /** Appends the low 16 bits. */
  public ByteSink u16(int value) {
    return integer(value, 2);
  }

  /** Appends the low 32 bits. */
  public ByteSink u32(long value) {
    return integer(value, 4);
  }

  /** Appends 64 bits. */
  public ByteSink u64(long value) {
    return integer(value, 8);
  }

  private ByteSink integer(long value, int size) {
    for (int i = 0; i < size; i++) {
      int shift = order == ByteOrder.BIG_ENDIAN ? size - 1 - i : i;
      out.write((int) (value >>> 8 * shift));
    }
    return this;
  }

  /** Appends bytes. */
  public ByteSink bytes(byte[] bytes) {
    out.writeBytes(bytes);
    return this;
  }

  /** Appends ASCII text without an end mark. */
  public ByteSink ascii(String text) {
    return bytes(text.getBytes(StandardCharsets.US_ASCII));
  }

  /**
   * Appends ASCII text, padded with NUL to {@code size}; text that does not fit with one NUL is
   * refused.
   */
  public ByteSink paddedAscii(String text, int size, String field) {
    if (text.length() >= size) {
      throw new FlashImageException(
          FlashImageException.NO_OFFSET,
          field,
          "\"" + text + "\" of " + text.length() + " characters",
          "at most " + (size - 1),
          "choose a shorter name");
    }
    ascii(text);
    return fill(size - text.length(), 0);
  }

  /** Appends {@code count} bytes of one value. */
  public ByteSink fill(int count, int value) {
    for (int i = 0; i < count; i++) {
      out.write(value);
    }
    return this;
  }

  /** Number of bytes so far. */
  public int size() {
    return out.size();
  }

  /** All bytes so far. */
  public byte[] toBytes() {
    return out.toByteArray();
  }
}
