package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Place;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's boot loaders, typed to through the serial port: Maven profile {@code systems}. The
 * scripts fetch the packages; without them the tests are aborted with the reason.
 */
@Tag("systems")
class SystemsTest {
  static final Path SYSTEMS = Path.of("scripts/systems.sh");
  private static final Path GRUB = Path.of("../flash-images/scripts/grub.sh");

  static Path script(Path script) {
    try {
      Process process = new ProcessBuilder(script.toString()).redirectErrorStream(true).start();
      String said =
          new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int code = process.waitFor();
      return code == 0
          ? Path.of(said.lines().toList().getLast())
          : abort("the packages cannot be had: " + said);
    } catch (IOException e) {
      return abort("the packages cannot be had: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return abort("interrupted while packages were fetched");
    }
  }

  private static MediumSource disc(String name) {
    try {
      Path file = script(SYSTEMS).resolve(name);
      return Setup.disk(Place.CDROM, Files.readAllBytes(file), 0);
    } catch (IOException e) {
      return abort("no " + name + ": " + e.getMessage());
    }
  }

  private static Run.Plan plan(Path payload, boolean hypervisor, boolean console, String disc) {
    byte[] flash =
        DefaultFlash.build(
                new DefaultFlash.Contents(
                    Optional.of(payload), hypervisor, Optional.empty(), console))
            .bytes();
    return Run.of(new Setup(flash, List.of(disc(disc)))).cpus(1).guestNanoseconds(60_000_000_000L);
  }

  private static void assertEnded(Run run, Outcome outcome, String... texts) {
    assertEquals(outcome, run.outcome(), run.story());
    for (String text : texts) {
      assertTrue(run.serial().contains(text), "no \"" + text + "\" in\n" + run.serial());
    }
  }

  /** GRUB reads a file of the CD, whose drive tells it once that it was reset. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void grubFromFlash(boolean hypervisor) {
    Run run =
        plan(script(GRUB), hypervisor, false, "isolinux.iso")
            .answer("grub> ", "ls\r")
            .answer("grub> ", "cat (ahci0)/isolinux/isolinux.cfg\r")
            .answer("grub> ", "halt\r")
            .run();
    assertEnded(run, Outcome.POWER_OFF, "GNU GRUB", "(ahci0)", "SAY isolinux says hello");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isolinuxPrompt(boolean hypervisor) {
    Run run =
        plan(Setup.seabios(), hypervisor, true, "isolinux.iso").until("isolinux says hello").run();
    assertEnded(run, Outcome.UNTIL_TEXT, "ISOLINUX 6.04", "isolinux says hello");
  }

  /** The BIOS' keyboard buffer takes fifteen keys. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ipxeShell(boolean hypervisor) {
    Run run =
        plan(Setup.seabios(), hypervisor, true, "ipxe.iso")
            .answer("Ctrl-B", "\u0002")
            .answer("iPXE>", "echo q${x}qz\r")
            .until("qqz")
            .run();
    assertEnded(run, Outcome.UNTIL_TEXT, "iPXE initialising devices", "iPXE>");
  }
}
