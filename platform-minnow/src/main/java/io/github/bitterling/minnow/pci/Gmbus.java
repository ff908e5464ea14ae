package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.SparseStorage;

/**
 * The graphics device's controller for the I2C wires of its display connectors (GMBUS0 to GMBUS5,
 * Intel's graphics manuals, "GMBUS"). Nothing is connected: every address goes without an
 * acknowledge.
 */
final class Gmbus implements MmioDevice {
  static final int SIZE = 0x24;

  private static final int COMMAND = 0x04;
  private static final int STATUS = 0x08;

  // Command: the host's side is ready; clear interrupt and errors; kinds of cycles, 0 for none
  private static final int SW_READY = 1 << 30;
  private static final int SW_CLEAR = 1 << 31;
  private static final int CYCLE = 7 << 25;

  // Status: the semaphore between users; nobody acknowledged; ready for data
  private static final int IN_USE = 1 << 15;
  private static final int HW_READY = 1 << 11;
  private static final int NO_ACKNOWLEDGE = 1 << 10;

  private final SparseStorage storage = new SparseStorage("GMBUS");
  private int status;
  private boolean inUse;

  void reset() {
    storage.reset();
    status = 0;
    inUse = false;
  }

  /** Reading the status takes the semaphore. */
  @Override
  public long read(int offset, int width) {
    if (offset != STATUS) {
      return storage.read(offset, width);
    }
    int value = status | (inUse ? IN_USE : 0);
    inUse = true;
    return value;
  }

  @Override
  public void write(int offset, int width, long value) {
    switch (offset) {
      case STATUS -> inUse &= (value & IN_USE) == 0;
      case COMMAND -> {
        storage.write(offset, width, value & ~SW_READY);
        command((int) value);
      }
      default -> storage.write(offset, width, value);
    }
  }

  private void command(int value) {
    if ((value & SW_CLEAR) != 0) {
      status = 0;
    } else if ((value & SW_READY) != 0 && (value & CYCLE) != 0) {
      status = NO_ACKNOWLEDGE | HW_READY;
    }
  }
}
