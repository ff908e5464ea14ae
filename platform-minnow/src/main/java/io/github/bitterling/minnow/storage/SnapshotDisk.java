package io.github.bitterling.minnow.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * A disk image that is never changed: what the guest writes stays in memory, in clusters of 4 KiB,
 * and is gone when the machine ends. An image whose size is no multiple of 512 is padded with
 * zeros.
 */
public final class SnapshotDisk implements Disk {
  private static final int CLUSTER = 4096;

  private final Backing file;
  private final long fileBytes;
  private final String serial;
  private final Map<Long, byte[]> overlay = new HashMap<>();

  /**
   * Opens a file, raw or qcow2, read-only.
   *
   * @param number 0 for the first disk; part of the serial number
   * @throws IOException if it cannot be read, or is a qcow2 image of a kind that is not supported
   */
  public static SnapshotDisk open(Path image, int number) throws IOException {
    return new SnapshotDisk(
        Qcow2Image.recognises(image) ? Qcow2Image.open(image) : new RawFile(image), number);
  }

  /** A disk whose original contents are an array. */
  public static SnapshotDisk of(byte[] image, int number) {
    return new SnapshotDisk(new ArrayBacking(image), number);
  }

  private SnapshotDisk(Backing file, int number) {
    this.file = file;
    this.fileBytes = file.size();
    this.serial = serial(number);
  }

  /** The serial number of the disk with this place on the command line. */
  static String serial(int number) {
    return String.format("BITTERLING%04d", number);
  }

  /** Bytes missing to a whole sector, which read as zero. */
  public int padding() {
    return (int) (-fileBytes & SECTOR - 1);
  }

  @Override
  public long sectors() {
    return (fileBytes + SECTOR - 1) / SECTOR;
  }

  @Override
  public String serialNumber() {
    return serial;
  }

  @Override
  public void read(long lba, int count, byte[] to, int at) {
    long position = lba * SECTOR;
    int length = count * SECTOR;
    readFile(position, to, at, length);
    if (overlay.isEmpty()) {
      return;
    }
    for (long c = position / CLUSTER; c * CLUSTER < position + length; c++) {
      byte[] cluster = overlay.get(c);
      if (cluster != null) {
        copyOverlap(cluster, c * CLUSTER, to, at, position, length);
      }
    }
  }

  private static void copyOverlap(
      byte[] cluster, long start, byte[] to, int at, long position, int length) {
    long from = Math.max(start, position);
    long end = Math.min(start + CLUSTER, position + length);
    System.arraycopy(
        cluster, (int) (from - start), to, at + (int) (from - position), (int) (end - from));
  }

  private void readFile(long position, byte[] to, int at, int length) {
    ByteBuffer buffer = ByteBuffer.wrap(to, at, length);
    try {
      while (buffer.hasRemaining() && file.read(buffer, position + buffer.position() - at) > 0) {
        continue;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Arrays.fill(to, buffer.position(), at + length, (byte) 0);
  }

  @Override
  public void write(long lba, int count, byte[] from, int at) {
    long position = lba * SECTOR;
    int length = count * SECTOR;
    for (int done = 0; done < length; ) {
      long where = position + done;
      byte[] cluster = overlay.computeIfAbsent(where / CLUSTER, this::loadCluster);
      int inside = (int) (where % CLUSTER);
      int part = Math.min(length - done, CLUSTER - inside);
      System.arraycopy(from, at + done, cluster, inside, part);
      done += part;
    }
  }

  /** Nothing to keep. */
  @Override
  public void flush() {}

  private byte[] loadCluster(long number) {
    byte[] cluster = new byte[CLUSTER];
    readFile(number * CLUSTER, cluster, 0, CLUSTER);
    return cluster;
  }

  @Override
  public void close() {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
