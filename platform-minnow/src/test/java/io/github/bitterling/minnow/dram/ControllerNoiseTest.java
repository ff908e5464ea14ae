package io.github.bitterling.minnow.dram;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Whatever is written to the memory controller, it answers, and a reset brings the same board back.
 */
class ControllerNoiseTest {
  private static final int[] UNITS = {Dunit.PORT, DdrPhy.PORT, Hte.PORT};
  private static final int[] OPCODES = {0x06, 0x07, 0x10, 0x11, 0x68, 0xCA};
  private static final int MESSAGES = 20_000;

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void noiseDoesNoHarm(long seed) {
    try (MemoryRig rig = new MemoryRig(BoardSkew.random(seed))) {
      String before = rig.board.board.dump();
      Random random = new Random(seed);
      for (int i = 0; i < MESSAGES; i++) {
        int unit = UNITS[random.nextInt(UNITS.length)];
        int opcode = OPCODES[random.nextInt(OPCODES.length)];
        int register = random.nextInt(unit == DdrPhy.PORT ? 0x8000 : 0x100);
        int value = random.nextInt() >>> random.nextInt(32);
        rig.board.sidebandWrite(opcode, unit, register, value);
        rig.board.bus.write(random.nextInt((int) MemoryRig.MEMORY) & -8, 8, random.nextLong());
        rig.board.bus.read(random.nextInt((int) MemoryRig.MEMORY) & -8, 8);
      }
      assertFalse(rig.board.board.dump().isEmpty());
      rig.board.board.reset(true);
      assertEquals(before, rig.board.board.dump());
    }
  }
}
