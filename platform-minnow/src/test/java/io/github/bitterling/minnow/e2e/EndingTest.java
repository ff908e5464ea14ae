package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.e2e.GuestProgram.Place;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.RunLimits;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Each way a run can end, with its exit code. */
class EndingTest {
  private static void assertEnd(Outcome outcome, int exitCode, Run run) {
    assertEquals(outcome, run.outcome(), run.story());
    assertEquals(exitCode, run.outcome().exitCode());
  }

  @Test
  void untilTextEndsTheRun() {
    Run run = Run.of(GuestProgram.at(Place.BOARD, "SPIN")).until("guest: hel").run();
    assertEnd(Outcome.UNTIL_TEXT, 0, run);
    assertTrue(run.serial().startsWith("guest: hel"), run.serial());
  }

  @Test
  void powerOffWithoutTheTextIsAFailure() {
    assertEnd(
        Outcome.POWER_OFF_TOO_EARLY,
        1,
        Run.of(GuestProgram.at(Place.BOARD, "POWER_OFF")).until("x").run());
  }

  @ParameterizedTest
  @EnumSource
  void powerOff(Place place) {
    Run run = Run.of(GuestProgram.at(place, "POWER_OFF")).run();
    assertEnd(Outcome.POWER_OFF, 0, run);
    assertTrue(run.lines().contains("guest: hello"), run.serial());
  }

  @Test
  void haltedForGood() {
    assertEnd(Outcome.HALTED, 1, Run.of(GuestProgram.at(Place.BOARD, "HALT")).run());
  }

  @ParameterizedTest
  @EnumSource(names = {"BOARD", "VM"})
  void debugExitHasItsValue(Place place) {
    Run run = Run.of(GuestProgram.at(place, "EXIT", "EXIT_VALUE=0x2a")).run();
    assertEnd(Outcome.DEBUG_EXIT, 3, run);
    assertEquals(0x2A, run.result().debugExit().orElseThrow());
    assertTrue(run.result().detail().contains("2ah"), run.result().detail());
  }

  @Test
  void guestTimeLimitIsExact() {
    Run run = Run.of(GuestProgram.at(Place.BOARD, "SPIN")).guestNanoseconds(3_000_000).run();
    assertEnd(Outcome.GUEST_TIME_LIMIT, 6, run);
    assertEquals(0.003, run.result().guestSeconds(), 0.001);
    Run again = Run.of(GuestProgram.at(Place.BOARD, "SPIN")).guestNanoseconds(3_000_000).run();
    assertEquals(run.result().guestInstructions(), again.result().guestInstructions());
  }

  @ParameterizedTest
  @CsvSource({
    "POLL_PORT, 'core 0 polls port 0064h (8042 command), which stays ', ': test al,'",
    "POLL_UNIT, 'core 0 polls sideband 04.0039h (PUNIT), which stays 00000000h', ': bt eax,'"
  })
  void whatTheGuestWaitsForIsNamed(String action, String register, String test) {
    Run run = Run.of(GuestProgram.at(Place.BOARD, action)).guestNanoseconds(3_000_000).run();
    assertEnd(Outcome.GUEST_TIME_LIMIT, 6, run);
    assertEquals(1, run.result().waits().size(), run.result().waits().toString());
    String wait = run.result().waits().getFirst();
    assertTrue(wait.startsWith(register), wait);
    assertTrue(wait.contains(test), wait);
  }

  @Test
  void loopsWithoutDevicesWaitForNothing() {
    Run run = Run.of(GuestProgram.at(Place.BOARD, "SPIN")).guestNanoseconds(3_000_000).run();
    assertEquals(List.of(), run.result().waits());
  }

  /**
   * The guest never ends by itself, so only the limit can end it; how long that takes is not looked
   * at.
   */
  @Test
  void wallTimeLimit() {
    RunLimits limits = new RunLimits(Optional.empty(), 0, 50_000_000);
    assertEnd(
        Outcome.WALL_TIME_LIMIT,
        7,
        Run.of(GuestProgram.at(Place.BOARD, "SPIN")).limits(limits).run());
  }

  private static Run withHypervisor(String define) {
    byte[] payload = GuestProgram.compile("entry.c", define);
    return Run.of(
            Setup.flashOnly(FlashImageBuilder.withDefaults().payload(payload).build().bytes()))
        .run();
  }

  @Test
  void badGuestStateIsNamed() {
    Run run = withHypervisor("BAD_GUEST");
    assertEnd(Outcome.VM_ENTRY_FAILED, 5, run);
    assertTrue(run.lines().contains("guest: VM exit"), run.serial());
    assertTrue(run.result().detail().contains("CR0"), run.result().detail());
    assertTrue(
        run.result().cores().getFirst().vmcs().contains("CR0"), run.result().cores().toString());
  }

  @Test
  void badControlsAreNamed() {
    Run run = withHypervisor("BAD_CONTROLS");
    assertEnd(Outcome.VM_ENTRY_FAILED, 5, run);
    assertTrue(run.lines().contains("guest: VMLAUNCH failed"), run.serial());
    assertTrue(
        run.result().detail().toLowerCase(java.util.Locale.ROOT).contains("control"),
        run.result().detail());
  }
}
