package io.github.bitterling.benchmarks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.benchmarks.ForeignPrograms.Program;
import io.github.bitterling.benchmarks.KernelMachine.Engine;
import io.github.bitterling.jit.TranslationStore;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Programs nobody here wrote give the host's checksum on every engine. {@code -Dforeign.programs=N
 * -Dforeign.seed=S} say how many and which.
 */
class ForeignProgramsTest {
  private static final int PROGRAMS = Integer.getInteger("foreign.programs", 10);
  private static final int SEED = Integer.getInteger("foreign.seed", 1);
  private static final long LIMIT = 300_000_000L;

  @Test
  void randomProgramsGiveTheHostsChecksumOnEveryEngine(@TempDir Path directory) throws Exception {
    ForeignPrograms maker = new ForeignPrograms(sources(), directory);
    assumeTrue(maker.available(), "needs csmith and gcc");
    List<String> wrong = new ArrayList<>();
    int run = 0;
    for (int seed = SEED; seed < SEED + PROGRAMS; seed++) {
      for (Program p : maker.make(seed)) {
        run++;
        check(p, wrong);
      }
    }
    System.out.println(run + " foreign programs on " + Engine.values().length + " engines");
    assertEquals("", String.join("\n", wrong), wrong.size() + " runs differ");
    assertTrue(
        run >= PROGRAMS, "too few programs ended on the host: " + run + " of " + 2 * PROGRAMS);
  }

  @Test
  void vectorizedLoopsGiveTheHostsChecksumOnEveryEngine(@TempDir Path directory) throws Exception {
    ForeignPrograms maker = new ForeignPrograms(sources(), directory);
    assumeTrue(maker.compiles(), "needs gcc");
    List<String> wrong = new ArrayList<>();
    for (Program p : maker.vectors(2)) {
      check(p, wrong);
    }
    assertEquals("", String.join("\n", wrong), wrong.size() + " runs differ");
  }

  private static Path sources() throws Exception {
    return Path.of(ForeignProgramsTest.class.getResource("/foreign/csmith.h").toURI()).getParent();
  }

  private static void check(Program p, List<String> wrong) {
    for (Engine engine : Engine.values()) {
      try (KernelMachine machine =
          new KernelMachine(p.image(), engine, new TranslationStore(), p.cpu())) {
        int checksum = machine.run(0, 0, LIMIT).checksum();
        if (checksum != p.checksum()) {
          wrong.add(
              String.format(
                  "%s %s: host %08x, here %08x", p.name(), engine, p.checksum(), checksum));
        }
      } catch (IllegalStateException stopped) {
        wrong.add(p.name() + " " + engine + ": " + stopped.getMessage());
      }
    }
  }
}
