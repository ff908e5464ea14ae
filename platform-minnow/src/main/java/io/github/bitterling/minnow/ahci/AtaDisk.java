package io.github.bitterling.minnow.ahci;

import java.io.UncheckedIOException;

/** The ATA command set of the disk (ATA8-ACS): what a command does and the status it ends with. */
final class AtaDisk {
  private static final int OK = 0x50;
  private static final int FAILED = 0x51;
  private static final int ABORTED = 0x04;
  private static final int NOT_FOUND = 0x10;
  private static final int UNCORRECTABLE = 0x40;
  private static final int CHUNK_SECTORS = 128;

  /** How the end of a command is reported. */
  enum Protocol {
    NO_DATA,
    DMA,
    PIO_IN,
    QUEUED
  }

  /**
   * @param bytes of the last PIO block
   * @param overflow the host's descriptors were shorter than the data
   */
  record Result(Protocol protocol, int status, int error, int bytes, boolean overflow) {
    boolean failed() {
      return (status & 1) != 0;
    }
  }

  private final Disk disk;

  AtaDisk(Disk disk) {
    this.disk = disk;
  }

  /** Nothing survives a reset but the medium. */
  void reset() {}

  Result execute(CommandFis c, PrdCursor data) {
    return switch (c.command()) {
      case 0xEC -> pio(Identify.of(disk), data);
      case 0xC8 -> transfer(Protocol.DMA, c.lba28(), count28(c), data, true);
      case 0x25 -> transfer(Protocol.DMA, c.lba48(), count48(c.count()), data, true);
      case 0xCA -> transfer(Protocol.DMA, c.lba28(), count28(c), data, false);
      case 0x35 -> transfer(Protocol.DMA, c.lba48(), count48(c.count()), data, false);
      case 0x20 -> transfer(Protocol.PIO_IN, c.lba28(), count28(c), data, true);
      case 0x24 -> transfer(Protocol.PIO_IN, c.lba48(), count48(c.count()), data, true);
      case 0x30 -> transfer(Protocol.NO_DATA, c.lba28(), count28(c), data, false);
      case 0x34 -> transfer(Protocol.NO_DATA, c.lba48(), count48(c.count()), data, false);
      case 0x60 -> transfer(Protocol.QUEUED, c.lba48(), count48(c.features()), data, true);
      case 0x61 -> transfer(Protocol.QUEUED, c.lba48(), count48(c.features()), data, false);
      case 0x40 -> verify(c.lba28(), count28(c));
      case 0x42 -> verify(c.lba48(), count48(c.count()));
      // SET FEATURES, FLUSH CACHE (EXT), IDLE, STANDBY, RECALIBRATE, INITIALIZE PARAMETERS
      case 0xEF, 0xE7, 0xEA, 0xE0, 0xE1, 0xE2, 0xE3, 0x10, 0x91 -> done(Protocol.NO_DATA, 0);
      default -> failure(ABORTED);
    };
  }

  private static int count28(CommandFis c) {
    int count = c.count() & 0xFF;
    return count == 0 ? 256 : count;
  }

  private static int count48(int count) {
    return count == 0 ? 65536 : count;
  }

  private static Result done(Protocol protocol, int bytes) {
    return new Result(protocol, OK, 0, bytes, false);
  }

  private static Result failure(int error) {
    return new Result(Protocol.NO_DATA, FAILED, error, 0, false);
  }

  private Result pio(byte[] block, PrdCursor data) {
    data.move(block, block.length, true);
    return done(Protocol.PIO_IN, block.length);
  }

  private boolean outside(long lba, int count) {
    return lba < 0 || lba + count > disk.sectors();
  }

  private Result verify(long lba, int count) {
    return outside(lba, count) ? failure(NOT_FOUND) : done(Protocol.NO_DATA, 0);
  }

  private Result transfer(Protocol protocol, long lba, int count, PrdCursor data, boolean read) {
    if (outside(lba, count)) {
      return failure(NOT_FOUND);
    }
    byte[] buffer = new byte[Math.min(count, CHUNK_SECTORS) * Disk.SECTOR];
    try {
      for (int sector = 0; sector < count; sector += CHUNK_SECTORS) {
        int part = Math.min(CHUNK_SECTORS, count - sector);
        if (!chunk(lba + sector, part, buffer, data, read)) {
          return new Result(protocol, FAILED, ABORTED, 0, true);
        }
      }
    } catch (UncheckedIOException unreadable) {
      return failure(UNCORRECTABLE);
    }
    return done(protocol, Math.min(count * Disk.SECTOR, Disk.SECTOR));
  }

  private boolean chunk(long lba, int count, byte[] buffer, PrdCursor data, boolean read) {
    int bytes = count * Disk.SECTOR;
    if (read) {
      disk.read(lba, count, buffer, 0);
      return data.move(buffer, bytes, true) == bytes;
    }
    if (data.move(buffer, bytes, false) != bytes) {
      return false;
    }
    disk.write(lba, count, buffer, 0);
    return true;
  }

  void close() {
    disk.close();
  }
}
