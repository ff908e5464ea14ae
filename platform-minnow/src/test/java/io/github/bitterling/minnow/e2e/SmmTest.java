package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Our firmware's SMI handler, asked by a payload (smm.c), on every engine. */
class SmmTest {
  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void handlerServesAndTsegIsClosed(EngineKind engine) {
    byte[] flash =
        FlashImageBuilder.withDefaults().payload(GuestProgram.compile("smm.c")).build().bytes();
    Run run = Run.of(Setup.flashOnly(flash)).engine(engine).memoryMib(256).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    for (String line :
        List.of(
            "smm: registers ffffffff SMIs 1",
            "smm: mask ff800800 TSEG ffffffff",
            "smm: SMI_EN 33",
            "smm: ACPI 0 1 0",
            "smm: BCR 29 2a",
            "smm: faults d d 6")) {
      assertTrue(run.lines().contains(line), "no line \"" + line + "\" in\n" + run.serial());
    }
  }
}
