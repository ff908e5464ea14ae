package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.MmioMapping;
import io.github.bitterling.minnow.bus.PageMap;
import io.github.bitterling.minnow.bus.Smram;
import io.github.bitterling.minnow.sideband.Sideband;
import io.github.bitterling.minnow.sideband.SidebandUnit;

/**
 * The memory arbiter (sideband port 03h): where DRAM ends, where the configuration window is, what
 * the segments below 1 MiB are, and which memory is SMRAM.
 */
public final class Bunit {
  private static final int PORT = 0x03;
  private static final long MIB = 1 << 20;

  private static final int BMBOUND = 0x25;
  private static final int BMBOUND_HI = 0x26;
  private static final int BECREG = 0x27;
  private static final int BMISC = 0x28;

  // Who may read and write SMRAM, by security attribute
  private static final int SMRRAC = 0x2C;
  private static final int SMRWAC = 0x2D;
  private static final int SAI_UNTRUSTED = 1;
  private static final int SAI_SMM = 1 << 2;
  private static final int SAI_BOOT = 1 << 4;

  // First and last MiB of SMRAM
  private static final int SMRRL = 0x2E;
  private static final int SMRRH = 0x2F;

  private final SidebandUnit unit = new SidebandUnit("BUNIT");
  private final BoardBus bus;
  private final MmioMapping window;

  /**
   * @param window the configuration window
   * @param memory bytes of DRAM
   */
  public Bunit(BoardBus bus, MmioMapping window, long memory, Sideband sideband) {
    this.bus = bus;
    this.window = window;
    bounds(memory);
    unit.register("BECREG", BECREG).onWrite(v -> window.place(v & 0xF000_0000L, (v & 1) != 0));
    unit.register("BMISC", BMISC)
        .onWrite(v -> bus.setSegments((v & 1) != 0, (v & 2) != 0, (v & 4) != 0));
    unit.register("SMRRAC", SMRRAC)
        .resetValue(SAI_UNTRUSTED | SAI_SMM | SAI_BOOT)
        .onWrite(v -> placeSmram());
    unit.register("SMRWAC", SMRWAC).resetValue(SAI_SMM | SAI_BOOT).onWrite(v -> placeSmram());
    unit.register("SMRRL", SMRRL).onWrite(v -> placeSmram());
    unit.register("SMRRH", SMRRH).onWrite(v -> placeSmram());
    sideband.plug(PORT, unit);
  }

  /**
   * The bounds start with what is populated: firmware without memory training takes them for what
   * training would have written, and ours finds the memory above 4 GiB by them.
   */
  private void bounds(long memory) {
    long low = Math.min(memory, PageMap.LOW_LIMIT);
    long high = memory > low ? (1L << 32) + memory - low : low;
    unit.register("BMBOUND", BMBOUND).resetValue((int) low).onWrite(v -> bound());
    unit.register("BMBOUND_HI", BMBOUND_HI).resetValue((int) (high >>> 4)).onWrite(v -> bound());
  }

  /** After the unit's registers were reset. */
  public void reset() {
    window.place(0, false);
  }

  private void bound() {
    bus.setDramBounds(unit.get(BMBOUND) & 0xFFFF_FFFFL, (unit.get(BMBOUND_HI) & 0xFFFF_FFFFL) << 4);
  }

  /** A first MiB of 0 means that there is none. Boot mode counts where it may read and write. */
  private void placeSmram() {
    long first = unit.get(SMRRL) & 0xFFFF;
    long last = unit.get(SMRRH) & 0xFFFF;
    int readers = unit.get(SMRRAC);
    int writers = unit.get(SMRWAC);
    bus.setSmram(
        new Smram(
            first * MIB,
            first == 0 ? 0 : (last + 1) * MIB,
            (readers & SAI_UNTRUSTED) != 0,
            (writers & SAI_UNTRUSTED) != 0,
            (readers & writers & SAI_BOOT) != 0));
  }
}
