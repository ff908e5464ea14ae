package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.vmx.time.VirtualTime;
import java.time.DateTimeException;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/**
 * MC146818-compatible clock with 256 bytes of CMOS (ports 70h-73h; port 70h bit 7 masks NMI and is
 * only kept). The date is a fixed start plus virtual time, so that every run sees the same one.
 */
public final class Rtc implements PortDevice {
  /** 2026-01-01 00:00:00, a Thursday: what the clock shows at power-on. */
  public static final LocalDateTime START = LocalDateTime.of(2026, 1, 1, 0, 0, 0);

  private static final int A = 10;
  private static final int B = 11;
  private static final int C = 12;
  private static final int D = 13;
  private static final int CENTURY = 0x32;
  private static final int SET = 0x80;
  private static final int PIE = 0x40;
  private static final int AIE = 0x20;
  private static final int UIE = 0x10;
  private static final int BINARY = 4;
  private static final int HOURS_24 = 2;
  private static final long CRYSTAL = 32768;

  /** The update takes place in the last 244 us of a second: 8 of 32,768 ticks. */
  private static final long UPDATE_TICKS = 8;

  private final VirtualTime time;
  private final IrqLine irq8;
  private final VirtualTime.Timer periodic;
  private final VirtualTime.Timer update;
  private final byte[] cmos = new byte[256];

  /** Clock value in seconds of the epoch when {@code time.ticks(1)} was zero. */
  private long offset;

  private int index;
  private int highIndex;
  private int flags;
  private long lastPeriod;
  private long lastSecond;

  public Rtc(VirtualTime time, IrqLine irq8) {
    this.time = time;
    this.irq8 = irq8;
    this.periodic = time.timer("RTC periodic", this::periodicTick);
    this.update = time.timer("RTC update", this::secondTick);
    this.offset = START.toEpochSecond(ZoneOffset.UTC);
    cmos[A] = 0x26;
    cmos[B] = HOURS_24;
    cmos[D] = (byte) 0x80;
    cmos[CENTURY] = 0x20;
    cmos[6] = 5;
  }

  /** Platform reset: interrupt enables are cleared; date and CMOS are on the battery. */
  public void reset() {
    cmos[B] &= ~(PIE | AIE | UIE);
    flags = 0;
    index = highIndex = 0;
    irq8.set(false);
    rearm();
  }

  @Override
  public int readPort(int port, int width) {
    return switch (port) {
      case 0 -> index;
      case 1 -> readCmos(index & 0x7F);
      case 2 -> highIndex;
      default -> cmos[0x80 | highIndex & 0x7F] & 0xFF;
    };
  }

  @Override
  public void writePort(int port, int width, int value) {
    switch (port) {
      case 0 -> index = value;
      case 1 -> writeCmos(index & 0x7F, value);
      case 2 -> highIndex = value;
      default -> cmos[0x80 | highIndex & 0x7F] = (byte) value;
    }
  }

  private int readCmos(int at) {
    if (isTime(at)) {
      refreshTime();
    }
    return switch (at) {
      case A -> cmos[A] & 0x7F | (updating() ? 0x80 : 0);
      case C -> readFlags();
      case D -> 0x80;
      default -> cmos[at] & 0xFF;
    };
  }

  private static boolean isTime(int at) {
    return at == 0 || at == 2 || at == 4 || at >= 6 && at <= 9 || at == CENTURY;
  }

  private boolean stopped() {
    return (cmos[B] & SET) != 0;
  }

  private boolean updating() {
    return !stopped() && time.ticks(CRYSTAL) % CRYSTAL >= CRYSTAL - UPDATE_TICKS;
  }

  private int readFlags() {
    collectFlags();
    int value = flags | ((flags & cmos[B] & 0x70) != 0 ? 0x80 : 0);
    flags = 0;
    irq8.set(false);
    return value;
  }

  /** Periodic and update flags rise whether or not their interrupt is enabled. */
  private void collectFlags() {
    long period = periodTicks();
    if (period > 0 && time.ticks(CRYSTAL) / period != lastPeriod) {
      lastPeriod = time.ticks(CRYSTAL) / period;
      flags |= PIE;
    }
    if (time.ticks(1) != lastSecond && !stopped()) {
      lastSecond = time.ticks(1);
      flags |= UIE;
    }
  }

  private void writeCmos(int at, int value) {
    switch (at) {
      case A -> cmos[A] = (byte) (value & 0x7F);
      case B -> writeB(value);
      case C, D -> {}
      default -> store(at, value);
    }
    if (at == A || at == B) {
      rearm();
    }
  }

  private void store(int at, int value) {
    if (!isTime(at)) {
      cmos[at] = (byte) value;
      return;
    }
    refreshTime();
    cmos[at] = (byte) value;
    if (!stopped()) {
      restartClock();
    }
  }

  private void writeB(int value) {
    boolean wasStopped = stopped();
    if (!wasStopped && (value & SET) != 0) {
      refreshTime();
    }
    cmos[B] = (byte) value;
    if (wasStopped && (value & SET) == 0) {
      restartClock();
    }
  }

  /** Puts the running clock into the registers in the format that register B asks for. */
  private void refreshTime() {
    if (stopped()) {
      return;
    }
    LocalDateTime now = LocalDateTime.ofEpochSecond(offset + time.ticks(1), 0, ZoneOffset.UTC);
    cmos[0] = encode(now.getSecond());
    cmos[2] = encode(now.getMinute());
    cmos[4] = encodeHour(now.getHour());
    cmos[6] = encode(now.getDayOfWeek().getValue() % 7 + 1);
    cmos[7] = encode(now.getDayOfMonth());
    cmos[8] = encode(now.getMonthValue());
    cmos[9] = encode(now.getYear() % 100);
    cmos[CENTURY] = encode(now.getYear() / 100);
  }

  /** Takes the registers as the time of now. A date that does not exist leaves the clock alone. */
  private void restartClock() {
    try {
      LocalDateTime set =
          LocalDateTime.of(
              decode(CENTURY) * 100 + decode(9),
              decode(8),
              decode(7),
              decodeHour(),
              decode(2),
              decode(0));
      offset = set.toEpochSecond(ZoneOffset.UTC) - time.ticks(1);
    } catch (DateTimeException impossibleDate) {
      refreshTime();
    }
  }

  private byte encode(int v) {
    return (byte) ((cmos[B] & BINARY) != 0 ? v : v / 10 << 4 | v % 10);
  }

  private int decode(int at) {
    int v = cmos[at] & 0xFF;
    return (cmos[B] & BINARY) != 0 ? v : (v >>> 4) * 10 + (v & 15);
  }

  private byte encodeHour(int hour) {
    if ((cmos[B] & HOURS_24) != 0) {
      return encode(hour);
    }
    int twelve = hour % 12 == 0 ? 12 : hour % 12;
    return (byte) (encode(twelve) | (hour >= 12 ? 0x80 : 0));
  }

  private int decodeHour() {
    if ((cmos[B] & HOURS_24) != 0) {
      return decode(4);
    }
    boolean afternoon = (cmos[4] & 0x80) != 0;
    int raw = cmos[4] & 0x7F;
    int hour = (cmos[B] & BINARY) != 0 ? raw : (raw >>> 4) * 10 + (raw & 15);
    return hour % 12 + (afternoon ? 12 : 0);
  }

  /** Crystal ticks between periodic interrupts for the rate in register A, 0 for none. */
  private long periodTicks() {
    int rate = cmos[A] & 0x0F;
    if (rate == 0) {
      return 0;
    }
    return 1L << (rate <= 2 ? rate + 6 : rate - 1);
  }

  private void rearm() {
    long period = periodTicks();
    if ((cmos[B] & PIE) != 0 && period > 0) {
      lastPeriod = time.ticks(CRYSTAL) / period;
      periodic.armAt(time.cycleOfTick((lastPeriod + 1) * period, CRYSTAL));
    } else {
      periodic.cancel();
    }
    if ((cmos[B] & (AIE | UIE)) != 0 && !stopped()) {
      update.armAt(time.cycleOfTick(time.ticks(1) + 1, 1));
    } else {
      update.cancel();
    }
  }

  private void periodicTick() {
    raise(PIE);
    rearm();
  }

  private void secondTick() {
    refreshTime();
    raise(UIE | (alarmMatches() ? AIE : 0));
    rearm();
  }

  private boolean alarmMatches() {
    return alarmField(1, 0) && alarmField(3, 2) && alarmField(5, 4);
  }

  /** A value of C0h and more in an alarm field means "any". */
  private boolean alarmField(int alarm, int field) {
    return (cmos[alarm] & 0xC0) == 0xC0 || cmos[alarm] == cmos[field];
  }

  private void raise(int flag) {
    flags |= flag;
    if ((flags & cmos[B] & 0x70) != 0) {
      irq8.set(true);
    }
  }

  public void dump(StringBuilder out) {
    refreshTime();
    for (int at = 0; at < 256; at += 16) {
      out.append(String.format("CMOS %02X:", at));
      for (int i = 0; i < 16; i++) {
        out.append(String.format(" %02X", cmos[at + i]));
      }
      out.append('\n');
    }
  }
}
