package io.github.bitterling.jit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.CompiledRegion;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Regions and tier 0 give the same state after every number of instructions. */
class RegionEquivalenceTest {
  private final TranslationStore store = new TranslationStore();

  @Test
  void singleBlocks() {
    sweep(1, 1500, 12);
  }

  @Test
  void fewBlocks() {
    sweep(4, 1000, 60);
  }

  @Test
  void manyBlocks() {
    sweep(9, 250, 120);
  }

  private void sweep(int blocks, int seeds, int budget) {
    int entered = 0;
    for (int seed = 0; seed < seeds; seed++) {
      entered += check(seed * 31L + blocks, blocks, budget);
    }
    assertTrue(entered > seeds / 2, "regions were hardly ever entered: " + entered);
  }

  private int check(long seed, int blocks, int max) {
    List<IrBlock> code = new RandomCode(seed, blocks).make();
    CompiledRegion region = store.region(code, Rig::pure);
    if (region == null) {
      return 0; // too large for one method
    }
    int entered = 0;
    for (int budget = 1; budget <= max; budget += 1 + budget / 8) {
      try (Rig plain = new Rig(code);
          Rig compiled = new Rig(code).with(region)) {
        fill(plain.cpu, seed);
        fill(compiled.cpu, seed);
        plain.run(budget);
        compiled.run(budget);
        int at = budget;
        assertEquals(plain.state(), compiled.state(), () -> "seed " + seed + " budget " + at);
        entered += compiled.regionEntries;
      }
    }
    return entered;
  }

  static void fill(Cpu cpu, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 16; i++) {
      cpu.r[i] =
          random.nextBoolean()
              ? RandomCode.EDGES[random.nextInt(RandomCode.EDGES.length)]
              : Rig.BASE + random.nextInt(Rig.SIZE);
    }
    for (int i = 0; i < 32; i++) {
      cpu.xmm[i] = random.nextLong();
      cpu.ymm[i] = random.nextLong();
    }
    cpu.mxcsr = random.nextInt(3) > 0 ? 0x1F80 | random.nextInt(64) : random.nextInt(0x10000);
    cpu.cr4 |= 0x400;
    for (int i = 0; i < 6; i++) {
      boolean plain = random.nextBoolean(); // others take the slow path, or fault there
      cpu.segments[i].set(
          i * 8, i * 0x111L, plain ? 0xFFFFFFFFL : 0x17FFF, random.nextInt(4) == 0 ? 0x91 : 0x93);
    }
    cpu.setStatus(random.nextInt());
  }
}
