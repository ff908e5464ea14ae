package io.github.bitterling.vmx.smm;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Handlers that leave anything in SMRAM, and an SMBASE anywhere: RSM and what runs after it end in
 * guest-visible effects, never in a Java exception.
 */
class SmramStormTests {
  private static final int SEEDS = 400;
  private static final long MAP = 0x38000;
  private static final int FIRST = 0x7C00;

  /** Control registers, EFER, flags: mostly left alone, or every RSM would end in shutdown. */
  private static final int[] CHECKED = {0x7FF8, 0x7E40, 0x7FE0, 0x7FE8};

  @Test
  void rsmTakesWhateverSmramHolds() {
    int returned = 0;
    try (Rig rig = new Rig()) {
      for (int seed = 0; seed < SEEDS; seed++) {
        try {
          returned += storm(rig, new Random(seed)) ? 1 : 0;
        } catch (RuntimeException e) {
          fail("seed " + seed, e);
        }
      }
    }
    assertTrue(returned > SEEDS / 4, returned + " returned");
    assertTrue(returned < SEEDS, "some must shut down");
  }

  private static boolean storm(Rig rig, Random random) {
    rig.processor.powerOn();
    rig.resets.clear();
    if (random.nextBoolean()) {
      rig.long64();
    } else {
      rig.flat32();
    }
    Cpu cpu = rig.cpu;
    Modes.update(cpu);
    for (int at = 0x8000; at < 0xA000; at += 8) {
      rig.put64(at, random.nextLong());
    }
    rig.forgetCode(0x8000, 0x2000);
    rig.put(MAP, "0faa");
    rig.forgetCode(MAP, 0x8000);
    cpu.latch(Cpu.LATCH_SMI);
    cpu.events.service(cpu);
    spoil(rig, random);
    rig.run(3);
    boolean returned = !cpu.smm;
    cpu.latch(Cpu.LATCH_SMI);
    rig.run(3);
    return returned;
  }

  private static void spoil(Rig rig, Random random) {
    for (int i = 0; i < 40; i++) {
      int offset = FIRST + random.nextInt(0x400 / 4) * 4;
      boolean checked = false;
      for (int c : CHECKED) {
        checked |= offset >= c - 4 && offset < c + 8;
      }
      if (!checked || random.nextInt(30) == 0) {
        rig.put32(MAP + offset, random.nextInt());
      }
    }
    if (random.nextBoolean()) {
      rig.put64(MAP + 0x7FD8, 0x8000 + random.nextInt(0x2000));
    }
  }
}
