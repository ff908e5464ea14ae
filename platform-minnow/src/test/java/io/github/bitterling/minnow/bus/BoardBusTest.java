package io.github.bitterling.minnow.bus;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.fake.FakeProcessors;
import io.github.bitterling.minnow.fake.FakeTime;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.mem.GuestMemory;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Decode rules, with windows of plain storage. */
class BoardBusTest {
  private final GuestMemory ram = new GuestMemory(16 << 20);
  private final GuestMemory flash = new GuestMemory(8 << 20);
  private final FakeProcessors processors = new FakeProcessors();
  private final BoardBus bus = new BoardBus(ram, flash, new FakeTime());

  BoardBusTest() {
    bus.connect(processors, processors);
  }

  @AfterEach
  void close() {
    bus.close();
    ram.close();
    flash.close();
  }

  private static RegisterFile storage(int size) {
    return new RegisterFile("S", size).storage(0, size);
  }

  @Test
  void overlappingFixedWindowsAreRefused() {
    bus.fixedMmio("first", 0xFED0_0000L, 0x400, storage(0x400));
    var e =
        assertThrows(
            IllegalStateException.class,
            () -> bus.fixedMmio("second", 0xFED0_03FFL, 1, storage(1)));
    assertTrue(
        e.getMessage().contains("second") && e.getMessage().contains("first"), e.getMessage());
  }

  @Test
  void overlappingFixedPortsAreRefused() {
    PortDevice device = new io.github.bitterling.minnow.device.PortStorage(storage(4));
    bus.fixedPorts("first", 0x60, 2, device);
    assertThrows(IllegalStateException.class, () -> bus.fixedPorts("second", 0x61, 1, device));
  }

  @Test
  void fixedWindowWinsOverAMovedOne() {
    bus.fixedMmio("fixed", 0xD000_0000L, 0x10, storage(0x10));
    MmioMapping bar = bus.movableMmio("bar", 0x1000, storage(0x1000));
    bar.place(0xD000_0000L, true);
    bus.write(0xD000_0000L, 4, 1);
    bus.write(0xD000_0010L, 4, 2);
    bar.place(0, false);
    assertEquals(1, bus.read(0xD000_0000L, 4));
    assertEquals(0xFFFF_FFFFL, bus.read(0xD000_0010L, 4));
  }

  @Test
  void ramWinsOverAWindowOnTop() {
    MmioMapping bar = bus.movableMmio("bar", 0x1000, storage(0x1000));
    bar.place(0x10_0000, true);
    bus.write(0x10_0000, 4, 77);
    bar.place(0xD000_0000L, true);
    assertEquals(77, bus.read(0x10_0000, 4));
    assertEquals(0, bus.read(0xD000_0000L, 4));
  }

  @Test
  void accessAcrossTheEndOfAWindowIsSplit() {
    bus.fixedMmio("small", 0xD000_0000L, 4, storage(4));
    bus.write(0xD000_0002L, 4, 0x4433_2211L);
    assertEquals(0xFFFF_2211L, bus.read(0xD000_0002L, 4));
  }

  @Test
  void movesAreAnnounced() {
    MmioMapping bar = bus.movableMmio("bar", 0x1000, storage(0x1000));
    bar.place(0xD000_0000L, true);
    bar.place(0xD100_0000L, true);
    assertEquals(
        List.of("map D0000000+1000", "map D0000000+1000", "map D1000000+1000"),
        processors.notifications);
  }

  @Test
  void widePortAccessToAByteDeviceIsSplit() {
    StringBuilder seen = new StringBuilder();
    PortDevice bytes =
        new PortDevice() {
          @Override
          public int readPort(int offset, int width) {
            return 0x10 + offset;
          }

          @Override
          public void writePort(int offset, int width, int value) {
            seen.append(String.format("%d:%02X/%d ", offset, value, width));
          }
        };
    bus.fixedPorts("bytes", 0x70, 2, bytes);
    assertEquals(0xFFFF_1110, bus.readPort(0x70, 4));
    bus.writePort(0x70, 2, 0x1234);
    assertEquals("0:34/1 1:12/1 ", seen.toString());
  }

  @Test
  void messageAddressesBecomeInterrupts() {
    bus.write32(0xFEE0_3004L, 0x8441);
    bus.write(0xFEE0_1000L, 4, 0x0000_0030);
    assertEquals(
        List.of("L3 mode=4 vector=41 level", "P1 mode=0 vector=30 edge"), processors.messages);
  }

  @Test
  void dmaReachesDramOnlyAndIsAnnounced() {
    byte[] data = {1, 2, 3, 4, 5, 6, 7, 8};
    bus.write(0x1FFC, data, 0, 8);
    assertEquals(0x0807_0605L, bus.read(0x2000, 4));
    assertEquals(List.of("written 1FFC+4", "written 2000+4"), processors.notifications);
    bus.write(0xFFFF_FFF0L, data, 0, 8);
    assertEquals(0, bus.read(0xFFFF_FFF0L, 1));
    bus.read(0xD000_0000L, data, 0, 2);
    assertEquals(-1, data[0]);
  }

  @Test
  void coldStartClearsOnlyWhatWasTouched() {
    bus.write(0x5000, 1, 9);
    assertEquals(4096, bus.touchedBytes());
    bus.clearMemory();
    assertEquals(0, bus.read(0x5000, 1));
    assertEquals(0, bus.touchedBytes());
  }

  @Test
  void smramHasAViewOfItsOwnInSmm() {
    long at = 0xE0_0000;
    GuestMemory.put32(ram.address(at, 4), 0x1234_5678);
    bus.setSmram(new Smram(at, 0x100_0000, false, false, false));
    assertEquals(-1L >>> 32, bus.read(at, 4));
    assertEquals(0, bus.hostPage(at, SystemBus.READ));
    bus.write(at, 4, 0);
    long inside = bus.inSmm(at);
    assertEquals(at | SystemBus.SMM, inside);
    assertEquals(0x1234_5678, bus.read(inside, 4));
    assertTrue(bus.hostPage(inside, SystemBus.WRITE) != 0);
    assertEquals(0xDF_F000, bus.inSmm(0xDF_F000));
    byte[] b = {1, 2, 3, 4};
    bus.write(at, b, 0, 4);
    bus.read(at, b, 0, 4);
    assertEquals(-1, b[0], "bus masters never");
    assertEquals(0x1234_5678, bus.read(inside, 4));
    bus.setSmram(new Smram(at, 0x100_0000, true, false, false));
    assertEquals(0x1234_5678, bus.read(at, 4));
    assertEquals(0, bus.hostPage(at, SystemBus.WRITE));
    bus.setSmram(new Smram(at, 0x100_0000, true, true, false));
    assertEquals(at, bus.inSmm(at), "nothing differs");
    bus.write(at, 4, 5);
    assertEquals(5, bus.read(at, 4));
    bus.reset();
    assertEquals(5, bus.read(at, 4));
  }

  @Test
  void bootModeHasItsOwnRightsToSmram() {
    long at = 0xE0_0000;
    bus.setSmram(new Smram(at, 0x100_0000, false, false, false));
    assertEquals(at, bus.inBootMode(at));
    bus.setSmram(new Smram(at, 0x100_0000, false, false, true));
    assertEquals(at | SystemBus.SMM, bus.inBootMode(at));
    assertEquals(0xDF_F000, bus.inBootMode(0xDF_F000));
  }

  /** The gate is a pin of the processors, which mask the addresses; the bus decodes all bits. */
  @Test
  void a20GateDoesNotMaskOnTheBus() {
    GuestMemory.put32(ram.address(0x10_0000, 4), 7);
    bus.setA20(false);
    assertTrue(bus.a20Masked());
    assertEquals(7, bus.read(0x10_0000, 4));
    bus.reset();
    assertFalse(bus.a20Masked());
  }

  @Test
  void nowhereIsNowhere() {
    bus.write(0x1000 | SystemBus.NOWHERE, 4, 5);
    assertEquals(0, bus.read(0x1000, 4));
    assertEquals(0xFF, bus.read(0x1000 | SystemBus.NOWHERE, 1));
    assertEquals(0, bus.hostPage(0x1000 | SystemBus.NOWHERE, SystemBus.EXECUTE));
  }
}
