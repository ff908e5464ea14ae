package io.github.bitterling.minnow.scsi;

import io.github.bitterling.minnow.storage.Disk;

/** A removable disk of 512-byte blocks (SBC-2), such as a memory stick. */
public final class ScsiDisk extends ScsiTarget {
  private static final int CACHING = 0x08;

  public ScsiDisk(Disk disk) {
    super(disk, 0, Disk.SECTOR, "USB disk");
  }

  @Override
  protected Transfer command(Cdb c) {
    return switch (c.operation()) {
      case 0x08 -> read(c.u24(1) & 0x1F_FFFF, c.at(4) == 0 ? 256 : c.at(4));
      case 0x0A -> write(c.u24(1) & 0x1F_FFFF, c.at(4) == 0 ? 256 : c.at(4));
      case 0x2A -> write(c.u32(2), c.u16(7));
      case 0xAA -> write(c.u32(2), c.u32(6));
      case 0x88 -> read(c.u64(2), c.u32(10));
      case 0x8A -> write(c.u64(2), c.u32(10));
      case 0x2F -> verify(c);
      case 0x9E ->
          (c.at(1) & 0x1F) == 0x10
              ? Transfer.answer(capacity16(), c.u32(10))
              : Transfer.failed(Sense.INVALID_FIELD);
      case 0x23 -> Transfer.answer(formatCapacities(), c.u16(7));
      default -> super.command(c);
    };
  }

  private Transfer write(long block, long count) {
    return outside(block, count)
        ? Transfer.failed(Sense.OUT_OF_RANGE)
        : Transfer.write(disk, block, count);
  }

  /** Without byte check: the blocks are there. */
  private Transfer verify(Cdb c) {
    if ((c.at(1) & 2) != 0) {
      return Transfer.failed(Sense.INVALID_FIELD);
    }
    return outside(c.u32(2), c.u16(7)) ? Transfer.failed(Sense.OUT_OF_RANGE) : Transfer.done();
  }

  private byte[] capacity16() {
    byte[] data = new byte[32];
    put32(data, 0, blocks() - 1 >>> 32);
    put32(data, 4, blocks() - 1);
    put32(data, 8, Disk.SECTOR);
    return data;
  }

  private byte[] formatCapacities() {
    byte[] data = new byte[12];
    data[3] = 8;
    put32(data, 4, Math.min(blocks(), 0xFFFF_FFFFL));
    put32(data, 8, 0x0200_0000 | Disk.SECTOR);
    return data;
  }

  /** Caching: writes are cached, so that the host flushes. */
  @Override
  protected byte[] modePage(int page) {
    if (page != CACHING) {
      return null;
    }
    byte[] data = new byte[20];
    data[0] = CACHING;
    data[1] = 18;
    data[2] = 4;
    return data;
  }

  @Override
  protected int[] modePages() {
    return new int[] {CACHING};
  }

  @Override
  protected int modeFlags() {
    return 0;
  }
}
