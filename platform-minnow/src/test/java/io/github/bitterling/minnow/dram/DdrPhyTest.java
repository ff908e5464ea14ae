package io.github.bitterling.minnow.dram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the PHY's status registers answer to delays. */
class DdrPhyTest {
  private final BoardSkew skew = BoardSkew.TURBOT;
  private final MemoryRig rig = new MemoryRig(skew);

  @AfterEach
  void close() {
    rig.close();
  }

  @Test
  void pllsAreLockedAndCompensationEnds() {
    assertEquals(0x0E, rig.phy(0x7858) & 0x0E);
    rig.phy(0x6800, 0x101);
    assertEquals(0x101, rig.phy(0x6800));
    rig.board.time.advance(1000);
    assertEquals(0x100, rig.phy(0x6800));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3, 4, 5, 6, 7, 8})
  void strobeOfAReadHasFourPulses(int lane) {
    rig.wakeDrams();
    int arrival = skew.lane(lane).receiveEnable();
    for (int after : new int[] {-400, -1, 64, 127, 192, 448, 511}) {
      rig.receiveEnable(lane, arrival + after);
      assertEquals(0, rig.sample(lane), "after " + after);
    }
    for (int after : new int[] {0, 63, 128, 191, 384, 447}) {
      rig.receiveEnable(lane, arrival + after);
      assertEquals(1, rig.sample(lane), "after " + after);
    }
  }

  @Test
  void strobeIsSilentBeforeTheDramsAreSetUp() {
    rig.receiveEnable(2, skew.lane(2).receiveEnable());
    assertEquals(0, rig.sample(2));
    rig.wakeDrams();
    assertEquals(1, rig.sample(2));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 3, 6, 8})
  void clockLevelComesInWriteLevellingOnly(int lane) {
    rig.wakeDrams();
    int edge = skew.lane(lane).writeStrobe();
    rig.writeStrobe(lane, edge);
    assertEquals(0, rig.sample(lane));
    rig.dram(0x2188); // MR1 A7
    assertEquals(0x100, rig.sample(lane));
    rig.writeStrobe(lane, edge - 1);
    assertEquals(0, rig.sample(lane));
    rig.writeStrobe(lane, edge + 63 - 128);
    assertEquals(0x100, rig.sample(lane));
    rig.dram(0x1188);
    assertEquals(0, rig.sample(lane));
  }

  @Test
  void commandsToOtherRanksReachNobody() {
    rig.wakeDrams();
    rig.dram(0x2188 | 1 << 22);
    rig.writeStrobe(0, skew.lane(0).writeStrobe());
    assertEquals(0, rig.sample(0));
  }

  @Test
  void dumpHasNamesOfRegistersAndModeRegisters() {
    rig.wakeDrams();
    rig.dco(1 << 31);
    rig.phy(0x6800, 0x100);
    String dump = rig.board.board.dump();
    assertTrue(dump.contains("sideband 01.000F 80000000 DUNIT DCO"), dump);
    assertTrue(dump.contains("sideband 0C.6800 00000100 DDRPHY CMPCTRL"), dump);
    assertTrue(dump.contains("DRAM MR1 0042"), dump);
  }
}
