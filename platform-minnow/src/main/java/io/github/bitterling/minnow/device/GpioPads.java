package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.RegisterFile;

/**
 * The pad configuration block at IOBASE, 16 KiB: SCORE at 0, NCORE at 1000h, SSUS at 2000h; 16
 * bytes a pad (CONF0, CONF1, value, default). Plain storage but for the strap that tells the memory
 * size and the interrupt status, which no pad ever sets.
 */
public final class GpioPads implements MmioDevice {
  /** Size of the window in bytes. */
  public static final int SIZE = 0x4000;

  /** SSUS pad 5 value register; bit 0 is 1 on boards with 2 GiB and more. */
  private static final int MEMORY_STRAP = 0x2228;

  /**
   * Offsets of INT_STAT, a bit a pad, cleared by one: 102 pads of SCORE, 28 of NCORE, 44 of SSUS.
   */
  private static final int[] INTERRUPT_STATUS = {
    0x0800, 0x0804, 0x0808, 0x080C, 0x1800, 0x2800, 0x2804
  };

  private final RegisterFile registers = new RegisterFile("GPIO pads", SIZE);

  public GpioPads(boolean twoGigabytesOrMore) {
    registers.storage(0, SIZE);
    registers.register("SSUS5_VAL", MEMORY_STRAP, 4, twoGigabytesOrMore ? 1 : 0, 0xFFFF_FFFEL);
    for (int offset : INTERRUPT_STATUS) {
      registers
          .register(String.format("INT_STAT_%04X", offset), offset, 4, 0, 0)
          .clearedByOne(0xFFFF_FFFFL);
    }
  }

  public void reset() {
    registers.reset();
  }

  @Override
  public long read(int offset, int width) {
    return registers.read(offset, width);
  }

  @Override
  public void write(int offset, int width, long value) {
    registers.write(offset, width, value);
  }

  public void dump(StringBuilder out) {
    registers.dump(out);
  }
}
