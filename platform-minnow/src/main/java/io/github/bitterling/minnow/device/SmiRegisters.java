package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * SMI_EN and SMI_STS of the power management block, and what ends in SMI# (E3800 datasheet, "PMC
 * I/O registers"). SMI# is asserted while an enabled cause is noted, once for each time software
 * sets EOS. Causes: APM_CNT, SLP_EN, GBL_RLS, the SPI controller's write enable, the software timer
 * and the periodic one.
 */
final class SmiRegisters {
  static final long BIOS = 1 << 2;
  static final long SLEEP = 1 << 4;
  static final long APM = 1 << 5;

  /** In SMI_STS only: needs no enable but the global one. */
  static final long SPI = 1 << 26;

  private static final long GLOBAL = 1;
  private static final long END = 1 << 1;
  private static final long SOFTWARE_TIMER = 1 << 6;
  private static final long BIOS_RELEASE = 1 << 7;
  private static final long PERIODIC = 1 << 14;
  private static final long CAUSES = BIOS | SLEEP | APM | SOFTWARE_TIMER | PERIODIC;

  /** SWSMI_RATE_SEL, GEN_PMCON1 bits 7:6; microseconds. */
  private static final int[] SOFTWARE_TIMER_MICROSECONDS = {1500, 16_000, 32_000, 64_000};

  /** PER_SMI_SEL, GEN_PMCON2 bits 1:0; seconds. */
  private static final int[] PERIOD_SECONDS = {64, 32, 16, 8};

  private final VirtualTime time;
  private final Runnable smi;
  private final PowerManagement pmc;
  private final Runnable release;
  private final Register enable;
  private final Register status;
  private final VirtualTime.Timer softwareTimer;
  private final VirtualTime.Timer periodic;
  private long before;

  /**
   * @param smi SMI# to all processors
   * @param release BIOS_RLS was written as one
   */
  SmiRegisters(
      RegisterFile block, VirtualTime time, Runnable smi, PowerManagement pmc, Runnable release) {
    this.time = time;
    this.smi = smi;
    this.pmc = pmc;
    this.release = release;
    long stored = 0xFFFF_FFFFL & ~(END | BIOS_RELEASE);
    enable = block.register("SMI_EN", 0x30, 4, END, stored).onWrite(this::enabled);
    status = block.register("SMI_STS", 0x34, 4, 0, 0).clearedByOne(0xFFFF_FFFFL);
    softwareTimer = time.timer("SWSMI timer", () -> raise(SOFTWARE_TIMER));
    periodic = time.timer("periodic SMI", this::period);
  }

  void reset() {
    before = enable.get();
    softwareTimer.cancel();
    periodic.cancel();
  }

  boolean enabled(long cause) {
    return enable.has(GLOBAL) && enable.has(cause);
  }

  /** EOS can only be set, BIOS_RLS only acts, GBL_SMI_EN stands once SMI_LOCK is set. */
  private void enabled(long value, long written) {
    if (pmc.smiLocked()) {
      enable.setBits(GLOBAL, (before & GLOBAL) != 0);
    }
    if ((written & END) != 0) {
      enable.setBits(END, true);
    }
    long rising = enable.get() & ~before;
    long falling = before & ~enable.get();
    before = enable.get();
    timers(rising, falling);
    if ((written & BIOS_RELEASE) != 0) {
      release.run();
    }
    deliver();
  }

  private void timers(long rising, long falling) {
    if ((rising & SOFTWARE_TIMER) != 0) {
      long microseconds = SOFTWARE_TIMER_MICROSECONDS[pmc.softwareSmiRate()];
      softwareTimer.armAt(time.now() + time.frequency() / 1000 * microseconds / 1000);
    } else if ((falling & SOFTWARE_TIMER) != 0) {
      softwareTimer.cancel();
    }
    if ((rising & PERIODIC) != 0) {
      armPeriodic();
    } else if ((falling & PERIODIC) != 0) {
      periodic.cancel();
    }
  }

  private void armPeriodic() {
    periodic.armAt(time.now() + time.frequency() * PERIOD_SECONDS[pmc.periodicSmiRate()]);
  }

  private void period() {
    armPeriodic();
    raise(PERIODIC);
  }

  /** Notes a cause; an SMI follows when and as soon as it is enabled. */
  void raise(long cause) {
    status.setBits(cause, true);
    deliver();
  }

  private void deliver() {
    boolean due = (status.get() & (enable.get() & CAUSES | SPI)) != 0;
    if (due && enable.has(GLOBAL) && enable.has(END)) {
      enable.setBits(END, false);
      before = enable.get();
      smi.run();
    }
  }
}
