package io.github.bitterling.flash.cbfs;

/**
 * File types (coreboot 4.15, commonlib's serialised CBFS types), with the names cbfstool prints.
 */
public enum CbfsType {
  /** A removed file. */
  DELETED(0x0000_0000L, "deleted"),
  /** The code at the top of flash. */
  BOOTBLOCK(0x01, "bootblock"),
  /** The master header. */
  MASTER_HEADER(0x02, "cbfs header"),
  /** A stage as coreboot wrote it before 4.15, with its load data in front of the file's bytes. */
  LEGACY_STAGE(0x10, "legacy stage"),
  /** A stage of the firmware, with its load data in an attribute. */
  STAGE(0x11, "stage"),
  /** A payload of segments (SELF). */
  PAYLOAD(0x20, "simple elf"),
  /** Firmware interface table. */
  FIT(0x21, "fit"),
  /** PCI option ROM. */
  OPTION_ROM(0x30, "optionrom"),
  /** Picture shown at boot. */
  BOOT_SPLASH(0x40, "bootsplash"),
  /** Bytes without meaning to CBFS. */
  RAW(0x50, "raw"),
  /** VSA. */
  VSA(0x51, "vsa"),
  /** MBI. */
  MBI(0x52, "mbi"),
  /** Processor microcode updates. */
  MICROCODE(0x53, "microcode"),
  /** Intel FSP. */
  FSP(0x60, "fsp"),
  /** Memory reference code. */
  MRC(0x61, "mrc"),
  /** Memory map analysis. */
  MMA(0x62, "mma"),
  /** EFI file. */
  EFI(0x63, "efi"),
  /** Structured data. */
  STRUCT(0x70, "struct"),
  /** CMOS defaults. */
  CMOS_DEFAULT(0xAA, "cmos_default"),
  /** Serial presence detect data. */
  SPD(0xAB, "spd"),
  /** Memory training results. */
  MRC_CACHE(0xAC, "mrc_cache"),
  /** CMOS layout. */
  CMOS_LAYOUT(0x1AA, "cmos_layout"),
  /** Free space. */
  NULL(0xFFFF_FFFFL, "null");

  private final long id;
  private final String label;

  CbfsType(long id, String label) {
    this.id = id;
    this.label = label;
  }

  /** The number in the file header, 32 bits. */
  public long id() {
    return id;
  }

  /** The name as cbfstool prints it. */
  public String label() {
    return label;
  }

  /** Name of the type with this number; hexadecimal where the number is unknown. */
  public static String label(long id) {
    for (CbfsType each : values()) {
      if (each.id == id) {
        return each.label;
      }
    }
    return String.format("type %X", id);
  }
}
