package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Place;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** SeaBIOS boots each kind of medium, and what it reads and writes there is right. */
class MediaBootTest {
  private static Setup setup(boolean hypervisor, MediumSource... media) {
    byte[] flash = DefaultFlash.build(Optional.of(Setup.seabios()), hypervisor).bytes();
    return new Setup(flash, List.of(media));
  }

  private static byte[] content(Place place) {
    return place == Place.CDROM
        ? BootMedia.cdrom(GuestProgram.flat("integrity.c", "0x7c00", BootMedia.ON_CDROM))
        : BootMedia.disk(GuestProgram.flat("integrity.c", "0x7c00", BootMedia.ON_DISK));
  }

  private static void assertNoErrors(Run run, String drive) {
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("integrity: drive " + drive), run.story());
    assertTrue(run.lines().contains("integrity: errors 0"), run.story());
  }

  private static String number(Place place) {
    return place == Place.CDROM ? "e0" : "80";
  }

  @ParameterizedTest
  @CsvSource({
    "SATA_DISK, JIT",
    "SATA_DISK, INTERPRETER",
    "CDROM, JIT",
    "CDROM, LOCKSTEP",
    "USB_DISK, JIT",
    "USB_DISK, LOCKSTEP"
  })
  void whatInt13MovesIsWhatTheMediumHolds(Place place, EngineKind engine) {
    Setup setup = setup(false, Setup.disk(place, content(place), 0));
    assertNoErrors(Run.of(setup).engine(engine).cpus(1).run(), number(place));
  }

  @ParameterizedTest
  @EnumSource(names = {"SATA_DISK", "CDROM", "USB_DISK"})
  void theSameInsideTheHypervisor(Place place) {
    Setup setup = setup(true, Setup.disk(place, content(place), 0));
    assertNoErrors(Run.of(setup).run(), number(place));
  }

  /** A disk without a boot sector is passed over. */
  @Test
  void nextMediumIsTried() {
    MediumSource blank = Setup.disk(Place.SATA_DISK, new byte[1 << 20], 0);
    Setup setup = setup(false, blank, Setup.disk(Place.CDROM, content(Place.CDROM), 1));
    assertNoErrors(Run.of(setup).run(), number(Place.CDROM));
  }
}
