package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.minnow.storage.Disk;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The way by which the loader of a direct start reads the files named on the command line; no such
 * device is on the board, and it is there only in a direct start. A 32-bit write to its port is the
 * physical address of a request of 24 bytes: first sector (64 bits), address (64 bits), number of
 * sectors, status. The status becomes 1 when the sectors are in memory, 2 when there are no such
 * sectors. A read gives "BTLF".
 */
public final class StartFilesPort implements PortDevice {
  private static final int SIGNATURE = 0x464C_5442;
  private static final int REQUEST = 24;
  private static final int STATUS = 20;
  private static final int DONE = 1;
  private static final int NO_SUCH_SECTORS = 2;

  private final Dma dma;
  private final byte[] content;

  /**
   * @param content whole sectors
   */
  public StartFilesPort(Dma dma, byte[] content) {
    this.dma = dma;
    this.content = content;
  }

  @Override
  public boolean accepts(int offset, int width) {
    return offset == 0 && width == 4;
  }

  @Override
  public int readPort(int offset, int width) {
    return width == 4 ? SIGNATURE : SIGNATURE >>> 8 * offset & 0xFF;
  }

  @Override
  public void writePort(int offset, int width, int value) {
    if (width == 4) {
      carryOut(value & 0xFFFF_FFFFL);
    }
  }

  private void carryOut(long at) {
    byte[] bytes = new byte[REQUEST];
    dma.read(at, bytes, 0, REQUEST);
    ByteBuffer request = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    long sector = request.getLong(0);
    long count = request.getInt(16) & 0xFFFF_FFFFL;
    long sectors = content.length / Disk.SECTOR;
    boolean there = sector >= 0 && sector <= sectors && count <= sectors - sector;
    if (there) {
      dma.write(request.getLong(8), content, (int) sector * Disk.SECTOR, (int) count * Disk.SECTOR);
    }
    dma.write32(at + STATUS, there ? DONE : NO_SUCH_SECTORS);
  }
}
