package io.github.bitterling.vmx.bare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.TestCompilers;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The cases of {@link BareTests} end in compiled regions as they do in tier 0. */
class JitBareTest {
  private static final int CASES = Integer.getInteger("bare.compiled", 400);
  private static final long SEED = Long.getLong("bare.seed", 20261123);

  /** Every block is a region from its second execution on. */
  static RegionCompiler compiler(BlockCache cache) {
    return TestCompilers.forced(cache);
  }

  @Test
  void compiledCasesGiveTheStateOfTierZero() throws Exception {
    BareGenerator generator = new BareGenerator(SEED, List.of(BareDraw.Mode.values()));
    List<String> wrong = new ArrayList<>();
    try (BareOurs plain = new BareOurs();
        BareOurs compiled = new BareOurs(JitBareTest::compiler)) {
      for (BareReplay stored : BareReplay.stored()) {
        compare(plain, compiled, stored.example(), wrong);
      }
      for (int i = 0; i < CASES; i++) {
        compare(plain, compiled, generator.next(), wrong);
      }
      assertTrue(compiled.inRegions > CASES, "instructions in regions: " + compiled.inRegions);
    }
    assertEquals("", String.join("\n", wrong));
  }

  /** While regions are made, and in them. */
  private static void compare(BareOurs plain, BareOurs compiled, BareCase c, List<String> wrong) {
    BareOutcome expected = plain.run(c);
    BareOutcome first = compiled.run(c);
    for (BareOutcome o : List.of(first, compiled.again(c, first))) {
      String difference = expected.difference(o);
      if (!difference.isEmpty() && !BareDifferences.incomparable(expected, o)) {
        wrong.add(c.name + difference);
      }
    }
  }
}
