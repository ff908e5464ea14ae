package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.fake.FakeProcessors;
import io.github.bitterling.minnow.fake.FakeTime;
import org.junit.jupiter.api.Test;

class HpetTest {
  private final FakeTime time = new FakeTime();
  private final FakeProcessors processors = new FakeProcessors();
  private final IoApic apic = new IoApic(processors);
  private final InterruptRouter router =
      new InterruptRouter(new PicPair(processors::setIntr), apic);
  private final Hpet hpet = new Hpet(time, router);

  private void unmask(int pin, long entry) {
    apic.write(0, 4, 0x10 + 2 * pin);
    apic.write(0x10, 4, entry);
  }

  @Test
  void capabilities() {
    assertEquals(0x0429_B17F_8086_A201L, hpet.read(0, 8));
    assertEquals(0x0429_B17FL, hpet.read(4, 4));
  }

  @Test
  void counterStandsStillUntilEnabled() {
    time.advance(1_000_000);
    assertEquals(0, hpet.read(0xF0, 8));
    hpet.write(0x10, 4, 1);
    time.advance(1_000_000);
    assertEquals(14318, hpet.read(0xF0, 8), 1);
    hpet.write(0x10, 4, 0);
    time.advance(1_000_000);
    assertEquals(14318, hpet.read(0xF0, 8), 1);
  }

  @Test
  void comparatorTwoIsOnesAfterReset() {
    assertEquals(0xFFFF_FFFFL, hpet.read(0x148, 4));
    assertEquals(0xFFFF_FFFFL, hpet.read(0x148, 8));
    hpet.write(0x148, 4, 0x1234_5678);
    assertEquals(0x1234_5678, hpet.read(0x148, 4));
    hpet.reset();
    assertEquals(0xFFFF_FFFFL, hpet.read(0x148, 4));
  }

  @Test
  void oneShotInterruptsAtTheMatch() {
    unmask(20, 0x40);
    hpet.write(0x100, 4, 20 << 9 | 4);
    hpet.write(0x108, 4, 14318);
    hpet.write(0x10C, 4, 0);
    hpet.write(0x10, 4, 1);
    time.advance(900_000);
    assertEquals(0, processors.messages.size());
    time.advance(200_000);
    assertEquals(1, processors.messages.size());
    time.advance(10_000_000_000L);
    assertEquals(1, processors.messages.size());
  }

  @Test
  void periodicTimerThroughLegacyReplacement() {
    unmask(2, 0x30);
    hpet.write(0x100, 4, 4 | 8 | 0x40 | 0x100);
    hpet.write(0x108, 4, 14318);
    hpet.write(0x108, 4, 14318);
    hpet.write(0x10, 4, 3);
    time.advance(10_500_000);
    assertEquals(10, processors.messages.size());
  }

  @Test
  void legacyReplacementCutsThePit() {
    unmask(2, 0x30);
    router.legacyTimer(0).set(true);
    assertEquals(1, processors.messages.size());
    hpet.write(0x10, 4, 3);
    router.legacyTimer(0).set(false);
    router.legacyTimer(0).set(true);
    assertEquals(1, processors.messages.size());
  }

  @Test
  void levelInterruptStaysUntilStatusIsCleared() {
    unmask(21, 0x8041);
    hpet.write(0x120, 4, 21 << 9 | 4 | 2);
    hpet.write(0x128, 4, 100);
    hpet.write(0x10, 4, 1);
    time.advance(1_000_000);
    assertEquals(2, hpet.read(0x20, 4));
    apic.endOfInterrupt(0x41);
    assertEquals(2, processors.messages.size());
    hpet.write(0x20, 4, 2);
    apic.endOfInterrupt(0x41);
    assertEquals(2, processors.messages.size());
  }
}
