package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.RegisterFile;

/** What is behind BAR 0 of a function of the subsystem: registers, and what they do. */
abstract class LpssDevice implements MmioDevice {
  /** The declared registers; a device that has others below them overrides the accesses. */
  protected final RegisterFile file;

  /**
   * @param name for dumps
   * @param size bytes of the window, a power of two
   */
  LpssDevice(String name, int size) {
    file = new RegisterFile(name, size);
  }

  /** A device with a window of 4 KiB. */
  LpssDevice(String name) {
    this(name, 4096);
  }

  /**
   * Declares the subsystem's own registers behind the device's: clock divider, resets, latency
   * tolerance. They are storage; nothing is slower for a divider.
   *
   * @param base offset of the first, 400h or 800h
   */
  protected final void privateRegisters(int base) {
    file.register("CLOCK_PARAMS", base, 4, 0, 0x7FFF_FFFF);
    file.register("RESETS", base + 4, 4, 0, 3);
    for (int offset : new int[] {8, 0x10, 0x14, 0x18}) {
      file.register(String.format("PRIVATE%02X", offset), base + offset, 4, 0, 0xFFFF_FFFFL);
    }
  }

  /** Back to the reset values. */
  void reset() {
    file.reset();
  }

  final int size() {
    return file.size();
  }

  @Override
  public long read(int offset, int width) {
    return file.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    file.write(offset, width, value);
  }
}
