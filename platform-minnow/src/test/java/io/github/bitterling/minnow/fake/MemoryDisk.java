package io.github.bitterling.minnow.fake;

import io.github.bitterling.minnow.storage.Disk;

/** A disk in an array; sector n is filled with the byte n. */
public final class MemoryDisk implements Disk {
  public final byte[] data;
  public int flushes;

  public MemoryDisk(int sectors) {
    data = new byte[sectors * SECTOR];
    for (int i = 0; i < data.length; i++) {
      data[i] = (byte) (i / SECTOR);
    }
  }

  @Override
  public long sectors() {
    return data.length / SECTOR;
  }

  @Override
  public void read(long lba, int count, byte[] to, int at) {
    System.arraycopy(data, (int) lba * SECTOR, to, at, count * SECTOR);
  }

  @Override
  public void write(long lba, int count, byte[] from, int at) {
    System.arraycopy(from, at, data, (int) lba * SECTOR, count * SECTOR);
  }

  @Override
  public void flush() {
    flushes++;
  }

  @Override
  public String serialNumber() {
    return "TEST0001";
  }

  @Override
  public void close() {}
}
