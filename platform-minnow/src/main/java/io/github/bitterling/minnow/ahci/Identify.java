package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.storage.Disk;

/**
 * IDENTIFY DEVICE data (ATA8-ACS, table 29) of a non-rotating LBA48 disk with NCQ, and IDENTIFY
 * PACKET DEVICE data (table 50) of a CD-ROM drive.
 */
final class Identify {
  private static final long LBA28_LIMIT = 0x0FFF_FFFFL;
  private static final String MODEL = "Bitterling SATA disk";
  private static final String FIRMWARE = "1.0";

  private final byte[] data = new byte[Disk.SECTOR];

  private Identify() {}

  static byte[] of(Disk disk, DiskFeatures features) {
    Identify id = new Identify();
    id.geometry(disk.sectors());
    id.text(10, 20, disk.serialNumber());
    id.text(23, 8, FIRMWARE);
    id.text(27, 40, MODEL);
    id.features();
    id.word(85, features.enabled());
    id.word(88, features.udmaModes());
    id.capacity(disk.sectors());
    id.checksum();
    return id.data;
  }

  /**
   * @param udma the mode chosen, or -1 for a multiword DMA mode
   */
  static byte[] packet(String serial, int udma) {
    Identify id = new Identify();
    id.word(0, 0x85C0); // packet device, CD-ROM, removable, DRQ within 50 us, 12-byte packets
    id.text(10, 20, serial);
    id.text(23, 8, FIRMWARE);
    id.text(27, 40, "Bitterling CD-ROM drive");
    id.timing();
    id.word(49, 0x0B00);
    id.word(76, 0x0006);
    id.word(80, 0x01F0);
    id.word(82, 0x4210); // NOP, DEVICE RESET, PACKET
    id.word(83, 0x4000);
    id.word(84, 0x4000);
    id.word(85, 0x4210);
    id.word(87, 0x4000);
    id.word(88, 0x003F | (udma < 0 ? 0 : 0x100 << udma));
    id.checksum();
    return id.data;
  }

  private void word(int index, int value) {
    data[2 * index] = (byte) value;
    data[2 * index + 1] = (byte) (value >>> 8);
  }

  private void geometry(long sectors) {
    int cylinders = (int) Math.min(16383, Math.max(1, sectors / (16 * 63)));
    word(0, 0x0040);
    word(1, cylinders);
    word(3, 16);
    word(6, 63);
    word(54, cylinders);
    word(55, 16);
    word(56, 63);
    int capacity = cylinders * 16 * 63;
    word(57, capacity);
    word(58, capacity >>> 16);
  }

  /** Words that say how fast data go; a SATA link does not care. */
  private void timing() {
    word(53, 0x0007);
    word(63, 0x0007);
    word(64, 0x0003);
    for (int w = 65; w <= 68; w++) {
      word(w, 120);
    }
  }

  private void features() {
    word(49, 0x0B00); // LBA, DMA, IORDY
    word(50, 0x4000);
    timing();
    word(75, 31); // queue depth 32
    word(76, 0x0106); // NCQ, 1.5 and 3 Gb/s
    word(80, 0x01F0);
    word(82, DiskFeatures.SUPPORTED);
    word(83, 0x7400); // LBA48, FLUSH CACHE, FLUSH CACHE EXT
    word(84, 0x4020); // general purpose logs
    word(86, 0x3400);
    word(87, 0x4020);
    word(106, 0x4000);
    word(119, 0x4008); // READ LOG DMA EXT
    word(120, 0x4008);
    word(217, 0x0001);
    word(222, 0x101F);
  }

  private void capacity(long sectors) {
    long lba28 = Math.min(sectors, LBA28_LIMIT);
    word(60, (int) lba28);
    word(61, (int) (lba28 >>> 16));
    for (int i = 0; i < 4; i++) {
      word(100 + i, (int) (sectors >>> 16 * i));
    }
  }

  /** ATA strings are padded with blanks and have the bytes of each word swapped. */
  private void text(int index, int length, String value) {
    for (int i = 0; i < length; i++) {
      data[2 * index + (i ^ 1)] = (byte) (i < value.length() ? value.charAt(i) : ' ');
    }
  }

  private void checksum() {
    data[510] = (byte) 0xA5;
    int sum = 0;
    for (byte b : data) {
      sum += b;
    }
    data[511] = (byte) -sum;
  }
}
