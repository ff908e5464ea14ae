package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.FakeTime;
import org.junit.jupiter.api.Test;

class RtcTest {
  private static final long SECOND = 1_000_000_000L;

  private final FakeTime time = new FakeTime();
  private boolean irq;
  private int interrupts;
  private final Rtc rtc =
      new Rtc(
          time,
          level -> {
            interrupts += level && !irq ? 1 : 0;
            irq = level;
          });

  private int read(int at) {
    rtc.writePort(0, 1, at);
    return rtc.readPort(1, 1);
  }

  private void write(int at, int value) {
    rtc.writePort(0, 1, at);
    rtc.writePort(1, 1, value);
  }

  @Test
  void startsAtTheFixedDateInBcd() {
    assertEquals(0x26, read(9));
    assertEquals(0x20, read(0x32));
    assertEquals(0x01, read(8));
    assertEquals(0x01, read(7));
    assertEquals(5, read(6));
    assertEquals(0x80, read(13));
  }

  @Test
  void followsVirtualTime() {
    time.advance((3600 + 2 * 60 + 3) * SECOND);
    assertEquals(0x01, read(4));
    assertEquals(0x02, read(2));
    assertEquals(0x03, read(0));
  }

  @Test
  void twelveHourBinaryFormat() {
    write(11, 0x04);
    time.advance(13 * 3600 * SECOND);
    assertEquals(0x81, read(4));
  }

  @Test
  void updateInProgressBeforeTheSecond() {
    assertEquals(0, read(10) & 0x80);
    time.advance(SECOND - 100_000);
    assertEquals(0x80, read(10) & 0x80);
    time.advance(200_000);
    assertEquals(0, read(10) & 0x80);
  }

  @Test
  void setStopsTheClockAndTakesANewTime() {
    write(11, 0x82);
    write(4, 0x23);
    write(2, 0x59);
    write(0, 0x58);
    time.advance(5 * SECOND);
    assertEquals(0x58, read(0));
    write(11, 0x02);
    time.advance(2 * SECOND);
    assertEquals(0, read(0));
    assertEquals(0, read(4));
    assertEquals(0x02, read(7));
  }

  @Test
  void impossibleDateIsIgnored() {
    write(11, 0x82);
    write(8, 0x19);
    write(11, 0x02);
    assertEquals(0x01, read(8));
  }

  @Test
  void periodicInterruptAtTheChosenRate() {
    write(11, 0x42);
    for (int i = 0; i < 1024; i++) {
      time.advance(SECOND / 1024);
      read(12);
    }
    assertEquals(1023, interrupts, 1);
  }

  @Test
  void alarmInterrupt() {
    write(1, 0x10);
    write(3, 0xC0);
    write(5, 0xC0);
    write(11, 0x22);
    time.advance(9 * SECOND + 500_000);
    assertFalse(irq);
    time.advance(SECOND);
    assertTrue(irq);
    assertEquals(0xB0, read(12) & 0xB0);
    assertFalse(irq);
  }

  @Test
  void updateFlagRisesWithoutInterrupt() {
    read(12);
    time.advance(2 * SECOND);
    assertEquals(0x10, read(12) & 0x10);
    assertEquals(0, interrupts);
  }

  @Test
  void cmosSurvivesResetInBothBanks() {
    write(0x40, 0x55);
    rtc.writePort(2, 1, 0x10);
    rtc.writePort(3, 1, 0xAA);
    rtc.reset();
    assertEquals(0x55, read(0x40));
    rtc.writePort(2, 1, 0x10);
    assertEquals(0xAA, rtc.readPort(3, 1));
  }
}
