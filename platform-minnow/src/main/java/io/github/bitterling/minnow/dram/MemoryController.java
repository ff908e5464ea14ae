package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.sideband.Sideband;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * Memory controller, PHY, pattern engine and DRAMs together. They decide which byte lanes of memory
 * the processors can read and write: none before initialisation is complete, then those whose
 * delays fit the board.
 */
public final class MemoryController {
  private static final int DATA_LANES = 8;
  private static final int ALL_LANES = 0xFF;

  private final DramSetup setup;
  private final BoardBus bus;
  private final DramDevices drams = new DramDevices();
  private final DdrPhy phy;
  private final Dunit dunit;
  private final Hte hte;
  private boolean begun;

  /** Plugs DUNIT, DDRPHY and HTE into the network. */
  public MemoryController(DramSetup setup, BoardBus bus, Sideband sideband, VirtualTime time) {
    this.setup = setup;
    this.bus = bus;
    phy = new DdrPhy(setup.skew(), drams, time);
    dunit = new Dunit(drams, this::begun, this::update);
    hte = new Hte(this, time);
    phy.unit.onAnyWrite(this::phyWritten);
    sideband.plug(Dunit.PORT, dunit.unit);
    sideband.plug(DdrPhy.PORT, phy.unit);
    sideband.plug(Hte.PORT, hte.unit);
  }

  /** After the units' registers were reset. */
  public void reset() {
    drams.reset();
    phy.reset();
    hte.reset();
    begun = setup.cold();
    update();
  }

  /** From the first step of memory initialisation on, memory is what the steps make of it. */
  void begun() {
    if (!begun) {
      begun = true;
      update();
    }
  }

  private void phyWritten() {
    begun();
    if (dunit.serving()) {
      update();
    }
  }

  private void update() {
    bus.setDramLanes(lanes(false), lanes(true));
  }

  private int lanes(boolean write) {
    if (!begun) {
      return ALL_LANES;
    }
    int working = 0;
    for (int n = 0; n < DATA_LANES && dunit.serving() && drams.ready(); n++) {
      Lane lane = phy.lane(n);
      working |= (write ? lane.writes() : lane.reads()) ? 1 << n : 0;
    }
    return working;
  }

  /** Whether what is written on a lane comes back. */
  boolean passes(int lane) {
    return drams.ready() && phy.lane(lane).writes() && phy.lane(lane).reads();
  }

  /** Whether a lane fails to read the DRAMs' predefined pattern, while they give it. */
  boolean misreadsPattern(int lane) {
    return drams.givesPattern() && !phy.lane(lane).reads();
  }

  long bandwidth() {
    return dunit.bandwidth();
  }

  /**
   * Fills memory through the lanes that write.
   *
   * @param start first byte, counted in DRAM
   * @param end first byte not filled
   * @param line eight times eight bytes
   */
  void fill(long start, long end, long[] line) {
    int working = 0;
    for (int n = 0; n < DATA_LANES && drams.ready(); n++) {
      working |= phy.lane(n).writes() ? 1 << n : 0;
    }
    bus.fillDram(start, end, line, working);
  }

  /** Appends what the sideband's dump does not have. */
  public void dump(StringBuilder out) {
    drams.dump(out);
  }
}
