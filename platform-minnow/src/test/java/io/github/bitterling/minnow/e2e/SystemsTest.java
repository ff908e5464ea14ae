package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Debian's boot loaders, typed to through the serial port: Maven profile {@code systems}. The
 * scripts fetch the packages; without them the tests are aborted with the reason.
 */
@Tag("systems")
class SystemsTest {
  private static MediumSource disc(String name, String... options) {
    return Setup.file(Place.CDROM, Script.SYSTEMS.run(options).resolve(name), 0);
  }

  private static Run.Plan plan(
      Path payload, boolean hypervisor, boolean console, MediumSource disc) {
    byte[] flash =
        DefaultFlash.build(
                new DefaultFlash.Contents(
                    Optional.of(payload), hypervisor, Optional.empty(), console))
            .bytes();
    return Run.of(new Setup(flash, List.of(disc))).cpus(1).guestNanoseconds(60_000_000_000L);
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
        plan(Script.GRUB.run(), hypervisor, false, disc("isolinux.iso"))
            .answer("grub> ", "ls\r")
            .answer("grub> ", "cat (ahci0)/isolinux/isolinux.cfg\r")
            .answer("grub> ", "halt\r")
            .run();
    assertEnded(run, Outcome.POWER_OFF, "GNU GRUB", "(ahci0)", "SAY isolinux says hello");
  }

  /** SeaBIOS starts programs of the flash that lie under img/ where the boot order names them. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void grubAfterSeabios(boolean hypervisor) throws IOException {
    FlashImageBuilder builder =
        DefaultFlash.builder(Optional.of(Setup.seabios()))
            .cellPayload("img/grub", Files.readAllBytes(Script.GRUB.run()))
            .bootOrder("/rom@img/grub\n");
    byte[] flash = (hypervisor ? builder : builder.withoutHypervisor()).build().bytes();
    Run run =
        Run.of(new Setup(flash, List.of(disc("isolinux.iso"))))
            .cpus(1)
            .answer("grub> ", "ls\r")
            .answer("grub> ", "halt\r")
            .run();
    assertEnded(run, Outcome.POWER_OFF, "SeaBIOS (version", "GNU GRUB", "(ahci0)");
  }

  /** A label that is not there, then one whose kernel isolinux loads through the BIOS. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void isolinuxPrompt(boolean hypervisor) {
    Run run =
        plan(Setup.seabios(), hypervisor, true, disc("isolinux.iso"))
            .answer("says hello\r\nboot: ", "nothing\r")
            .answer("No such file or directory\r\nboot: ", "memorx\by\r")
            .until("Memtest86+ v")
            .run();
    assertEnded(
        run,
        Outcome.UNTIL_TEXT,
        "ISOLINUX 6.04",
        "isolinux says hello",
        "Loading nothing... failed",
        "Loading /memtest");
  }

  /** GRUB loads Xen from a CD, Xen its dom0, whose first process checks the machine. */
  @Test
  void xenWithItsFirstDomain() {
    Run run = plan(Script.GRUB.run(), false, false, disc("xen.iso", "--linux")).cpus(4).run();
    assertEnded(run, Outcome.POWER_OFF, "(XEN) Xen version", "INIT: cpus 4", "INIT: failures 0");
    assertTrue(run.serial().contains("(XEN) VMX: Supported advanced features"), run.serial());
  }

  /** SeaBIOS, isolinux, Xen, its dom0; in the virtual machine Xen finds no VMX and does without. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void xenByTheBios(boolean hypervisor) {
    Run run = plan(Setup.seabios(), hypervisor, false, disc("xen.iso", "--linux")).cpus(4).run();
    assertEnded(run, Outcome.POWER_OFF, "(XEN) Xen version", "INIT: cpus 4", "INIT: failures 0");
    assertEquals(!hypervisor, run.serial().contains("(XEN) VMX: Supported"), run.serial());
  }

  /** The BIOS' keyboard buffer takes fifteen keys. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void ipxeShell(boolean hypervisor) {
    Run run =
        plan(Setup.seabios(), hypervisor, true, disc("ipxe.iso"))
            .answer("Ctrl-B", "\u0002")
            .answer("iPXE>", "echo q${x}qz\r")
            .until("qqz")
            .run();
    assertEnded(run, Outcome.UNTIL_TEXT, "iPXE initialising devices", "iPXE>");
  }
}
