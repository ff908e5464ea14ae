package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;

/**
 * One channel of a DesignWare AHB DMA engine: blocks from memory to memory, one after another along
 * a linked list. A transfer with a peripheral waits for a request that never comes: the peripherals
 * of this subsystem have their FIFOs empty at once.
 */
final class DmaChannel {
  /** Bytes from one channel's registers to the next one's. */
  static final int STRIDE = 0x58;

  private static final int INTERRUPT_ENABLE = 1;
  private static final int FLOW = 7 << 20;
  private static final int LINKED = 3 << 27;
  private static final int DONE = 1 << 12;
  private static final int MAX_BLOCK = 0xFFF;

  /** A list that does not end would hold the machine for ever; the engine gives it this much. */
  private static final int MAX_BLOCKS = 1 << 16;

  private final Register source;
  private final Register target;
  private final Register list;
  private final Register controlLow;
  private final Register controlHigh;

  DmaChannel(RegisterFile file, int number) {
    int base = number * STRIDE;
    source = file.register("SAR" + number, base, 4, 0, 0xFFFF_FFFFL);
    target = file.register("DAR" + number, base + 0x08, 4, 0, 0xFFFF_FFFFL);
    list = file.register("LLP" + number, base + 0x10, 4, 0, 0xFFFF_FFFFL);
    controlLow = file.register("CTL" + number, base + 0x18, 4, 0x0030_4825, 0x1FFF_FFFF);
    controlHigh = file.register("CTLH" + number, base + 0x1C, 4, 2, 0x1FFF);
    file.register("CFG" + number, base + 0x40, 4, 0xE00 | number << 5, 0xFFFF_FCE0L);
    file.register("CFGH" + number, base + 0x44, 4, 4, 0x7FFF);
  }

  boolean interrupts() {
    return controlLow.has(INTERRUPT_ENABLE);
  }

  /**
   * Runs the channel.
   *
   * @return whether it came to its end; else it stays enabled, waiting
   */
  boolean run(Dma memory) {
    boolean linked = linked();
    for (int block = 0; block < MAX_BLOCKS; block++) {
      if (linked) {
        load(memory);
      }
      if (controlLow.has(FLOW)) {
        return false;
      }
      move(memory);
      linked = linked();
      if (!linked) {
        return true;
      }
    }
    return false;
  }

  private boolean linked() {
    return controlLow.has(LINKED) && (list.get() & ~3L) != 0;
  }

  /** A list item: SAR, DAR, LLP, CTL of 64 bits; the status words are not written back. */
  private void load(Dma memory) {
    long at = list.get() & ~3L;
    source.set(memory.read32(at));
    target.set(memory.read32(at + 4));
    list.set(memory.read32(at + 8));
    controlLow.set(memory.read32(at + 12) & 0x1FFF_FFFF);
    controlHigh.set(memory.read32(at + 16) & MAX_BLOCK);
  }

  private void move(Dma memory) {
    int unit = 1 << Math.min((int) controlLow.get() >>> 4 & 7, 5);
    int bytes = (int) (controlHigh.get() & MAX_BLOCK) * unit;
    byte[] one = new byte[unit];
    for (int at = 0; at < bytes; at += unit) {
      memory.read(source.get(), one, 0, unit);
      memory.write(target.get(), one, 0, unit);
      source.set(step(source.get(), unit, 9));
      target.set(step(target.get(), unit, 7));
    }
    controlHigh.setBits(DONE, true);
  }

  /** SINC and DINC: 0 up, 1 down, else in place. */
  private long step(long address, int unit, int field) {
    int way = (int) (controlLow.get() >>> field) & 3;
    return address + (way == 0 ? unit : way == 1 ? -unit : 0) & 0xFFFF_FFFFL;
  }
}
