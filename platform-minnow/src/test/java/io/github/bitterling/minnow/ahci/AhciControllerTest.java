package io.github.bitterling.minnow.ahci;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.minnow.fake.MemoryDisk;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Medium;
import io.github.bitterling.minnow.storage.Place;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The controller as a driver uses it: through BAR 5 and tables in guest memory. */
class AhciControllerTest {
  private static final long ABAR = 0xD000_0000L;
  private static final long PORT0 = ABAR + 0x100;
  private static final long PORT1 = ABAR + 0x180;
  private static final long LIST = 0x10_0000;
  private static final long FIS = 0x10_1000;
  private static final long TABLE = 0x10_2000;
  private static final long BUFFER = 0x20_0000;

  /** From the disk's tables to those of the CD-ROM drive. */
  private static final long CD = 0x1_0000;

  private final MemoryDisk disk = new MemoryDisk(5000);
  private final BoardFixture f =
      new BoardFixture(
          List.of(new Medium(Place.CDROM, new MemoryDisk(400)), new Medium(Place.SATA_DISK, disk)),
          256 << 20);

  @BeforeEach
  void bringUpPort() {
    f.programBases();
    f.pciWrite(0x13, 0, 0x24, 4, (int) ABAR);
    f.pciWrite(0x13, 0, 0x04, 2, 7);
    start(PORT0, 0);
    start(PORT1, CD);
    write(ABAR + 8, 3);
  }

  private void start(long port, long tables) {
    write(port, LIST + tables);
    write(port + 8, FIS + tables);
    write(port + 0x30, 0xFFFF_FFFFL);
    write(port + 0x10, 0xFFFF_FFFFL);
    write(port + 0x18, 0x16);
    write(port + 0x18, 0x17);
  }

  @AfterEach
  void close() {
    f.close();
  }

  private void write(long address, long value) {
    f.bus.write(address, 4, value);
  }

  private long read(long address) {
    return f.bus.read(address, 4);
  }

  /** Builds slot 0 with one data region and issues it. */
  private void issue(int command, long lba, int count, int bytes, boolean toDisk) {
    build(command, lba, count, bytes, toDisk);
    write(PORT0 + 0x38, 1);
    f.time.advance(1_000_000);
  }

  private void build(int command, long lba, int count, int bytes, boolean toDisk) {
    write(LIST, 5 | (toDisk ? 0x40 : 0) | (bytes > 0 ? 1 << 16 : 0));
    write(LIST + 4, 0);
    write(LIST + 8, TABLE);
    write(LIST + 12, 0);
    boolean queued = command == 0x60 || command == 0x61;
    write(TABLE, 0x27 | 0x80 << 8 | command << 16 | (queued ? (long) (count & 0xFF) << 24 : 0));
    write(TABLE + 4, lba & 0xFF_FFFF | 0x4000_0000L);
    write(TABLE + 8, lba >>> 24 & 0xFF_FFFF | (queued ? (long) (count >>> 8) << 24 : 0));
    write(TABLE + 12, queued ? 0 : count);
    write(TABLE + 0x80, BUFFER);
    write(TABLE + 0x84, 0);
    write(TABLE + 0x8C, bytes - 1);
  }

  @Test
  void identityAndCapabilities() {
    assertEquals(0x0F23_8086, f.pciRead(0x13, 0, 0, 4));
    assertEquals(0x0106_0111, f.pciRead(0x13, 0, 8, 4));
    assertEquals(3, read(ABAR + 0x0C));
    assertEquals(0x0001_0300, read(ABAR + 0x10));
    assertEquals(1, read(ABAR) & 0x1F);
    assertEquals(31, read(ABAR) >>> 8 & 0x1F);
  }

  @Test
  void linkIsUpOnlyWhereADiskIs() {
    assertEquals(0x123, read(PORT0 + 0x28));
    assertEquals(0x101, read(PORT0 + 0x24));
    assertEquals(0x50, read(PORT0 + 0x20) & 0xFF);
    try (BoardFixture one = new BoardFixture(64 << 20, List.of(disk))) {
      one.pciWrite(0x13, 0, 0x24, 4, (int) ABAR);
      one.pciWrite(0x13, 0, 0x04, 2, 7);
      assertEquals(0x123, one.bus.read(PORT0 + 0x28, 4));
      assertEquals(0, one.bus.read(PORT1 + 0x28, 4));
    }
    assertEquals(0x34, read(FIS + 0x40) & 0xFF);
  }

  @Test
  void identifyGivesCapacityAndModel() {
    issue(0xEC, 0, 0, 512, false);
    assertEquals(0, read(PORT0 + 0x38));
    assertEquals(2, read(PORT0 + 0x10) & 3);
    assertEquals(5000, read(BUFFER + 200));
    assertEquals('B' << 8 | 'i', (int) f.bus.read(BUFFER + 54, 2));
    assertEquals(512, read(LIST + 4));
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += (int) f.bus.read(BUFFER + i, 1);
    }
    assertEquals(0, sum & 0xFF);
  }

  @Test
  void readDmaExtCopiesSectors() {
    issue(0x25, 3, 2, 1024, false);
    assertEquals(0x0303_0303L, read(BUFFER));
    assertEquals(0x0404_0404L, read(BUFFER + 512));
    assertEquals(1024, read(LIST + 4));
    assertEquals(1, read(PORT0 + 0x10) & 1);
    assertTrue(f.processors.notifications.contains("written 200000+400"));
  }

  @Test
  void completionTakesGuestTime() {
    build(0x25, 0, 1, 512, false);
    write(PORT0 + 0x38, 1);
    assertEquals(1, read(PORT0 + 0x38));
    f.time.advance(59_000);
    assertEquals(1, read(PORT0 + 0x38));
    f.time.advance(2_000);
    assertEquals(0, read(PORT0 + 0x38));
  }

  @Test
  void writeDmaExtChangesTheDisk() {
    f.bus.write(BUFFER, 8, 0x1122_3344_5566_7788L);
    issue(0x35, 100, 1, 512, true);
    assertEquals((byte) 0x88, disk.data[100 * 512]);
    assertEquals((byte) 0x11, disk.data[100 * 512 + 7]);
  }

  @Test
  void queuedReadClearsItsActiveBit() {
    write(PORT0 + 0x34, 1);
    issue(0x60, 7, 1, 512, false);
    assertEquals(0x0707_0707L, read(BUFFER));
    assertEquals(0, read(PORT0 + 0x34));
    assertEquals(8, read(PORT0 + 0x10) & 8);
    assertEquals(0xA1, read(FIS + 0x58) & 0xFF);
    assertEquals(1, read(FIS + 0x5C));
  }

  /** The command of a slot fails; its tag and address are in log 10h (ATA8-ACS, A.11). */
  @Test
  void failedQueuedCommandIsInTheLog() {
    write(PORT0 + 0x34, 1);
    issue(0x60, 5000, 1, 512, false);
    assertTrue((read(PORT0 + 0x10) & 1 << 30) != 0);
    assertEquals(1, read(PORT0 + 0x34), "still active");
    assertEquals(0, read(PORT0 + 0x38), "accepted");
    assertEquals(0x1051, read(PORT0 + 0x20));
    assertEquals(0, read(FIS + 0x5C), "no tag done");
    start(PORT0, 0);
    assertEquals(0, read(PORT0 + 0x34));
    issue(0x2F, 0x10, 1, 512, false);
    assertEquals(0x1051_0000L, read(BUFFER));
    assertEquals(5000, read(BUFFER + 4) & 0xFF_FFFF);
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += (int) f.bus.read(BUFFER + i, 1);
    }
    assertEquals(0, sum & 0xFF);
    issue(0x2F, 0x10, 1, 512, false);
    assertEquals(0x80, read(BUFFER), "told once");
    issue(0x2F, 0x11, 1, 512, false);
    assertEquals(0x0451, read(PORT0 + 0x20));
  }

  @Test
  void setFeaturesShowsInIdentify() {
    issue(0xEC, 0, 0, 512, false);
    long before = read(BUFFER + 170) & 0x60;
    feature(0x82);
    issue(0xEC, 0, 0, 512, false);
    assertEquals(0x60, before);
    assertEquals(0x40, read(BUFFER + 170) & 0x60);
    feature(0x77);
    assertEquals(0x0451, read(PORT0 + 0x20));
  }

  private void feature(int code) {
    build(0xEF, 0, 0, 0, false);
    write(TABLE, 0x27 | 0x80 << 8 | 0xEF << 16 | (long) code << 24);
    write(PORT0 + 0x18, 0x16);
    write(PORT0 + 0x18, 0x17);
    write(PORT0 + 0x38, 1);
    f.time.advance(1_000_000);
  }

  @Test
  void flushReachesTheImage() {
    issue(0xEA, 0, 0, 0, false);
    assertEquals(1, disk.flushes);
  }

  /** Random transfers through tables of odd-sized pieces, across pages, against the image. */
  @Test
  void scatteredTransfersKeepTheirBytes() {
    Random random = new Random(3);
    byte[] model = disk.data.clone();
    for (int round = 0; round < 200; round++) {
      boolean write = random.nextBoolean();
      int count = 1 + random.nextInt(40);
      int lba = random.nextInt(5000 - count);
      long queued = random.nextBoolean() ? 0x60 : 0x25;
      int command = (int) (write ? queued == 0x60 ? 0x61 : 0x35 : queued);
      build(command, lba, count, 512, write);
      long[] pieces = scatter(random, count * 512);
      if (write) {
        byte[] fresh = new byte[count * 512];
        random.nextBytes(fresh);
        System.arraycopy(fresh, 0, model, lba * 512, fresh.length);
        each(pieces, (address, i) -> f.bus.write(address, 1, model[lba * 512 + i]));
      }
      write(PORT0 + 0x34, 1);
      write(PORT0 + 0x38, 1);
      f.time.advance(1_000_000);
      assertEquals(0, read(PORT0 + 0x38));
      assertEquals(count * 512, read(LIST + 4));
      each(
          pieces,
          (address, i) ->
              assertEquals(model[lba * 512 + i] & 0xFF, f.bus.read(address, 1), "byte " + i));
    }
    assertArrayEquals(model, disk.data);
  }

  private interface At {
    void use(long address, int index);
  }

  private static void each(long[] pieces, At action) {
    int index = 0;
    for (int p = 0; p < pieces.length; p += 2) {
      for (int i = 0; i < pieces[p + 1]; i++) {
        action.use(pieces[p] + i, index++);
      }
    }
  }

  /** Address and bytes of each piece, in pages of their own, and in the command table. */
  private long[] scatter(Random random, int bytes) {
    List<Long> pieces = new ArrayList<>();
    int entry = 0;
    for (int left = bytes; left > 0; entry++) {
      int part = Math.min(left, 2 + 2 * random.nextInt(3500));
      long address = 0x40_0000L + 0x4000L * entry + 2 * random.nextInt(2048);
      write(TABLE + 0x80 + 16L * entry, address);
      write(TABLE + 0x84 + 16L * entry, 0);
      write(TABLE + 0x8C + 16L * entry, part - 1);
      pieces.add(address);
      pieces.add((long) part);
      left -= part;
    }
    write(LIST, read(LIST) & 0xFFFF | (long) entry << 16);
    return pieces.stream().mapToLong(Long::longValue).toArray();
  }

  // ---- the CD-ROM drive ----

  private void packet(int bytes, boolean dma, int... cdb) {
    write(LIST + CD, 5 | 0x20 | 1 << 16);
    write(LIST + CD + 4, 0);
    write(LIST + CD + 8, TABLE + CD);
    write(TABLE + CD, 0x27 | 0x80 << 8 | 0xA0 << 16 | (dma ? 1L << 24 : 0));
    write(TABLE + CD + 4, 0x0008_0000);
    for (int i = 0; i < 16; i++) {
      f.bus.write(TABLE + CD + 0x40 + i, 1, i < cdb.length ? cdb[i] : 0);
    }
    write(TABLE + CD + 0x80, BUFFER);
    write(TABLE + CD + 0x84, 0);
    write(TABLE + CD + 0x8C, bytes - 1);
    write(PORT1 + 0x38, 1);
    f.time.advance(1_000_000);
  }

  @Test
  void packetDeviceHasItsSignature() {
    assertEquals(0xEB14_0101L, read(PORT1 + 0x24));
    assertEquals(0x123, read(PORT1 + 0x28));
  }

  @Test
  void packetReadMovesBlocks() {
    packet(4, true, 0x00);
    assertEquals(0x6451, read(PORT1 + 0x20), "unit attention");
    start(PORT1, CD);
    packet(18, false, 0x03, 0, 0, 0, 18);
    assertEquals(6, f.bus.read(BUFFER + 2, 1));
    assertEquals(3, read(PORT1 + 0x10) & 3, "PIO setup, then a register FIS");
    packet(4096, true, 0x28, 0, 0, 0, 0, 7, 0, 0, 2);
    assertEquals(0, read(PORT1 + 0x38));
    assertEquals(4096, read(LIST + CD + 4));
    assertEquals(28, f.bus.read(BUFFER, 1));
    assertEquals(35, f.bus.read(BUFFER + 4095, 1));
  }

  @Test
  void diskCommandsAreNotThePacketDevices() {
    packet(512, false, 0);
    issueToDrive(0xEC);
    assertEquals(0x0451, read(PORT1 + 0x20));
    issueToDrive(0xA1);
    assertEquals(0x85C0, f.bus.read(BUFFER, 2));
  }

  private void issueToDrive(int command) {
    start(PORT1, CD);
    write(TABLE + CD, 0x27 | 0x80 << 8 | command << 16);
    write(PORT1 + 0x38, 1);
    f.time.advance(1_000_000);
  }

  /** GRUB resets the drive after each failed command; the reset itself must not fail the next. */
  @Test
  void deviceResetGivesTheSignatureAndNoUnitAttention() {
    packet(0, true, 0x00);
    assertEquals(0x6451, read(PORT1 + 0x20), "unit attention");
    issueToDrive(0x08);
    assertEquals(0, read(PORT1 + 0x38));
    assertEquals(0x0100, read(PORT1 + 0x20));
    assertEquals(0x0100_0034L, read(FIS + CD + 0x40));
    assertEquals(0x00EB_1401L, read(FIS + CD + 0x44));
    assertEquals(1, read(FIS + CD + 0x4C));
    assertEquals(0, read(PORT1 + 0x10) & 1, "no interrupt");
    packet(0, true, 0x00);
    assertEquals(0x0050, read(PORT1 + 0x20));
    assertEquals(3, read(FIS + CD + 0x4C), "interrupt reason");
  }

  @Test
  void transferLargerThanOneChunk() {
    issue(0x25, 10, 300, 300 * 512, false);
    assertEquals(300 * 512, read(LIST + 4));
    assertEquals((10 + 299) & 0xFF, f.bus.read(BUFFER + 299 * 512, 1));
  }

  @Test
  void outOfRangeEndsWithTaskFileErrorAndHalts() {
    issue(0x25, 5000, 1, 512, false);
    assertTrue((read(PORT0 + 0x10) & 1 << 30) != 0);
    assertEquals(0x1051, read(PORT0 + 0x20));
    assertEquals(1, read(PORT0 + 0x38));
    write(PORT0 + 0x18, 0x16);
    assertEquals(0, read(PORT0 + 0x38));
    write(PORT0 + 0x18, 0x17);
    issue(0x25, 1, 1, 512, false);
    assertEquals(0x0101_0101L, read(BUFFER));
  }

  @Test
  void unknownCommandIsAborted() {
    issue(0xB0, 0, 0, 0, false);
    assertEquals(0x0451, read(PORT0 + 0x20));
  }

  @Test
  void interruptReachesIoApicAndPicThroughIlbRoutes() {
    f.bus.write(0xFED0_8008L, 1, 0x0B);
    f.bus.writePort(0x4D1, 1, 0x08);
    initializePics();
    write(0xFEC0_0000L, 0x10 + 2 * 16);
    write(0xFEC0_0010L, 0xA041);
    write(PORT0 + 0x14, 1);
    write(ABAR + 4, 0x8000_0002L);
    assertFalse(f.processors.intr);
    issue(0x25, 0, 1, 512, false);
    assertEquals(List.of("P0 mode=0 vector=41 level"), f.processors.messages);
    assertTrue(f.processors.intr);
    assertEquals(0x73, f.bus.acknowledgeInterrupt());
    f.bus.endOfInterrupt(0x41);
    assertEquals(2, f.processors.messages.size());
    write(PORT0 + 0x10, 1);
    write(ABAR + 8, 1);
    f.bus.endOfInterrupt(0x41);
    assertEquals(2, f.processors.messages.size());
  }

  private void initializePics() {
    int[][] words = {
      {0x20, 0x11},
      {0x21, 0x08},
      {0x21, 4},
      {0x21, 1},
      {0xA0, 0x11},
      {0xA1, 0x70},
      {0xA1, 2},
      {0xA1, 1}
    };
    for (int[] w : words) {
      f.bus.writePort(w[0], 1, w[1]);
    }
  }

  @Test
  void messageSignalledInterrupt() {
    f.pciWrite(0x13, 0, 0x84, 4, 0xFEE0_1000);
    f.pciWrite(0x13, 0, 0x88, 2, 0x0051);
    f.pciWrite(0x13, 0, 0x82, 2, 1);
    write(PORT0 + 0x14, 1);
    write(ABAR + 4, 0x8000_0002L);
    issue(0x25, 0, 1, 512, false);
    assertEquals(List.of("P1 mode=0 vector=51 edge"), f.processors.messages);
  }

  @Test
  void comresetBringsTheLinkUpAgain() {
    write(PORT0 + 0x18, 0x06);
    write(PORT0 + 0x2C, 1);
    assertEquals(0, read(PORT0 + 0x28));
    write(PORT0 + 0x2C, 0);
    assertEquals(0x123, read(PORT0 + 0x28));
    assertTrue((read(PORT0 + 0x30) & 1 << 26) != 0);
  }

  @Test
  void threeDisksAreRefused() {
    List<Disk> three = List.of(disk, disk, disk);
    assertThrows(IllegalArgumentException.class, () -> new BoardFixture(256 << 20, three));
  }
}
