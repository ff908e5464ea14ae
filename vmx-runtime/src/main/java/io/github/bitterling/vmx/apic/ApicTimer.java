package io.github.bitterling.vmx.apic;

import io.github.bitterling.vmx.time.VirtualTime;

/** The local APIC timer: one-shot, periodic, TSC deadline (SDM volume 3, 11.5.4). */
final class ApicTimer {
  private static final int ONE_SHOT = 0;
  private static final int PERIODIC = 1;
  private static final int DEADLINE = 2;

  private final VirtualTime time;
  private final long hertz;
  private final VirtualTime.Timer timer;
  private final Runnable interrupt;

  private int mode;

  private int divideRegister;
  private long initial;

  /** Bus tick at which the count was (re)loaded. */
  private long start;

  private long deadline;

  ApicTimer(String name, VirtualTime time, long hertz, Runnable interrupt) {
    this.time = time;
    this.hertz = hertz;
    this.interrupt = interrupt;
    this.timer = time.timer(name, this::due);
  }

  void reset() {
    mode = ONE_SHOT;
    divideRegister = 0;
    initial = 0;
    deadline = 0;
    timer.cancel();
  }

  /** Bits 18:17 of the LVT entry; changing to or from deadline mode disarms. */
  void setMode(int newMode) {
    boolean disarms = (mode == DEADLINE) != (newMode == DEADLINE);
    mode = newMode;
    if (disarms) {
      initial = 0;
      deadline = 0;
      timer.cancel();
    }
  }

  int divide() {
    return divideRegister;
  }

  void setDivide(int value) {
    long left = current();
    divideRegister = value & 0xB;
    if (timer.armed() && mode != DEADLINE) {
      start = time.ticks(hertz) - (initial - left) * divisor();
      arm();
    }
  }

  private long divisor() {
    int code = divideRegister & 3 | divideRegister >> 1 & 4;
    return code == 7 ? 1 : 2L << code;
  }

  long initial() {
    return initial;
  }

  void setInitial(long value) {
    if (mode == DEADLINE) {
      return;
    }
    initial = value & 0xFFFFFFFFL;
    start = time.ticks(hertz);
    if (initial == 0) {
      timer.cancel();
    } else {
      arm();
    }
  }

  private void arm() {
    timer.armAt(time.cycleOfTick(start + initial * divisor(), hertz));
  }

  long current() {
    if (mode == DEADLINE || initial == 0 || !timer.armed()) {
      return 0;
    }
    long passed = (time.ticks(hertz) - start) / divisor();
    return Math.max(0, initial - passed);
  }

  long deadline() {
    return deadline;
  }

  /**
   * IA32_TSC_DEADLINE.
   *
   * @param cyclesAhead how far the deadline lies ahead of the processor's counter; ignored when the
   *     value is 0
   */
  void setDeadline(long value, long cyclesAhead) {
    if (mode != DEADLINE) {
      return;
    }
    deadline = value;
    if (value == 0) {
      timer.cancel();
    } else {
      timer.armAt(time.now() + Math.max(0, cyclesAhead));
    }
  }

  private void due() {
    if (mode == PERIODIC) {
      start += initial * divisor();
      arm();
    } else if (mode == DEADLINE) {
      deadline = 0;
    }
    interrupt.run();
  }
}
