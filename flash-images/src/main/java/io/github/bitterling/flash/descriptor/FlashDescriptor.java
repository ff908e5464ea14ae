package io.github.bitterling.flash.descriptor;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The descriptor of ICH10 and Bay Trail parts (version 1): signature at 10h, map registers FLMAP0-2
 * behind it, then component, region, master and strap sections at the places the map names in units
 * of 16 bytes.
 *
 * @param components number of flash parts, 1 or 2
 * @param componentSize bytes of the first part
 * @param regions the five regions
 * @param masters access rights FLMSTR1 (BIOS), FLMSTR2 (ME), FLMSTR3 (GbE): requester in bits 15:0,
 *     read rights in 23:16, write rights in 31:24
 */
public record FlashDescriptor(
    int components, int componentSize, List<FlashRegion> regions, List<Long> masters) {
  /** Bytes the descriptor takes. */
  public static final int SIZE = 0x1000;

  private static final long SIGNATURE = 0x0FF0_A55AL;
  private static final int SIGNATURE_AT = 0x10;
  private static final int MAP0 = 0x14;
  private static final int MAP1 = 0x18;
  private static final int MAP2 = 0x1C;
  private static final int COMPONENT_SECTION = 0x30;
  private static final int REGION_SECTION = 0x40;
  private static final int MASTER_SECTION = 0x60;
  private static final int STRAP_SECTION = 0x100;
  private static final int PROCESSOR_STRAP_SECTION = 0x200;
  private static final int UPPER_MAP = 0xEFC;
  private static final int VENDOR_TABLE = 0xDF0;
  private static final int VENDOR_TABLE_WORDS = 2;
  private static final int STRAPS = 2;
  private static final int MASTERS = 3;
  private static final int PAGE_SHIFT = 12;
  private static final int PAGE_MASK = 0x7FFF;
  private static final int SMALLEST_PART_SHIFT = 19;
  private static final int UNUSED_BASE = PAGE_MASK << PAGE_SHIFT;

  /** Read ID 33 MHz, write and fast read 33 MHz, fast read on, plain read 20 MHz. */
  private static final int CLOCKS = 1 << 27 | 1 << 24 | 1 << 21 | 1 << 20;

  /** Makes the lists immutable. */
  public FlashDescriptor {
    regions = List.copyOf(regions);
    masters = List.copyOf(masters);
  }

  /**
   * The descriptor of this board: one part, the BIOS region at its end, the ME region between, the
   * others unused.
   *
   * @param flashSize bytes of the part, a power of two from 512 KiB to 8 MiB
   * @param biosBase flash offset of the BIOS region
   */
  public static FlashDescriptor forBoard(int flashSize, int biosBase) {
    int unusedLimit = SIZE - 1;
    return new FlashDescriptor(
        1,
        flashSize,
        List.of(
            new FlashRegion(FlashRegion.Kind.DESCRIPTOR, 0, SIZE - 1),
            new FlashRegion(FlashRegion.Kind.BIOS, biosBase, flashSize - 1),
            new FlashRegion(FlashRegion.Kind.ME, SIZE, biosBase - 1),
            new FlashRegion(FlashRegion.Kind.GBE, UNUSED_BASE, unusedLimit),
            new FlashRegion(FlashRegion.Kind.PLATFORM, UNUSED_BASE, unusedLimit)),
        List.of(0x0B0B_0000L, 0x0D0D_0000L, 0x0808_0118L));
  }

  /** The region of a kind. */
  public FlashRegion region(FlashRegion.Kind kind) {
    return regions.get(kind.ordinal());
  }

  /**
   * Reads the descriptor at the start of the flash.
   *
   * @throws FlashImageException if the signature is missing or regions overlap or leave the part
   */
  public static FlashDescriptor read(Slice flash) {
    long signature = word(flash, SIGNATURE_AT, "descriptor signature");
    if (signature != SIGNATURE) {
      throw bad(SIGNATURE_AT, "descriptor signature", hex(signature), hex(SIGNATURE));
    }
    long map0 = word(flash, MAP0, "FLMAP0");
    long map1 = word(flash, MAP1, "FLMAP1");
    int component = section(map0, 0);
    long flcomp = word(flash, component, "FLCOMP");
    int size = componentSize(flcomp, component);
    List<FlashRegion> regions = regions(flash, section(map0, 16));
    checkRegions(regions, flash.length(), section(map0, 16));
    List<Long> masters = new ArrayList<>();
    for (int i = 0; i < MASTERS; i++) {
      masters.add(word(flash, section(map1, 0) + 4 * i, "FLMSTR" + (i + 1)));
    }
    return new FlashDescriptor((int) (map0 >> 8 & 3) + 1, size, regions, masters);
  }

  private static int componentSize(long flcomp, int at) {
    int density = (int) (flcomp & 7);
    if (density > 5) {
      throw bad(
          at, "part density in FLCOMP", Integer.toString(density), "0 (512 KiB) to 5 (16 MiB)");
    }
    return 1 << SMALLEST_PART_SHIFT + density;
  }

  private static List<FlashRegion> regions(Slice flash, int section) {
    List<FlashRegion> regions = new ArrayList<>();
    for (FlashRegion.Kind kind : FlashRegion.Kind.values()) {
      long value = word(flash, section + 4 * kind.ordinal(), "FLREG" + kind.ordinal());
      int base = (int) (value & PAGE_MASK) << PAGE_SHIFT;
      int limit = (int) (value >> 16 & PAGE_MASK) << PAGE_SHIFT | SIZE - 1;
      regions.add(new FlashRegion(kind, base, limit));
    }
    return regions;
  }

  private static void checkRegions(List<FlashRegion> regions, int flashSize, int section) {
    for (FlashRegion each : regions) {
      int at = section + 4 * each.kind().ordinal();
      String field = "FLREG" + each.kind().ordinal() + " (" + each.kind().label() + ")";
      if (!each.isUnused() && each.limit() >= flashSize) {
        throw bad(at, field, range(each), "an end below " + hex(flashSize));
      }
      for (FlashRegion other : regions.subList(0, each.kind().ordinal())) {
        if (each.overlaps(other)) {
          throw bad(
              at,
              field,
              range(each),
              "no overlap with " + other.kind().label() + " " + range(other));
        }
      }
    }
  }

  private static String range(FlashRegion region) {
    return String.format("%06X-%06X", region.base(), region.limit());
  }

  private static long word(Slice flash, int at, String field) {
    return flash.u32(at, LITTLE_ENDIAN, field);
  }

  private static int section(long map, int shift) {
    return (int) (map >> shift & 0xFF) << 4;
  }

  private static String hex(long value) {
    return String.format("%08X", value);
  }

  private static FlashImageException bad(int at, String field, String found, String expected) {
    return new FlashImageException(
        at, field, found, expected, "the flash descriptor is corrupt: rebuild the image");
  }

  /** The descriptor's 4096 bytes. */
  public byte[] toBytes() {
    byte[] bytes = new byte[SIZE];
    Arrays.fill(bytes, (byte) 0xFF);
    ByteBuffer out = ByteBuffer.wrap(bytes).order(LITTLE_ENDIAN);
    out.putInt(SIGNATURE_AT, (int) SIGNATURE);
    int regionCount = regions.size() - 1;
    out.putInt(
        MAP0,
        regionCount << 24
            | REGION_SECTION >> 4 << 16
            | components - 1 << 8
            | COMPONENT_SECTION >> 4);
    out.putInt(
        MAP1, STRAPS << 24 | STRAP_SECTION >> 4 << 16 | MASTERS - 1 << 8 | MASTER_SECTION >> 4);
    out.putInt(MAP2, PROCESSOR_STRAP_SECTION >> 4);
    putComponents(out);
    for (FlashRegion each : regions) {
      int value = each.limit() >> PAGE_SHIFT << 16 | each.base() >> PAGE_SHIFT & PAGE_MASK;
      out.putInt(REGION_SECTION + 4 * each.kind().ordinal(), each.isUnused() ? PAGE_MASK : value);
    }
    for (int i = 0; i < masters.size(); i++) {
      out.putInt(MASTER_SECTION + 4 * i, masters.get(i).intValue());
    }
    Arrays.fill(bytes, STRAP_SECTION, STRAP_SECTION + 4 * STRAPS, (byte) 0);
    out.putInt(UPPER_MAP, VENDOR_TABLE_WORDS << 8 | VENDOR_TABLE >> 4);
    putVendorTable(out);
    return bytes;
  }

  private void putComponents(ByteBuffer out) {
    int density = Integer.numberOfTrailingZeros(componentSize) - SMALLEST_PART_SHIFT;
    out.putInt(COMPONENT_SECTION, CLOCKS | density);
    out.putInt(COMPONENT_SECTION + 4, 0);
    out.putInt(COMPONENT_SECTION + 8, 0);
  }

  /**
   * One entry: JEDEC id EF 60 17 (W25Q64, the board's part), 4 KiB erase with 20h, 64-byte write
   * granularity.
   */
  private static void putVendorTable(ByteBuffer out) {
    out.putInt(VENDOR_TABLE, 0x0017_60EF);
    out.putInt(VENDOR_TABLE + 4, 0x2005_2005);
  }
}
