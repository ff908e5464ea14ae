package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.FakeProcessors;
import java.util.List;
import org.junit.jupiter.api.Test;

class IoApicTest {
  private final FakeProcessors processors = new FakeProcessors();
  private final IoApic apic = new IoApic(processors);

  private long read(int register) {
    apic.write(0, 4, register);
    return apic.read(0x10, 4);
  }

  private void write(int register, long value) {
    apic.write(0, 4, register);
    apic.write(0x10, 4, value);
  }

  @Test
  void idReadsBackExactly() {
    write(0, 0x0200_0000);
    assertEquals(0x0200_0000, read(0));
  }

  @Test
  void versionTellsEightySevenEntries() {
    assertEquals(0x0056_0020, read(1));
    assertEquals(0x0001_0000, read(0x10 + 2 * 86));
  }

  @Test
  void bootConfigurationIsStored() {
    write(3, 1);
    assertEquals(1, read(3));
  }

  @Test
  void edgeInterruptOnRisingInputOnly() {
    write(0x10 + 2 * 4, 0x34);
    write(0x11 + 2 * 4, 0x0200_0000);
    apic.input(4, true);
    apic.input(4, true);
    apic.input(4, false);
    apic.input(4, true);
    assertEquals(
        List.of("P2 mode=0 vector=34 edge", "P2 mode=0 vector=34 edge"), processors.messages);
  }

  @Test
  void levelInterruptWaitsForEndOfInterrupt() {
    write(0x10 + 2 * 16, 0x8051);
    apic.input(16, true);
    assertTrue((read(0x10 + 2 * 16) & 0x4000) != 0);
    apic.input(16, true);
    assertEquals(1, processors.messages.size());
    apic.endOfInterrupt(0x51);
    assertEquals(2, processors.messages.size());
    apic.input(16, false);
    apic.write(0x40, 4, 0x51);
    assertEquals(2, processors.messages.size());
    assertEquals(0x8051, read(0x10 + 2 * 16));
  }

  @Test
  void maskedEdgeIsLostAndMaskedLevelWaits() {
    apic.input(5, true);
    write(0x10 + 2 * 5, 0x35);
    assertEquals(0, processors.messages.size());
    write(0x10 + 2 * 17, 0x1_8052);
    apic.input(17, true);
    write(0x10 + 2 * 17, 0x8052);
    assertEquals(List.of("P0 mode=0 vector=52 level"), processors.messages);
  }

  @Test
  void statusBitsCannotBeWritten() {
    write(0x10, 0xFFFF_FFFFL);
    assertEquals(0x0001_AFFF, read(0x10));
  }
}
