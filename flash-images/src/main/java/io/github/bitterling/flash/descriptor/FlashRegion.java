package io.github.bitterling.flash.descriptor;

/**
 * A region of the descriptor.
 *
 * @param kind which of the regions
 * @param base flash offset of its first byte, a multiple of 4096
 * @param limit flash offset of its last byte
 */
public record FlashRegion(Kind kind, int base, int limit) {
  /** The five regions in the order of their registers FLREG0 to FLREG4. */
  public enum Kind {
    /** The descriptor itself. */
    DESCRIPTOR("Flash Descriptor"),
    /** What the processor runs. */
    BIOS("BIOS"),
    /** Management or trusted execution engine. */
    ME("Intel ME"),
    /** Gigabit Ethernet. */
    GBE("GbE"),
    /** Platform data. */
    PLATFORM("Platform Data");

    private final String label;

    Kind(String label) {
      this.label = label;
    }

    /** Name as ifdtool prints it. */
    public String label() {
      return label;
    }
  }

  /** Whether the region has no bytes (its base lies above its limit). */
  public boolean isUnused() {
    return base > limit;
  }

  /** Number of bytes. */
  public int size() {
    return isUnused() ? 0 : limit - base + 1;
  }

  boolean overlaps(FlashRegion other) {
    return !isUnused() && !other.isUnused() && base <= other.limit && other.base <= limit;
  }
}
