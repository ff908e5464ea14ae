package io.github.bitterling.minnow;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.minnow.fake.MemoryDisk;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random accesses to everything: the board answers, never throws, and answers the same twice. */
class HostileGuestTest {
  private static final int STEPS = 60_000;
  private static final int[] WIDTHS = {1, 2, 4, 8};
  private static final int[] PORTS = {
    0x00, 0x20, 0x40, 0x60, 0x70, 0x80, 0x90, 0xA0, 0xB0, 0xC0, 0xD0, 0xE8, 0xF0, 0x3F8, 0x400,
    0x460, 0x4D0, 0x500, 0xCF8, 0xFFF8
  };
  private static final long[] WINDOWS = {
    0xE000_0000L, 0xE001_0000L, 0xE009_8000L, 0xE00A_0000L, 0xE00F_8000L, 0xFEC0_0000L,
        0xFED0_0000L, 0xFED0_1000L,
    0xFED0_3000L, 0xFED0_5000L, 0xFED0_8000L, 0xFED0_C000L, 0xFED0_E000L, 0xFED1_C000L,
        0xFEF0_0000L, 0xFF80_0000L,
    0xD000_0000L, 0xD010_0000L, 0xD020_0000L, 0xA_0000L, 0x0L, 0xF_0000L, 0xFFFF_F000L, 0xFEE0_0000L
  };

  private static void prepare(BoardFixture f) {
    f.programBases();
    f.sidebandWrite(0x11, 3, 0x27, 0xE000_0001);
    f.pciWrite(0x13, 0, 0x24, 4, 0xD000_0000);
    f.pciWrite(0x14, 0, 0x10, 4, 0xD010_0000);
    f.pciWrite(0x02, 0, 0x10, 4, 0xD020_0000);
    for (int device : new int[] {0x02, 0x13, 0x14}) {
      f.pciWrite(device, 0, 4, 2, 7);
    }
    f.pciWrite(0x13, 0, 0x04, 2, 7);
  }

  /** The values read, folded into one number. */
  private static long attack(BoardFixture f, long seed) {
    Random random = new Random(seed);
    long folded = 0;
    for (int step = 0; step < STEPS; step++) {
      folded = folded * 31 + access(f, random);
      if (random.nextInt(50) == 0) {
        f.time.advance(random.nextInt(3_000_000));
      }
      if (random.nextInt(100) == 0) {
        folded = folded * 31 + f.bus.acknowledgeInterrupt();
        f.bus.endOfInterrupt(random.nextInt(256));
      }
      if (random.nextInt(5000) == 0) {
        f.board.reset(random.nextBoolean());
        prepare(f);
      }
    }
    return folded * 31 + f.processors.messages.hashCode() + f.processors.requests.hashCode();
  }

  private static long access(BoardFixture f, Random random) {
    long value = random.nextInt(4) == 0 ? random.nextInt(256) : random.nextLong();
    int pick = random.nextInt(4);
    if (pick < 2) {
      int port = PORTS[random.nextInt(PORTS.length)] + random.nextInt(16) & 0xFFFF;
      int width = WIDTHS[random.nextInt(3)];
      if (pick == 0) {
        return f.bus.readPort(port, width);
      }
      f.bus.writePort(port, width, (int) (width == 4 ? value : value & (1L << 8 * width) - 1));
      return 0;
    }
    int width = WIDTHS[random.nextInt(4)];
    int offset = random.nextInt(3) == 0 ? random.nextInt(0x1000 - 7) : random.nextInt(0x200);
    long address = WINDOWS[random.nextInt(WINDOWS.length)] + offset / width * width;
    if (pick == 2) {
      return f.bus.read(address, width);
    }
    f.bus.write(address, width, width == 8 ? value : value & (1L << 8 * width) - 1);
    return 0;
  }

  private static long run(long seed) {
    try (BoardFixture f = new BoardFixture(64 << 20, List.of(new MemoryDisk(1000)))) {
      prepare(f);
      return attack(f, seed);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void everyAccessIsAnsweredAndRepeatable(long seed) {
    long first = assertDoesNotThrow(() -> run(seed));
    assertEquals(first, run(seed));
  }
}
