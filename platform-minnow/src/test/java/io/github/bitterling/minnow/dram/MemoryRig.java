package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;

/** A board whose memory controller is programmed register by register. */
final class MemoryRig implements AutoCloseable {
  static final long MEMORY = 64 << 20;

  final BoardFixture board;

  MemoryRig(BoardSkew skew) {
    board = new BoardFixture(List.of(), MEMORY, new DramSetup(skew, true));
  }

  int phy(int register) {
    return board.sidebandRead(0x06, DdrPhy.PORT, register);
  }

  void phy(int register, int value) {
    board.sidebandWrite(0x07, DdrPhy.PORT, register, value);
  }

  private void phyField(int register, int shift, int width, int value) {
    int mask = (1 << width) - 1 << shift;
    phy(register, phy(register) & ~mask | value << shift & mask);
  }

  int hte(int register) {
    return board.sidebandRead(0x10, Hte.PORT, register);
  }

  void hte(int register, int value) {
    board.sidebandWrite(0x11, Hte.PORT, register, value);
  }

  void dco(int value) {
    board.sidebandWrite(0x11, Dunit.PORT, 0x0F, value);
  }

  /** A command to the DRAMs: 68h with the word in MDR. */
  void dram(int word) {
    board.sidebandWrite(0x68, Dunit.PORT, 0, word);
  }

  /** MR2, MR3, MR1, MR0, ZQCL. */
  void wakeDrams() {
    for (int word : new int[] {0x10210, 0x18, 0x1088, 0x75C40, 0x10006}) {
      dram(word);
    }
  }

  static boolean odd(int lane) {
    return lane % 2 == 1 || lane == 8;
  }

  static int block(int lane) {
    return new int[] {0, 0x800, 0x1000, 0x1800, 0x3800}[lane / 2];
  }

  void receiveEnable(int lane, int delay) {
    delay(lane, delay, odd(lane) ? 20 : 8, 24);
  }

  void writeStrobe(int lane, int delay) {
    delay(lane, delay, odd(lane) ? 16 : 4, 16);
  }

  void writeData(int lane, int delay) {
    delay(lane, delay, odd(lane) ? 12 : 0, 8);
  }

  private void delay(int lane, int delay, int clocksAt, int fineAt) {
    phyField(block(lane) + 0x70, clocksAt, 4, delay / 64);
    phyField(block(lane) + (odd(lane) ? 0x38 : 0x3C), fineAt, 6, delay % 64);
  }

  void readStrobe(int lane, int code) {
    phyField(block(lane) + (odd(lane) ? 0x58 : 0x5C), 0, 7, code);
  }

  void vref(int lane, int steps) {
    phyField(block(lane) + (odd(lane) ? 0x24 : 0x14), 8, 6, steps < 0 ? 0x1F - steps : steps);
  }

  /** The middle of all windows, on every lane. */
  void fit(BoardSkew skew) {
    for (int n = 0; n < DdrPhy.LANES; n++) {
      LaneSkew lane = skew.lane(n);
      receiveEnable(n, lane.receiveEnable() - 64);
      writeStrobe(n, lane.writeStrobe());
      writeData(n, lane.writeStrobe() - middle(lane.writeData()));
      readStrobe(n, middle(lane.readStrobe()));
      vref(n, middle(lane.vref()));
    }
  }

  static int middle(Window window) {
    return Math.floorDiv(window.low() + window.high(), 2);
  }

  /** Bit 0: strobe level, bit 8: clock level of a lane. */
  int sample(int lane) {
    return phy(block(lane) + 0x34) >>> (odd(lane) ? 0 : 1) & 0x101;
  }

  /** Lanes that fail a run of the pattern engine; bits 15:8 are lanes 0 to 7, bit 0 is ECC. */
  int test() {
    hte(0xA2, -1);
    hte(0xA3, -1);
    hte(0xA4, 0xFF);
    hte(0xA1, 1 << 8);
    hte(0x11, 0x1004_1300);
    board.time.advance(10_000);
    return hte(0xA7);
  }

  @Override
  public void close() {
    board.close();
  }
}
