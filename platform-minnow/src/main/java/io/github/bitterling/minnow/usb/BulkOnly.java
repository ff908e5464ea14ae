package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.scsi.ScsiTarget;
import io.github.bitterling.minnow.scsi.Transfer;
import io.github.bitterling.minnow.scsi.Transfer.Direction;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * USB mass storage, bulk-only transport 1.0: a command block wrapper comes in, data move one way, a
 * command status wrapper goes out. Where host and command disagree about the data, the thirteen
 * cases of 6.7 say what happens.
 */
final class BulkOnly {
  private static final int COMMAND_SIGNATURE = 0x4342_5355;
  private static final int STATUS_SIGNATURE = 0x5342_5355;
  private static final int COMMAND_BYTES = 31;
  private static final int STATUS_BYTES = 13;
  private static final int GOOD = 0;
  private static final int FAILED = 1;
  private static final int PHASE_ERROR = 2;

  private enum Phase {
    COMMAND,
    DATA_IN,
    DATA_OUT,
    STATUS,
    /** A wrapper was not valid: nothing but a reset helps. */
    INVALID
  }

  private final ScsiTarget target;
  private Phase phase = Phase.COMMAND;
  private Transfer transfer;
  private int tag;
  private long expected;
  private long moved;
  private boolean disagree;

  BulkOnly(ScsiTarget target) {
    this.target = target;
  }

  /** The device is reset or plugged in. */
  void powerOn() {
    target.reset();
    reset();
  }

  /** Bulk-only mass storage reset. */
  void reset() {
    phase = Phase.COMMAND;
    transfer = null;
  }

  boolean invalid() {
    return phase == Phase.INVALID;
  }

  /** Data or status for the host, as {@link UsbDevice#in}. */
  int toHost(byte[] to, int at, int count) {
    return switch (phase) {
      case DATA_IN -> data(to, at, count);
      case STATUS -> status(to, at, count);
      case INVALID -> UsbDevice.STALL;
      default -> UsbDevice.NAK;
    };
  }

  /** A command or data from the host, as {@link UsbDevice#out}. */
  int fromHost(byte[] from, int at, int count) {
    return switch (phase) {
      case COMMAND -> command(from, at, count);
      case DATA_OUT -> take(from, at, count);
      case INVALID -> UsbDevice.STALL;
      default -> UsbDevice.NAK;
    };
  }

  private int command(byte[] from, int at, int count) {
    ByteBuffer block = ByteBuffer.wrap(from, at, count).slice().order(ByteOrder.LITTLE_ENDIAN);
    int length = count == COMMAND_BYTES ? block.get(14) & 0x1F : 0;
    boolean valid =
        count == COMMAND_BYTES
            && block.getInt(0) == COMMAND_SIGNATURE
            && block.get(13) == 0
            && length >= 1
            && length <= 16;
    if (!valid) {
      phase = Phase.INVALID;
      return UsbDevice.STALL;
    }
    tag = block.getInt(4);
    expected = block.getInt(8) & 0xFFFF_FFFFL;
    moved = 0;
    byte[] packet = new byte[length];
    block.get(15, packet);
    start(packet, (block.get(12) & 0x80) != 0);
    return count;
  }

  private void start(byte[] packet, boolean toHost) {
    transfer = target.execute(packet);
    Direction wanted = toHost ? Direction.TO_HOST : Direction.FROM_HOST;
    // Cases 2, 3, 7, 8, 10, 13: the command moves more than the host expects, or the other way.
    disagree =
        transfer.direction() != Direction.NONE
            && (transfer.length() > expected || transfer.direction() != wanted);
    phase = expected == 0 ? Phase.STATUS : toHost ? Phase.DATA_IN : Phase.DATA_OUT;
  }

  /** Bytes that the data stage can still move. */
  private long left() {
    return disagree ? 0 : Math.min(transfer.left(), expected - moved);
  }

  private int data(byte[] to, int at, int count) {
    int given = transfer.toHost(to, at, (int) Math.min(count, left()));
    moved += given;
    boolean ended = given < count;
    if (ended || moved == expected) {
      phase = Phase.STATUS;
    }
    // Less than the host expects: a short packet, or a stall where there is nothing to send (cases
    // 4, 5).
    return ended && given == 0 ? UsbDevice.STALL : given;
  }

  private int take(byte[] from, int at, int count) {
    if (left() == 0) {
      phase = Phase.STATUS;
      return UsbDevice.STALL;
    }
    int taken = transfer.fromHost(from, at, (int) Math.min(count, left()));
    moved += taken;
    if (moved == expected || taken < count) {
      phase = Phase.STATUS;
    }
    return taken == 0 || taken < count ? UsbDevice.STALL : taken;
  }

  private int status(byte[] to, int at, int count) {
    target.ended(transfer);
    ByteBuffer block = ByteBuffer.allocate(STATUS_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    block.putInt(STATUS_SIGNATURE).putInt(tag).putInt((int) (expected - moved));
    block.put((byte) (disagree ? PHASE_ERROR : transfer.failed() ? FAILED : GOOD));
    int given = Math.min(count, STATUS_BYTES);
    System.arraycopy(block.array(), 0, to, at, given);
    phase = Phase.COMMAND;
    return given;
  }

  void close() {
    target.close();
  }
}
