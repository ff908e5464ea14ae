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

  @Test
  void floatingPoint() {
    sweep(1, 600, 12, true);
    sweep(4, 600, 60, true);
  }

  private void sweep(int blocks, int seeds, int budget) {
    sweep(blocks, seeds, budget, false);
  }

  private void sweep(int blocks, int seeds, int budget, boolean floats) {
    int entered = 0;
    for (int seed = 0; seed < seeds; seed++) {
      entered += check(seed * 31L + blocks, blocks, budget, floats);
    }
    assertTrue(entered > seeds / 2, "regions were hardly ever entered: " + entered);
  }

  private int check(long seed, int blocks, int max, boolean floats) {
    List<IrBlock> code = new RandomCode(seed, blocks, floats).make();
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
        if (floats) {
          numbers(plain.cpu, seed);
          numbers(compiled.cpu, seed);
        }
        plain.run(budget);
        compiled.run(budget);
        int at = budget;
        assertEquals(plain.state(), compiled.state(), () -> "seed " + seed + " budget " + at);
        entered += compiled.regionEntries;
      }
    }
    return entered;
  }

  private static final long[] DOUBLES = {
    0,
    Long.MIN_VALUE,
    0x3FF0000000000000L,
    0x3FB999999999999AL,
    0xC008000000000000L,
    1,
    0x000FFFFFFFFFFFFFL,
    0x0010000000000000L,
    0x7FEFFFFFFFFFFFFFL,
    0x7FF0000000000000L,
    0x7FF0000000000001L,
    0xFFF8000000000000L,
    0x0330000000000000L,
    0x5FE6A09E667F3BCDL
  };

  private static final int[] SINGLES = {
    0,
    0x80000000,
    0x3F800000,
    0x3DCCCCCD,
    0xC0400000,
    1,
    0x007FFFFF,
    0x00800000,
    0x7F7FFFFF,
    0x7F800000,
    0x7F800001,
    0xFFC00000,
    0x0D000000,
    0x5FB504F3
  };

  /** Mostly ordinary numbers, some special ones, and often a control register for the fast way. */
  private static void numbers(Cpu cpu, long seed) {
    Random random = new Random(~seed);
    for (int i = 0; i < 6; i++) {
      boolean special = random.nextInt(3) == 0;
      cpu.xmm[i] =
          random.nextBoolean()
              ? special
                  ? DOUBLES[random.nextInt(DOUBLES.length)]
                  : Double.doubleToRawLongBits(random.nextGaussian() * 1000)
              : single(random, special) | single(random, special) << 32;
    }
    if (random.nextInt(4) > 0) {
      cpu.mxcsr = 0x1FA0 | random.nextInt(8) << 13 & 0x8000;
    }
  }

  private static long single(Random random, boolean special) {
    int bits =
        special
            ? SINGLES[random.nextInt(SINGLES.length)]
            : Float.floatToRawIntBits((float) random.nextGaussian());
    return bits & 0xFFFFFFFFL;
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
