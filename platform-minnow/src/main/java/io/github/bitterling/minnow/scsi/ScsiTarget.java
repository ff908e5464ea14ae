package io.github.bitterling.minnow.scsi;

import io.github.bitterling.minnow.storage.Disk;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * What every direct-access target does with a command (SPC-3, SBC-2): identity, sense, capacity,
 * reading. Each kind of drive adds its own commands.
 */
public abstract class ScsiTarget {
  private static final String VENDOR = "BITTERLG";
  private static final String REVISION = "1.0 ";

  protected final Disk disk;
  private final int blockBytes;
  private final int type;
  private final String product;
  private Sense pending = Sense.NONE;
  private boolean attention = true;

  /**
   * @param type peripheral device type (SPC-3, table 83)
   * @param blockBytes a multiple of 512
   */
  ScsiTarget(Disk disk, int type, int blockBytes, String product) {
    this.disk = disk;
    this.type = type;
    this.blockBytes = blockBytes;
    this.product = product;
  }

  /** As after power-on: the next command that tests the unit is told. */
  public void reset() {
    pending = Sense.NONE;
    attention = true;
  }

  /** Forgets how the last command ended. */
  public final void clearSense() {
    pending = Sense.NONE;
  }

  /** Blocks of the medium; a last part of a block counts and is padded with zeros. */
  final long blocks() {
    int sectors = blockBytes / Disk.SECTOR;
    return (disk.sectors() + sectors - 1) / sectors;
  }

  /** Starts a command; the carrier moves its data and calls {@link #ended}. */
  public final Transfer execute(byte[] bytes) {
    Cdb cdb = new Cdb(bytes);
    if (cdb.operation() != 0x03) {
      pending = Sense.NONE;
    }
    if (attention && notifies(cdb.operation())) {
      attention = false;
      return Transfer.failed(Sense.WAS_RESET);
    }
    return command(cdb);
  }

  /** Commands that work whatever happened before (SPC-3, 5.10.6 and 6.4). */
  private static boolean notifies(int operation) {
    return switch (operation) {
      case 0x03, 0x12, 0x46, 0x4A, 0xA0 -> false;
      default -> true;
    };
  }

  /** The carrier says that a command is over; a failure's sense is kept for REQUEST SENSE. */
  public final void ended(Transfer transfer) {
    pending = transfer.sense();
  }

  /** A command of the kind of drive. */
  protected Transfer command(Cdb c) {
    return switch (c.operation()) {
      // TEST UNIT READY, START STOP UNIT, PREVENT ALLOW MEDIUM REMOVAL
      case 0x00, 0x1B, 0x1E -> Transfer.done();
      case 0x03 -> requestSense(c);
      case 0x12 -> inquiry(c);
      case 0x1A -> modeSense(c, c.at(4), false);
      case 0x5A -> modeSense(c, c.u16(7), true);
      case 0x25 -> Transfer.answer(capacity10(), 8);
      case 0x28 -> read(c.u32(2), c.u16(7));
      case 0xA8 -> read(c.u32(2), c.u32(6));
      case 0x35, 0x91 -> flush();
      case 0xA0 ->
          Transfer.answer(new byte[] {0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, c.u32(6));
      default -> Transfer.failed(Sense.INVALID_COMMAND);
    };
  }

  private Transfer requestSense(Cdb c) {
    byte[] data = pending.data();
    pending = Sense.NONE;
    return Transfer.answer(data, c.at(4));
  }

  private Transfer inquiry(Cdb c) {
    if ((c.at(1) & 1) != 0) {
      byte[] page = vitalPage(c.at(2));
      return page == null ? Transfer.failed(Sense.INVALID_FIELD) : Transfer.answer(page, c.u16(3));
    }
    if (c.at(2) != 0) {
      return Transfer.failed(Sense.INVALID_FIELD);
    }
    byte[] data = new byte[36];
    data[0] = (byte) type;
    data[1] = (byte) 0x80;
    data[2] = 5;
    data[3] = 2;
    data[4] = 31;
    text(data, 8, 8, VENDOR);
    text(data, 16, 16, product);
    text(data, 32, 4, REVISION);
    return Transfer.answer(data, c.u16(3));
  }

  /** Vital product data: which pages there are, and the serial number. */
  private byte[] vitalPage(int page) {
    byte[] content =
        switch (page) {
          case 0x00 -> new byte[] {0x00, (byte) 0x80};
          case 0x80 -> disk.serialNumber().getBytes(StandardCharsets.US_ASCII);
          default -> null;
        };
    if (content == null) {
      return null;
    }
    byte[] data = new byte[4 + content.length];
    data[0] = (byte) type;
    data[1] = (byte) page;
    data[3] = (byte) content.length;
    System.arraycopy(content, 0, data, 4, content.length);
    return data;
  }

  static void text(byte[] data, int at, int length, String value) {
    Arrays.fill(data, at, at + length, (byte) ' ');
    byte[] ascii = value.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(ascii, 0, data, at, Math.min(length, ascii.length));
  }

  /** Mode page {@code page} with its two header bytes, or null where there is none. */
  protected abstract byte[] modePage(int page);

  /** Pages in answer to "all pages", in ascending order. */
  protected abstract int[] modePages();

  /** Device-specific parameter of the mode header. */
  protected abstract int modeFlags();

  private Transfer modeSense(Cdb c, int allocation, boolean ten) {
    int wanted = c.at(2) & 0x3F;
    if (c.at(2) >>> 6 == 3) {
      return Transfer.failed(new Sense(5, 0x39, 0));
    }
    byte[] pages = new byte[0];
    for (int page : wanted == 0x3F ? modePages() : new int[] {wanted}) {
      byte[] one = modePage(page);
      if (one == null) {
        return Transfer.failed(Sense.INVALID_FIELD);
      }
      pages = append(pages, one);
    }
    return Transfer.answer(append(modeHeader(pages.length, ten), pages), allocation);
  }

  private byte[] modeHeader(int content, boolean ten) {
    byte[] header = new byte[ten ? 8 : 4];
    int length = content + header.length - (ten ? 2 : 1);
    if (ten) {
      header[0] = (byte) (length >>> 8);
      header[1] = (byte) length;
      header[3] = (byte) modeFlags();
    } else {
      header[0] = (byte) length;
      header[2] = (byte) modeFlags();
    }
    return header;
  }

  private static byte[] append(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }

  private byte[] capacity10() {
    byte[] data = new byte[8];
    put32(data, 0, Math.min(blocks() - 1, 0xFFFF_FFFFL));
    put32(data, 4, blockBytes);
    return data;
  }

  static void put32(byte[] data, int at, long value) {
    for (int i = 0; i < 4; i++) {
      data[at + i] = (byte) (value >>> 24 - 8 * i);
    }
  }

  protected final boolean outside(long block, long count) {
    return block < 0 || count < 0 || block > blocks() || count > blocks() - block;
  }

  protected final Transfer read(long block, long count) {
    int sectors = blockBytes / Disk.SECTOR;
    return outside(block, count)
        ? Transfer.failed(Sense.OUT_OF_RANGE)
        : Transfer.read(disk, block * sectors, count * sectors);
  }

  private Transfer flush() {
    try {
      disk.flush();
      return Transfer.done();
    } catch (UncheckedIOException e) {
      return Transfer.failed(Sense.UNWRITABLE);
    }
  }

  public final void close() {
    disk.close();
  }
}
