package io.github.bitterling.minnow.storage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.Qcow2;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Image files: read, changed in memory or in place, qcow2. */
class ImageTest {
  private static final int SECTORS = 1024;
  private static final int BYTES = SECTORS * Disk.SECTOR;

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

  @Test
  void qcow2ImageIsReadAndNotChanged() throws IOException {
    byte[] expected = random(BYTES);
    // Half of each cluster can be compressed.
    for (int i = 0; i < BYTES; i += Qcow2.CLUSTER) {
      Arrays.fill(expected, i, i + Qcow2.CLUSTER / 2, (byte) i);
      if (i / Qcow2.CLUSTER % 4 > 1) {
        Arrays.fill(expected, i, i + Qcow2.CLUSTER, (byte) 0);
      }
    }
    byte[] image = Qcow2.of(expected);
    Path file = file(image);
    try (SnapshotDisk disk = SnapshotDisk.open(file, 0)) {
      assertEquals(SECTORS, disk.sectors());
      assertArrayEquals(expected, whole(disk));
      exercise(disk, expected);
    }
    assertArrayEquals(image, Files.readAllBytes(file));
    IOException refused = assertThrows(IOException.class, () -> WrittenDisk.open(file, 0));
    assertTrue(refused.getMessage().contains("convert it to raw first"), refused.getMessage());
  }

  /** One byte of the header each, and what the message says of it. */
  @ParameterizedTest
  @CsvSource({
    "7, 9, version 9; expected 2 or 3",
    "15, 1, a backing file; flatten it first (qemu-img convert)",
    "23, 40, 'clusters of 2^40 bytes; expected 2^9 to 2^21'",
    "35, 1, encryption",
    "79, 2, incompatible features 2h",
    "79, 4, incompatible features 4h",
    "79, 8, incompatible features 8h",
    "39, 0, a level 1 table of 0 entries for 524288 bytes",
    "36, 99, a level 1 table of 1660944385 entries",
    "24, 128, a level 1 table of 1 entries for -9223372036854251520 bytes",
    "40, 255, a table at offset -72057594037923840",
    "41, 1, an end before offset 281474976714760"
  })
  void qcow2ImageThatCannotBeReadIsRefused(int at, int value, String message) throws IOException {
    byte[] bad = Qcow2.of(random(BYTES));
    bad[at] = (byte) value;
    Path file = file(bad);
    IOException refused = assertThrows(IOException.class, () -> SnapshotDisk.open(file, 0));
    String said = refused.getMessage();
    assertTrue(said.startsWith("this qcow2 image has " + message), said);
    assertTrue(said.endsWith(file.toString()), said);
  }

  @Test
  void qcow2ImageThatIsCutShortIsRefused() throws IOException {
    Path cut = file(Arrays.copyOf(Qcow2.of(random(BYTES)), 60));
    IOException refused = assertThrows(IOException.class, () -> SnapshotDisk.open(cut, 0));
    assertTrue(refused.getMessage().contains("an end before offset"), refused.getMessage());
  }
}
