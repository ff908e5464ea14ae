package io.github.bitterling.minnow.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PciTest {
  private final BoardFixture f = new BoardFixture(64 << 20, List.of());

  @AfterEach
  void close() {
    f.close();
  }

  @ParameterizedTest
  @CsvSource({
    "00, 0, 0F00",
    "02, 0, 0F31",
    "10, 0, 0F14",
    "11, 0, 0F15",
    "12, 0, 0F16",
    "13, 0, 0F23",
    "14, 0, 0F35",
    "15, 0, 0F28",
    "17, 0, 0F50",
    "18, 0, 0F40",
    "18, 7, 0F47",
    "1B, 0, 0F04",
    "1E, 0, 0F06",
    "1E, 2, 0F09",
    "1E, 4, 0F0C",
    "1E, 5, 0F0E",
    "1A, 0, 0F18",
    "1C, 0, 0F48",
    "1C, 3, 0F4E",
    "1F, 0, 0F1C",
    "1F, 3, 0F12"
  })
  void functionsHaveTheirIds(String device, int function, String id) {
    int expected = Integer.parseInt(id, 16) << 16 | 0x8086;
    assertEquals(expected, f.pciRead(Integer.parseInt(device, 16), function, 0, 4));
  }

  @Test
  void absentFunctionsReadOnesOnEveryWay() {
    assertEquals(-1, f.pciRead(0x1D, 0, 0, 4));
    assertEquals(-1, f.pciRead(0x00, 1, 0, 4));
    f.bus.writePort(0xCF8, 4, 0x8001_0000);
    assertEquals(-1, f.bus.readPort(0xCFC, 4));
  }

  /** FUNC_DIS (34h) and FUNC_DIS2 (38h) of the PMC. */
  @ParameterizedTest
  @CsvSource({
    "1E, 0, 34, 0",
    "1E, 5, 34, 5",
    "10, 0, 34, 8",
    "11, 0, 34, 9",
    "12, 0, 34, 10",
    "17, 0, 34, 11",
    "1B, 0, 34, 12",
    "15, 0, 34, 13",
    "14, 0, 34, 15",
    "13, 0, 34, 17",
    "1A, 0, 34, 19",
    "1C, 0, 34, 20",
    "1C, 3, 34, 23",
    "18, 0, 34, 24",
    "18, 7, 34, 31",
    "1F, 3, 38, 0"
  })
  void switchedOffFunctionsAreGone(String device, int function, String register, int bit) {
    int d = Integer.parseInt(device, 16);
    long switches = 0xFED0_3000L + Integer.parseInt(register, 16);
    f.programBases();
    f.sidebandWrite(0x11, 3, 0x27, 0xE000_0001);
    long window = 0xE000_0000L + (d << 15) + (function << 12);
    int id = f.pciRead(d, function, 0, 4);
    assertEquals(0x8086, id & 0xFFFF);
    f.bus.write(switches, 4, 1L << bit);
    assertEquals(-1, f.pciRead(d, function, 0, 4));
    assertEquals(0xFFFF_FFFFL, f.bus.read(window, 4));
    f.bus.write(switches, 4, 0);
    assertEquals(id, f.pciRead(d, function, 0, 4));
    f.bus.write(switches, 4, 1L << bit);
    f.board.reset(false);
    assertEquals(id, f.pciRead(d, function, 0, 4));
  }

  /** Bit 20 of the unit A0h's register hides a function and leaves its registers. */
  @ParameterizedTest
  @CsvSource({"18, 1, 288, 800", "18, 7, 2B8, 800", "1E, 3, 258, 800", "1E, 5, 268, 400"})
  void hiddenFunctionsGoOnDecoding(
      String device, int function, String register, String privateRegisters) {
    int d = Integer.parseInt(device, 16);
    int control = Integer.parseInt(register, 16);
    int id = f.pciRead(d, function, 0, 4);
    f.pciWrite(d, function, 0x10, 4, 0xD000_0000);
    f.pciWrite(d, function, 0x14, 4, 0xD000_1000);
    f.pciWrite(d, function, 4, 2, 2);
    f.sidebandWrite(0x07, 0xA0, control, 1 << 20);
    assertEquals(-1, f.pciRead(d, function, 0, 4));
    assertEquals(id, f.bus.read(0xD000_1000L, 4));
    long resets = 0xD000_0000L + Integer.parseInt(privateRegisters, 16) + 4;
    f.bus.write(resets, 4, 3);
    assertEquals(3, f.bus.read(resets, 4));
    f.board.reset(false);
    assertEquals(id, f.pciRead(d, function, 0, 4));
  }

  /** The BAR of HD audio has 64 bits. */
  @Test
  void wideBarsSizeAndMove() {
    f.pciWrite(0x1B, 0, 0x10, 4, -1);
    f.pciWrite(0x1B, 0, 0x14, 4, -1);
    assertEquals(0xFFFF_C004, f.pciRead(0x1B, 0, 0x10, 4));
    assertEquals(-1, f.pciRead(0x1B, 0, 0x14, 4));
    f.pciWrite(0x1B, 0, 4, 2, 2);
    f.pciWrite(0x1B, 0, 0x10, 4, 0xD000_0000);
    f.pciWrite(0x1B, 0, 0x14, 4, 1);
    assertEquals(0x4401, f.bus.read(0x1_D000_0000L, 2));
    f.pciWrite(0x1B, 0, 0x14, 4, 0);
    assertEquals(0x4401, f.bus.read(0xD000_0000L, 2));
  }

  @Test
  void switchedOffFunctionsDecodeNothing() {
    f.programBases();
    f.pciWrite(0x14, 0, 0x10, 4, 0xD000_0000);
    f.pciWrite(0x14, 0, 4, 2, 2);
    assertEquals(0x80, f.bus.read(0xD000_0000L, 1));
    f.bus.write(0xFED0_3034L, 4, 1 << 15);
    assertEquals(0xFF, f.bus.read(0xD000_0000L, 1));
    f.bus.write(0xFED0_3034L, 4, 0);
    assertEquals(0x80, f.bus.read(0xD000_0000L, 1));
  }

  @Test
  void configurationAddressNeedsItsEnableBit() {
    f.bus.writePort(0xCF8, 4, 0x0000_0000);
    assertEquals(-1, f.bus.readPort(0xCFC, 4));
  }

  @Test
  void bytesAndWordsOfTheDataPort() {
    f.bus.writePort(0xCF8, 4, 0x8000_0000);
    assertEquals(0x8086, f.bus.readPort(0xCFC, 2));
    assertEquals(0x0F, f.bus.readPort(0xCFF, 1));
  }

  @ParameterizedTest
  @CsvSource({
    "02, 10, FFC00000", "02, 18, F0000000", "02, 20, FFFFFFF9", "13, 24, FFFFF800",
        "13, 10, FFFFFFF9",
    "14, 10, FFFF0000", "1A, 14, FFF00000", "12, 10, FFFFF000", "13, 0C, 0000FFFF",
        "00, 10, 00000000"
  })
  void baseAddressSizing(String device, String offset, String mask) {
    int d = Integer.parseInt(device, 16);
    int o = Integer.parseInt(offset, 16);
    f.pciWrite(d, 0, o, 4, -1);
    assertEquals((int) Long.parseLong(mask, 16), f.pciRead(d, 0, o, 4));
  }

  @Test
  void memoryBarDecodesOnlyWhenEnabled() {
    f.pciWrite(2, 0, 0x10, 4, 0xD000_0000);
    assertEquals(0xFFFF_FFFFL, f.bus.read(0xD000_1000L, 4));
    f.pciWrite(2, 0, 4, 2, 2);
    f.bus.write(0xD000_1000L, 4, 0x55);
    assertEquals(0x55, f.bus.read(0xD000_1000L, 4));
    f.pciWrite(2, 0, 0x10, 4, 0xD040_0000);
    assertEquals(0xFFFF_FFFFL, f.bus.read(0xD000_1000L, 4));
    assertEquals(0x55, f.bus.read(0xD040_1000L, 4));
  }

  @Test
  void graphicsAcknowledgesWakeRequests() {
    f.pciWrite(2, 0, 0x10, 4, 0xD000_0000);
    f.pciWrite(2, 0, 4, 2, 2);
    f.bus.write(0xD013_0090L, 4, 1);
    assertEquals(1, f.bus.read(0xD013_0094L, 4));
    f.bus.write(0xD013_00B0L, 4, 0x8000_8000L);
    assertEquals(0x8000, f.bus.read(0xD013_00B4L, 4));
    f.bus.write(0xD013_00B0L, 4, 0x8000_0000L);
    assertEquals(0, f.bus.read(0xD013_00B4L, 4));
  }

  @Test
  void sidebandStoresEveryRegisterOfAUnit() {
    f.sidebandWrite(0x11, 1, 0x0C, 0x1234_5678);
    assertEquals(0x1234_5678, f.sidebandRead(0x10, 1, 0x0C));
    f.sidebandWrite(0x07, 0x0C, 0x4820, 0x99);
    assertEquals(0x99, f.sidebandRead(0x06, 0x0C, 0x4820));
    assertEquals(0, f.sidebandRead(0x06, 0x0C, 0x0020));
  }

  @Test
  void sidebandByteEnables() {
    f.sidebandWrite(0x11, 1, 0x10, 0x1122_3344);
    f.pciWrite(0, 0, 0xD4, 4, 0xAABB_CCDD);
    f.pciWrite(0, 0, 0xD0, 4, 0x1101_1020);
    assertEquals(0x1122_CC44, f.sidebandRead(0x10, 1, 0x10));
  }

  @Test
  void powerGateStatusFollowsItsControl() {
    f.sidebandWrite(0x07, 4, 0x60, 0x0C);
    assertEquals(0x0C, f.sidebandRead(0x06, 4, 0x61));
  }

  @Test
  void boundsRegistersTellThePopulatedMemory() {
    assertEquals(0x0400_0000, f.sidebandRead(0x10, 3, 0x25));
    assertEquals(0x0040_0000, f.sidebandRead(0x10, 3, 0x26));
    try (BoardFixture big = new BoardFixture(4L << 30, List.of())) {
      assertEquals(0x8000_0000, big.sidebandRead(0x10, 3, 0x25));
      assertEquals(0x1800_0000, big.sidebandRead(0x10, 3, 0x26));
    }
  }

  @Test
  void lpcRevisionIsD0() {
    assertEquals(0x0601_0011, f.pciRead(0x1F, 0, 8, 4));
    assertEquals(0xFED0_1002, f.pciRead(0x1F, 0, 0x54, 4));
  }

  @Test
  void rootPortsKeepTheirBusNumbers() {
    assertEquals(0x81, f.pciRead(0x1C, 0, 0x0E, 1));
    f.pciWrite(0x1C, 1, 0x18, 4, 0x0002_0100);
    assertEquals(0x0002_0100, f.pciRead(0x1C, 1, 0x18, 4));
    assertTrue(f.board.dump().contains("PCIe root port 2"));
  }

  @Test
  void usbControllerResetsRunsAndHasEmptyPorts() {
    f.pciWrite(0x14, 0, 0x10, 4, 0xD000_0000);
    f.pciWrite(0x14, 0, 4, 2, 6);
    long base = 0xD000_0000L;
    long operational = base + f.bus.read(base, 1);
    assertEquals(7, f.bus.read(base + 4, 4) >>> 24);
    f.bus.write(operational, 4, 2);
    assertEquals(0, f.bus.read(operational, 4));
    assertEquals(1, f.bus.read(operational + 4, 4));
    f.bus.write(operational, 4, 1);
    assertEquals(0, f.bus.read(operational + 4, 4));
    for (int port = 0; port < 7; port++) {
      assertEquals(0, f.bus.read(operational + 0x400 + 16 * port, 4) & 1);
    }
  }

  @Test
  void usbExtendedCapabilitiesEnd() {
    f.pciWrite(0x14, 0, 0x10, 4, 0xD000_0000);
    f.pciWrite(0x14, 0, 4, 2, 2);
    long at = 0xD000_0000L + (f.bus.read(0xD000_0010L, 4) >>> 16) * 4;
    StringBuilder ids = new StringBuilder();
    for (long next = 1; next != 0 && ids.length() < 20; at += next * 4) {
      ids.append(f.bus.read(at, 1)).append(' ');
      next = f.bus.read(at + 1, 1);
    }
    assertEquals("2 2 1 ", ids.toString());
  }

  @Test
  void cardSlotIsEmpty() {
    f.pciWrite(0x12, 0, 0x10, 4, 0xD000_0000);
    f.pciWrite(0x12, 0, 4, 2, 2);
    assertEquals(0, f.bus.read(0xD000_0024L, 4));
  }
}
