package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.Register;
import java.util.ArrayList;
import java.util.List;

/**
 * A DesignWare AHB DMA engine (DW_ahb_dmac) with eight channels. A channel that is switched on
 * moves all its blocks at once and switches itself off.
 */
final class DmaEngine extends LpssDevice {
  private static final int CHANNELS = 8;
  private static final int ALL = (1 << CHANNELS) - 1;

  /** Offsets of the first of each group of five: transfer, block, source, destination, error. */
  private static final int RAW = 0x2C0;

  private static final int STATUS = 0x2E8;
  private static final int MASK = 0x310;
  private static final int CLEAR = 0x338;
  private static final List<String> CAUSES = List.of("TFR", "BLOCK", "SRC", "DST", "ERR");
  private static final int TRANSFER = 0;
  private static final int BLOCK = 1;

  private final Dma memory;
  private final IrqLine irq;
  private final List<DmaChannel> channels = new ArrayList<>();
  private final int[] raw = new int[CAUSES.size()];
  private final List<Register> masks = new ArrayList<>();
  private final Register configuration = file.register("DMACFG", 0x398, 4, 0, 1);
  private final Register enabled = file.register("CHEN", 0x3A0, 4, 0, 0);

  DmaEngine(Dma memory, IrqLine irq) {
    super("DMA", 16384);
    this.memory = memory;
    this.irq = irq;
    for (int i = 0; i < CHANNELS; i++) {
      channels.add(new DmaChannel(file, i));
    }
    for (int i = 0; i < CAUSES.size(); i++) {
      declareCause(i);
    }
    file.readOnly("STATUSINT", 0x360, 4, 0).onRead(this::combined);
    configuration.onWrite((v, w) -> configured());
    enabled.onWrite((v, written) -> enable((int) written));
    // eight channels of 4095 units; two masters of 32 bits
    file.readOnly("DMA_PARAMS", 0x3F4, 4, 0x1200_0F00 | 2 << 14);
    file.readOnly("COMP_TYPE", 0x3F8, 4, 0x4457_1110);
    file.readOnly("COMP_VERSION", 0x3FC, 4, 0x3231_372A);
    privateRegisters(0x800);
  }

  private void declareCause(int cause) {
    String name = CAUSES.get(cause);
    file.readOnly("RAW" + name, RAW + 8 * cause, 4, 0).onRead(() -> raw[cause]);
    file.readOnly("STATUS" + name, STATUS + 8 * cause, 4, 0).onRead(() -> pending(cause));
    Register mask = file.register("MASK" + name, MASK + 8 * cause, 4, 0, 0);
    mask.onWrite(
        (v, written) -> {
          mask.set(merged(mask.get(), (int) written));
          drive();
        });
    masks.add(mask);
    file.register("CLEAR" + name, CLEAR + 8 * cause, 4, 0, 0)
        .onWrite(
            (v, written) -> {
              raw[cause] &= ~(int) written;
              drive();
            });
  }

  /** Bits 15:8 of what is written say which of bits 7:0 count. */
  private static long merged(long old, int written) {
    int chosen = written >>> 8 & ALL;
    return old & ~chosen | written & chosen;
  }

  private void configured() {
    if (!configuration.has(1)) {
      enabled.set(0);
    }
  }

  private void enable(int written) {
    if (!configuration.has(1)) {
      return;
    }
    long before = enabled.get();
    enabled.set(merged(before, written));
    for (int i = 0; i < CHANNELS; i++) {
      if (enabled.has(1L << i) && (before >>> i & 1) == 0 && channels.get(i).run(memory)) {
        finish(i);
      }
    }
    drive();
  }

  private void finish(int channel) {
    enabled.setBits(1L << channel, false);
    raw[TRANSFER] |= 1 << channel;
    raw[BLOCK] |= 1 << channel;
  }

  private long pending(int cause) {
    int wanted = 0;
    for (int i = 0; i < CHANNELS; i++) {
      wanted |= channels.get(i).interrupts() ? 1 << i : 0;
    }
    return raw[cause] & masks.get(cause).get() & wanted;
  }

  private long combined() {
    long causes = 0;
    for (int i = 0; i < CAUSES.size(); i++) {
      causes |= pending(i) != 0 ? 1L << i : 0;
    }
    return causes;
  }

  private void drive() {
    irq.set(combined() != 0);
  }

  @Override
  void reset() {
    super.reset();
    java.util.Arrays.fill(raw, 0);
    irq.set(false);
  }
}
