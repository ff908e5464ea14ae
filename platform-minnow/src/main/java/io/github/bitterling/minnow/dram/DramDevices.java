package io.github.bitterling.minnow.dram;

/**
 * The DRAMs of the board's one rank as commands set them up (JEDEC 79-3): they take part once all
 * mode registers were loaded and ZQ calibration ran; write levelling and the multi-purpose register
 * take them out again.
 */
final class DramDevices {
  private static final int MRS = 0;
  private static final int ZQ = 6;
  private static final int WRITE_LEVELLING = 1 << 7;
  private static final int MULTI_PURPOSE = 1 << 2;
  private static final int ALL_MODE_REGISTERS = 15;

  private final int[] modeRegisters = new int[4];
  private int loaded;
  private boolean calibrated;

  void reset() {
    java.util.Arrays.fill(modeRegisters, 0);
    loaded = 0;
    calibrated = false;
  }

  /**
   * A command as the DUNIT's command port takes it: 2:0 command, 5:3 bank, 21:6 address, 23:22
   * rank.
   */
  void command(int word) {
    if ((word >>> 22 & 3) != 0) {
      return; // nobody is on the other ranks
    }
    int bank = word >>> 3 & 7;
    if ((word & 7) == MRS && bank < modeRegisters.length) {
      modeRegisters[bank] = word >>> 6 & 0xFFFF;
      loaded |= 1 << bank;
    } else if ((word & 7) == ZQ) {
      calibrated = true;
    }
  }

  /** MR1 A7: strobes sample the clock and answer on the data lines. */
  boolean writeLevelling() {
    return (modeRegisters[1] & WRITE_LEVELLING) != 0;
  }

  /** Mode registers are loaded and drivers calibrated: bursts are answered. */
  private boolean awake() {
    return loaded == ALL_MODE_REGISTERS && calibrated;
  }

  /** MR3 A2: reads give the predefined pattern of the multi-purpose register, writes are lost. */
  boolean givesPattern() {
    return awake() && !writeLevelling() && (modeRegisters[3] & MULTI_PURPOSE) != 0;
  }

  /** Reads move the strobes. */
  boolean strobes() {
    return awake() && !writeLevelling();
  }

  /** Read and write bursts reach the cells. */
  boolean ready() {
    return strobes() && !givesPattern();
  }

  /** Mode registers for bug reports. */
  void dump(StringBuilder out) {
    for (int i = 0; i < modeRegisters.length; i++) {
      out.append(String.format("DRAM MR%d %04X%n", i, modeRegisters[i]));
    }
  }
}
