package io.github.bitterling.jit.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.jit.TranslationStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Random programs with self-modification, faults and everything else a program can do, interpreter
 * against JIT, compared at the end of every slice. One that differs is made smaller and left as a
 * line for program-replay.txt. {@code -Dprograms=N -Dprograms.seed=S}
 */
class RandomProgramTests {
  private static final int PROGRAMS = Integer.getInteger("programs", 10);
  private static final long SEED = Long.getLong("programs.seed", 1);
  private static final int SLICES = 60;
  private static final int CLASSES = 3000;
  private static final Path FAILURES = Path.of("target", "silicon-failures", "program-replay.txt");

  private TranslationStore store = new TranslationStore();
  private long retired;
  private long compiled;

  @ParameterizedTest
  @EnumSource
  void interpreterAndJitAgree(ProgramMode mode) throws IOException {
    List<String> wrong = new ArrayList<>();
    for (int k = 0; k < PROGRAMS; k++) {
      long seed = SEED * 1_000_003 + k;
      Program program = new ProgramWriter(mode, seed).write();
      for (ProgramMachine.Kind kind :
          List.of(ProgramMachine.Kind.FORCED, ProgramMachine.Kind.LATE)) {
        String difference = compare(program, kind);
        if (!difference.isEmpty()) {
          Program small = smaller(program, kind);
          wrong.add("seed " + seed + " " + kind + ": " + compare(small, kind));
          keep(small, wrong.getLast());
        }
      }
    }
    System.out.printf(
        "%s: %d programs, %,d instructions, %,d of them compiled%n",
        mode, PROGRAMS, retired, compiled);
    assertEquals("", String.join("\n", wrong), "append " + FAILURES + " to program-replay.txt");
    assertTrue(compiled > retired / 4, "compiled instructions: " + compiled + " of " + retired);
  }

  /** Programs that once differed. */
  @Test
  void replayedProgramsAgree() throws IOException {
    List<String> wrong = new ArrayList<>();
    try (var in = RandomProgramTests.class.getResourceAsStream("program-replay.txt")) {
      for (String line : new String(in.readAllBytes(), StandardCharsets.US_ASCII).split("\n")) {
        if (!line.isBlank() && !line.startsWith("#")) {
          for (ProgramMachine.Kind kind : ProgramMachine.Kind.values()) {
            String difference = compare(Program.parse(line), kind);
            if (!difference.isEmpty()) {
              wrong.add(line + " " + difference);
            }
          }
        }
      }
    }
    assertEquals("", String.join("\n", wrong));
  }

  private static void keep(Program program, String what) throws IOException {
    Files.createDirectories(FAILURES.getParent());
    List<String> lines =
        new ArrayList<>(Files.exists(FAILURES) ? Files.readAllLines(FAILURES) : List.of());
    lines.add("# " + what);
    lines.add(program.line());
    Files.write(FAILURES, lines);
  }

  /** Where the two part first; empty when they do not. */
  private String compare(Program program, ProgramMachine.Kind kind) {
    if (store.classes() > CLASSES) {
      store = new TranslationStore(); // lets the collector have the old classes
    }
    Random random = new Random(program.seed());
    try (ProgramMachine plain =
            new ProgramMachine(program, ProgramMachine.Kind.INTERPRETER, store);
        ProgramMachine jit = new ProgramMachine(program, kind, store)) {
      for (int slice = 0; slice < SLICES; slice++) {
        int cycles = 1 + random.nextInt(random.nextInt(4) == 0 ? 3000 : 200);
        boolean on = plain.run(cycles);
        jit.run(cycles);
        if (random.nextInt(3) == 0) {
          jit.compile();
        }
        List<String> differences = plain.differences(jit, slice % 8 == 7 || !on);
        if (!differences.isEmpty()) {
          return "after %d instructions %s".formatted(plain.retired(), differences);
        }
        if (!on) {
          break;
        }
      }
      retired += plain.retired();
      compiled += jit.retiredInRegions();
    }
    return "";
  }

  private Program smaller(Program program, ProgramMachine.Kind kind) {
    Program best = program;
    for (int piece = 0; piece + 1 < program.pieces().size(); piece++) {
      Program less = best.without(piece);
      if (!compare(less, kind).isEmpty()) {
        best = less;
      }
    }
    return best;
  }
}
