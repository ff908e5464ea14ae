package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.vmx.bus.SystemBus;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests as the loader makes them. */
class StartFilesPortTest {
  private final BoardFixture f = new BoardFixture(64 << 20, List.of());
  private final SystemBus bus = f.bus;
  private final StartFilesPort port = new StartFilesPort(f.dma(), content());

  private static byte[] content() {
    byte[] content = new byte[3 * 512];
    for (int i = 0; i < 3; i++) {
      Arrays.fill(content, 512 * i, 512 * (i + 1), (byte) (i + 1));
    }
    return content;
  }

  private long request(long sector, long address, int count) {
    bus.write(0x1FF8, 8, sector);
    bus.write(0x2000, 8, address);
    bus.write(0x2008, 8, count & 0xFFFF_FFFFL);
    port.writePort(0, 4, 0x1FF8);
    return bus.read(0x200C, 4);
  }

  @Test
  void copiesSectorsToMemory() {
    assertEquals(0x464C_5442, port.readPort(0, 4));
    assertEquals(1, request(1, 0x5F00, 2));
    assertEquals(2, bus.read(0x5F00, 1));
    assertEquals(3, bus.read(0x62FF, 1));
    assertEquals(0, bus.read(0x6300, 1));
  }

  @Test
  void sectorsThatAreNotThereAreRefused() {
    assertEquals(2, request(1, 0x5F00, 3));
    assertEquals(2, request(-1, 0x5F00, 1));
    assertEquals(2, request(0, 0x5F00, -1));
    assertEquals(2, request(Long.MAX_VALUE, 0x5F00, 1));
    assertEquals(0, bus.read(0x5F00, 1));
    assertEquals(1, request(3, 0x5F00, 0));
  }

  @Test
  void noSuchPortWithoutAKernel() {
    assertEquals(-1, bus.readPort(0xF8, 4));
  }
}
