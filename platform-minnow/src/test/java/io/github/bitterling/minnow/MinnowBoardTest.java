package io.github.bitterling.minnow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.mem.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What firmware for this board finds at power-on and after programming the base registers. */
class MinnowBoardTest {
  private final BoardFixture f = new BoardFixture();
  private final byte[] image = BoardFixture.pattern();

  @AfterEach
  void close() {
    f.close();
  }

  private long flashByte(int offset) {
    return image[offset] & 0xFF;
  }

  @Test
  void resetVectorIsTheTopOfTheFlash() {
    assertEquals(flashByte(0x7FFFF0), f.bus.read(0xFFFF_FFF0L, 1));
    long page = f.bus.hostPage(0xFFFF_FFF0L, SystemBus.EXECUTE);
    assertNotEquals(0, page);
    assertEquals(flashByte(0x7FFFF0), GuestMemory.get8(page + 0xFF0));
  }

  @Test
  void flashStartsEightMebibytesBelowFourGibibytes() {
    assertEquals(flashByte(0), f.bus.read(0xFF80_0000L, 1));
    assertEquals(0, f.bus.hostPage(0xFF80_0000L, SystemBus.WRITE));
    f.bus.write(0xFF80_0000L, 1, 0x5A);
    assertEquals(flashByte(0), f.bus.read(0xFF80_0000L, 1));
  }

  @Test
  void shadowSegmentsReadFlashUntilBmiscRoutesThemToDram() {
    assertEquals(flashByte(0x7F0000), f.bus.read(0xF_0000, 1));
    f.bus.write(0xF_0000, 1, 0x77);
    assertEquals(flashByte(0x7F0000), f.bus.read(0xF_0000, 1));
    f.sidebandWrite(0x11, 3, 0x28, 3);
    assertEquals(0x77, f.bus.read(0xF_0000, 1));
    assertTrue(f.processors.notifications.contains("map A0000+60000"));
  }

  @Test
  void vgaHoleReadsOnes() {
    assertEquals(0, f.bus.hostPage(0xB_8000, SystemBus.READ));
    assertEquals(0xFFFF, f.bus.read(0xB_8000, 2));
  }

  @Test
  void dramEndsBelowTheDeviceHole() {
    f.bus.write(0x7FFF_FFF8L, 8, 0x1122_3344_5566_7788L);
    assertEquals(0x1122_3344_5566_7788L, f.bus.read(0x7FFF_FFF8L, 8));
    assertEquals(-1L, f.bus.read(0x8000_0000L, 8));
    assertEquals(-1L, f.bus.read(0x1_0000_0000L, 8));
  }

  @Test
  void dramAboveTwoGibibytesAppearsAtFourGibibytes() {
    try (BoardFixture big = new BoardFixture(3L << 30, List.of())) {
      big.bus.write(0x1_0000_0000L, 4, 0xCAFE);
      assertEquals(0xCAFE, big.bus.read(0x1_0000_0000L, 4));
      assertEquals(0xFFFF_FFFFL, big.bus.read(0x1_4000_0000L, 4));
    }
  }

  @Test
  void bmboundLimitsDram() {
    f.sidebandWrite(0x11, 3, 0x25, 0x4000_0000);
    assertEquals(0xFFFF_FFFFL, f.bus.read(0x4000_0000L, 4));
    assertEquals(0, f.bus.read(0x3FFF_FFFCL, 4));
  }

  @Test
  void configurationWindowAnswersOnlyAfterBunit27() {
    assertEquals(0xFFFF_FFFFL, f.bus.read(0xE000_0000L, 4));
    f.sidebandWrite(0x11, 3, 0x27, 0xE000_0001);
    assertEquals(0x0F00_8086L, f.bus.read(0xE000_0000L, 4));
    assertEquals(0x0F1C_8086L, f.bus.read(0xE00F_8000L, 4));
    assertEquals(0x11, f.bus.read(0xE00F_8008L, 1));
    assertEquals(0xFFFF_FFFFL, f.bus.read(0xE010_0000L, 4));
  }

  @Test
  void spiControllerAnswersAtItsDefaultBaseBeforeAnyProgramming() {
    f.bus.write(0xFED0_10FCL, 4, 0x08);
    assertEquals(0x08, f.bus.read(0xFED0_10FCL, 4));
    assertEquals(0xFFFF_FFFFL, f.bus.read(0xFED0_3000L, 4));
  }

  @Test
  void hpetComparatorTwoReadsOnesAndKeepsAPointer() {
    assertEquals(0xFFFF_FFFFL, f.bus.read(0xFED0_0148L, 4));
    f.bus.write(0xFED0_0148L, 4, 0xFEF0_FE48L);
    f.time.advance(1_000_000_000L);
    assertEquals(0xFEF0_FE48L, f.bus.read(0xFED0_0148L, 4));
  }

  @Test
  void cacheAsRamHidesMphyBeneath() {
    f.programBases();
    f.bus.write(0xFEF0_0010L, 4, 0x1111);
    f.board.setCacheAsRam(true);
    f.bus.write(0xFEF0_0010L, 4, 0x2222);
    assertEquals(0x2222, f.bus.read(0xFEF0_0010L, 4));
    assertNotEquals(0, f.bus.hostPage(0xFEF0_F000L, SystemBus.WRITE));
    assertEquals(0, f.bus.hostPage(0xFEF1_0000L, SystemBus.WRITE));
    f.board.setCacheAsRam(false);
    assertEquals(0x1111, f.bus.read(0xFEF0_0010L, 4));
  }

  @Test
  void baseRegistersPlaceTheirBlocks() {
    f.programBases();
    f.bus.write(0xFED0_3020L, 4, 0x0180_0000);
    assertEquals(0x0180_0000, f.bus.read(0xFED0_3020L, 4));
    f.bus.write(0xFED0_C520L, 4, 0x2003_CC81L);
    assertEquals(0x2003_CC81L, f.bus.read(0xFED0_C520L, 4));
    assertEquals(0, f.bus.readPort(0x404, 4));
    f.bus.writePort(0x500, 4, 0x1234);
    assertEquals(0x1234, f.bus.readPort(0x500, 4));
  }

  @Test
  void memoryStrapTellsTwoGibibytes() {
    f.programBases();
    assertEquals(1, f.bus.read(0xFED0_E228L, 1) & 1);
    try (BoardFixture small = new BoardFixture(1L << 30, List.of())) {
      small.programBases();
      assertEquals(0, small.bus.read(0xFED0_E228L, 1) & 1);
    }
  }

  /** Nobody pulls at a pad; Linux clears the status and takes what stays for a wrong set-up. */
  @Test
  void padsNeverInterrupt() {
    f.programBases();
    for (long status : new long[] {0xFED0_C800L, 0xFED0_C80CL, 0xFED0_D800L, 0xFED0_E804L}) {
      f.bus.write(status, 4, -1L >>> 32);
      assertEquals(0, f.bus.read(status, 4));
    }
    f.bus.write(0xFED0_E808L, 4, 5);
    assertEquals(5, f.bus.read(0xFED0_E808L, 4), "storage again");
  }

  @Test
  void uartIsSilentUntilUartContEnablesIt() {
    f.bus.writePort(0x3F8, 1, 'x');
    assertEquals(0xFF, f.bus.readPort(0x3FD, 1));
    f.pciWrite(0x1F, 0, 0x80, 4, 1);
    assertEquals(0x60, f.bus.readPort(0x3FD, 1));
    f.bus.writePort(0x3F8, 1, 'y');
    assertEquals("y", f.serial.toString());
  }

  @Test
  void port92AndTheKeyboardControllerDriveA20m() {
    assertFalse(f.bus.a20Masked());
    f.bus.writePort(0x92, 1, 0);
    assertTrue(f.bus.a20Masked());
    f.bus.writePort(0x64, 1, 0xD1);
    f.bus.writePort(0x60, 1, 0xDF);
    assertFalse(f.bus.a20Masked());
  }

  @Test
  void resetRequestsNameTheirSource() {
    f.bus.writePort(0xCF9, 1, 0x02);
    f.bus.writePort(0xCF9, 1, 0x06);
    f.board.reset(false);
    assertEquals(0, f.bus.readPort(0xCF9, 1));
    f.bus.writePort(0xCF9, 1, 0x0E);
    f.bus.writePort(0x64, 1, 0xFE);
    assertEquals(
        List.of("warm reset by CF9", "cold reset by CF9", "warm reset by port 64h"),
        f.processors.requests);
  }

  @Test
  void warmResetKeepsDramAndColdResetLosesIt() {
    f.programBases();
    f.bus.write(0x1000, 4, 0x1234_5678);
    f.board.reset(false);
    assertEquals(0x1234_5678, f.bus.read(0x1000, 4));
    assertEquals(0, f.pciRead(0x1F, 0, 0xF0, 4));
    assertEquals(0xFF, f.bus.readPort(0x3FD, 1));
    f.board.reset(true);
    assertEquals(0, f.bus.read(0x1000, 4));
  }

  @Test
  void accessesCostGuestTimeAndMemoryDoesNot() {
    f.bus.read(0x1000, 4);
    f.bus.read(0xFFFF_FFF0L, 4);
    long before = f.time.charged();
    assertEquals(before, f.time.charged());
    f.bus.readPort(0x80, 1);
    assertEquals(before + 1000, f.time.charged());
    f.bus.read(0xFED0_0000L, 4);
    assertEquals(before + 1450, f.time.charged());
  }

  @Test
  void postCodesAreEightOrSixteenBits() {
    f.bus.writePort(0x80, 1, 0x10);
    f.bus.writePort(0x80, 2, 0x122);
    assertEquals(List.of(0x10, 0x122), f.posts);
    assertEquals(List.of(0x10, 0x122), f.board.postCodes());
  }

  @Test
  void debugPorts() {
    f.bus.writePort(0xE9, 1, '!');
    f.bus.writePort(0xF4, 4, 7);
    assertEquals("!", f.debug.toString());
    assertEquals(List.of("exit 7"), f.processors.requests);
  }

  @Test
  void absentAddressesReadOnes() {
    assertEquals(0xFFFF_FFFF, f.bus.readPort(0x1234, 4));
    assertEquals(0xFFL, f.bus.read(0xD000_0000L, 1));
    assertEquals(-1, f.pciRead(5, 0, 0, 4));
  }

  @Test
  void memorySizeIsChecked() {
    var e = assertThrows(IllegalArgumentException.class, () -> new BoardFixture(5, List.of()));
    assertTrue(e.getMessage().contains("found 5 bytes"));
  }

  @Test
  void dumpNamesEveryBlock() {
    String dump = f.board.dump();
    for (String part :
        List.of("SPI+004 HSFS", "HPET+148 T2CV", "8259 master", "00.0 host bridge", "CMOS 00:")) {
      assertTrue(dump.contains(part), part);
    }
    assertFalse(dump.contains("null"));
  }

  /** BUNIT 2Ch to 2Fh: the range by MiB numbers, reads open and writes closed after reset. */
  @Test
  void smramFollowsItsRegisters() {
    f.sidebandWrite(0x11, 3, 0x2E, 8);
    f.sidebandWrite(0x11, 3, 0x2F, 9);
    f.bus.write(0x80_0000, 4, 1);
    assertEquals(0, f.bus.read(0x80_0000, 4));
    f.bus.write(f.bus.inSmm(0x9F_FFFC), 4, 2);
    assertEquals(2, f.bus.read(0x9F_FFFC, 4));
    assertEquals(0xA0_0000, f.bus.inSmm(0xA0_0000));
    assertEquals(0x80_0000 | SystemBus.SMM, f.bus.inBootMode(0x80_0000));
    f.sidebandWrite(0x11, 3, 0x2C, 4);
    assertEquals(0x80_0000, f.bus.inBootMode(0x80_0000));
    assertEquals(-1L >>> 32, f.bus.read(0x9F_FFFC, 4));
    f.sidebandWrite(0x11, 3, 0x2D, f.sidebandRead(0x10, 3, 0x2D) | 1);
    f.bus.write(0x80_0000, 4, 3);
    assertEquals(3, f.bus.read(f.bus.inSmm(0x80_0000), 4));
    f.board.reset(false);
    assertEquals(3, f.bus.read(0x80_0000, 4));
    f.bus.write(0x80_0000, 4, 4);
    assertEquals(4, f.bus.read(0x80_0000, 4));
  }
}
