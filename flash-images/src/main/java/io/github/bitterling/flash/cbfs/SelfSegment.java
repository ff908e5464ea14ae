package io.github.bitterling.flash.cbfs;

import io.github.bitterling.flash.compress.Compression;

/**
 * One segment of a SELF payload.
 *
 * @param type what it is
 * @param compression how its bytes are stored
 * @param offset offset of the stored bytes in the payload
 * @param loadAddress physical load address; of the entry segment, the entry
 * @param storedSize stored bytes
 * @param memorySize bytes in memory
 */
public record SelfSegment(
    Type type,
    Compression compression,
    long offset,
    long loadAddress,
    long storedSize,
    long memorySize) {
  /** Bytes of a segment's description. */
  static final int SIZE = 28;

  /** What a segment is; the number is four ASCII characters. */
  public enum Type {
    /** Instructions. */
    CODE(0x434F4445L),
    /** Data. */
    DATA(0x44415441L),
    /** Zeroes. */
    BSS(0x42535320L),
    /** Notes for the loader. */
    PARAMS(0x50415241L),
    /** The entry; ends the list. */
    ENTRY(0x454E5452L);

    private final long id;

    Type(long id) {
      this.id = id;
    }

    /** The number in the image. */
    public long id() {
      return id;
    }
  }
}
