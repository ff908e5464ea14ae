package io.github.bitterling.minnow.scsi;

import io.github.bitterling.minnow.storage.Disk;

/**
 * A CD-ROM drive with a disc of one data track in it (MMC-5). Blocks have 2048 bytes; the disc
 * cannot be ejected.
 */
public final class CdRom extends ScsiTarget {
  /** Bytes of a data block. */
  public static final int BLOCK = 2048;

  private static final int FRAMES_A_SECOND = 75;
  private static final int LEAD_IN = 150;
  private static final int ERROR_RECOVERY = 0x01;
  private static final int CAPABILITIES = 0x2A;
  private static final int DATA_TRACK = 0x14;
  private static final int LEAD_OUT = 0xAA;
  private static final int PROFILE_CD_ROM = 0x08;

  public CdRom(Disk disk) {
    super(disk, 5, BLOCK, "CD-ROM drive");
  }

  @Override
  protected Transfer command(Cdb c) {
    return switch (c.operation()) {
      case 0x43 -> contents(c);
      case 0x46 -> configuration(c);
      case 0x4A -> event(c);
      case 0x51 -> Transfer.answer(discInformation(), c.u16(7));
      case 0x52 -> Transfer.answer(trackInformation(), c.u16(7));
      case 0xBD -> Transfer.answer(new byte[] {0, 0, 0, 0, 0, 1, 0, 0}, c.u16(8));
      case 0xBB -> Transfer.done(); // SET CD SPEED
      case 0xBE -> readCd(c);
      default -> super.command(c);
    };
  }

  /** READ CD: user data of mode 1 blocks only. */
  private Transfer readCd(Cdb c) {
    int fields = c.at(9) & 0xF8;
    if (fields != 0x10 && fields != 0 || c.at(10) != 0) {
      return Transfer.failed(Sense.INVALID_FIELD);
    }
    return fields == 0 ? Transfer.done() : read(c.u32(2), c.u24(6));
  }

  /** READ TOC/PMA/ATIP formats 0 (contents) and 1 (sessions). */
  private Transfer contents(Cdb c) {
    boolean minutes = (c.at(1) & 2) != 0;
    int format = c.at(2) & 15;
    if (format == 0) {
      format = c.at(9) >>> 6; // as ATAPI drives before MMC had it
    }
    int first = c.at(6);
    if (format == 1) {
      return Transfer.answer(toc(minutes, new int[] {1}), c.u16(7));
    }
    if (format != 0 || first > 1 && first != LEAD_OUT) {
      return Transfer.failed(Sense.INVALID_FIELD);
    }
    int[] tracks = first == LEAD_OUT ? new int[] {LEAD_OUT} : new int[] {1, LEAD_OUT};
    return Transfer.answer(toc(minutes, tracks), c.u16(7));
  }

  private byte[] toc(boolean minutes, int[] tracks) {
    byte[] data = new byte[4 + 8 * tracks.length];
    data[1] = (byte) (data.length - 2);
    data[2] = 1;
    data[3] = 1;
    for (int i = 0; i < tracks.length; i++) {
      int at = 4 + 8 * i;
      data[at + 1] = DATA_TRACK;
      data[at + 2] = (byte) tracks[i];
      put32(data, at + 4, position(tracks[i] == LEAD_OUT ? blocks() : 0, minutes));
    }
    return data;
  }

  /** A block as it is, or as minute, second and frame of the disc. */
  private static long position(long block, boolean minutes) {
    if (!minutes) {
      return block;
    }
    long frames = block + LEAD_IN;
    long seconds = frames / FRAMES_A_SECOND;
    return seconds / 60 << 16 | seconds % 60 << 8 | frames % FRAMES_A_SECOND;
  }

  /** GET CONFIGURATION: profile list, core, morphing, removable medium, random and multi read. */
  private Transfer configuration(Cdb c) {
    byte[][] features = {
      {0, 0, 3, 4, 0, PROFILE_CD_ROM, 1, 0},
      {0, 1, 0x0B, 8, 0, 0, 0, 7, 1, 0, 0, 0},
      {0, 2, 7, 4, 2, 0, 0, 0},
      {0, 3, 3, 4, 0x21, 0, 0, 0},
      {0, 0x10, 1, 8, 0, 0, 8, 0, 0, 1, 0, 0},
      {0, 0x1D, 1, 0},
      {0, 0x1E, 9, 4, 0, 0, 0, 0}
    };
    int type = c.at(1) & 3;
    int start = c.u16(2);
    byte[] data = new byte[96];
    int length = 8;
    for (byte[] feature : features) {
      int code = feature[0] << 8 | feature[1];
      if (type == 2 ? code == start : code >= start) {
        System.arraycopy(feature, 0, data, length, feature.length);
        length += feature.length;
      }
    }
    put32(data, 0, length - 4);
    data[7] = PROFILE_CD_ROM;
    return Transfer.answer(java.util.Arrays.copyOf(data, length), c.u16(7));
  }

  /** GET EVENT STATUS NOTIFICATION, polled: the medium is there, nothing happened. */
  private Transfer event(Cdb c) {
    if ((c.at(1) & 1) == 0) {
      return Transfer.failed(Sense.INVALID_FIELD);
    }
    boolean media = (c.at(4) & 0x10) != 0;
    byte[] data =
        media ? new byte[] {0, 6, 4, 0x10, 0, 2, 0, 0} : new byte[] {0, 2, (byte) 0x80, 0x10};
    return Transfer.answer(data, c.u16(7));
  }

  private static byte[] discInformation() {
    byte[] data = new byte[34];
    data[1] = 32;
    data[2] = 0x0E; // complete disc, complete last session
    data[3] = 1;
    data[4] = 1;
    data[5] = 1;
    data[6] = 1;
    return data;
  }

  private byte[] trackInformation() {
    byte[] data = new byte[28];
    data[1] = 26;
    data[2] = 1;
    data[3] = 1;
    data[5] = 4;
    data[6] = 1;
    put32(data, 24, blocks());
    return data;
  }

  @Override
  protected byte[] modePage(int page) {
    return switch (page) {
      case ERROR_RECOVERY -> new byte[] {ERROR_RECOVERY, 6, 0, 5, 0, 0, 0, 0};
      case CAPABILITIES -> capabilities();
      default -> null;
    };
  }

  /** C/DVD capabilities and mechanical status: a tray drive, 24 speed, that reads CDs. */
  private static byte[] capabilities() {
    byte[] data = new byte[22];
    data[0] = CAPABILITIES;
    data[1] = 20;
    data[2] = 3;
    data[4] = 0x71;
    data[6] = 0x28;
    data[8] = 4233 >>> 8;
    data[9] = (byte) 4233;
    data[12] = 0;
    data[13] = (byte) 128;
    data[14] = 4233 >>> 8;
    data[15] = (byte) 4233;
    return data;
  }

  @Override
  protected int[] modePages() {
    return new int[] {ERROR_RECOVERY, CAPABILITIES};
  }

  @Override
  protected int modeFlags() {
    return 0;
  }
}
