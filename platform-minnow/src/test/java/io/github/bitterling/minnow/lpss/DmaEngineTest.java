package io.github.bitterling.minnow.lpss;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DmaEngineTest {
  private static final int CHANNEL = 3;
  private static final int BASE = CHANNEL * 0x58;
  private static final int CHEN = 0x3A0;
  private static final int BYTES_UP = 1; // interrupts, 8 bits, both addresses upwards
  private static final int WORDS = 2 << 4 | 2 << 1;

  private final BoardFixture f = new BoardFixture(64 << 20, List.of());
  private final Dma memory = f.dma();
  private boolean irq;
  private final DmaEngine engine = new DmaEngine(memory, asserted -> irq = asserted);

  @BeforeEach
  void on() {
    write(0x398, 1);
    write(0x310, 0x101L << CHANNEL);
    for (int i = 0; i < 64; i++) {
      f.bus.write(0x10_0000 + i, 1, i + 1);
      f.bus.write(0x11_0000 + i, 1, 0xEE);
    }
  }

  @AfterEach
  void close() {
    f.close();
  }

  private void write(int offset, long value) {
    engine.write(offset, 4, value);
  }

  private void channel(long source, long target, long list, long control, int units) {
    write(BASE, source);
    write(BASE + 8, target);
    write(BASE + 0x10, list);
    write(BASE + 0x18, control);
    write(BASE + 0x1C, units);
  }

  private void start() {
    write(CHEN, 0x101L << CHANNEL);
  }

  @Test
  void movesABlock() {
    channel(0x10_0000, 0x11_0000, 0, BYTES_UP, 5);
    assertFalse(irq);
    start();
    assertTrue(irq);
    assertEquals(0x0807_0605_0403_0201L & 0xFF_FFFF_FFFFL, f.bus.read(0x11_0000, 4) | 5L << 32);
    assertEquals(0xEEEE_EE05L, f.bus.read(0x11_0004, 4));
    assertEquals(0, engine.read(CHEN, 4));
    assertEquals(0x10_0005, engine.read(BASE, 4));
    assertEquals(1 << CHANNEL, engine.read(0x2C0, 4));
    assertEquals(1 << CHANNEL, engine.read(0x2E8, 4));
    assertEquals(1, engine.read(0x360, 4));
    write(0x338, 1 << CHANNEL);
    assertFalse(irq);
    assertEquals(0, engine.read(0x2C0, 4));
  }

  @Test
  void countsDownwardsAndStandsStill() {
    channel(0x10_0004, 0x11_0000, 0, WORDS | 1 << 9 | 2 << 7, 2);
    start();
    assertEquals(0x0403_0201L, f.bus.read(0x11_0000, 4));
    assertEquals(0xEEEE_EEEEL, f.bus.read(0x11_0004, 4));
    assertEquals(0x0F_FFFCL, engine.read(BASE, 4));
    assertFalse(irq, "CTL.INT_EN is clear");
  }

  @Test
  void followsAList() {
    item(0x12_0000, 0x10_0000, 0x11_0000, 0x12_0100, 2);
    item(0x12_0100, 0x10_0010, 0x11_0008, 0, 1);
    channel(0, 0, 0x12_0000, 3L << 27, 0);
    start();
    assertEquals(0x0807_0605_0403_0201L, f.bus.read(0x11_0000, 8));
    assertEquals(0xEEEE_EEEE_1413_1211L, f.bus.read(0x11_0008, 8));
    assertEquals(0, engine.read(CHEN, 4));
  }

  private void item(long at, long source, long target, long next, int units) {
    f.bus.write(at, 4, source);
    f.bus.write(at + 4, 4, target);
    f.bus.write(at + 8, 4, next);
    f.bus.write(at + 12, 4, 3L << 27 | WORDS);
    f.bus.write(at + 16, 4, units);
  }

  @Test
  void endlessListsEnd() {
    item(0x12_0000, 0x10_0000, 0x11_0000, 0x12_0000, 1);
    channel(0, 0, 0x12_0000, 3L << 27, 0);
    start();
    assertEquals(1 << CHANNEL, engine.read(CHEN, 4), "it is still at it");
  }

  @Test
  void peripheralsNeverAsk() {
    channel(0x10_0000, 0x11_0000, 0, BYTES_UP | 1 << 20, 4);
    start();
    assertEquals(1 << CHANNEL, engine.read(CHEN, 4));
    assertEquals(0xEEEE_EEEEL, f.bus.read(0x11_0000, 4));
    write(CHEN, 0x100L << CHANNEL);
    assertEquals(0, engine.read(CHEN, 4));
  }

  @Test
  void doesNothingWhileOff() {
    write(0x398, 0);
    channel(0x10_0000, 0x11_0000, 0, BYTES_UP, 4);
    start();
    assertEquals(0, engine.read(CHEN, 4));
    assertEquals(0xEEEE_EEEEL, f.bus.read(0x11_0000, 4));
  }
}
