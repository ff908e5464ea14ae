package io.github.bitterling.minnow.device;

/** One counter of the 8254. All times are ticks of its input clock. */
final class PitChannel {
  private int mode;
  private int access;
  private boolean bcd;
  private boolean gate;
  private boolean loaded;
  private long reload;
  private long start;
  private long frozenElapsed;
  private int writeLow;
  private boolean writeHighNext;
  private boolean readHighNext;
  private int latchedCount;
  private int latchedBytes;
  private int latchedStatus;
  private boolean statusLatched;

  void reset() {
    mode = 3;
    access = 3;
    bcd = loaded = writeHighNext = readHighNext = statusLatched = false;
    gate = true;
    reload = 0x10000;
    start = frozenElapsed = 0;
    latchedBytes = 0;
  }

  void control(int value) {
    mode = value >>> 1 & 7;
    if (mode > 5) {
      mode -= 4;
    }
    access = value >>> 4 & 3;
    bcd = (value & 1) != 0;
    loaded = writeHighNext = readHighNext = statusLatched = false;
    latchedBytes = 0;
  }

  void write(int value, long now) {
    if (access == 3 && !writeHighNext) {
      writeLow = value;
      writeHighNext = true;
      return;
    }
    int count = access == 2 ? value << 8 : value;
    if (access == 3) {
      count = writeLow | value << 8;
    }
    writeHighNext = false;
    load(count, now);
  }

  private void load(int count, long now) {
    int binary = bcd ? fromBcd(count) : count;
    reload = binary == 0 ? bcd ? 10000 : 0x10000 : binary;
    loaded = true;
    if (!oneShotByGate()) {
      start = now;
      frozenElapsed = 0;
    }
  }

  /** Modes 1 and 5 start at a rising gate, not at the load. */
  private boolean oneShotByGate() {
    return mode == 1 || mode == 5;
  }

  void gate(boolean on, long now) {
    if (on == gate) {
      return;
    }
    if (mode == 0 || mode == 4) {
      frozenElapsed = on ? frozenElapsed : elapsed(now);
      start = on ? now - frozenElapsed : start;
    } else if (on) {
      start = now;
    }
    gate = on;
  }

  private long elapsed(long now) {
    boolean frozen = !gate && !oneShotByGate();
    return frozen ? mode == 0 || mode == 4 ? frozenElapsed : 0 : now - start;
  }

  boolean output(long now) {
    if (!loaded) {
      return mode != 0;
    }
    long e = elapsed(now);
    return switch (mode) {
      case 0, 1 -> e >= reload;
      case 2 -> !gate || e % reload != reload - 1;
      case 3 -> !gate || e % reload < (reload + 1) / 2;
      default -> e != reload;
    };
  }

  /** Modes in which an interrupt is the short low pulse's end. */
  boolean pulses() {
    return mode == 2 || mode == 4 || mode == 5;
  }

  /** Tick of the next output change that matters for an interrupt, or -1. */
  long nextChange(long now) {
    if (!loaded) {
      return -1;
    }
    long e = now - start;
    return switch (mode) {
      case 0 -> e < reload ? start + reload : -1;
      case 2 -> start + (e / reload + 1) * reload;
      case 3 -> nextHalf(e);
      case 4 -> e < reload + 1 ? start + reload + 1 : -1;
      default -> -1;
    };
  }

  private long nextHalf(long e) {
    long high = (reload + 1) / 2;
    long into = e % reload;
    return start + e - into + (into < high ? high : reload);
  }

  private int count(long now) {
    if (!loaded) {
      return 0;
    }
    long e = elapsed(now);
    long value =
        switch (mode) {
          case 2 -> reload - e % reload;
          case 3 -> reload - 2 * e % reload & -2L;
          default -> reload - e & 0xFFFF;
        };
    return bcd ? toBcd((int) (value % 10000)) : (int) value & 0xFFFF;
  }

  void latchCount(long now) {
    if (latchedBytes == 0) {
      latchedCount = count(now);
      latchedBytes = access == 3 ? 2 : 1;
    }
  }

  void readBack(int command, long now) {
    if ((command & 0x20) == 0) {
      latchCount(now);
    }
    if ((command & 0x10) == 0 && !statusLatched) {
      statusLatched = true;
      latchedStatus =
          (output(now) ? 0x80 : 0) | (loaded ? 0 : 0x40) | access << 4 | mode << 1 | (bcd ? 1 : 0);
    }
  }

  int read(long now) {
    if (statusLatched) {
      statusLatched = false;
      return latchedStatus;
    }
    if (latchedBytes > 0) {
      return readLatched();
    }
    int value = count(now);
    if (access == 3) {
      readHighNext = !readHighNext;
      return (readHighNext ? value : value >>> 8) & 0xFF;
    }
    return (access == 2 ? value >>> 8 : value) & 0xFF;
  }

  private int readLatched() {
    boolean high = access == 2 || access == 3 && latchedBytes == 1;
    latchedBytes--;
    return (high ? latchedCount >>> 8 : latchedCount) & 0xFF;
  }

  private static int fromBcd(int v) {
    return (v >>> 12 & 15) * 1000 + (v >>> 8 & 15) * 100 + (v >>> 4 & 15) * 10 + (v & 15);
  }

  private static int toBcd(int v) {
    return v / 1000 % 10 << 12 | v / 100 % 10 << 8 | v / 10 % 10 << 4 | v % 10;
  }

  void dump(String name, long now, StringBuilder out) {
    out.append(
        String.format(
            "%s mode=%d reload=%d count=%04X out=%b%n",
            name, mode, reload, count(now), output(now)));
  }
}
