package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.SparseStorage;

/**
 * Register window of the graphics device: storage plus the acknowledge bits that firmware waits
 * for.
 */
final class IgdRegisters implements MmioDevice {
  static final int SIZE = 4 << 20;

  private static final int FORCEWAKE = 0x130090;
  private static final int RENDER_WAKE = 0x1300B0;
  private static final int MEDIA_WAKE = 0x1300B8;
  private static final int SIDEBAND_DOORBELL = 0x182100;
  private static final int AUX_CONTROL = 0x1E4210;

  /** The DisplayPort AUX channel has nobody on it: every transfer times out. */
  private static final long AUX_TIMED_OUT = 0x5000_0000L;

  private final SparseStorage storage = new SparseStorage("IGD");

  void reset() {
    storage.reset();
  }

  @Override
  public long read(int offset, int width) {
    return storage.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    storage.write(offset, width, value);
    switch (offset) {
      case FORCEWAKE -> acknowledge(offset, value & 1);
      case RENDER_WAKE, MEDIA_WAKE -> masked(offset, value);
      case SIDEBAND_DOORBELL -> storage.write(offset, 4, value & ~1L);
      case AUX_CONTROL -> auxiliary(value);
      default -> {}
    }
  }

  private void acknowledge(int request, long bits) {
    storage.write(request + 4, 4, bits);
  }

  /** The high half says which bits of the low half are written; bit 15 is acknowledged. */
  private void masked(int request, long value) {
    long mask = value >>> 16 & 0xFFFF;
    long ack = storage.read(request + 4, 4);
    acknowledge(request, ack & ~(mask & 0x8000) | value & mask & 0x8000);
  }

  private void auxiliary(long value) {
    if ((value & 1L << 31) != 0) {
      storage.write(AUX_CONTROL, 4, value & ~(1L << 31) | AUX_TIMED_OUT);
    }
  }
}
