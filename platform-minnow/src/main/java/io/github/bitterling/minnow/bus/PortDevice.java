package io.github.bitterling.minnow.bus;

/** A device as its I/O ports see it: offsets from the first port of its range. */
public interface PortDevice {
  /** Reads {@code width} (1, 2 or 4) bytes at an offset, zero-extended. */
  int readPort(int offset, int width);

  /** Writes {@code width} bytes at an offset. */
  void writePort(int offset, int width, int value);

  /**
   * Whether the device takes an access of this width at once. Otherwise the bus splits it into
   * bytes, as the LPC bus does for 8-bit devices.
   */
  default boolean accepts(int offset, int width) {
    return width == 1;
  }
}
