package io.github.bitterling.minnow.spi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Hardware and software sequencing through the board's window at FED01000h. */
class SpiControllerTest {
  private static final long SPI = 0xFED0_1000L;
  private static final int[] MENU = {0x02, 0x03, 0x20, 0x9F, 0x05, 0xD8, 0xC7, 0x0B};

  /** Types: write with address 3, read with address 2, write 1, read 0. */
  private static final int TYPES = 3 | 2 << 2 | 3 << 4 | 3 << 10 | 1 << 12 | 2 << 14;

  private final BoardFixture f = new BoardFixture(64 << 20, List.of());
  private final byte[] image = BoardFixture.pattern();

  @AfterEach
  void close() {
    f.close();
  }

  private void write(int offset, int width, long value) {
    f.bus.write(SPI + offset, width, value);
  }

  private long read(int offset, int width) {
    return f.bus.read(SPI + offset, width);
  }

  private void enableWrites() {
    write(0xFC, 4, read(0xFC, 4) | 1);
  }

  /** With LE the write enable raises an SMI, whose handler may take it back. */
  @Test
  void lockedWriteEnableRaisesAnSmi() {
    f.programBases();
    f.bus.writePort(0x430, 4, 3);
    enableWrites();
    write(0xFC, 4, 0x22);
    write(0xFC, 4, 0x20);
    assertEquals(0x22, read(0xFC, 4), "LE stays");
    assertEquals(List.of(), f.processors.messages);
    enableWrites();
    enableWrites();
    assertEquals(List.of("SMI"), f.processors.messages);
    assertEquals(1 << 26, f.bus.readPort(0x434, 4));
    f.board.reset(false);
    assertEquals(0x20, read(0xFC, 4));
  }

  private void hardware(int cycle, int address, int count) {
    write(0x04, 2, 7);
    write(0x08, 4, address);
    write(0x06, 2, (count - 1) << 8 | cycle << 1 | 1);
  }

  private void programMenu() {
    for (int i = 0; i < 8; i++) {
      write(0x98 + i, 1, MENU[i]);
    }
    write(0x94, 2, 0x5006);
    write(0x96, 2, TYPES);
  }

  private void software(int slot, int address, int count, boolean atomic) {
    write(0x90, 1, 0x1C);
    write(0x08, 4, address);
    write(0x91, 2, (count > 0 ? 0x4000 | (count - 1) << 8 : 0) | slot << 4 | (atomic ? 4 : 0) | 2);
  }

  @Test
  void hardwareReadFillsTheDataRegisters() {
    hardware(0, 0x1234, 64);
    assertEquals(1, read(0x04, 2) & 7);
    for (int i = 0; i < 64; i++) {
      assertEquals(image[0x1234 + i] & 0xFF, read(0x10 + i, 1));
    }
  }

  @Test
  void programmingNeedsTheWriteEnable() {
    write(0x10, 4, 0);
    hardware(2, 0x1000, 4);
    assertEquals(7, read(0x04, 2) & 7);
    assertFalse(f.board.flash().changed());
    enableWrites();
    hardware(2, 0x1000, 4);
    assertEquals(1, read(0x04, 2) & 7);
    assertEquals(0, f.bus.read(0xFF80_1000L, 4));
    assertTrue(f.processors.notifications.contains("written FF801000+100"));
    assertTrue(f.board.flash().changed());
  }

  @Test
  void programmingOnlyClearsBits() {
    enableWrites();
    long before = f.bus.read(0xFF80_1000L, 1);
    write(0x10, 1, 0xF0);
    hardware(2, 0x1000, 1);
    assertEquals(before & 0xF0, f.bus.read(0xFF80_1000L, 1));
  }

  @Test
  void programmingWrapsWithinThePage() {
    enableWrites();
    hardware(3, 0x2000, 1);
    write(0x10, 4, 0x4433_2211L);
    hardware(2, 0x20FE, 4);
    assertEquals(0x2211, f.bus.read(0xFF80_20FEL, 2));
    assertEquals(0x4433, f.bus.read(0xFF80_2000L, 2));
    assertEquals(0xFF, f.bus.read(0xFF80_2100L, 1));
  }

  @Test
  void hardwareEraseClearsFourKibibytes() {
    enableWrites();
    hardware(3, 0x3456, 1);
    assertEquals(-1L, f.bus.read(0xFF80_3000L, 8));
    assertEquals(-1L, f.bus.read(0xFF80_3FF8L, 8));
    assertEquals(image[0x4000] & 0xFF, f.bus.read(0xFF80_4000L, 1));
  }

  @Test
  void softwareSequencingReadsTheJedecId() {
    programMenu();
    software(3, 0, 3, false);
    assertEquals(4, read(0x90, 1) & 0x1C);
    assertEquals(0x17_40EF, read(0x10, 4) & 0xFF_FFFF);
  }

  @Test
  void softwareProgramNeedsItsPrefix() {
    programMenu();
    enableWrites();
    write(0x10, 1, 0);
    software(0, 0x5000, 1, false);
    assertEquals(image[0x5000] & 0xFF, f.bus.read(0xFF80_5000L, 1));
    software(0, 0x5000, 1, true);
    assertEquals(0, f.bus.read(0xFF80_5000L, 1));
  }

  @Test
  void softwareBlockAndChipErase() {
    programMenu();
    enableWrites();
    software(5, 0x1_2345, 0, true);
    assertEquals(-1L, f.bus.read(0xFF81_FFF8L, 8));
    assertEquals(image[0x2_0000] & 0xFF, f.bus.read(0xFF82_0000L, 1));
    software(6, 0, 0, true);
    assertEquals(-1L, f.bus.read(0xFFFF_FFF8L, 8));
  }

  @Test
  void protectedRangeIsRefused() {
    enableWrites();
    write(0x74, 4, 0x8000_0000L | 6 << 16 | 5);
    hardware(3, 0x5000, 1);
    assertEquals(7, read(0x04, 2) & 7);
    hardware(3, 0x7000, 1);
    assertEquals(1, read(0x04, 2) & 7);
  }

  @Test
  void lockFreezesMenuAndRanges() {
    programMenu();
    write(0x04, 2, 0x8000);
    write(0x98, 4, 0);
    write(0x74, 4, 0x8000_0000L);
    assertEquals(0x9F20_0302L, read(0x98, 4));
    assertEquals(0, read(0x74, 4));
    write(0x04, 2, 0);
    assertEquals(0x8000, read(0x04, 2) & 0x8000);
  }

  @Test
  void descriptorGivesTheRegions() {
    byte[] part = new byte[FlashPart.SIZE];
    part[16] = 0x5A;
    part[17] = (byte) 0xA5;
    part[18] = (byte) 0xF0;
    part[19] = 0x0F;
    part[0x16] = 0x04;
    byte[] region = {0, 2, (byte) 0xFF, 7};
    System.arraycopy(region, 0, part, 0x44, 4);
    try (FlashPart flash = new FlashPart(part)) {
      SpiController spi = new SpiController(flash, () -> {});
      assertEquals(0x4000, spi.read(4, 2) & 0x4000);
      assertEquals(0x07FF_0200, spi.read(0x58, 4));
      spi.write(0xB0, 4, 2 << 12 | 4);
      assertEquals(0x07FF_0200, spi.read(0xB4, 4));
    }
  }

  @Test
  void wrongImageSizeIsRefused() {
    var e = assertThrows(IllegalArgumentException.class, () -> new FlashPart(new byte[100]));
    assertTrue(e.getMessage().contains("100"), e.getMessage());
  }

  @Test
  void contentsAreACopyOfTheCells() {
    assertArrayEquals(image, f.board.flash().contents());
  }
}
