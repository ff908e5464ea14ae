package io.github.bitterling.minnow.e2e;

import io.github.bitterling.minnow.storage.Disk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** Bootable images around a small program, and the pattern that integrity.c expects in them. */
final class BootMedia {
  /** What integrity.c is compiled with for a disk, and for a CD-ROM. */
  static final String[] ON_DISK = {"FIRST=64", "BLOCKS=1024"};

  static final String[] ON_CDROM = {"FIRST=64", "BLOCKS=256", "CDROM"};

  private static final int CD_BLOCK = 2048;
  private static final int VOLUME = 16;
  private static final int BOOT_RECORD = 17;
  private static final int CATALOG = 19;
  private static final int ROOT = 20;
  private static final int IMAGE = 21;
  private static final int FIRST = 64;

  private BootMedia() {}

  /** A disk of 4 MiB: the program from sector 0, the pattern from sector 64. */
  static byte[] disk(byte[] program) {
    byte[] disk = Arrays.copyOf(program, 4 << 20);
    pattern(disk, Disk.SECTOR, 1024);
    return disk;
  }

  /**
   * An ISO 9660 volume with one file, the pattern, and with an El Torito image that is loaded as it
   * is.
   */
  static byte[] cdrom(byte[] program) {
    byte[] disc = new byte[(FIRST + 256) * CD_BLOCK];
    descriptor(disc, VOLUME, 1);
    ByteBuffer volume = ByteBuffer.wrap(disc).order(ByteOrder.LITTLE_ENDIAN);
    describe(volume, disc.length / CD_BLOCK);
    root(volume, disc.length - FIRST * CD_BLOCK);
    descriptor(disc, BOOT_RECORD, 0);
    text(disc, BOOT_RECORD * CD_BLOCK + 7, "EL TORITO SPECIFICATION");
    volume.putInt(BOOT_RECORD * CD_BLOCK + 0x47, CATALOG);
    descriptor(disc, BOOT_RECORD + 1, 255);
    catalog(volume, (program.length + Disk.SECTOR - 1) / Disk.SECTOR);
    System.arraycopy(program, 0, disc, IMAGE * CD_BLOCK, program.length);
    pattern(disc, CD_BLOCK, 256);
    return disc;
  }

  private static void descriptor(byte[] disc, int block, int type) {
    disc[block * CD_BLOCK] = (byte) type;
    text(disc, block * CD_BLOCK + 1, "CD001");
    disc[block * CD_BLOCK + 6] = 1;
  }

  private static void text(byte[] disc, int at, String text) {
    byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, disc, at, ascii.length);
  }

  /** Sizes of volume, set and block, and the root directory's record (ECMA-119, 8.4). */
  private static void describe(ByteBuffer disc, int blocks) {
    int at = VOLUME * CD_BLOCK;
    both32(disc, at + 80, blocks);
    both16(disc, at + 120, 1);
    both16(disc, at + 124, 1);
    both16(disc, at + 128, CD_BLOCK);
    record(disc, at + 156, ROOT, CD_BLOCK, 2, new byte[1]);
    disc.put(at + 881, (byte) 1);
  }

  private static void root(ByteBuffer disc, int bytes) {
    int at = ROOT * CD_BLOCK;
    record(disc, at, ROOT, CD_BLOCK, 2, new byte[] {0});
    record(disc, at + 34, ROOT, CD_BLOCK, 2, new byte[] {1});
    byte[] name = "DATA.BIN;1".getBytes(StandardCharsets.US_ASCII);
    record(disc, at + 68, FIRST, bytes, 0, name);
  }

  private static void record(
      ByteBuffer disc, int at, int block, int bytes, int flags, byte[] name) {
    disc.put(at, (byte) (33 + name.length + (name.length + 1) % 2));
    both32(disc, at + 2, block);
    both32(disc, at + 10, bytes);
    disc.put(at + 18, (byte) 126).put(at + 19, (byte) 1).put(at + 20, (byte) 1);
    disc.put(at + 25, (byte) flags);
    both16(disc, at + 28, 1);
    disc.put(at + 32, (byte) name.length).put(at + 33, name);
  }

  /** A number in both byte orders. */
  private static void both32(ByteBuffer disc, int at, int value) {
    disc.putInt(at, value).putInt(at + 4, Integer.reverseBytes(value));
  }

  private static void both16(ByteBuffer disc, int at, int value) {
    disc.putShort(at, (short) value).putShort(at + 2, Short.reverseBytes((short) value));
  }

  /** Contents of the file on {@link #cdrom}. */
  static byte[] file(byte[] disc) {
    return Arrays.copyOfRange(disc, FIRST * CD_BLOCK, disc.length);
  }

  /** Validation entry, whose words add up to zero, and the initial entry. */
  private static void catalog(ByteBuffer disc, int sectors) {
    int at = CATALOG * CD_BLOCK;
    disc.put(at, (byte) 1).putShort(at + 30, (short) 0xAA55);
    disc.putShort(at + 28, (short) -(1 + 0xAA55));
    disc.put(at + 32, (byte) 0x88).putShort(at + 38, (short) sectors).putInt(at + 40, IMAGE);
  }

  private static void pattern(byte[] image, int blockBytes, int blocks) {
    for (int block = FIRST; block < FIRST + blocks; block++) {
      for (int i = 0; i < blockBytes; i++) {
        image[block * blockBytes + i] = pattern(block, i);
      }
    }
  }

  /** As integrity.c has it, for a block that was never written. */
  private static byte pattern(int block, int i) {
    int mixed = block * (int) 2654435761L + i * 97;
    return (byte) (mixed >>> 16 ^ mixed >>> 8 ^ i);
  }
}
