package io.github.bitterling.minnow.audio;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class HdAudioTest {
  private static final long BASE = 0xD000_0000L;

  private final BoardFixture f = new BoardFixture(64 << 20, List.of());

  @BeforeEach
  void place() {
    f.pciWrite(0x1B, 0, 0x10, 4, (int) BASE);
    f.pciWrite(0x1B, 0, 4, 2, 6);
  }

  @AfterEach
  void close() {
    f.close();
  }

  private long read(int offset, int width) {
    return f.bus.read(BASE + offset, width);
  }

  private void write(int offset, int width, long value) {
    f.bus.write(BASE + offset, width, value);
  }

  @Test
  void noCodecIsOnTheLink() {
    write(0x08, 4, 1);
    assertEquals(1, read(0x08, 4));
    assertEquals(0, read(0x0E, 2), "STATESTS");
    write(0x60, 4, 0xF0000);
    write(0x68, 2, 1);
    assertEquals(0, read(0x68, 2), "neither busy nor a valid response");
  }

  @Test
  void verbsAreTakenAndNotAnswered() {
    write(0x08, 4, 1);
    write(0x48, 2, 5);
    assertEquals(0, read(0x4A, 2));
    write(0x4C, 1, 2);
    assertEquals(5, read(0x4A, 2));
    write(0x48, 2, 9);
    assertEquals(9, read(0x4A, 2));
    assertEquals(0, read(0x58, 2), "RIRBWP");
    write(0x4C, 1, 0);
    write(0x4A, 2, 0x8000);
    assertEquals(0x8000, read(0x4A, 2));
    write(0x4A, 2, 0);
    assertEquals(0, read(0x4A, 2));
  }

  @Test
  void linkAndStreamResets() {
    write(0x08, 4, 1);
    write(0x88, 4, 0x1000);
    write(0x80, 1, 1);
    assertEquals(1, read(0x80, 1), "SRST reads as written");
    assertEquals(0, read(0x88, 4));
    write(0x80, 1, 0);
    write(0x0C, 2, 7);
    write(0x08, 4, 0);
    assertEquals(0, read(0x0C, 2));
  }

  @Test
  void wallClockCounts() {
    long before = read(0x30, 4);
    f.time.advance(1_000_000_000L);
    assertEquals(24_000_000, read(0x30, 4) - before);
  }

  /** coreboot keeps the time stamps of its first stages at 64h and 68h. */
  @Test
  void configurationSpaceKeepsWhatFirmwareLeavesThere() {
    f.pciWrite(0x1B, 0, 0x68, 4, 0x1234_5678);
    assertEquals(0x1234_5678, f.pciRead(0x1B, 0, 0x68, 4));
  }
}
