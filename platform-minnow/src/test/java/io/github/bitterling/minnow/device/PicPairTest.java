package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PicPairTest {
  private boolean intr;
  private final PicPair pics = new PicPair(level -> intr = level);

  @BeforeEach
  void initialize() {
    int[] master = {0x11, 0x20, 0x04, 0x01};
    int[] slave = {0x11, 0x28, 0x02, 0x01};
    for (int i = 0; i < 4; i++) {
      pics.masterPorts.writePort(i == 0 ? 0 : 1, 1, master[i]);
      pics.slavePorts.writePort(i == 0 ? 0 : 1, 1, slave[i]);
    }
  }

  @Test
  void lowerLineNumberWins() {
    pics.input(4, true);
    pics.input(1, true);
    assertTrue(intr);
    assertEquals(0x21, pics.acknowledge());
    assertFalse(intr);
    pics.masterPorts.writePort(0, 1, 0x20);
    assertTrue(intr);
    assertEquals(0x24, pics.acknowledge());
  }

  @Test
  void higherPriorityInterruptsService() {
    pics.input(4, true);
    assertEquals(0x24, pics.acknowledge());
    pics.input(3, true);
    assertTrue(intr);
    assertEquals(0x23, pics.acknowledge());
  }

  @Test
  void slaveGoesThroughLineTwo() {
    pics.input(8, true);
    assertEquals(0x28, pics.acknowledge());
    pics.slavePorts.writePort(0, 1, 0x0B);
    assertEquals(1, pics.slavePorts.readPort(0, 1));
    pics.masterPorts.writePort(0, 1, 0x0B);
    assertEquals(4, pics.masterPorts.readPort(0, 1));
  }

  @Test
  void maskedLineWaits() {
    pics.masterPorts.writePort(1, 1, 0x10);
    pics.input(4, true);
    assertFalse(intr);
    pics.masterPorts.writePort(1, 1, 0);
    assertTrue(intr);
  }

  @Test
  void edgeLineInterruptsOnceAndLevelLineAgain() {
    pics.input(5, true);
    pics.acknowledge();
    pics.masterPorts.writePort(0, 1, 0x65);
    assertFalse(intr);
    pics.edgeLevelPorts.writePort(0, 1, 0x20);
    assertTrue(intr);
    pics.acknowledge();
    pics.masterPorts.writePort(0, 1, 0x65);
    assertTrue(intr);
    pics.input(5, false);
    assertFalse(intr);
  }

  @Test
  void spuriousInterruptIsLineSevenWithoutService() {
    assertEquals(0x27, pics.acknowledge());
    pics.masterPorts.writePort(0, 1, 0x0B);
    assertEquals(0, pics.masterPorts.readPort(0, 1));
  }

  @Test
  void automaticEndOfInterrupt() {
    pics.masterPorts.writePort(0, 1, 0x11);
    pics.masterPorts.writePort(1, 1, 0x20);
    pics.masterPorts.writePort(1, 1, 0x04);
    pics.masterPorts.writePort(1, 1, 0x03);
    pics.input(3, true);
    assertEquals(0x23, pics.acknowledge());
    pics.input(6, true);
    assertTrue(intr);
  }

  @Test
  void rotationMakesTheServedLineLowest() {
    pics.input(0, true);
    pics.acknowledge();
    pics.masterPorts.writePort(0, 1, 0xA0);
    pics.input(0, false);
    pics.input(0, true);
    pics.input(5, true);
    assertEquals(0x25, pics.acknowledge());
  }

  @Test
  void pollGivesTheRequest() {
    pics.input(6, true);
    pics.masterPorts.writePort(0, 1, 0x0C);
    assertEquals(0x86, pics.masterPorts.readPort(0, 1));
  }

  @Test
  void timerAndCascadeCannotBeLevel() {
    pics.edgeLevelPorts.writePort(0, 1, 0xFF);
    pics.edgeLevelPorts.writePort(1, 1, 0xFF);
    assertEquals(0xF8, pics.edgeLevelPorts.readPort(0, 1));
    assertEquals(0xDE, pics.edgeLevelPorts.readPort(1, 1));
  }
}
