package io.github.bitterling.vmx.bare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.vmx.bare.BareDraw.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * System instructions, faults, task switches and paging in every mode against a bare KVM guest
 * where KVM has VMX or SVM under it, elsewhere against Debian's Bochs. Lines for bare-replay.txt of
 * cases that differ go to target/bare-failures.txt. {@code -Dbare.cases=N -Dbare.seed=S}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class BareTests {
  private static final int CASES = Integer.getInteger("bare.cases", 3000);
  private static final long SEED = Long.getLong("bare.seed", 20261123);

  private static final int BATCH = 2000;
  private static final Path FAILURES = Path.of("target", "bare-failures.txt");

  private BareOracle oracle;

  @BeforeAll
  void findOracle() throws Exception {
    Path directory = Files.createTempDirectory("bare");
    oracle = BareHost.onHardware() ? BareHost.build(directory) : null;
    if (oracle == null) {
      oracle = BareBochs.build(directory);
    }
  }

  @Test
  void randomCasesGiveTheHostsState() throws Exception {
    assumeTrue(oracle != null, "needs gcc, and a KVM on VMX or SVM or Debian's bochs");
    BareGenerator generator = new BareGenerator(SEED, List.of(Mode.values()));
    Report report = new Report();
    for (int left = CASES; left > 0; left -= BATCH) {
      compare(next(generator, Math.min(left, BATCH), report), report);
    }
    System.out.println(report.summary());
    report.check();
  }

  /** Cases that differed once, with what the oracle said then. */
  @Test
  void replayedCasesGiveTheStoredState() throws Exception {
    Report report = new Report();
    try (BareOurs ours = new BareOurs()) {
      for (BareReplay r : BareReplay.stored()) {
        report.add(ours, r.example(), r.expected());
      }
    }
    report.check();
  }

  /** Cases that stay in the memory they have: what is behind it belongs to the oracle. */
  private static List<BareCase> next(BareGenerator generator, int count, Report report) {
    List<BareCase> cases = new ArrayList<>();
    try (BareOurs ours = new BareOurs()) {
      while (cases.size() < count) {
        BareCase c = generator.next();
        if (ours.run(c).beyond) {
          report.beyond++;
        } else {
          cases.add(c);
        }
      }
    }
    return cases;
  }

  private void compare(List<BareCase> cases, Report report) throws Exception {
    List<BareOutcome> expected = oracle.run(cases);
    assertEquals(cases.size(), expected.size(), "cases the host ran");
    try (BareOurs ours = new BareOurs()) {
      for (int i = 0; i < cases.size(); i++) {
        report.add(ours, cases.get(i), expected.get(i));
      }
    }
  }

  /** What was compared and what differed. */
  private static final class Report {
    private final Map<String, String> wrong = new TreeMap<>();
    private final List<String> replay = new ArrayList<>();
    private final Map<Integer, Integer> ends = new TreeMap<>();
    private int cases;
    private int beyond;
    private int incomparable;
    private final Map<String, Integer> explained = new TreeMap<>();
    private int different;

    void add(BareOurs engine, BareCase c, BareOutcome expected) throws IOException {
      BareOutcome ours = engine.run(c);
      cases++;
      ends.merge(expected.end, 1, Integer::sum);
      if (BareDifferences.incomparable(expected, ours)) {
        incomparable++;
        return;
      }
      String difference = expected.difference(ours);
      if (difference.isEmpty()) {
        return;
      }
      String why = new BareDifferences(engine).explain(c, expected);
      if (why != null) {
        explained.merge(why, 1, Integer::sum);
        return;
      }
      different++;
      if (wrong.putIfAbsent(kind(c), c.name + difference) == null) {
        replay.add(new BareReplay(c, expected).line());
      }
    }

    /** Mode and first bytes of the instruction. */
    private static String kind(BareCase c) {
      return c.name.substring(0, Math.min(c.name.length(), c.name.lastIndexOf(' ') + 7));
    }

    String summary() {
      return cases
          + " bare cases, ends "
          + ends
          + ", "
          + incomparable
          + " incomparable, "
          + beyond
          + " not run for memory they reach, explained "
          + explained
          + ", "
          + different
          + " different";
    }

    /** The lines are long: they go to a file. */
    void check() throws IOException {
      if (!replay.isEmpty()) {
        Files.createDirectories(FAILURES.getParent());
        Files.write(FAILURES, replay);
      }
      assertEquals("", String.join("\n", wrong.values()), summary());
    }
  }
}
