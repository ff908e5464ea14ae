package io.github.bitterling.vmx.silicon;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.frontend.decode.Disassembler;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.frontend.decode.Sem;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeAll;
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
  private static final int BATCH = 50_000;
  private static final String ONLY = System.getProperty("silicon.only", ".*");

  private static final Set<Sem> VECTORS =
      EnumSet.of(
          Sem.FLOAT,
          Sem.INSERTPS,
          Sem.LDMXCSR,
          Sem.STMXCSR,
          Sem.FWAIT,
          Sem.FXSAVE,
          Sem.FXRSTOR,
          Sem.EMMS);

  private Host host;
  private RowCounts counts;

  @BeforeAll
  void buildHostProgram() throws Exception {
    host = Host.build(Files.createTempDirectory("silicon"));
    assumeTrue(host != null, "needs an x86-64 Linux host with gcc");
    counts = new RowCounts("float-" + engine().label());
  }

  /** What runs our side. */
  Engine engine() {
    return Engine.INTERPRETER;
  }

  @Test
  void x87InstructionsGiveTheHostsResults() throws Exception {
    compare(new FloatGenerator(SEED, r -> r.semantics() == Sem.X87 && named(r)), TRIALS);
  }

  @Test
  void vectorInstructionsGiveTheHostsResults() throws Exception {
    compare(new FloatGenerator(SEED, r -> VECTORS.contains(r.semantics()) && named(r)), TRIALS);
  }

  /** Trials that differed once. */
  @Test
  void replayedTrialsGiveTheHostsResults() throws Exception {
    FloatGenerator generator = new FloatGenerator(SEED, r -> true);
    List<Trial> trials = new ArrayList<>();
    try (var in = FloatSiliconTests.class.getResourceAsStream("float-replay.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
        if (!line.isBlank() && !line.startsWith("#")) {
          trials.add(Trial.parse(line));
        }
      }
    }
    Map<String, String> wrong = new TreeMap<>();
    check(generator, trials, wrong);
    assertEquals("", String.join("\n", wrong.values()));
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

  private static boolean named(Row r) {
    return r.mnemonic().matches(ONLY);
  }

  private void compare(FloatGenerator generator, int count) throws Exception {
    assumeTrue(generator.rowCount() > 0);
    Map<String, String> wrong = new TreeMap<>();
    int different = 0;
    for (int done = 0; done < count; done += BATCH) {
      List<Trial> trials = new ArrayList<>();
      while (trials.size() < Math.min(BATCH, count - done)) {
        trials.add(generator.next());
      }
      different += check(generator, trials, wrong);
    }
    counts.write();
    assertEquals(
        "", String.join("\n", wrong.values()), different + " of " + count + " trials differ");
  }

  private int check(FloatGenerator generator, List<Trial> trials, Map<String, String> wrong)
      throws Exception {
    List<Outcome> expected = host.run(trials);
    assertEquals(trials.size(), expected.size(), "trials the host ran");
    int count = 0;
    try (Ours ours = new Ours(engine())) {
      for (int i = 0; i < trials.size(); i++) {
        Trial t = trials.get(i);
        generator.adopt(t);
        Outcome mine = ours.run(t);
        FloatDifferences.align(generator.insn(), t, expected.get(i), mine);
        String difference = expected.get(i).difference(mine, 0xCD5);
        counts.add(generator.row(), !difference.isEmpty());
        if (!difference.isEmpty()) {
          count++;
          String text = Disassembler.text(generator.insn(), t.ip());
          String state =
              String.format(
                  " (mode %d fcw %x fsw %x ftw %x mxcsr %x %s operand %x:%x)",
                  t.mode,
                  t.control,
                  t.status,
                  t.tags,
                  t.mxcsr,
                  operands(t, generator.row()),
                  t.operand[1],
                  t.operand[0]);
          wrong.putIfAbsent(
              generator.row().opcode() + generator.row().mnemonic(),
              text + difference + state + "\n  " + t.line());
        }
      }
    }
    return count;
  }
}
