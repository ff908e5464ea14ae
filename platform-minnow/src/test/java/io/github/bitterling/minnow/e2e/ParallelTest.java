package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Cores that run at once, on as many host threads as there are processors. */
class ParallelTest {
  private static final String ANSWER = "litmus: ";

  private static Run.Plan plan(String program, String... defines) {
    byte[] elf = GuestProgram.compile(program, defines);
    byte[] flash = FlashImageBuilder.withDefaults().payload(elf).build().bytes();
    return Run.of(Setup.flashOnly(flash)).atOnce();
  }

  /** More cores than threads, or as many: only those that have a thread run at once. */
  @ParameterizedTest
  @CsvSource({"JIT, 4, 60", "JIT, 2, 100", "INTERPRETER, 4, 20", "INTERPRETER, 2, 20"})
  void coresSeeWhatTheArchitecturePromises(EngineKind engine, int cores, int rounds) {
    Run run =
        plan("litmus.c", "CORES=" + cores + "u", "ROUNDS=" + rounds + "u")
            .engine(engine)
            .cpus(cores)
            .run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    List<String> answers = run.lines().stream().filter(line -> line.startsWith(ANSWER)).toList();
    assertEquals("litmus: cores " + cores, answers.getFirst());
    assertEquals("litmus: end", answers.getLast());
    List<String> counts = answers.subList(1, answers.size() - 1);
    // Independent writes take four cores
    assertEquals(cores == 4 ? 22 : 21, counts.size(), run.story());
    for (String count : counts) {
      assertTrue(count.endsWith(" 0"), count);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void aJobOfFourPiecesGivesTheResultsOfOneCore(EngineKind engine) {
    Run run = plan("scaling.c").engine(engine).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("scaling: cores 4"), run.story());
    assertTrue(run.lines().contains("scaling: same results 1"), run.story());
  }

  @Test
  void theDefaultImageBootsInItsVirtualMachine() {
    Run run = Run.of(Setup.standard()).atOnce().run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("bootdisk: done"), run.story());
  }
}
