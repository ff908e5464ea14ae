package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.sideband.SidebandUnit;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.ArrayList;
import java.util.List;

/**
 * The DDR3 PHY (sideband port 0Ch): delay registers, which are storage, and the status that
 * training reads. DQTRAINSTS of a block tells what its two lanes see at the delays of this moment.
 */
final class DdrPhy {
  static final int PORT = 0x0C;
  static final int LANES = LaneDelays.ECC_LANE + 1;

  private static final int DQTRAINSTS = 0x34;
  private static final int CMPCTRL = 0x6800;
  private static final int PLL_STATUS = 0x7858;

  /** Locks of the three PLLs; they lock faster than anybody can ask. */
  private static final int PLL_LOCKED = 0x0E;

  /** Compensation of the buffers runs this long. */
  private static final long COMPENSATION_HERTZ = 1_000_000;

  final SidebandUnit unit = new SidebandUnit("DDRPHY");
  private final List<Lane> lanes = new ArrayList<>();
  private final DramDevices drams;
  private final VirtualTime time;
  private long compensated;

  DdrPhy(BoardSkew skew, DramDevices drams, VirtualTime time) {
    this.drams = drams;
    this.time = time;
    for (int n = 0; n < LANES; n++) {
      lanes.add(new Lane(new LaneDelays(unit, n), skew.lane(n)));
    }
    for (int even = 0; even < LANES; even += 2) {
      Lane b0 = even == LaneDelays.ECC_LANE ? null : lanes.get(even);
      Lane b1 = lanes.get(Math.min(even + 1, LaneDelays.ECC_LANE));
      unit.register("DQTRAINSTS", LaneDelays.block(even) + DQTRAINSTS)
          .onRead(stored -> sample(b0) << 1 | sample(b1));
    }
    unit.register("MPLLSTS", PLL_STATUS).onRead(stored -> stored | PLL_LOCKED);
    unit.register("CMPCTRL", CMPCTRL)
        .onWrite(v -> compensate((v & 1) != 0))
        .onRead(stored -> time.now() < compensated ? stored : stored & ~1);
  }

  void reset() {
    compensated = 0;
  }

  private void compensate(boolean start) {
    if (start) {
      compensated = time.now() + time.frequency() / COMPENSATION_HERTZ;
    }
  }

  Lane lane(int number) {
    return lanes.get(number);
  }

  /** Bit 0: the strobe's level; bit 8: the clock's level, which DRAMs give in write levelling. */
  private int sample(Lane lane) {
    if (lane == null) {
      return 0;
    }
    int strobe = drams.strobes() && lane.strobeLevel() ? 1 : 0;
    int clock = drams.writeLevelling() && lane.clockLevel() ? 1 << 8 : 0;
    return strobe | clock;
  }
}
