package io.github.bitterling.minnow.ahci;

/** A disk of 512-byte sectors. */
public interface Disk extends AutoCloseable {
  /** Bytes in a sector. */
  int SECTOR = 512;

  /** Number of sectors. */
  long sectors();

  /** Reads {@code count} sectors from {@code lba} into {@code to} at byte {@code at}. */
  void read(long lba, int count, byte[] to, int at);

  /** Writes {@code count} sectors. */
  void write(long lba, int count, byte[] from, int at);

  /** At most 20 printable characters, the same in every run. */
  String serialNumber();

  @Override
  void close();
}
