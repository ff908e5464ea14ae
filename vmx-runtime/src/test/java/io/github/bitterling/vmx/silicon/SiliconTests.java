package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * Lifter and an engine against the processor this test runs on. A trial that differs goes to a file
 * as a line for replay.txt, where it stays.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SiliconTests {
  private static final int TRIALS = Integer.getInteger("silicon.trials", 20_000);
  private static final int SEQUENCES = Integer.getInteger("silicon.sequences", 10_000);
  private static final int BATCH = 50_000;
  private static final long SEED = Long.getLong("silicon.seed", 20261123);

  private final Reading reading = new Reading();
  private Host host;

  /** What runs our side. */
  Engine engine() {
    return Engine.INTERPRETER;
  }

  private void needHost() throws Exception {
    if (host == null) {
      host = Host.build(Files.createTempDirectory("silicon"));
    }
    assumeTrue(host != null, "needs an x86-64 Linux host with gcc");
  }

  @Test
  void randomInstructionsGiveTheHostsResults() throws Exception {
    needHost();
    HostFeatures features = new HostFeatures();
    Generator generator = new Generator(SEED, features::has);
    features.report();
    assumeTrue(generator.rowCount() > 0);
    compare("integer", TRIALS, generator::next);
  }

  @Test
  void randomSequencesGiveTheHostsResults() throws Exception {
    needHost();
    Generator generator = new Generator(SEED, new HostFeatures()::has);
    assumeTrue(generator.rowCount() > 1);
    compare("sequence", SEQUENCES, new Sequences(generator, SEED)::next);
  }

  /** Trials that differed once. */
  @Test
  void replayedTrialsGiveTheHostsResults() throws Exception {
    needHost();
    List<Trial> trials =
        new Replays("replay.txt").read().stream().map(Replays.Replay::trial).toList();
    Comparison comparison = new Comparison("replay");
    check(trials, comparison);
    comparison.finish();
  }

  /** The same where the host has no such processor. */
  @Test
  void replayedTrialsGiveTheStoredResults() throws Exception {
    Comparison comparison = new Comparison("stored");
    try (Ours ours = new Ours(engine())) {
      for (Replays.Replay replay : new Replays("replay.txt").read()) {
        comparison.add(replay.trial(), replay.expected(), ours.run(replay.trial()));
      }
    }
    comparison.finish();
  }

  private void compare(String kind, int count, Supplier<Trial> generator) throws Exception {
    Comparison comparison = new Comparison(kind);
    for (int left = count; left > 0; left -= BATCH) {
      List<Trial> trials = new ArrayList<>();
      while (trials.size() < Math.min(left, BATCH)) {
        trials.add(generator.get());
      }
      check(trials, comparison);
    }
    comparison.counts.write();
    comparison.finish();
  }

  private void check(List<Trial> trials, Comparison comparison) throws Exception {
    List<Outcome> expected = host.run(trials);
    assertEquals(trials.size(), expected.size(), "trials the host ran");
    try (Ours ours = new Ours(engine())) {
      for (int i = 0; i < trials.size(); i++) {
        comparison.add(trials.get(i), expected.get(i), ours.run(trials.get(i)));
      }
    }
  }

  /** What differed, the first of each mnemonic in full. */
  private final class Comparison {
    private final RowCounts counts;
    private final Replays replays = new Replays("replay.txt");
    private final Explanations explanations = new Explanations();
    private final Map<String, String> wrong = new TreeMap<>();
    private int compared;
    private int different;

    Comparison(String kind) {
      counts = new RowCounts(kind + "-" + engine().label());
    }

    void add(Trial t, Outcome expected, Outcome mine) {
      compared++;
      long flags = reading.comparableFlags(t, expected);
      String difference = expected.difference(mine, flags);
      if (!difference.isEmpty() && explanations.explain(t, expected, mine, flags)) {
        return;
      }
      counts.add(reading.row(t), !difference.isEmpty());
      if (!difference.isEmpty()) {
        different++;
        String text = reading.text(t) + " (mode " + t.mode + ")" + difference;
        if (wrong.putIfAbsent(text.split(" ")[0], text) == null) {
          replays.failed(text, t, expected);
        }
      }
    }

    void finish() throws Exception {
      explanations.report(compared + " trials (" + engine().label() + ")");
      assertEquals(
          "",
          String.join("\n", wrong.values()),
          different + " of " + compared + " trials differ" + replays.write());
    }
  }
}
