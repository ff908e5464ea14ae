package io.github.bitterling.flash.fmap;

/**
 * One area.
 *
 * @param name at most 31 ASCII characters
 * @param offset flash offset
 * @param size bytes
 * @param flags bit 0 static, bit 1 compressed, bit 2 read-only
 */
public record FmapArea(String name, int offset, int size, int flags) {
  /** First offset behind the area. */
  public long end() {
    return (long) offset + size;
  }

  boolean overlapsPartly(FmapArea other) {
    boolean apart = end() <= other.offset || other.end() <= offset;
    return !apart && !contains(other) && !other.contains(this);
  }

  private boolean contains(FmapArea other) {
    return offset <= other.offset && other.end() <= end();
  }
}
