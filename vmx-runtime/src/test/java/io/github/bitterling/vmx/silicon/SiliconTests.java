package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.frontend.decode.Disassembler;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * Lifter and an engine against the processor this test runs on. A trial that differs is printed as
 * a line for replay.txt, where it stays.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SiliconTests {
  private static final int TRIALS = Integer.getInteger("silicon.trials", 20_000);
  private static final int BATCH = 50_000;
  private static final long SEED = Long.getLong("silicon.seed", 20261123);

  private Host host;

  @BeforeAll
  void buildHostProgram(@TempDir Path directory) throws Exception {
    host = Host.build(Files.createTempDirectory("silicon"));
    assumeTrue(host != null, "needs an x86-64 Linux host with gcc");
  }

  /** What runs our side. */
  Engine engine() {
    return Engine.INTERPRETER;
  }

  @Test
  void randomInstructionsGiveTheHostsResults() throws Exception {
    Generator generator = new Generator(SEED);
    assumeTrue(generator.rowCount() > 0);
    Comparison comparison = new Comparison();
    for (int left = TRIALS; left > 0; left -= BATCH) {
      List<Trial> trials = new ArrayList<>();
      while (trials.size() < Math.min(left, BATCH)) {
        Trial t = generator.next();
        if (!generator.undefinedResult(t)) {
          trials.add(t);
        }
      }
      check(generator, trials, comparison);
    }
    comparison.counts.write();
    comparison.assertNone();
  }

  /** Trials that differed once. */
  @Test
  void replayedTrialsGiveTheHostsResults() throws Exception {
    List<Trial> trials = new ArrayList<>();
    try (var in = SiliconTests.class.getResourceAsStream("replay.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          trials.add(Trial.parse(line));
        }
      }
    }
    Comparison comparison = new Comparison();
    check(new Generator(SEED), trials, comparison);
    comparison.assertNone();
  }

  /**
   * A near branch to a non-canonical address or beyond the limit of CS faults at the branch on the
   * host and at the fetch from the target with us, an accepted difference: the check would cost
   * every return.
   */
  private static boolean branchOutside(Trial t, Outcome host, Outcome ours) {
    boolean outside = t.mode == Trial.CODE16 ? ours.rip > 0xFFFF : ours.rip << 16 >> 16 != ours.rip;
    return host.vector == 13 && ours.vector < 0 && outside;
  }

  /**
   * An operand across the end of a 4 GiB segment: a limit fault on the host; flat code has no limit
   * checks with us.
   */
  private static boolean beyondFourGiB(Trial t, Outcome host, Outcome ours) {
    return !t.code64() && (host.vector == 12 || host.vector == 13) && ours.vector == 14;
  }

  /**
   * A misaligned 16-byte operand beyond the limit of SS: the order of the two faults is the
   * processor's own.
   */
  private static boolean misalignedBeyondStack(Outcome host, Outcome ours) {
    return host.vector == 13 && ours.vector == 12;
  }

  private void check(Generator generator, List<Trial> trials, Comparison comparison)
      throws Exception {
    List<Outcome> expected = host.run(trials);
    assertEquals(trials.size(), expected.size(), "trials the host ran");
    try (Ours ours = new Ours(engine())) {
      for (int i = 0; i < trials.size(); i++) {
        generator.adopt(trials.get(i));
        comparison.add(generator, trials.get(i), expected.get(i), ours.run(trials.get(i)));
      }
    }
  }

  /** What differed, the first of each mnemonic in full. */
  private final class Comparison {
    private final RowCounts counts = new RowCounts("integer-" + engine().label());
    private final Map<String, String> wrong = new TreeMap<>();
    private int compared;
    private int different;

    void add(Generator generator, Trial t, Outcome expected, Outcome mine) {
      if (branchOutside(t, expected, mine)
          || beyondFourGiB(t, expected, mine)
          || misalignedBeyondStack(expected, mine)) {
        return;
      }
      compared++;
      String difference = expected.difference(mine, generator.comparableFlags(t));
      counts.add(generator.row(), !difference.isEmpty());
      if (!difference.isEmpty()) {
        different++;
        String text = Disassembler.text(generator.insn(), t.ip());
        wrong.putIfAbsent(
            text.split(" ")[0], text + " (mode " + t.mode + ")" + difference + "\n  " + t.line());
      }
    }

    void assertNone() {
      assertEquals(
          "", String.join("\n", wrong.values()), different + " of " + compared + " trials differ");
    }
  }
}
