package io.github.bitterling.minnow.bus;

import io.github.bitterling.vmx.time.VirtualTime;

/**
 * What device accesses cost in guest time. Every cost of the board is here, in nanoseconds of real
 * hardware: an I/O cycle on the LPC bus takes about a microsecond (33 MHz, 8 wait states and more);
 * a non-posted read inside the SoC some hundred nanoseconds; posted writes are cheaper.
 */
public final class BusTiming {
  /** One IN or OUT. */
  public static final long PORT_NS = 1000;

  /** One uncached device read. */
  public static final long MMIO_READ_NS = 450;

  /** One posted device write. */
  public static final long MMIO_WRITE_NS = 300;

  private final VirtualTime time;
  private final long portCycles;
  private final long readCycles;
  private final long writeCycles;

  public BusTiming(VirtualTime time) {
    this.time = time;
    this.portCycles = cycles(PORT_NS);
    this.readCycles = cycles(MMIO_READ_NS);
    this.writeCycles = cycles(MMIO_WRITE_NS);
  }

  void port() {
    time.charge(portCycles);
  }

  void mmioRead() {
    time.charge(readCycles);
  }

  void mmioWrite() {
    time.charge(writeCycles);
  }

  private long cycles(long nanoseconds) {
    return nanoseconds * (time.frequency() / 1000) / 1_000_000;
  }
}
