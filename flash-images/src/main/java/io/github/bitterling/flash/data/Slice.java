package io.github.bitterling.flash.data;

import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A bounds-checked view of some bytes that knows where in the whole image it lies.
 *
 * <p>Every read names its field; a read that leaves the view ends in a {@link FlashImageException}
 * that carries the name and the offset in the image. Integers are read unsigned.
 */
public final class Slice {
  private final byte[] bytes;
  private final int start;
  private final int length;
  private final long origin;
  private final String what;

  private Slice(byte[] bytes, int start, int length, long origin, String what) {
    this.bytes = bytes;
    this.start = start;
    this.length = length;
    this.origin = origin;
    this.what = what;
  }

  /** The whole of {@code bytes}, whose first byte is at image offset 0. */
  public static Slice of(byte[] bytes, String what) {
    return new Slice(bytes, 0, bytes.length, 0, what);
  }

  /** The whole of {@code bytes}, whose first byte is at image offset {@code origin}. */
  public static Slice of(byte[] bytes, long origin, String what) {
    return new Slice(bytes, 0, bytes.length, origin, what);
  }

  /** Number of bytes in this view. */
  public int length() {
    return length;
  }

  /** Image offset of this view's first byte. */
  public long origin() {
    return origin;
  }

  /** Image offset of the byte at {@code at} in this view. */
  public long offsetOf(long at) {
    return origin + at;
  }

  /** What this view holds, for messages. */
  public String what() {
    return what;
  }

  /** A part of this view. */
  public Slice part(long at, long size, String part) {
    check(at, size, part);
    return new Slice(bytes, start + (int) at, (int) size, origin + at, part);
  }

  /** Unsigned byte. */
  public int u8(long at, String field) {
    check(at, 1, field);
    return bytes[start + (int) at] & 0xFF;
  }

  /** Unsigned 16-bit integer. */
  public int u16(long at, ByteOrder order, String field) {
    return (int) unsigned(at, 2, order, field);
  }

  /** Unsigned 32-bit integer. */
  public long u32(long at, ByteOrder order, String field) {
    return unsigned(at, 4, order, field);
  }

  /** 64-bit integer; values of 2^63 and above come out negative. */
  public long u64(long at, ByteOrder order, String field) {
    return unsigned(at, 8, order, field);
  }

  private long unsigned(long at, int size, ByteOrder order, String field) {
    check(at, size, field);
    long value = 0;
    for (int i = 0; i < size; i++) {
      int index = order == ByteOrder.BIG_ENDIAN ? i : size - 1 - i;
      value = value << 8 | bytes[start + (int) at + index] & 0xFF;
    }
    return value;
  }

  /** A copy of some of the bytes. */
  public byte[] copy(long at, long size, String field) {
    check(at, size, field);
    return Arrays.copyOfRange(bytes, start + (int) at, start + (int) (at + size));
  }

  /** A copy of all bytes. */
  public byte[] copy() {
    return Arrays.copyOfRange(bytes, start, start + length);
  }

  /**
   * ASCII text of at most {@code size} bytes, ending before the first NUL; unprintable bytes become
   * '?'.
   */
  public String text(long at, int size, String field) {
    check(at, size, field);
    int from = start + (int) at;
    int end = from;
    while (end < from + size && bytes[end] != 0) {
      end++;
    }
    return new String(bytes, from, end - from, StandardCharsets.ISO_8859_1)
        .replaceAll("[^\\x20-\\x7E]", "?");
  }

  /** Whether the bytes at {@code at} are these ASCII characters. */
  public boolean startsWith(long at, String ascii) {
    if (at < 0 || at + ascii.length() > length) {
      return false;
    }
    for (int i = 0; i < ascii.length(); i++) {
      if (bytes[start + (int) at + i] != (byte) ascii.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** Whether all of these bytes have one value. */
  public boolean isFilled(long at, long size, int value) {
    check(at, size, what);
    for (int i = 0; i < size; i++) {
      if (bytes[start + (int) at + i] != (byte) value) {
        return false;
      }
    }
    return true;
  }

  private void check(long at, long size, String field) {
    if (at < 0 || size < 0 || at > length || size > length - at) {
      throw new FlashImageException(
          origin + at,
          field,
          size + " bytes reaching to offset " + String.format("%06X", origin + at + size),
          "an end within "
              + what
              + " ("
              + String.format("%06X-%06X", origin, origin + length)
              + ")",
          "the image is truncated or corrupt: rebuild it");
    }
  }
}
