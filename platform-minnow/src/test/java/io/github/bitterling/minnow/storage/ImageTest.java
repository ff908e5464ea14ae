package io.github.bitterling.minnow.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.Deflater;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Image files: read, changed in memory or in place, qcow2. */
class ImageTest {
  private static final int SECTORS = 1024;
  private static final int BYTES = SECTORS * Disk.SECTOR;
  private static final int CLUSTER = 4096;

  @TempDir Path folder;

  private static byte[] random(int bytes) {
    byte[] content = new byte[bytes];
    new Random(5).nextBytes(content);
    return content;
  }

  private Path file(byte[] content) throws IOException {
    return Files.write(folder.resolve("image"), content);
  }

  private static byte[] whole(Disk disk) {
    byte[] all = new byte[(int) disk.sectors() * Disk.SECTOR];
    disk.read(0, (int) disk.sectors(), all, 0);
    return all;
  }

  /** Random reads and writes of 1 to 20 sectors against an array. */
  private static void exercise(Disk disk, byte[] model) {
    Random random = new Random(9);
    byte[] buffer = new byte[20 * Disk.SECTOR];
    for (int i = 0; i < 2000; i++) {
      int count = 1 + random.nextInt(20);
      int lba = random.nextInt(SECTORS - count);
      if (random.nextBoolean()) {
        random.nextBytes(buffer);
        disk.write(lba, count, buffer, 0);
        System.arraycopy(buffer, 0, model, lba * Disk.SECTOR, count * Disk.SECTOR);
      } else {
        disk.read(lba, count, buffer, 0);
        byte[] found = Arrays.copyOf(buffer, count * Disk.SECTOR);
        int at = lba * Disk.SECTOR;
        assertArrayEquals(Arrays.copyOfRange(model, at, at + found.length), found);
      }
    }
    assertArrayEquals(model, whole(disk));
  }

  @Test
  void snapshotLeavesTheFileAsItIs() throws IOException {
    byte[] original = random(BYTES);
    Path file = file(original);
    try (SnapshotDisk disk = SnapshotDisk.open(file, 0)) {
      exercise(disk, original.clone());
    }
    assertArrayEquals(original, Files.readAllBytes(file));
  }

  @Test
  void snapshotPadsTheLastSector() throws IOException {
    try (SnapshotDisk disk = SnapshotDisk.open(file(random(700)), 0)) {
      assertEquals(2, disk.sectors());
      assertEquals(324, disk.padding());
      assertArrayEquals(Arrays.copyOf(random(700), 1024), whole(disk));
    }
  }

  @Test
  void writtenDiskChangesTheFileInPlace() throws IOException {
    byte[] model = random(BYTES);
    Path file = file(model);
    try (WrittenDisk disk = WrittenDisk.open(file, 0)) {
      exercise(disk, model);
      assertArrayEquals(model, Files.readAllBytes(file), "on the file before it is closed");
      disk.flush();
    }
    assertArrayEquals(model, Files.readAllBytes(file));
  }

  @Test
  void writtenDiskIsNeverResized() throws IOException {
    Path file = file(random(BYTES));
    try (WrittenDisk disk = WrittenDisk.open(file, 0)) {
      byte[] two = new byte[2 * Disk.SECTOR];
      assertThrows(IndexOutOfBoundsException.class, () -> disk.write(SECTORS - 1, 2, two, 0));
      assertEquals(BYTES, Files.size(file));
      Files.write(file, new byte[Disk.SECTOR]);
      assertThrows(UncheckedIOException.class, () -> disk.read(1, 1, two, 0));
    }
    assertThrows(IOException.class, () -> WrittenDisk.open(file(new byte[1000]), 0));
  }

  @Test
  void oneImageHasOneWriter() throws IOException {
    Path file = file(random(BYTES));
    try (WrittenDisk first = WrittenDisk.open(file, 0)) {
      assertEquals(SECTORS, first.sectors());
      IOException refused = assertThrows(IOException.class, () -> WrittenDisk.open(file, 1));
      assertTrue(refused.getMessage().contains("open for writing"), refused.getMessage());
    }
    WrittenDisk.open(file, 0).close();
  }

  /** Clusters in turn plain, compressed, zero by flag and never allocated. */
  private static byte[] qcow2(byte[] content, byte[] expected) throws IOException {
    int clusters = content.length / CLUSTER;
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    long[] l2 = new long[CLUSTER / 8];
    long at = 3L * CLUSTER;
    for (int i = 0; i < clusters; i++) {
      byte[] cluster = Arrays.copyOfRange(content, i * CLUSTER, (i + 1) * CLUSTER);
      if (i % 4 > 1) {
        Arrays.fill(expected, i * CLUSTER, (i + 1) * CLUSTER, (byte) 0);
        l2[i] = i % 4 == 2 ? 1 : 0;
        continue;
      }
      byte[] stored = i % 4 == 0 ? cluster : deflate(cluster);
      long sectors = (at % 512 + stored.length + 511) / 512;
      l2[i] = i % 4 == 0 ? at | 1L << 63 : 1L << 62 | sectors - 1 << 62 - 4 | at;
      data.write(stored);
      int gap = i % 4 == 0 ? 100 : (int) (-(at + stored.length) & CLUSTER - 1);
      data.write(new byte[gap]);
      at += stored.length + gap;
    }
    ByteBuffer image = ByteBuffer.allocate(3 * CLUSTER + data.size());
    image.putInt(0, 0x5146_49FB).putInt(4, 3).putInt(20, 12).putLong(24, content.length);
    image.putInt(36, 1).putLong(40, CLUSTER);
    image.putLong(CLUSTER, 2L * CLUSTER | 1L << 63);
    for (int i = 0; i < l2.length; i++) {
      image.putLong(2 * CLUSTER + 8 * i, l2[i]);
    }
    image.put(3 * CLUSTER, data.toByteArray());
    return image.array();
  }

  private static byte[] deflate(byte[] cluster) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (Deflater raw = new Deflater(9, true);
        DeflaterOutputStream deflater = new DeflaterOutputStream(out, raw)) {
      deflater.write(cluster);
    }
    return out.toByteArray();
  }

  @Test
  void qcow2ImageIsReadAndNotChanged() throws IOException {
    byte[] expected = random(BYTES);
    // Half of each cluster can be compressed.
    for (int i = 0; i < BYTES; i += CLUSTER) {
      Arrays.fill(expected, i, i + CLUSTER / 2, (byte) i);
    }
    byte[] image = qcow2(expected.clone(), expected);
    Path file = file(image);
    try (SnapshotDisk disk = SnapshotDisk.open(file, 0)) {
      assertEquals(SECTORS, disk.sectors());
      assertArrayEquals(expected, whole(disk));
      exercise(disk, expected);
    }
    assertArrayEquals(image, Files.readAllBytes(file));
    assertThrows(IOException.class, () -> WrittenDisk.open(file, 0));
  }

  @Test
  void qcow2ImageThatCannotBeReadIsRefused() throws IOException {
    byte[] good = qcow2(random(BYTES), new byte[BYTES]);
    int[][] wrong = {
      {4 + 3, 9}, {15, 1}, {20 + 3, 40}, {32 + 3, 1}, {79, 2}, {36 + 3, 0}, {36, 99}
    };
    for (int[] change : wrong) {
      byte[] bad = good.clone();
      bad[change[0]] = (byte) change[1];
      Path file = file(bad);
      IOException refused =
          assertThrows(IOException.class, () -> SnapshotDisk.open(file, 0), "byte " + change[0]);
      assertTrue(refused.getMessage().contains("qcow2"), refused.getMessage());
    }
    Path cut = file(Arrays.copyOf(good, 60));
    assertThrows(IOException.class, () -> SnapshotDisk.open(cut, 0));
  }
}
