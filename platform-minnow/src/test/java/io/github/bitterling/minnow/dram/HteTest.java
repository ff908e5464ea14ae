package io.github.bitterling.minnow.dram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The pattern engine: which lanes it flags, how long it works, and what it writes. */
class HteTest {
  private static final int BUSY = 1 << 30;

  private final BoardSkew skew = BoardSkew.TURBOT;
  private final MemoryRig rig = new MemoryRig(skew);

  @BeforeEach
  void fit() {
    rig.wakeDrams();
    rig.fit(skew);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private static int flag(int lane) {
    return lane == 8 ? 1 : 1 << 8 + lane;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 4, 7, 8})
  void flagsTheLaneWhoseDelayLeavesItsWindow(int lane) {
    assertEquals(0, rig.test());
    LaneSkew its = skew.lane(lane);
    rig.readStrobe(lane, its.readStrobe().high() + 1);
    assertEquals(flag(lane), rig.test());
    rig.fit(skew);
    rig.vref(lane, its.vref().low() - 1);
    assertEquals(flag(lane), rig.test());
    rig.fit(skew);
    rig.writeData(lane, its.writeStrobe() - its.writeData().low() + 1);
    assertEquals(flag(lane), rig.test());
    rig.fit(skew);
    rig.receiveEnable(lane, its.receiveEnable());
    assertEquals(flag(lane), rig.test());
    rig.fit(skew);
    rig.writeStrobe(lane, its.writeStrobe() + 128);
    rig.writeData(lane, its.writeStrobe() + 128 - MemoryRig.middle(its.writeData()));
    assertEquals(flag(lane), rig.test());
  }

  @Test
  void theReadEyeIsNarrowerTowardsItsEnds() {
    LaneSkew its = skew.lane(0);
    rig.readStrobe(0, its.readStrobe().low());
    assertEquals(0, rig.test());
    rig.vref(0, its.vref().low() + 2);
    assertEquals(flag(0), rig.test());
    rig.readStrobe(0, MemoryRig.middle(its.readStrobe()));
    assertEquals(0, rig.test());
  }

  @Test
  void flagsStayUntilTheyAreCleared() {
    rig.readStrobe(5, 0);
    assertEquals(flag(5), rig.test());
    assertEquals(0, rig.hte(0xA5));
    assertEquals(0xFF00, rig.hte(0xA6));
    rig.fit(skew);
    rig.hte(0x11, 0x1004_1300);
    assertEquals(flag(5), rig.hte(0xA7));
    rig.hte(0xA1, 1 << 8);
    assertEquals(0, rig.hte(0xA7));
    assertEquals(0, rig.hte(0xA6));
  }

  @Test
  void maskedLanesAreNotFlagged() {
    rig.readStrobe(5, 0);
    rig.readStrobe(6, 0);
    rig.test();
    rig.hte(0xA1, 1 << 8);
    rig.hte(0xA3, 0xFF00_FFFF - 0xFF00_0000);
    rig.hte(0x11, 0x1004_1300);
    assertEquals(flag(5), rig.hte(0xA7));
  }

  @Test
  void burstsOfReadsFlagNothing() {
    rig.readStrobe(5, 0);
    rig.test();
    rig.hte(0xA1, 1 << 8);
    rig.hte(0x11, 0x1101_1300);
    assertEquals(0, rig.hte(0xA7));
  }

  @Test
  void everythingFailsWhileTheDramsAreInWriteLevelling() {
    rig.dram(0x2188);
    assertEquals(0xFF01, rig.test());
  }

  @Test
  void isBusyAsLongAsTheBytesTake() {
    rig.board.sidebandWrite(0x11, Dunit.PORT, 0x01, 1); // 1066
    rig.hte(0x22, (int) (MemoryRig.MEMORY / 64 - 1));
    rig.hte(0x11, 0x0011_1300);
    assertEquals(BUSY, rig.hte(0x12));
    rig.board.time.advance(7_800_000);
    assertEquals(BUSY, rig.hte(0x12));
    rig.board.time.advance(100_000);
    assertEquals(0, rig.hte(0x12));
  }

  @Test
  void fillsMemoryWithThePattern() {
    rig.dco(1 << 31);
    rig.board.bus.write(0x3F_FFC0, 8, 0x1111);
    rig.board.bus.write(0x40_0008, 8, 0x2222);
    rig.hte(0x20, 0x0011_0020);
    rig.hte(0x21, 0x40_0000 / 64);
    rig.hte(0x22, (int) (MemoryRig.MEMORY / 64 - 1));
    rig.hte(0x83, 0xABCD_0123);
    rig.hte(0x61, 0x0003_0008);
    rig.hte(0x11, 0x0011_1300);
    assertEquals(0x1111, rig.board.bus.read(0x3F_FFC0, 8));
    assertEquals(0xABCD_0123_0000_0000L, rig.board.bus.read(0x40_0008, 8));
    assertEquals(0xABCD_0123_0000_0000L, rig.board.bus.read(MemoryRig.MEMORY - 56, 8));
    rig.hte(0x61, 0);
    rig.board.time.advance(1_000_000_000);
    rig.hte(0x11, 0x0011_1300);
    assertEquals(0, rig.board.bus.read(0x40_0008, 8), "pattern 0");
  }

  @Test
  void aLaneThatDoesNotWriteKeepsItsBytes() {
    rig.dco(1 << 31);
    rig.board.bus.write(0x40_0000, 8, -1);
    LaneSkew its = skew.lane(3);
    rig.writeData(3, its.writeStrobe() - its.writeData().high() - 1);
    rig.hte(0x21, 0x40_0000 / 64);
    rig.hte(0x22, 0x40_0000 / 64);
    rig.hte(0x11, 0x0011_1300);
    rig.fit(skew);
    assertEquals(0xFF00_0000L, rig.board.bus.read(0x40_0000, 8));
  }

  @Test
  void linesBeyondMemoryAreLeftOut() {
    rig.hte(0x22, -1);
    rig.hte(0x80, 1);
    rig.hte(0x11, 0x0011_1300);
    assertNotEquals(0, rig.hte(0x12));
  }
}
