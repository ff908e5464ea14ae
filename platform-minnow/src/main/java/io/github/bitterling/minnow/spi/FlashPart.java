package io.github.bitterling.minnow.spi;

import io.github.bitterling.vmx.mem.GuestMemory;
import java.util.Arrays;

/**
 * The SPI NOR part of the board, Winbond W25Q64 (8 MiB, JEDEC id EF4017h), at command level.
 * Programming only clears bits and wraps within a 256-byte page; erasing sets whole blocks. Both
 * need the write enable latch and take no time. Contents change in memory only; {@link #contents}
 * is what a save writes.
 */
public final class FlashPart implements AutoCloseable {
  /** Bytes. */
  public static final int SIZE = 8 << 20;

  private static final int PAGE = 256;
  private static final int BUSY_FREE = 0x00;
  private static final int WRITE_ENABLED = 0x02;

  /** Hears of every change of contents. */
  @FunctionalInterface
  public interface ChangeListener {
    /** {@code length} bytes at {@code offset} of the part changed. */
    void changed(int offset, int length);
  }

  private final GuestMemory cells = new GuestMemory(SIZE);
  private ChangeListener listener = (offset, length) -> {};
  private int status;
  private int status2;
  private boolean writeEnabled;
  private boolean everChanged;

  /**
   * @param image exactly {@link #SIZE} bytes
   */
  public FlashPart(byte[] image) {
    if (image.length != SIZE) {
      throw new IllegalArgumentException(
          "the SPI flash of this board holds " + SIZE + " bytes, the image has " + image.length);
    }
    GuestMemory.fromArray(image, 0, cells.base(), SIZE);
  }

  public void onChange(ChangeListener changeListener) {
    listener = changeListener;
  }

  /** The cells, for the direct read map. */
  public GuestMemory cells() {
    return cells;
  }

  /** A copy of the whole part. */
  public byte[] contents() {
    byte[] copy = new byte[SIZE];
    GuestMemory.toArray(cells.base(), copy, 0, SIZE);
    return copy;
  }

  /** Whether the guest programmed or erased anything. */
  public boolean changed() {
    return everChanged;
  }

  /** Little-endian 32-bit read; beyond the part all ones. */
  public long read32(int offset) {
    return offset >= 0 && offset <= SIZE - 4
        ? GuestMemory.get32(cells.base() + offset)
        : 0xFFFF_FFFFL;
  }

  public void reset() {
    writeEnabled = false;
  }

  /**
   * One command with chip select held low.
   *
   * @param opcode first byte
   * @param address 24-bit address, ignored by commands without one
   * @param out data after the address, for writes
   * @param length bytes to read
   * @return what the part answers; FFh where it drives nothing
   */
  public byte[] command(int opcode, int address, byte[] out, int length) {
    return switch (opcode) {
      case 0x03, 0x0B, 0x3B -> read(address, length);
      case 0x9F -> pattern(length, 0xEF, 0x40, 0x17);
      case 0x90 -> pattern(length, 0xEF, 0x16);
      case 0xAB -> pattern(length, 0x16);
      case 0x05 -> pattern(length, BUSY_FREE | status | (writeEnabled ? WRITE_ENABLED : 0));
      case 0x35 -> pattern(length, status2);
      default -> {
        change(opcode, address, out);
        byte[] nothing = new byte[length];
        Arrays.fill(nothing, (byte) 0xFF);
        yield nothing;
      }
    };
  }

  private void change(int opcode, int address, byte[] out) {
    switch (opcode) {
      case 0x06, 0x50 -> writeEnabled = true;
      case 0x04 -> writeEnabled = false;
      case 0x01 -> writeStatus(out);
      case 0x02 -> program(address, out);
      case 0x20 -> erase(address, 4 << 10);
      case 0x52 -> erase(address, 32 << 10);
      case 0xD8 -> erase(address, 64 << 10);
      case 0xC7, 0x60 -> erase(0, SIZE);
      default -> {}
    }
  }

  private byte[] read(int address, int length) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) GuestMemory.get8(cells.base() + (address + i & SIZE - 1));
    }
    return data;
  }

  private static byte[] pattern(int length, int... bytes) {
    byte[] data = new byte[length];
    for (int i = 0; i < length; i++) {
      data[i] = (byte) bytes[i % bytes.length];
    }
    return data;
  }

  private boolean takeWriteEnable() {
    boolean enabled = writeEnabled;
    writeEnabled = false;
    return enabled;
  }

  private void writeStatus(byte[] out) {
    if (takeWriteEnable() && out.length > 0) {
      status = out[0] & 0xFC;
      status2 = out.length > 1 ? out[1] & 0xFF : status2;
    }
  }

  private void program(int address, byte[] out) {
    if (!takeWriteEnable() || out.length == 0) {
      return;
    }
    int page = address & SIZE - 1 & -PAGE;
    for (int i = 0; i < out.length; i++) {
      long cell = cells.base() + page + (address + i & PAGE - 1);
      GuestMemory.put8(cell, GuestMemory.get8(cell) & out[i]);
    }
    notifyChange(page, PAGE);
  }

  private void erase(int address, int block) {
    if (!takeWriteEnable()) {
      return;
    }
    int start = address & SIZE - 1 & -block;
    GuestMemory.fill(cells.address(start, block), block, (byte) 0xFF);
    notifyChange(start, block);
  }

  private void notifyChange(int offset, int length) {
    everChanged = true;
    listener.changed(offset, length);
  }

  @Override
  public void close() {
    cells.close();
  }
}
