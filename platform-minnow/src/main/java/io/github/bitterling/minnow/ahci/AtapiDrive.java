package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.scsi.ScsiTarget;
import io.github.bitterling.minnow.scsi.Transfer;
import io.github.bitterling.minnow.scsi.Transfer.Direction;
import java.util.Arrays;

/** A packet device (ATA8-ACS, PACKET feature set): its commands are those of a SCSI target. */
final class AtapiDrive implements AtaDevice {
  private static final int SIGNATURE = 0xEB14_0101;
  private static final int PACKET_BYTES = 12;
  private static final int CHUNK = 65536;

  private final ScsiTarget target;
  private final String serial;
  private int udma = 5;

  AtapiDrive(ScsiTarget target, String serial) {
    this.target = target;
    this.serial = serial;
  }

  @Override
  public int signature() {
    return SIGNATURE;
  }

  @Override
  public void reset() {
    target.reset();
  }

  /** Ends what is under way; only a hardware reset is told as a unit attention condition. */
  @Override
  public void softReset() {
    target.clearSense();
  }

  @Override
  public Result execute(CommandFis c, byte[] packet, PrdCursor data) {
    return switch (c.command()) {
      case 0xA0 -> packet(c, Arrays.copyOf(packet, PACKET_BYTES), data);
      case 0xA1 -> identify(data);
      case 0xEF -> setFeatures(c);
      case 0x08 -> deviceReset();
      // CHECK POWER MODE, IDLE, STANDBY (IMMEDIATE), FLUSH CACHE
      case 0xE5, 0xE0, 0xE1, 0xE7 -> Result.done(Protocol.NO_DATA, 0);
      default -> Result.failure(Protocol.NO_DATA, ABORTED);
    };
  }

  private Result identify(PrdCursor data) {
    byte[] block = Identify.packet(serial, udma);
    data.move(block, block.length, true);
    return Result.done(Protocol.PIO_IN, block.length);
  }

  /** Only the transfer mode can be set, and makes no difference. */
  private Result setFeatures(CommandFis c) {
    int mode = c.count() & 0xFF;
    boolean known = mode <= 0x0C || mode >= 0x20 && mode <= 0x22 || mode >= 0x40 && mode <= 0x45;
    if ((c.features() & 0xFF) != 3 || !known) {
      return Result.failure(Protocol.NO_DATA, ABORTED);
    }
    udma = mode >= 0x40 ? mode & 7 : mode >= 0x20 ? -1 : udma;
    return Result.done(Protocol.NO_DATA, 0);
  }

  private Result deviceReset() {
    softReset();
    return Result.done(Protocol.RESET, 0);
  }

  private Result packet(CommandFis c, byte[] cdb, PrdCursor data) {
    Transfer transfer = target.execute(cdb);
    boolean fits = move(transfer, data);
    target.ended(transfer);
    Protocol protocol =
        (c.features() & 1) != 0 || transfer.direction() != Direction.TO_HOST
            ? Protocol.DMA
            : Protocol.PIO_IN;
    if (transfer.failed()) {
      // Error register: sense key in bits 7:4, ABRT.
      return Result.failure(protocol, transfer.sense().key() << 4 | ABORTED);
    }
    return fits
        ? Result.done(protocol, (int) Math.min(transfer.length(), c.byteCountLimit()))
        : new Result(protocol, FAILED, ABORTED, 0, true);
  }

  /** Moves all data; false when the host's memory ends before them. */
  private static boolean move(Transfer transfer, PrdCursor data) {
    byte[] buffer = new byte[(int) Math.min(CHUNK, transfer.length())];
    boolean toHost = transfer.direction() == Direction.TO_HOST;
    while (transfer.left() > 0 && !transfer.failed()) {
      int part = (int) Math.min(buffer.length, transfer.left());
      if (toHost) {
        part = transfer.toHost(buffer, 0, part);
      }
      if (data.move(buffer, part, toHost) != part) {
        return false;
      }
      if (!toHost) {
        transfer.fromHost(buffer, 0, part);
      }
    }
    return true;
  }

  @Override
  public void close() {
    target.close();
  }
}
