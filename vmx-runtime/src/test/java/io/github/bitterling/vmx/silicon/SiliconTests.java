package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.frontend.decode.Decoder;
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

/** Lifter and interpreter against the processor this test runs on. A trial that differs is printed as a line for replay.txt,
 * where it stays. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SiliconTests {
  private static final int TRIALS = Integer.getInteger("silicon.trials", 20_000);
  private static final long SEED = Long.getLong("silicon.seed", 20261123);

  private Host host;

  @BeforeAll
  void buildHostProgram(@TempDir Path directory) throws Exception {
    host = Host.build(Files.createTempDirectory("silicon"));
    assumeTrue(host != null, "needs an x86-64 Linux host with gcc");
  }

  @Test
  void randomInstructionsGiveTheHostsResults() throws Exception {
    Generator generator = new Generator(SEED);
    List<Trial> trials = new ArrayList<>();
    List<Long> masks = new ArrayList<>();
    List<String> names = new ArrayList<>();
    while (trials.size() < TRIALS) {
      Trial t = generator.next();
      if (!generator.undefinedResult(t)) {
        trials.add(t);
        masks.add(generator.comparableFlags(t));
        names.add(Disassembler.text(generator.insn(), Trial.CODE));
      }
    }
    check(trials, masks, names);
  }

  /** Trials that differed once. */
  @Test
  void replayedTrialsGiveTheHostsResults() throws Exception {
    Generator generator = new Generator(SEED);
    List<Trial> trials = new ArrayList<>();
    List<Long> masks = new ArrayList<>();
    List<String> names = new ArrayList<>();
    try (var in = SiliconTests.class.getResourceAsStream("replay.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n")) {
        if (!line.startsWith("#")) {
          Trial t = Trial.parse(line);
          generator.adopt(t);
          trials.add(t);
          masks.add(generator.comparableFlags(t));
          names.add(Disassembler.text(generator.insn(), t.ip()));
        }
      }
    }
    check(trials, masks, names);
  }

  /**
   * A near branch to a non-canonical address or beyond the limit of CS faults at the branch on the host and at the fetch from
   * the target with us, an accepted difference: the check would cost every return.
   */
  private static boolean branchOutside(Trial t, Outcome host, Outcome ours) {
    boolean outside = t.mode == Trial.CODE16 ? ours.rip > 0xFFFF : ours.rip << 16 >> 16 != ours.rip;
    return host.vector == 13 && ours.vector < 0 && outside;
  }

  /** An operand across the end of a 4 GiB segment: a limit fault on the host; flat code has no limit checks with us. */
  private static boolean beyondFourGiB(Trial t, Outcome host, Outcome ours) {
    return !t.code64() && (host.vector == 12 || host.vector == 13) && ours.vector == 14;
  }

  /** A misaligned 16-byte operand beyond the limit of SS: the order of the two faults is the processor's own. */
  private static boolean misalignedBeyondStack(Outcome host, Outcome ours) {
    return host.vector == 13 && ours.vector == 12;
  }

  private void check(List<Trial> trials, List<Long> masks, List<String> names) throws Exception {
    List<Outcome> expected = host.run(trials);
    assertEquals(trials.size(), expected.size(), "trials the host ran");
    try (Ours ours = new Ours()) {
      compare(trials, masks, names, expected, ours);
    }
  }

  private static void compare(
      List<Trial> trials, List<Long> masks, List<String> names, List<Outcome> expected, Ours ours) {
    Map<String, String> wrong = new TreeMap<>();
    int count = 0;
    for (int i = 0; i < trials.size(); i++) {
      Outcome mine = ours.run(trials.get(i));
      if (branchOutside(trials.get(i), expected.get(i), mine)
          || beyondFourGiB(trials.get(i), expected.get(i), mine)
          || misalignedBeyondStack(expected.get(i), mine)) {
        continue;
      }
      String difference = expected.get(i).difference(mine, masks.get(i));
      if (!difference.isEmpty()) {
        count++;
        wrong.putIfAbsent(
            names.get(i).split(" ")[0],
            names.get(i) + " (mode " + trials.get(i).mode + ")" + difference + "\n  " + trials.get(i).line());
      }
    }
    assertEquals("", String.join("\n", wrong.values()), count + " of " + trials.size() + " trials differ");
  }
}
