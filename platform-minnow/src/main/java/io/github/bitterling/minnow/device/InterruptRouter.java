package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.IrqLine;

/**
 * The wires between devices and the two kinds of interrupt controller. ISA lines go to the 8259
 * input of the same number and to the I/O APIC pin of the same number (line 0 to pin 2). PIRQ A..H
 * go to the 8259 input that the ILB chooses and to I/O APIC pins 16..23; several devices may share
 * a PIRQ.
 */
public final class InterruptRouter implements BoardBus.InterruptController {
  /** PIRQ A..H. */
  public static final int PIRQS = 8;

  private static final int SOURCES = 64;

  private final PicPair pics;
  private final IoApic ioApic;
  private final boolean[] isa = new boolean[16];
  private final long[] pirqSources = new long[PIRQS];
  private final int[] pirqRoute = new int[PIRQS];
  private boolean legacyTimersReplaced;
  private int nextSource;

  public InterruptRouter(PicPair pics, IoApic ioApic) {
    this.pics = pics;
    this.ioApic = ioApic;
    reset();
  }

  public final void reset() {
    java.util.Arrays.fill(isa, false);
    java.util.Arrays.fill(pirqSources, 0);
    java.util.Arrays.fill(pirqRoute, -1);
    legacyTimersReplaced = false;
  }

  /** The wire of ISA line 0..15. */
  public IrqLine isa(int irq) {
    return asserted -> setIsa(irq, asserted);
  }

  /** ISA lines 0 and 8 as the PIT and the RTC drive them: cut while the HPET replaces them. */
  public IrqLine legacyTimer(int irq) {
    return asserted -> {
      if (!legacyTimersReplaced) {
        setIsa(irq, asserted);
      }
    };
  }

  /** HPET legacy replacement: PIT and RTC no longer reach lines 0 and 8. */
  public void replaceLegacyTimers(boolean on) {
    if (on != legacyTimersReplaced) {
      legacyTimersReplaced = on;
      setIsa(0, false);
      setIsa(8, false);
    }
  }

  private void setIsa(int irq, boolean asserted) {
    isa[irq] = asserted;
    updatePic(irq);
    ioApic.input(irq == 0 ? 2 : irq, asserted);
  }

  /** A wire straight to an I/O APIC pin. */
  public IrqLine ioApicPin(int pin) {
    return asserted -> ioApic.input(pin, asserted);
  }

  /** A number for a device that shares PIRQ wires. */
  public int newPirqSource() {
    if (nextSource == SOURCES) {
      throw new IllegalStateException("more than " + SOURCES + " PIRQ sources");
    }
    return nextSource++;
  }

  /** Drives PIRQ 0 (A) .. 7 (H) on behalf of one source. */
  public void pirq(int pirq, int source, boolean asserted) {
    long before = pirqSources[pirq];
    long bit = 1L << source;
    pirqSources[pirq] = asserted ? before | bit : before & ~bit;
    if (pirqSources[pirq] != 0 != (before != 0)) {
      ioApic.input(16 + pirq, pirqSources[pirq] != 0);
      if (pirqRoute[pirq] >= 0) {
        updatePic(pirqRoute[pirq]);
      }
    }
  }

  /** Connects a PIRQ to an 8259 input, or to none with -1. */
  public void routePirq(int pirq, int irq) {
    int before = pirqRoute[pirq];
    pirqRoute[pirq] = irq;
    if (before >= 0) {
      updatePic(before);
    }
    if (irq >= 0) {
      updatePic(irq);
    }
  }

  private void updatePic(int irq) {
    boolean level = isa[irq];
    for (int p = 0; p < PIRQS; p++) {
      level |= pirqRoute[p] == irq && pirqSources[p] != 0;
    }
    if (irq != 2) {
      pics.input(irq, level);
    }
  }

  @Override
  public int acknowledge() {
    return pics.acknowledge();
  }

  @Override
  public void endOfInterrupt(int vector) {
    ioApic.endOfInterrupt(vector);
  }
}
