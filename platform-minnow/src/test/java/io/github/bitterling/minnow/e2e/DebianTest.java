package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A complete Debian on a disk, made by debootstrap: SeaBIOS, GRUB, Debian's kernel and RAM disk,
 * systemd, a login on the serial port. Maven profile {@code debian}; the script needs root, and
 * where it fails the tests are aborted with the reason.
 */
@Tag("debian")
class DebianTest {
  private static final String PROMPT = "root@bitterling:~# ";

  /** A boot takes a quarter of it. */
  private static final long GUEST_LIMIT = 120_000_000_000L;

  /** What Linux says when it finds fault with the machine or with itself. */
  private static final Pattern BAD =
      Pattern.compile(
          "^\\[ *\\d+\\.\\d+\\].*(unexpected|BUG|WARNING|unstable|lost|spurious|APIC error"
              + "|unchecked MSR|stall|Oops|segfault|ACPI Error|ACPI BIOS|failed command|frozen)");

  @TempDir private Path folder;

  private static Run.Plan loggedIn(boolean hypervisor, int cpus, MediumSource disk) {
    byte[] flash = DefaultFlash.build(Optional.of(Setup.seabios()), hypervisor).bytes();
    return Run.of(new Setup(flash, List.of(disk)))
        .cpus(cpus)
        .guestNanoseconds(GUEST_LIMIT)
        .answer("bitterling login: ", "root\r")
        .answer(PROMPT, "echo system $(systemctl is-system-running --wait) on $(nproc)\r");
  }

  private static Run off(Run.Plan plan) {
    Run run = plan.answer(PROMPT, "systemctl poweroff\r").run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertEquals(List.of(), run.lines().stream().filter(l -> BAD.matcher(l).find()).toList());
    assertSaid(run, "Debian by GRUB");
    assertSaid(run, "system running on " + run.result().cores().size());
    return run;
  }

  private static void assertSaid(Run run, String line) {
    boolean said = Pattern.compile("(?m)^(\u001B\\S*[lH]\r?)?" + line).matcher(run.serial()).find();
    assertTrue(said, "no line \"" + line + "\" in\n" + run.serial());
  }

  @Test
  void whatIsWrittenIsThereAtTheNextBoot() throws IOException {
    Path disk = Files.copy(Script.DEBIAN.run(), folder.resolve("disk.img"));
    Run first =
        off(
            loggedIn(false, 1, Setup.written(disk))
                .answer(PROMPT, "apt-get --version\r")
                .answer(PROMPT, "echo packages $(dpkg -l | grep -c ^ii)\r")
                .answer(PROMPT, "date > kept && sync\r"));
    assertSaid(first, "apt 2\\.\\d");
    assertSaid(first, "packages \\d{3}");
    Run second =
        off(
            loggedIn(false, 1, Setup.file(Place.SATA_DISK, disk, 0))
                .answer(PROMPT, "echo kept since $(cat kept)\r"));
    assertSaid(second, "kept since \\S+ .*\\d\\d:\\d\\d:\\d\\d");
  }

  @Test
  void insideTheHypervisor() {
    MediumSource disk = Setup.file(Place.SATA_DISK, Script.DEBIAN.run(), 0);
    Run run = off(loggedIn(true, 4, disk));
    assertTrue(run.serial().contains("hv: core 3 in VMX operation"), run.story());
  }
}
