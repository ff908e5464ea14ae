package io.github.bitterling.minnow.bus;

/** A device as its memory window sees it: offsets only, the bus owns addresses. */
public interface MmioDevice {
  /** Reads {@code width} (1, 2, 4 or 8) bytes at a byte offset into the window, zero-extended. */
  long read(int offset, int width);

  /** Writes {@code width} bytes at a byte offset into the window. */
  void write(int offset, int width, long value);
}
