package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.vmx.bus.InterruptFabric;

/**
 * The I/O APIC (82093AA programming model, version 20h) with the 87 redirection entries of Bay
 * Trail. Window: index at 0, data at 10h, EOI at 40h.
 */
public final class IoApic implements MmioDevice {
  /** Redirection entries, pins 0..86. */
  public static final int PINS = 87;

  private static final int INDEX = 0x00;
  private static final int DATA = 0x10;
  private static final int EOI = 0x40;
  private static final long MASKED = 1L << 16;
  private static final long LEVEL = 1L << 15;
  private static final long REMOTE_IRR = 1L << 14;
  private static final long LOGICAL = 1L << 11;

  /** Bits the guest can store: all but delivery status and remote IRR. */
  private static final long WRITABLE = 0xFF00_0000_0001_AFFFL;

  private final long[] entries = new long[PINS];
  private final boolean[] levels = new boolean[PINS];
  private final InterruptFabric fabric;
  private int index;
  private int id;
  private int bootConfiguration;

  public IoApic(InterruptFabric fabric) {
    this.fabric = fabric;
    reset();
  }

  public final void reset() {
    java.util.Arrays.fill(entries, MASKED);
    java.util.Arrays.fill(levels, false);
    index = id = bootConfiguration = 0;
  }

  /** Drives a pin; asserted means active, whatever polarity the entry names. */
  public void input(int pin, boolean asserted) {
    boolean rising = asserted && !levels[pin];
    levels[pin] = asserted;
    long entry = entries[pin];
    if ((entry & LEVEL) != 0) {
      deliverLevel(pin);
    } else if (rising && (entry & MASKED) == 0) {
      send(entry);
    }
  }

  private void deliverLevel(int pin) {
    long entry = entries[pin];
    if (levels[pin] && (entry & (MASKED | REMOTE_IRR)) == 0) {
      entries[pin] = entry | REMOTE_IRR;
      send(entry);
    }
  }

  private void send(long entry) {
    fabric.message(
        (int) (entry >>> 56) & 0xFF,
        (entry & LOGICAL) != 0,
        (int) (entry >>> 8) & 7,
        (int) entry & 0xFF,
        (entry & LEVEL) != 0);
  }

  /** EOI of a level-triggered vector: pins still asserted interrupt again. */
  public void endOfInterrupt(int vector) {
    for (int pin = 0; pin < PINS; pin++) {
      long entry = entries[pin];
      if ((entry & REMOTE_IRR) != 0 && (entry & 0xFF) == vector) {
        entries[pin] = entry & ~REMOTE_IRR;
        deliverLevel(pin);
      }
    }
  }

  @Override
  public long read(int offset, int width) {
    return switch (offset) {
      case INDEX -> index;
      case DATA -> readRegister();
      default -> 0;
    };
  }

  private long readRegister() {
    return switch (index) {
      case 0 -> id;
      case 1 -> (PINS - 1) << 16 | 0x20;
      case 2 -> id;
      case 3 -> bootConfiguration;
      default -> readEntry();
    };
  }

  private long readEntry() {
    int entry = (index - 0x10) / 2;
    if (index < 0x10 || entry >= PINS) {
      return 0;
    }
    return (index & 1) == 0 ? entries[entry] & 0xFFFF_FFFFL : entries[entry] >>> 32;
  }

  @Override
  public void write(int offset, int width, long value) {
    switch (offset) {
      case INDEX -> index = (int) value & 0xFF;
      case DATA -> writeRegister(value);
      case EOI -> endOfInterrupt((int) value & 0xFF);
      default -> {}
    }
  }

  private void writeRegister(long value) {
    switch (index) {
      case 0 -> id = (int) value & 0x0F00_0000;
      case 3 -> bootConfiguration = (int) value & 1;
      default -> writeEntry(value);
    }
  }

  private void writeEntry(long value) {
    int entry = (index - 0x10) / 2;
    if (index < 0x10 || entry >= PINS) {
      return;
    }
    long old = entries[entry];
    int shift = 32 * (index & 1);
    long half = 0xFFFF_FFFFL << shift;
    long stored = old & ~half | value << shift & half;
    entries[entry] = stored & WRITABLE | old & REMOTE_IRR;
    if ((entries[entry] & LEVEL) == 0) {
      entries[entry] &= ~REMOTE_IRR;
    } else {
      deliverLevel(entry);
    }
  }

  public void dump(StringBuilder out) {
    out.append(String.format("IOAPIC id=%08X%n", id));
    for (int pin = 0; pin < PINS; pin++) {
      if (entries[pin] != MASKED) {
        out.append(String.format("IOAPIC pin %2d %016X%n", pin, entries[pin]));
      }
    }
  }
}
