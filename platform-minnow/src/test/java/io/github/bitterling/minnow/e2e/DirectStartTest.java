package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.cli.StartFiles;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.Outcome;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Kernels started by the loader in the flash image, and SeaBIOS without the hypervisor. */
class DirectStartTest {
  @TempDir Path folder;

  private Setup setup(byte[] kernel, byte[] initrd, String append, boolean hypervisor)
      throws IOException {
    Path file = Files.write(folder.resolve("kernel"), kernel);
    Optional<Path> disk =
        initrd.length == 0
            ? Optional.empty()
            : Optional.of(Files.write(folder.resolve("initrd"), initrd));
    return new Setup(
        DefaultFlash.loader(hypervisor).bytes(),
        List.of(),
        Optional.of(StartFiles.of(file, disk, append)));
  }

  private static byte[] initrd(int bytes) {
    byte[] contents = new byte[bytes];
    contents[0] = (byte) 0xA1;
    contents[bytes - 1] = (byte) 0xB2;
    return contents;
  }

  private static void assertSaid(Run run, String... lines) {
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    for (String line : lines) {
      assertTrue(run.lines().contains(line), "no line \"" + line + "\" in\n" + run.serial());
    }
  }

  @ParameterizedTest
  @CsvSource({"false, 5000000", "true, 511"})
  void bzImageFindsItsParameters(boolean hypervisor, int bytes) throws IOException {
    byte[] kernel = GuestProgram.flat("bzimage.c", "0xfffc00");
    Run run = Run.of(setup(kernel, initrd(bytes), "one two=3", hypervisor)).memoryMib(512).run();
    assertSaid(
        run,
        "kernel: selectors 180010 base 1000000 entry 1000000 loader ff",
        "kernel: command line one two=3",
        "kernel: initrd bytes " + Integer.toHexString(bytes) + " first a1 last b2 offset in page 0",
        "kernel: ACPI RSD PTR");
    assertTrue(ram(run) >= 490 && ram(run) <= 504, run.serial());
    assertEquals(hypervisor, run.serial().contains("hv: "), run.serial());
  }

  private static int ram(Run run) {
    String line =
        run.lines().stream().filter(l -> l.startsWith("kernel: RAM MiB ")).findFirst().orElse("");
    return Integer.parseInt(line.substring("kernel: RAM MiB ".length()), 16);
  }

  private static byte[] multiboot(String form) {
    return switch (form) {
      case "ELF32" -> GuestProgram.compile("multiboot.c");
      case "ELF64" -> GuestProgram.elf64(GuestProgram.compile("multiboot.c"));
      default -> GuestProgram.flat("multiboot.c", "0x400000", "FLAT=0x400000");
    };
  }

  @ParameterizedTest
  @CsvSource({"ELF32, true", "ELF64, false", "FLAT, false"})
  void multibootFindsItsInformation(String form, boolean hypervisor) throws IOException {
    byte[] kernel = multiboot(form);
    Run run = Run.of(setup(kernel, initrd(700), "hello", hypervisor)).memoryMib(512).run();
    assertSaid(
        run,
        "kernel: magic 2badb002",
        "kernel: command line hello",
        "kernel: modules 1 bytes 2bc first a1 last b2");
    assertTrue(ram(run) >= 490 && ram(run) <= 504, run.serial());
    assertSaid(Run.of(setup(kernel, new byte[0], "", false)).run(), "kernel: modules 0");
  }

  @Test
  void debugPortIsHeardBesideTheSerialPort() throws IOException {
    byte[] kernel = GuestProgram.compile("multiboot.c", "OUTPUT=0xe9");
    assertSaid(
        Run.of(setup(kernel, new byte[0], "debug", false)).run(), "kernel: command line debug");
  }

  @Test
  void multibootRequestsThatNobodyHasAreRefused() throws IOException {
    byte[] kernel = GuestProgram.compile("multiboot.c", "ASKS=8");
    Run run = Run.of(setup(kernel, new byte[0], "", false)).run();
    assertEquals(Outcome.DEBUG_EXIT, run.outcome(), run.story());
    assertTrue(run.serial().contains("asks for what nobody has: flags 0000000b"), run.serial());
  }

  private static byte[] multiboot2(String form) {
    return switch (form) {
      case "ELF32" -> GuestProgram.compile("multiboot2.c");
      case "ELF64" -> GuestProgram.elf64(GuestProgram.compile("multiboot2.c"));
      case "FLAT" -> GuestProgram.flat("multiboot2.c", "0x400000", "FLAT=0x400000");
      default -> GuestProgram.compileAt("0x40000000", "multiboot2.c", "RELOCATABLE");
    };
  }

  @ParameterizedTest
  @CsvSource({
    "ELF32, 100000, 0, false",
    "ELF64, 100000, 0, true",
    "FLAT, 400000, 0, false",
    "MOVED, 200000, c0200000, false"
  })
  void multiboot2FindsItsInformation(String form, String base, String moved, boolean hypervisor)
      throws IOException {
    Setup setup = setup(multiboot2(form), initrd(700), "hello", hypervisor);
    Run run = Run.of(setup).memoryMib(512).run();
    assertSaid(
        run,
        "kernel: magic 36d76289 moved " + moved,
        "kernel: command line hello",
        "kernel: module bytes 2bc first a1 last b2",
        "kernel: ACPI RSD PTR  revision 2",
        "kernel: loaded at " + base,
        "kernel: size as said 1");
    assertTrue(ram(run) >= 490 && ram(run) <= 504, run.serial());
  }

  @Test
  void multiboot2RequestsThatNobodyHasAreRefused() throws IOException {
    byte[] kernel = GuestProgram.compile("multiboot2.c", "ASKS=8");
    Run run = Run.of(setup(kernel, new byte[0], "", false)).run();
    assertEquals(Outcome.DEBUG_EXIT, run.outcome(), run.story());
    assertTrue(run.serial().contains("asks for information of type 8"), run.serial());
    byte[] stuck = GuestProgram.compileAt("0x40000000", "multiboot2.c");
    run = Run.of(setup(stuck, new byte[0], "", false)).memoryMib(512).run();
    assertEquals(Outcome.DEBUG_EXIT, run.outcome(), run.story());
    assertTrue(run.serial().contains("which is not free RAM"), run.serial());
  }

  @Test
  void whatIsNoKernelIsRefusedByTheLoader() throws IOException {
    byte[] text = "no kernel at all".getBytes(StandardCharsets.US_ASCII);
    Run run = Run.of(setup(text, new byte[0], "", false)).run();
    assertEquals(Outcome.DEBUG_EXIT, run.outcome(), run.story());
    assertTrue(run.serial().contains("loader: ERROR the kernel is neither"), run.serial());
  }

  @Test
  void initrdThatDoesNotFitIsRefusedByTheLoader() throws IOException {
    byte[] kernel = GuestProgram.flat("bzimage.c", "0xfffc00");
    Run run = Run.of(setup(kernel, initrd(60 << 20), "", false)).memoryMib(64).run();
    assertEquals(Outcome.DEBUG_EXIT, run.outcome(), run.story());
    assertTrue(
        run.serial().contains("loader: ERROR no room for an initrd of 62914560 bytes"),
        run.serial());
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void seabiosBootsTheDiskOnTheBareBoard(int cpus) {
    byte[] flash = DefaultFlash.build(Optional.of(Setup.seabios()), false).bytes();
    Run run = Run.of(new Setup(flash, List.of(Setup.standardDisk()))).cpus(cpus).run();
    assertSaid(
        run,
        "bootdisk: hello from sector 0",
        "bootdisk: " + cpus + " cores answered",
        "bootdisk: done");
    assertFalse(run.serial().contains("hv: "), run.serial());
    assertEquals(0, run.result().vmExits().size());
  }
}
