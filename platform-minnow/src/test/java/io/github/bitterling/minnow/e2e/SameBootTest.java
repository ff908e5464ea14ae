package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.machine.EngineKind;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The standard boot is the same whoever executes it, whenever, and however busy the host is. */
@ExtendWith(SharedBoot.class)
class SameBootTest {
  /** A milestone without the host's time. */
  private record Step(String name, double guestSeconds, long instructions) {}

  private static void assertSame(Run expected, Run found) {
    assertEquals(expected.serial(), found.serial());
    assertEquals(expected.outcome(), found.outcome());
    assertEquals(expected.result().guestInstructions(), found.result().guestInstructions());
    assertEquals(expected.result().guestSeconds(), found.result().guestSeconds());
    assertEquals(expected.result().vmExits(), found.result().vmExits());
    assertEquals(steps(expected), steps(found));
    assertEquals(expected.result().cores(), found.result().cores());
    assertEquals(expected.result().postCodes(), found.result().postCodes());
    assertEquals(expected.result().registers(), found.result().registers());
    assertArrayEquals(expected.result().flash(), found.result().flash());
  }

  private static List<Step> steps(Run run) {
    return run.result().milestones().stream()
        .map(m -> new Step(m.name(), m.guestSeconds(), m.instructions()))
        .toList();
  }

  @Test
  void jitAgainOnABusyHost(Run boot) {
    try (HostLoad _ = new HostLoad(2 * Runtime.getRuntime().availableProcessors())) {
      assertSame(boot, Run.of(Setup.standard()).run());
    }
  }

  @Test
  void interpreter(Run boot) {
    Run run = Run.of(Setup.standard()).engine(EngineKind.INTERPRETER).run();
    assertSame(boot, run);
    assertEquals(0, run.result().translation().classes(), "tier 0 only");
  }

  @Test
  void lockstep(Run boot) {
    assertSame(boot, Run.of(Setup.standard()).engine(EngineKind.LOCKSTEP).run());
  }
}
