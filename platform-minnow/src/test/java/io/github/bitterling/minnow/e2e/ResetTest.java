package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.e2e.GuestProgram.Place;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Every way to reset the board starts it again from flash. */
class ResetTest {
  /** The program resets by port 64h, CF9 and triple fault, then powers off; CMOS keeps count. */
  @ParameterizedTest
  @EnumSource
  void everySourceBootsAgainFromFlash(Place place) {
    assertChain(Run.of(GuestProgram.at(place, "RESET_CHAIN")).run(), place == Place.VM);
  }

  @Test
  void bootSectorResetsAndIsBootedAgain() {
    Run run = Run.of(Setup.disk(GuestProgram.bootSector("RESET_CHAIN"))).run();
    assertChain(run, true);
    assertEquals(
        4, run.lines().stream().filter(line -> line.equals("Booting from Hard Disk...")).count());
  }

  private static void assertChain(Run run, boolean inVm) {
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    // The hypervisor takes the guest's triple fault as an exit and resets the board itself.
    List<String> sources = List.of("port 64h", "CF9", inVm ? "CF9" : "triple fault");
    assertEquals(sources, run.result().resets());
    List<String> boots =
        run.lines().stream().filter(line -> line.startsWith("guest: boot")).toList();
    assertEquals(
        List.of("guest: boot 0", "guest: boot 1", "guest: boot 2", "guest: boot 3"), boots);
    if (inVm) {
      assertTrue(run.serial().contains("triple fault in the guest"), run.serial());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"BOARD", "VM"})
  void resetLoopIsGivenUp(Place place) {
    Run run = Run.of(GuestProgram.at(place, "RESET_ALWAYS")).run();
    assertEquals(Outcome.RESET_LOOP, run.outcome(), run.story());
    assertEquals(4, run.outcome().exitCode());
    assertTrue(run.result().detail().contains("CF9"), run.result().detail());
  }

  @Test
  void loopOfTripleFaultsIsNamed() {
    Run run = Run.of(GuestProgram.at(Place.BOARD, "TRIPLE_ALWAYS")).run();
    assertEquals(Outcome.RESET_LOOP, run.outcome(), run.story());
    assertTrue(run.result().detail().contains("triple fault"), run.result().detail());
  }
}
