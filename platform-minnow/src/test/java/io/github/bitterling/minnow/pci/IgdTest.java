package io.github.bitterling.minnow.pci;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.fake.BoardFixture;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a video BIOS waits for, where no display is connected. */
class IgdTest {
  private static final long BASE = 0xD000_0000L;
  private static final int GMBUS1 = 0x18_5104;
  private static final int GMBUS2 = 0x18_5108;

  private final BoardFixture f = new BoardFixture(64 << 20, List.of());

  @BeforeEach
  void place() {
    f.pciWrite(2, 0, 0x10, 4, (int) BASE);
    f.pciWrite(2, 0, 0x20, 4, 0x1000);
    f.pciWrite(2, 0, 4, 2, 3);
  }

  @AfterEach
  void close() {
    f.close();
  }

  private long read(int register) {
    return f.bus.read(BASE + register, 4);
  }

  private void write(int register, long value) {
    f.bus.write(BASE + register, 4, value);
  }

  @Test
  void indexPortsReachRegistersAndTranslationTable() {
    f.bus.writePort(0x1000, 4, 0x7_0000);
    f.bus.writePort(0x1004, 4, 0x11);
    f.bus.writePort(0x1000, 4, 0x7_0001);
    f.bus.writePort(0x1004, 4, 0x22);
    assertEquals(0x11, read(0x7_0000));
    assertEquals(0x22, read(0x27_0000));
    assertEquals(0x22, f.bus.readPort(0x1004, 4));
  }

  /** The doorbell at 182100h: writes and reads registers of the units on the message network. */
  @Test
  void doorbellCarriesMessages() {
    write(0x18_2108, 0x8064);
    write(0x18_2104, 0x1234_5678);
    write(0x18_2100, 0x0001_12F1);
    assertEquals(0x0001_12F0, read(0x18_2100), "not busy");
    assertEquals(0x1234_5678, f.sidebandRead(0x00, 0x12, 0x8064));
    f.sidebandWrite(0x01, 0x12, 0x8064, 0x55);
    write(0x18_2100, 0x0000_12F1);
    assertEquals(0x55, read(0x18_2104));
    write(0x18_2104, -1L >>> 32);
    write(0x18_2100, 0x0001_1221);
    assertEquals(0xFF55, f.sidebandRead(0x00, 0x12, 0x8064), "byte 1 only");
  }

  @ParameterizedTest
  @ValueSource(ints = {0x1E_4110, 0x1E_4210, 0x1E_4310})
  void auxiliaryChannelsTimeOut(int control) {
    write(control, 0x8005_0064L);
    assertEquals(0x5005_0064, read(control));
    write(control, 0x0005_0064);
    assertEquals(0x5005_0064, read(control), "zeros leave the status");
    write(control, 0x5205_0064);
    assertEquals(0x0005_0064, read(control), "ones clear it");
  }

  @Test
  void nobodyAcknowledgesOnTheDisplayWires() {
    assertEquals(0, read(GMBUS2));
    assertEquals(0x8000, read(GMBUS2), "the first read took the semaphore");
    write(GMBUS1, 0x4601_00A1L);
    assertEquals(0x8C00, read(GMBUS2));
    write(GMBUS1, 0x8000_0000L);
    write(GMBUS2, 0x8000);
    assertEquals(0, read(GMBUS2));
    write(GMBUS1, 0x4000_0000L);
    assertEquals(0x8000, read(GMBUS2), "no cycle, no error");
  }

  @ParameterizedTest
  @ValueSource(ints = {0x18_6014, 0x18_6018})
  void clockIsLockedWhileItRuns(int pll) {
    write(pll, 0xF000_2000L);
    assertEquals(0xF000_A000L, read(pll));
    write(pll, 0x7000_A000L);
    assertEquals(0x7000_2000L, read(pll));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x1F_0008, 0x1F_1008})
  void pipeRunsWhileItIsOn(int pipe) {
    write(pipe, 0x8000_0000L);
    assertEquals(0xC000_0000L, read(pipe));
    write(pipe, 0x4000_0000L);
    assertEquals(0, read(pipe));
  }

  @Test
  void analogPortFindsNoMonitor() {
    write(0x1E_1100, 0x0301_8C18);
    assertEquals(0x8C18, read(0x1E_1100));
  }
}
