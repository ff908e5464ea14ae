package io.github.bitterling.minnow.device;

import java.util.TreeMap;

/**
 * The DDR3 PHY as memory training sees it: delay registers are storage, and the per-lane status
 * registers answer as a function of the delays, so that training finds its edges. A lane's data
 * strobe arrives {@link #STROBE_ARRIVAL} after the command and its write-levelling edge lies at
 * {@link #CLOCK_SKEW}; both in 1/128 of a memory clock. Any value in the valid range trains;
 * nothing depends on this one.
 */
public final class DdrPhy {
  private static final int STROBE_ARRIVAL = 470;
  private static final int CLOCK_SKEW = 40;
  private static final int ECC_BLOCK = 0x3800;
  private static final int STATUS = 0x34;
  private static final int COMPENSATION = 0x6800;
  private static final int PLL_STATUS = 0x7858;
  private static final int PLL_LOCKED = 0x0E;

  private final TreeMap<Integer, Integer> registers = new TreeMap<>();

  public void reset() {
    registers.clear();
  }

  /** What was written last, without the status functions. */
  public int stored(int register) {
    return registers.getOrDefault(register, 0);
  }

  public void write(int register, int value) {
    registers.put(register, value);
  }

  public int read(int register) {
    if (register == PLL_STATUS) {
      return stored(register) | PLL_LOCKED;
    }
    if (register == COMPENSATION) {
      return stored(register) & ~1; // a compensation run ends at once
    }
    int block = register & ~0x7FF;
    if ((register & 0x7FF) == STATUS && (block <= 0x1800 || block == ECC_BLOCK)) {
      return laneStatus(block);
    }
    return stored(register);
  }

  /** Bits 1/0: strobe level sampled by byte 0/1; bits 9/8: clock level in write levelling. */
  private int laneStatus(int block) {
    int fields = stored(block + 0x70);
    int byte0 = stored(block + 0x3C);
    int byte1 = stored(block + 0x38);
    int status = strobe(delay(fields >>> 8, byte0 >>> 24)) << 1;
    status |= strobe(delay(fields >>> 20, byte1 >>> 24));
    status |= clock(delay(fields >>> 4, byte0 >>> 16)) << 9;
    return status | clock(delay(fields >>> 16, byte1 >>> 16)) << 8;
  }

  private static int delay(int halfClocks, int fine) {
    return 64 * (halfClocks & 15) + (fine & 0x3F);
  }

  private static int strobe(int receiveEnable) {
    int t = receiveEnable - STROBE_ARRIVAL;
    return t >= 0 && t < 512 && t / 64 % 2 == 0 ? 1 : 0;
  }

  private static int clock(int writeStrobe) {
    return (writeStrobe - CLOCK_SKEW & 127) < 64 ? 1 : 0;
  }
}
