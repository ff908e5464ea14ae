package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.sideband.SidebandUnit;

/**
 * Where the delays of a byte lane are in the PHY's registers. Two lanes share a block of 800h: B0,
 * the even one, and B1. Rank 0 only.
 */
final class LaneDelays {
  /** Number of the ECC lane, which is B1 of block 3800h. */
  static final int ECC_LANE = 8;

  private static final int BLOCK = 0x800;
  private static final int ECC_BLOCK = 0x3800;
  private static final int B0VREFCTL = 0x14;
  private static final int B1VREFCTL = 0x24;
  private static final int B1DLLPICODER0 = 0x38;
  private static final int B0DLLPICODER0 = 0x3C;
  private static final int B1RXDQSPICODE = 0x58;
  private static final int B0RXDQSPICODE = 0x5C;
  private static final int B01PTRCTL0 = 0x70;

  private final SidebandUnit phy;
  private final int block;
  private final boolean odd;

  LaneDelays(SidebandUnit phy, int lane) {
    this.phy = phy;
    this.block = block(lane);
    this.odd = odd(lane);
  }

  /** First register of the block that a lane is in. */
  static int block(int lane) {
    int pair = lane / 2;
    return lane == ECC_LANE ? ECC_BLOCK : (pair < 2 ? pair * BLOCK : 0x1000 + (pair - 2) * BLOCK);
  }

  /** Whether a lane is the B1 half of its block. */
  static boolean odd(int lane) {
    return lane == ECC_LANE || lane % 2 == 1;
  }

  /** RCVN, in PI. */
  int receiveEnable() {
    return delay(odd ? 20 : 8, 24);
  }

  /** WDQS, in PI. */
  int writeStrobe() {
    return delay(odd ? 16 : 4, 16);
  }

  /** WDQ, in PI. */
  int writeData() {
    return delay(odd ? 12 : 0, 8);
  }

  /** RDQS code. */
  int readStrobe() {
    return phy.get(block + (odd ? B1RXDQSPICODE : B0RXDQSPICODE)) & 0x7F;
  }

  /** VREF in steps: codes from 20h are -1, -2 and so on. */
  int vref() {
    int code = phy.get(block + (odd ? B1VREFCTL : B0VREFCTL)) >>> 8 & 0x3F;
    return code < 0x20 ? code : 0x1F - code;
  }

  /** Half clocks are in the block's pointer register, the rest in the lane's. */
  private int delay(int pointerShift, int fineShift) {
    int halfClocks = phy.get(block + B01PTRCTL0) >>> pointerShift & 15;
    int fine = phy.get(block + (odd ? B1DLLPICODER0 : B0DLLPICODER0)) >>> fineShift & 0x3F;
    return 64 * halfClocks + fine;
  }
}
