package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.fake.Qcow2;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Place;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** SeaBIOS boots each kind of medium, and what it reads and writes there is right. */
class MediaBootTest {
  @TempDir private Path folder;

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

  /** A compressed base whose changes stay in memory. */
  @Test
  void qcow2ImageBootsAndStaysAsItIs() throws IOException {
    byte[] image = Qcow2.of(Arrays.copyOf(content(Place.SATA_DISK), 2 << 20));
    Path file = Files.write(folder.resolve("disk.qcow2"), image);
    assertNoErrors(Run.of(setup(false, Setup.file(Place.SATA_DISK, file, 0))).cpus(1).run(), "80");
    assertArrayEquals(image, Files.readAllBytes(file));
  }

  /** A disk without a boot sector is passed over. */
  @Test
  void nextMediumIsTried() {
    MediumSource blank = Setup.disk(Place.SATA_DISK, new byte[1 << 20], 0);
    Setup setup = setup(false, blank, Setup.disk(Place.CDROM, content(Place.CDROM), 1));
    assertNoErrors(Run.of(setup).run(), number(Place.CDROM));
  }

  /** The same program on every medium: which one boots shows in the drive and in the order. */
  @ParameterizedTest
  @CsvSource({"CDROM, 1, drive e0", "USB_DISK, 2, drive 80"})
  void bootOrderChooses(Place place, int line, String drive) {
    byte[] program = GuestProgram.flat("integrity.c", "0x7c00", BootMedia.ON_DISK);
    byte[] other = BootMedia.disk(program);
    Arrays.fill(other, 512, other.length, (byte) 0xFF);
    MediumSource disk = Setup.disk(Place.SATA_DISK, other, 0);
    List<String> order =
        List.of(
            "/pci@i0cf8/*@13/drive@0/disk@0",
            "/pci@i0cf8/*@13/drive@1/disk@0",
            "/pci@i0cf8/usb@14/storage@1/channel@0/disk@0,0");
    byte[] flash =
        DefaultFlash.build(
                new DefaultFlash.Contents(
                    Optional.of(Setup.seabios()), false, Optional.of(order.get(line)), false))
            .bytes();
    List<MediumSource> media =
        List.of(
            disk,
            Setup.disk(Place.CDROM, content(Place.CDROM), 1),
            Setup.disk(Place.USB_DISK, content(Place.USB_DISK), 2));
    Run run = Run.of(new Setup(flash, media)).cpus(1).run();
    assertNoErrors(run, number(place));
    assertTrue(run.lines().contains("integrity: " + drive), run.story());
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void biosConsoleIsTheSerialPort(boolean hypervisor) {
    byte[] program =
        GuestProgram.flat("integrity.c", "0x7c00", "FIRST=64", "BLOCKS=1024", "BIOS_CONSOLE");
    byte[] flash =
        DefaultFlash.build(
                new DefaultFlash.Contents(
                    Optional.of(Setup.seabios()), hypervisor, Optional.empty(), true))
            .bytes();
    Setup setup = new Setup(flash, List.of(Setup.disk(Place.USB_DISK, BootMedia.disk(program), 0)));
    Run run = Run.of(setup).cpus(1).answer("bios says: type", "ab\r").run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().containsAll(List.of("key 61", "key 62")), run.story());
  }
}
