package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.storage.Disk;
import java.io.UncheckedIOException;

/** The ATA command set of the disk (ATA8-ACS): what a command does and the status it ends with. */
final class AtaDisk implements AtaDevice {
  private static final int NOT_FOUND = 0x10;
  private static final int UNCORRECTABLE = 0x40;
  private static final int CHUNK_SECTORS = 128;

  private final Disk disk;
  private final DiskFeatures features = new DiskFeatures();
  private final QueuedErrorLog errors = new QueuedErrorLog();

  AtaDisk(Disk disk) {
    this.disk = disk;
  }

  @Override
  public int signature() {
    return DISK_SIGNATURE;
  }

  @Override
  public void reset() {
    features.reset();
    errors.clear();
  }

  @Override
  public void softReset() {
    reset();
  }

  @Override
  public Result execute(CommandFis c, byte[] packet, PrdCursor data) {
    return switch (c.command()) {
      case 0xEC -> pio(Identify.of(disk, features), data);
      case 0xC8 -> transfer(Protocol.DMA, c.lba28(), count28(c), data, true);
      case 0x25 -> transfer(Protocol.DMA, c.lba48(), count48(c.count()), data, true);
      case 0xCA -> transfer(Protocol.DMA, c.lba28(), count28(c), data, false);
      case 0x35 -> transfer(Protocol.DMA, c.lba48(), count48(c.count()), data, false);
      case 0x20 -> transfer(Protocol.PIO_IN, c.lba28(), count28(c), data, true);
      case 0x24 -> transfer(Protocol.PIO_IN, c.lba48(), count48(c.count()), data, true);
      case 0x30 -> transfer(Protocol.NO_DATA, c.lba28(), count28(c), data, false);
      case 0x34 -> transfer(Protocol.NO_DATA, c.lba48(), count48(c.count()), data, false);
      case 0x60, 0x61 -> queued(c, data);
      case 0x2F -> readLog(c, Protocol.PIO_IN, data);
      case 0x47 -> readLog(c, Protocol.DMA, data);
      case 0x40 -> verify(c.lba28(), count28(c));
      case 0x42 -> verify(c.lba48(), count48(c.count()));
      case 0xE7, 0xEA -> flush();
      case 0xEF -> features.set(c) ? Result.done(Protocol.NO_DATA, 0) : aborted();
      case 0xE5 -> Result.done(Protocol.NO_DATA, 0); // CHECK POWER MODE
      // IDLE, STANDBY (IMMEDIATE), RECALIBRATE, INITIALIZE PARAMETERS
      case 0xE0, 0xE1, 0xE2, 0xE3, 0x10, 0x91 -> Result.done(Protocol.NO_DATA, 0);
      default -> aborted();
    };
  }

  private static int count28(CommandFis c) {
    int count = c.count() & 0xFF;
    return count == 0 ? 256 : count;
  }

  private static int count48(int count) {
    return count == 0 ? 65536 : count;
  }

  private static Result aborted() {
    return Result.failure(Protocol.NO_DATA, ABORTED);
  }

  private static Result pio(byte[] block, PrdCursor data) {
    data.move(block, block.length, true);
    return Result.done(Protocol.PIO_IN, block.length);
  }

  private boolean outside(long lba, int count) {
    return lba < 0 || lba + count > disk.sectors();
  }

  private Result verify(long lba, int count) {
    return outside(lba, count)
        ? Result.failure(Protocol.NO_DATA, NOT_FOUND)
        : Result.done(Protocol.NO_DATA, 0);
  }

  private Result flush() {
    try {
      disk.flush();
      return Result.done(Protocol.NO_DATA, 0);
    } catch (UncheckedIOException unwritable) {
      return Result.failure(Protocol.NO_DATA, UNCORRECTABLE);
    }
  }

  /** READ and WRITE FPDMA QUEUED; a failure is kept for the log page that says which one. */
  private Result queued(CommandFis c, PrdCursor data) {
    int count = count48(c.features());
    Result result = transfer(Protocol.QUEUED, c.lba48(), count, data, c.command() == 0x60);
    if (result.failed()) {
      errors.note(c, result);
    }
    return result;
  }

  /** READ LOG (DMA) EXT: the directory and the queued error log, one page each. */
  private Result readLog(CommandFis c, Protocol protocol, PrdCursor data) {
    byte[] page = errors.page((int) c.lba48() & 0xFF);
    boolean first = (c.lba48() >>> 8 & 0xFF) == 0 && (c.lba48() >>> 32 & 0xFF) == 0;
    if (page == null || !first || c.count() != 1) {
      return aborted();
    }
    return data.move(page, page.length, true) == page.length
        ? Result.done(protocol, page.length)
        : new Result(protocol, FAILED, ABORTED, 0, true);
  }

  private Result transfer(Protocol protocol, long lba, int count, PrdCursor data, boolean read) {
    if (outside(lba, count)) {
      return Result.failure(protocol, NOT_FOUND);
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
      return Result.failure(protocol, UNCORRECTABLE);
    }
    return Result.done(protocol, Math.min(count * Disk.SECTOR, Disk.SECTOR));
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

  @Override
  public void close() {
    disk.close();
  }
}
