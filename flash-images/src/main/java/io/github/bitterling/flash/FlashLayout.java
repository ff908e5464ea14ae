package io.github.bitterling.flash;

/** Where things lie in this board's flash; offsets in bytes from the start of the part. */
public final class FlashLayout {
  /** Bytes of the part. */
  public static final int FLASH_SIZE = 8 << 20;

  /** Address of the part's first byte in memory; the last byte is at FFFFFFFF. */
  public static final long MEMORY_BASE = (1L << 32) - FLASH_SIZE;

  /** The BIOS region: the upper half. */
  public static final int BIOS_BASE = 0x400000;

  /** The flash map's area. */
  public static final int FMAP_BASE = BIOS_BASE;

  /** Bytes of the flash map's area. */
  public static final int FMAP_SIZE = 0x1000;

  /** Memory training results. */
  public static final int MRC_CACHE_BASE = FMAP_BASE + FMAP_SIZE;

  /** Bytes for memory training results. */
  public static final int MRC_CACHE_SIZE = 64 << 10;

  /** The CBFS; it ends where the flash ends. */
  public static final int CBFS_BASE = MRC_CACHE_BASE + MRC_CACHE_SIZE;

  /** Name of the CBFS area. */
  public static final String CBFS_AREA = "COREBOOT";

  private FlashLayout() {}
}
