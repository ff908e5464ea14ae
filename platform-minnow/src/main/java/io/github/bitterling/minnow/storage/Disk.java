package io.github.bitterling.minnow.storage;

/** A medium of 512-byte sectors. */
public interface Disk extends AutoCloseable {
  /** Bytes in a sector. */
  int SECTOR = 512;

  /** Number of sectors. */
  long sectors();

  /**
   * Reads {@code count} sectors from {@code lba} into {@code to} at byte {@code at}.
   *
   * @throws java.io.UncheckedIOException if the host cannot read its file
   */
  void read(long lba, int count, byte[] to, int at);

  /**
   * Writes {@code count} sectors.
   *
   * @throws java.io.UncheckedIOException if the host cannot write its file
   */
  void write(long lba, int count, byte[] from, int at);

  /**
   * What was written before survives a loss of power of the host.
   *
   * @throws java.io.UncheckedIOException if the host cannot say so
   */
  void flush();

  /** At most 20 printable characters, the same in every run. */
  String serialNumber();

  @Override
  void close();
}
