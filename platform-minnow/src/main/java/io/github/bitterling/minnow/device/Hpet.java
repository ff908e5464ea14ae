package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * High precision event timers: one 14.31818 MHz counter, three comparators (IA-PC HPET
 * specification 1.0a). Comparator 2 doubles as a scratch register of Intel's FSP: it must read
 * FFFFFFFFh after reset and keep what is written.
 */
public final class Hpet implements MmioDevice {
  /** Counter frequency in hertz; the period register says 69,841,279 fs. */
  public static final long HERTZ = 14_318_180;

  private static final long CAPABILITIES = 0x0429_B17F_8086_A201L;
  private static final int ENABLE = 1;
  private static final int LEGACY = 2;
  private static final int TIMERS = 3;
  private static final long LEVEL = 1 << 1;
  private static final long INTERRUPT = 1 << 2;
  private static final long PERIODIC = 1 << 3;

  /** Matches further away than this (weeks) are never armed. */
  private static final long FAR = 1L << 44;

  private static final long SET_ACCUMULATOR = 1 << 6;
  private static final long MODE_32 = 1 << 8;

  private final VirtualTime time;
  private final InterruptRouter router;
  private final RegisterFile registers = new RegisterFile("HPET", 0x400);
  private final Register configuration;
  private final Register status;
  private final Comparator[] comparators = new Comparator[TIMERS];

  /** Counter value when the counter was last stopped or written, and the tick it started from. */
  private long counterBase;

  private long startTick;
  private boolean wasRunning;

  public Hpet(VirtualTime time, InterruptRouter router) {
    this.time = time;
    this.router = router;
    registers.readOnly("GCID", 0x00, 8, CAPABILITIES);
    configuration = registers.register("GCFG", 0x10, 8, 0, 3);
    status = registers.register("GIS", 0x20, 8, 0, 0).clearedByOne(7);
    registers
        .register("MCV", 0xF0, 8, 0, -1L)
        .onRead(this::counter)
        .onWrite((v, raw) -> setCounter(v));
    status.onWrite((v, raw) -> updateLines());
    configuration.onWrite((v, raw) -> configure(v));
    comparators[0] = new Comparator(0, 0x00F0_0000_0000_0030L, -1L);
    comparators[1] = new Comparator(1, 0x00F0_0000_0000_0000L, 0xFFFF_FFFFL);
    comparators[2] = new Comparator(2, 0x00F0_0800_0000_0000L, 0xFFFF_FFFFL);
  }

  public void reset() {
    registers.reset();
    counterBase = 0;
    wasRunning = false;
    router.replaceLegacyTimers(false);
    for (Comparator c : comparators) {
      c.timer.cancel();
      c.period = c.next = 0;
      c.drive(false);
    }
  }

  private long counter() {
    return wasRunning ? counterBase + time.ticks(HERTZ) - startTick : counterBase;
  }

  private void setCounter(long value) {
    counterBase = value;
    startTick = time.ticks(HERTZ);
    rearmAll();
  }

  private void configure(long value) {
    boolean run = (value & ENABLE) != 0;
    if (run != wasRunning) {
      counterBase = counter();
      startTick = time.ticks(HERTZ);
      wasRunning = run;
    }
    router.replaceLegacyTimers((value & (LEGACY | ENABLE)) == (LEGACY | ENABLE));
    rearmAll();
  }

  private void rearmAll() {
    for (Comparator c : comparators) {
      c.rearm();
    }
  }

  private void updateLines() {
    for (Comparator c : comparators) {
      if (!status.has(1L << c.number)) {
        c.drive(false);
      }
    }
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

  /** One comparator with its route. */
  private final class Comparator {
    private final int number;
    private final long fullMask;
    private final Register config;
    private final Register compare;
    private final VirtualTime.Timer timer;
    private long period;
    private long next;
    private IrqLine driven = IrqLine.NOT_CONNECTED;

    Comparator(int number, long fixedBits, long mask) {
      this.number = number;
      this.fullMask = mask;
      long writable = number == 0 ? 0x3F4EL : 0x3E06L;
      config =
          registers.register("T" + number + "C", 0x100 + 0x20 * number, 8, fixedBits, writable);
      compare = registers.register("T" + number + "CV", 0x108 + 0x20 * number, 8, mask, mask);
      config.onWrite((v, raw) -> rearm());
      compare.onWrite((v, raw) -> written(v));
      timer = time.timer("HPET " + number, this::fire);
    }

    /** The width in use: 32 bits also when the wide timer is in 32-bit mode. */
    private long mask() {
      return config.has(MODE_32) ? 0xFFFF_FFFFL : fullMask;
    }

    /** In periodic mode a write sets the period, and the comparator itself only after VAL_SET. */
    private void written(long value) {
      if (config.has(PERIODIC)) {
        period = value & mask();
      }
      if (config.has(PERIODIC) && !config.has(SET_ACCUMULATOR)) {
        compare.set(next);
      } else {
        next = value & mask();
      }
      config.setBits(SET_ACCUMULATOR, false);
      rearm();
    }

    void rearm() {
      if (!wasRunning || !config.has(INTERRUPT)) {
        timer.cancel();
        return;
      }
      long ahead = compare.get() - counter() & mask();
      if (ahead == 0) {
        ahead = mask() + 1;
      }
      if (ahead <= 0 || ahead > FAR) {
        timer.cancel();
      } else {
        timer.armAt(time.cycleOfTick(time.ticks(HERTZ) + ahead, HERTZ));
      }
    }

    private void fire() {
      if (config.has(PERIODIC) && period != 0) {
        next = next + period & mask();
        compare.set(next);
      }
      if (config.has(LEVEL)) {
        status.setBits(1L << number, true);
        drive(true);
      } else {
        drive(false);
        drive(true);
        drive(false);
      }
      rearm();
    }

    private void drive(boolean asserted) {
      if (asserted) {
        driven = line();
      }
      driven.set(asserted);
    }

    private IrqLine line() {
      if (number < 2 && configuration.has(LEGACY)) {
        return router.isa(number == 0 ? 0 : 8);
      }
      int pin = (int) (config.get() >>> 9) & 0x1F;
      return pin == 0 ? IrqLine.NOT_CONNECTED : router.ioApicPin(pin);
    }
  }
}
