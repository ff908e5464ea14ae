package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.storage.Disk;

/**
 * Log 10h, NCQ command error (ATA8-ACS, A.11): which queued command failed, and how. Log 0 is the
 * directory.
 */
final class QueuedErrorLog {
  private static final int NUMBER = 0x10;
  private static final int NOT_QUEUED = 0x80;

  private final byte[] error = new byte[Disk.SECTOR];

  QueuedErrorLog() {
    clear();
  }

  void clear() {
    java.util.Arrays.fill(error, (byte) 0);
    error[0] = (byte) NOT_QUEUED;
  }

  void note(CommandFis c, AtaDevice.Result result) {
    clear();
    error[0] = (byte) c.tag();
    error[2] = (byte) result.status();
    error[3] = (byte) result.error();
    long lba = c.lba48();
    for (int i = 0; i < 3; i++) {
      error[4 + i] = (byte) (lba >>> 8 * i);
      error[8 + i] = (byte) (lba >>> 24 + 8 * i);
    }
    error[7] = (byte) c.device();
    error[12] = (byte) c.count();
  }

  /** A page of 512 bytes, or null where there is no such log. Reading the error clears it. */
  byte[] page(int number) {
    return switch (number) {
      case 0 -> directory();
      case NUMBER -> taken();
      default -> null;
    };
  }

  private static byte[] directory() {
    byte[] page = new byte[Disk.SECTOR];
    page[0] = 1;
    page[2 * NUMBER] = 1;
    return page;
  }

  private byte[] taken() {
    byte[] page = error.clone();
    int sum = 0;
    for (int i = 0; i < page.length - 1; i++) {
      sum += page[i];
    }
    page[page.length - 1] = (byte) -sum;
    clear();
    return page;
  }
}
