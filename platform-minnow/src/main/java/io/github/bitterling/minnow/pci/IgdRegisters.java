package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.SparseStorage;
import io.github.bitterling.minnow.sideband.Sideband;

/**
 * Register window of the graphics device: storage plus the acknowledge bits that firmware waits
 * for.
 */
final class IgdRegisters implements MmioDevice {
  static final int SIZE = 4 << 20;

  /** Offset of the graphics translation table; the registers lie beneath. */
  static final int GTT = 2 << 20;

  private static final int GMBUS = 0x185100;
  private static final int FORCEWAKE = 0x130090;
  private static final int RENDER_WAKE = 0x1300B0;
  private static final int MEDIA_WAKE = 0x1300B8;
  private static final int SIDEBAND_DOORBELL = 0x182100;
  private static final int SIDEBAND_DATA = 0x182104;
  private static final int SIDEBAND_ADDRESS = 0x182108;

  // Display PLLs: bit 31 starts the oscillator, bit 15 says that it is locked
  private static final int DPLL_A = 0x186014;
  private static final int DPLL_B = 0x186018;

  // Pipes: bit 31 starts one, bit 30 says that it runs
  private static final int PIPE_A = 0x1F0008;
  private static final int PIPE_B = 0x1F1008;

  /** Analog display port: bit 16 starts the search for a monitor and goes away when it is over. */
  private static final int ADPA = 0x1E1100;

  private static final long ADPA_FORCE_TRIGGER = 1 << 16;

  /** What the search found on the wires; nothing. */
  private static final long ADPA_MONITOR = 3 << 24;

  // Display port B, C, D: control registers of the AUX channels
  private static final int AUX_CONTROL_B = 0x1E4110;
  private static final int AUX_CONTROL_C = 0x1E4210;
  private static final int AUX_CONTROL_D = 0x1E4310;
  private static final long AUX_BUSY = 1L << 31;

  /** Done, time-out error, receive error: cleared by writing one. */
  private static final long AUX_STATUS = 0x5200_0000L;

  /** Nobody is on the AUX channels: every transfer times out. */
  private static final long AUX_TIMED_OUT = 0x5000_0000L;

  private final SparseStorage storage = new SparseStorage("IGD");
  private final Gmbus gmbus = new Gmbus();
  private final Sideband sideband;

  /**
   * @param sideband the SoC's message network, which the graphics driver reaches by a doorbell
   */
  IgdRegisters(Sideband sideband) {
    this.sideband = sideband;
  }

  void reset() {
    storage.reset();
    gmbus.reset();
  }

  private static boolean isGmbus(int offset) {
    return offset >= GMBUS && offset < GMBUS + Gmbus.SIZE;
  }

  @Override
  public long read(int offset, int width) {
    if (isGmbus(offset)) {
      return gmbus.read(offset - GMBUS, width);
    }
    return storage.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    if (isGmbus(offset)) {
      gmbus.write(offset - GMBUS, width, value);
      return;
    }
    long old = storage.read(offset, width);
    storage.write(offset, width, value);
    switch (offset) {
      case FORCEWAKE -> acknowledge(offset, value & 1);
      case RENDER_WAKE, MEDIA_WAKE -> masked(offset, value);
      case SIDEBAND_DOORBELL -> message((int) value);
      case DPLL_A, DPLL_B -> follows(offset, value, 15);
      case PIPE_A, PIPE_B -> follows(offset, value, 30);
      case ADPA -> storage.write(offset, 4, value & ~(ADPA_FORCE_TRIGGER | ADPA_MONITOR));
      case AUX_CONTROL_B, AUX_CONTROL_C, AUX_CONTROL_D -> auxiliary(offset, old, value);
      default -> {}
    }
  }

  /**
   * A message to a unit: opcode in bits 23:16 (even ones read, odd ones write), port in 15:8, byte
   * enables in 7:4. Done before anyone can see bit 0, busy.
   */
  private void message(int doorbell) {
    int port = doorbell >>> 8 & 0xFF;
    int address = (int) storage.read(SIDEBAND_ADDRESS, 4);
    if ((doorbell & 1 << 16) != 0) {
      int data = (int) storage.read(SIDEBAND_DATA, 4);
      sideband.write(port, address, data, doorbell >>> 4 & 15);
    } else {
      storage.write(SIDEBAND_DATA, 4, sideband.read(port, address));
    }
    storage.write(SIDEBAND_DOORBELL, 4, doorbell & ~1L);
  }

  /** A status bit that is what bit 31 was set to, at once. */
  private void follows(int offset, long value, int status) {
    long on = value >>> 31 & 1;
    storage.write(offset, 4, value & ~(1L << status) | on << status);
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

  private void auxiliary(int control, long old, long value) {
    long status = old & AUX_STATUS & ~value;
    if ((value & AUX_BUSY) != 0) {
      status |= AUX_TIMED_OUT;
    }
    storage.write(control, 4, value & ~(AUX_BUSY | AUX_STATUS) | status);
  }
}
