package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Four cores run in turns on one thread, yet in guest time they run at once. */
class ScalingTest {
  private static final String RATIO = "scaling: hundredths ";

  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void fourCoresTakeAQuarterOfTheTime(EngineKind engine) {
    byte[] program = GuestProgram.compile("scaling.c");
    byte[] flash = FlashImageBuilder.withDefaults().payload(program).build().bytes();
    Run run = Run.of(Setup.flashOnly(flash)).engine(engine).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("scaling: cores 4"), run.story());
    assertTrue(run.lines().contains("scaling: same results 1"), run.story());
    int hundredths =
        run.lines().stream()
            .filter(line -> line.startsWith(RATIO))
            .mapToInt(line -> Integer.parseInt(line.substring(RATIO.length())))
            .findFirst()
            .orElseThrow(() -> new AssertionError(run.story()));
    assertTrue(hundredths >= 24 && hundredths <= 27, hundredths + " hundredths");
  }
}
