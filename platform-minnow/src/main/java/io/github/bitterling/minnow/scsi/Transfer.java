package io.github.bitterling.minnow.scsi;

import io.github.bitterling.minnow.storage.Disk;
import java.io.UncheckedIOException;
import java.util.Arrays;

/**
 * One command under way: the data it moves, piece by piece as its carrier asks, and how it ends.
 * Blocks are read when they are asked for and written when they are complete.
 */
public final class Transfer {
  /** Which way the data go. */
  public enum Direction {
    NONE,
    TO_HOST,
    FROM_HOST
  }

  private final Direction direction;
  private final long length;
  private final byte[] fixed;
  private final Disk disk;
  private final long start;
  private final byte[] sector = new byte[Disk.SECTOR];
  private long done;
  private Sense sense;

  private Transfer(
      Direction direction, long length, byte[] fixed, Disk disk, long start, Sense sense) {
    this.direction = direction;
    this.length = length;
    this.fixed = fixed;
    this.disk = disk;
    this.start = start;
    this.sense = sense;
  }

  static Transfer done() {
    return new Transfer(Direction.NONE, 0, null, null, 0, Sense.NONE);
  }

  static Transfer failed(Sense sense) {
    return new Transfer(Direction.NONE, 0, null, null, 0, sense);
  }

  /** The first {@code allocation} bytes of an answer. */
  static Transfer answer(byte[] data, long allocation) {
    int length = (int) Math.min(data.length, allocation);
    byte[] sent = Arrays.copyOf(data, length);
    return new Transfer(
        length == 0 ? Direction.NONE : Direction.TO_HOST, length, sent, null, 0, Sense.NONE);
  }

  /**
   * @param sector first sector of 512 bytes
   */
  static Transfer read(Disk disk, long sector, long sectors) {
    return sectors == 0
        ? done()
        : new Transfer(Direction.TO_HOST, sectors * Disk.SECTOR, null, disk, sector, Sense.NONE);
  }

  static Transfer write(Disk disk, long sector, long sectors) {
    return sectors == 0
        ? done()
        : new Transfer(Direction.FROM_HOST, sectors * Disk.SECTOR, null, disk, sector, Sense.NONE);
  }

  public Direction direction() {
    return direction;
  }

  /** Bytes the command moves in all. */
  public long length() {
    return length;
  }

  /** Bytes still to move. */
  public long left() {
    return length - done;
  }

  /** What went wrong; key 0 when nothing did. */
  public Sense sense() {
    return sense;
  }

  public boolean failed() {
    return sense.key() != 0;
  }

  /** Gives the host the next bytes; fewer than asked for at the end or when the medium fails. */
  public int toHost(byte[] to, int at, int count) {
    int moved = 0;
    while (moved < count && left() > 0 && !failed()) {
      int part = (int) Math.min(count - moved, left());
      part = fixed != null ? fromFixed(to, at + moved, part) : fromDisk(to, at + moved, part);
      moved += part;
      done += part;
    }
    return moved;
  }

  private int fromFixed(byte[] to, int at, int count) {
    System.arraycopy(fixed, (int) done, to, at, count);
    return count;
  }

  private int fromDisk(byte[] to, int at, int count) {
    int inside = (int) (done % Disk.SECTOR);
    int whole = inside == 0 ? count / Disk.SECTOR : 0;
    try {
      if (whole > 0) {
        disk.read(start + done / Disk.SECTOR, whole, to, at);
        return whole * Disk.SECTOR;
      }
      if (inside == 0) {
        disk.read(start + done / Disk.SECTOR, 1, sector, 0);
      }
    } catch (UncheckedIOException e) {
      sense = Sense.UNREADABLE;
      return 0;
    }
    int part = Math.min(count, Disk.SECTOR - inside);
    System.arraycopy(sector, inside, to, at, part);
    return part;
  }

  /** Takes the next bytes from the host; what exceeds the command is not taken. */
  public int fromHost(byte[] from, int at, int count) {
    int moved = 0;
    while (moved < count && left() > 0 && !failed()) {
      int part = (int) Math.min(count - moved, left());
      part = toDisk(from, at + moved, part);
      moved += part;
      done += part;
    }
    return moved;
  }

  private int toDisk(byte[] from, int at, int count) {
    int inside = (int) (done % Disk.SECTOR);
    int whole = inside == 0 ? count / Disk.SECTOR : 0;
    try {
      if (whole > 0) {
        disk.write(start + done / Disk.SECTOR, whole, from, at);
        return whole * Disk.SECTOR;
      }
      int part = Math.min(count, Disk.SECTOR - inside);
      System.arraycopy(from, at, sector, inside, part);
      if (inside + part == Disk.SECTOR) {
        disk.write(start + done / Disk.SECTOR, 1, sector, 0);
      }
      return part;
    } catch (UncheckedIOException e) {
      sense = Sense.UNWRITABLE;
      return 0;
    }
  }
}
