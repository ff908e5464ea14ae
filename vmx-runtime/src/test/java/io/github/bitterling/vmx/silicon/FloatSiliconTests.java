package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.frontend.decode.Sem;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * x87 and SSE floating point against the processor this test runs on; what may differ is in {@link
 * FloatDifferences}.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FloatSiliconTests {
  private static final int TRIALS = Integer.getInteger("silicon.floats", 40_000);
  private static final long SEED = Long.getLong("silicon.seed", 20261123);
  private static final int SEQUENCES = Integer.getInteger("silicon.floatsequences", 20_000);
  private static final int BATCH = 50_000;
  private static final String ONLY = System.getProperty("silicon.only", ".*");

  private static final String REPLAYS = "float-replay.txt";

  private Host host;
  private RowCounts counts;

  private RowCounts counts() {
    if (counts == null) {
      counts = new RowCounts("float-" + engine().label());
    }
    return counts;
  }

  private void needHost() throws Exception {
    if (host == null) {
      host = Host.build(Files.createTempDirectory("silicon"));
    }
    assumeTrue(host != null, "needs an x86-64 Linux host with gcc");
  }

  /** What runs our side. */
  Engine engine() {
    return Engine.INTERPRETER;
  }

  @Test
  void x87InstructionsGiveTheHostsResults() throws Exception {
    needHost();
    compare(generator(r -> r.semantics() == Sem.X87));
  }

  @Test
  void vectorInstructionsGiveTheHostsResults() throws Exception {
    needHost();
    compare(generator(r -> r.semantics() != Sem.X87));
  }

  @Test
  void sequencesGiveTheHostsResults() throws Exception {
    needHost();
    FloatSequences sequences = new FloatSequences(generator(FloatSequences::takes), SEED);
    compare(SEQUENCES, sequences::next);
  }

  /** Trials that differed once. */
  @Test
  void replayedTrialsGiveTheHostsResults() throws Exception {
    needHost();
    List<Trial> trials = new Replays(REPLAYS).read().stream().map(Replays.Replay::trial).toList();
    Comparison comparison = new Comparison();
    check(trials, comparison);
    comparison.finish();
  }

  /** The same where the host has no such processor. */
  @Test
  void replayedTrialsGiveTheStoredResults() throws Exception {
    Comparison comparison = new Comparison();
    try (Ours ours = new Ours(engine())) {
      for (Replays.Replay replay : new Replays(REPLAYS).read()) {
        comparison.add(replay.trial(), replay.expected(), ours.run(replay.trial()));
      }
    }
    comparison.finish();
  }

  private static String operands(Trial t, Row row) {
    if (row.semantics() == Sem.X87) {
      return String.format(
          "st0 %x:%x st1 %x:%x", t.signExponent[0], t.mmx[0], t.signExponent[1], t.mmx[1]);
    }
    StringBuilder all = new StringBuilder();
    for (int i = 0; i < 16; i++) {
      all.append(String.format("x%d %x:%x ", i, t.xmm[2 * i + 1], t.xmm[2 * i]));
    }
    return all.toString();
  }

  private FloatGenerator generator(Predicate<Row> kind) throws Exception {
    HostFeatures features = new HostFeatures();
    FloatGenerator generator =
        new FloatGenerator(
            SEED,
            r ->
                Scope.of(r) == Scope.FLOAT
                    && kind.test(r)
                    && r.mnemonic().matches(ONLY)
                    && features.has(r));
    features.report();
    return generator;
  }

  private void compare(FloatGenerator generator) throws Exception {
    assumeTrue(generator.rowCount() > 0);
    compare(TRIALS, generator::next);
  }

  private void compare(int count, Supplier<Trial> generator) throws Exception {
    Comparison comparison = new Comparison();
    for (int done = 0; done < count; done += BATCH) {
      List<Trial> trials = new ArrayList<>();
      while (trials.size() < Math.min(BATCH, count - done)) {
        trials.add(generator.get());
      }
      check(trials, comparison);
    }
    counts().write();
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

  /** What differed, the first of each row in full. */
  private final class Comparison {
    private final Reading reading = new Reading();
    private final FloatDifferences differences = new FloatDifferences();
    private final Replays replays = new Replays(REPLAYS);
    private final Map<String, String> wrong = new TreeMap<>();
    private int compared;
    private int different;

    void add(Trial t, Outcome expected, Outcome mine) {
      compared++;
      Row row = reading.row(t);
      String difference =
          t.steps > 1
              ? differences.ofSequence(reading.stop(t, mine), t, expected, mine)
              : differences.difference(reading.first(t), t, expected, mine);
      counts().add(row, !difference.isEmpty());
      if (!difference.isEmpty()) {
        different++;
        String state =
            String.format(
                " (mode %d fcw %x fsw %x ftw %x mxcsr %x %s operand %x:%x)",
                t.mode,
                t.control,
                t.status,
                t.tags,
                t.mxcsr,
                operands(t, row),
                t.operand[1],
                t.operand[0]);
        String text = reading.text(t) + difference + state;
        if (wrong.putIfAbsent(row.opcode() + row.mnemonic(), text) == null) {
          replays.failed(text, t, expected);
        }
      }
    }

    void finish() throws Exception {
      differences.report(compared + " trials (" + engine().label() + ")");
      assertEquals(
          "",
          String.join("\n", wrong.values()),
          different + " of " + compared + " trials differ" + replays.write());
    }
  }
}
