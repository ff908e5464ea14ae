package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.FakeTime;
import org.junit.jupiter.api.Test;

class Pit8254Test {
  private static final long TICK_NS = 838;

  private final FakeTime time = new FakeTime();
  private int edges;
  private boolean level;
  private final Pit8254 pit =
      new Pit8254(
          time,
          asserted -> {
            edges += asserted && !level ? 1 : 0;
            level = asserted;
          });

  private void load(int channel, int mode, int count) {
    pit.writePort(3, 1, channel << 6 | 0x30 | mode << 1);
    pit.writePort(channel, 1, count & 0xFF);
    pit.writePort(channel, 1, count >>> 8 & 0xFF);
    edges = 0;
  }

  private int latched(int channel) {
    pit.writePort(3, 1, channel << 6);
    return pit.readPort(channel, 1) | pit.readPort(channel, 1) << 8;
  }

  @Test
  void rateGeneratorInterruptsEverySpan() {
    load(0, 2, 11932);
    time.advance(100_000_000);
    assertEquals(9, edges, 1);
  }

  @Test
  void squareWaveOfTheBiosTickIs18Hertz() {
    load(0, 3, 0);
    time.advance(10_000_000_000L);
    assertEquals(182, edges);
  }

  @Test
  void oneShotInterruptsOnceAndStaysHigh() {
    load(0, 0, 1000);
    assertFalse(level);
    time.advance(1000 * TICK_NS + 2000);
    assertTrue(level);
    time.advance(1_000_000_000L);
    assertEquals(1, edges);
  }

  @Test
  void softwareStrobePulsesOnce() {
    load(0, 4, 1000);
    time.advance(1_000_000_000L);
    assertEquals(1, edges);
  }

  @Test
  void countRunsDownInVirtualTime() {
    load(0, 2, 0xFFFF);
    time.advance(1_000_000);
    assertEquals(0xFFFF - 1193, latched(0));
  }

  @Test
  void latchHoldsUntilBothBytesAreRead() {
    load(0, 2, 50000);
    pit.writePort(3, 1, 0);
    time.advance(10_000_000);
    assertEquals(50000, pit.readPort(0, 1) | pit.readPort(0, 1) << 8);
  }

  @Test
  void readBackGivesStatus() {
    load(0, 2, 50000);
    pit.writePort(3, 1, 0xE2);
    assertEquals(0xB4, pit.readPort(0, 1));
  }

  @Test
  void gateTwoHoldsTheCounterUsedForCalibration() {
    load(2, 0, 1000);
    time.advance(10_000_000);
    assertFalse(pit.output2());
    pit.gate2(true);
    time.advance(500 * TICK_NS);
    assertFalse(pit.output2());
    time.advance(510 * TICK_NS);
    assertTrue(pit.output2());
  }

  @Test
  void binaryCodedDecimalCounts() {
    pit.writePort(3, 1, 0x35);
    pit.writePort(0, 1, 0x00);
    pit.writePort(0, 1, 0x10);
    assertEquals(0x1000, latched(0));
    time.advance(1_000_000);
    int value = latched(0);
    assertEquals(0x807, value, "1000 - 1193 mod 1000");
  }
}
