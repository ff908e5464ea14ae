package io.github.bitterling.vmx.cpu;

import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * The address-range monitor of MONITOR and MWAIT (SDM volume 3, 9.10.4): one line of 64 bytes, as
 * CPUID leaf 5 says. A store is noticed by its effect: the line is compared with what it held when
 * it was armed, so that no store anywhere costs more because of it. A store that changes nothing,
 * or that is undone before the waiting core would have run again, does not wake; software that
 * waits looks at the contents itself and would wait again.
 */
public final class Monitor {
  /** Bytes of the line. */
  public static final int LINE = 64;

  private final long[] before = new long[LINE / 8];
  private long host;

  /** MWAIT asked for interrupts to end the wait even while they are masked (ECX bit 0). */
  public boolean maskedInterrupts;

  /**
   * Starts to watch.
   *
   * @param line host address of the line, 0 for one that cannot be watched (a device)
   */
  public void arm(long line) {
    host = line;
    for (int i = 0; line != 0 && i < before.length; i++) {
      before[i] = GuestMemory.get64(line + 8L * i);
    }
  }

  public void disarm() {
    host = 0;
  }

  public boolean armed() {
    return host != 0;
  }

  /** Somebody stored something else there; also when nothing is watched. */
  public boolean triggered() {
    if (host == 0) {
      return true;
    }
    for (int i = 0; i < before.length; i++) {
      if (GuestMemory.get64(host + 8L * i) != before[i]) {
        return true;
      }
    }
    return false;
  }
}
