package io.github.bitterling.minnow.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.dram.BoardSkew;
import io.github.bitterling.minnow.dram.DramSetup;
import io.github.bitterling.minnow.fake.BoardFixture;
import io.github.bitterling.minnow.fake.SampleResult;
import io.github.bitterling.minnow.machine.Console;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Machine;
import io.github.bitterling.minnow.machine.MachineConfig;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.RunLimits;
import io.github.bitterling.minnow.spi.FlashPart;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Place;
import io.github.bitterling.minnow.storage.WrittenDisk;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import picocli.CommandLine;

/** The command line around a machine that ends as the test says. */
class BootCommandTest {
  @TempDir Path folder;
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private MachineResult result = SampleResult.of(Outcome.POWER_OFF, "", OptionalInt.empty());
  private RuntimeException failure;
  private MachineConfig built;
  private RunLimits limits;

  private final class FakeMachine implements Machine {
    @Override
    public MachineResult run(RunLimits runLimits, Console console) {
      limits = runLimits;
      if (failure != null) {
        throw failure;
      }
      for (char c : "hello\n".toCharArray()) {
        console.output(c);
      }
      return result;
    }

    @Override
    public void close() {}
  }

  private int run(Object... arguments) {
    String[] texts = Arrays.stream(arguments).map(Object::toString).toArray(String[]::new);
    CommandLine line =
        Main.commandLine(
            () ->
                config -> {
                  built = config;
                  return new FakeMachine();
                });
    line.setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return Main.run(line, texts);
  }

  private int boot(Object... more) throws IOException {
    Object[] all = new Object[more.length + 7];
    Object[] first = {"boot", "--flash", image(), "--disk", disk(1024), "--serial", "none"};
    System.arraycopy(first, 0, all, 0, 7);
    System.arraycopy(more, 0, all, 7, more.length);
    return run(all);
  }

  private Path image() throws IOException {
    byte[] bytes = BoardFixture.pattern();
    System.arraycopy(new byte[] {0x5A, (byte) 0xA5, (byte) 0xF0, 0x0F}, 0, bytes, 16, 4);
    return Files.write(folder.resolve("flash.rom"), bytes);
  }

  private Path disk(int bytes) throws IOException {
    return Files.write(folder.resolve("disk" + bytes + ".img"), new byte[bytes]);
  }

  private void assertRefused(int code, String message) {
    assertEquals(2, code, err.toString());
    assertTrue(err.toString().contains(message), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
  }

  @Test
  void optionsReachTheMachine() throws IOException {
    assertEquals(
        0,
        boot(
            "--cpus",
            2,
            "--cpu",
            "x86-64-v3",
            "--memory",
            "512M",
            "--engine",
            "interpreter",
            "--until",
            "ok",
            "--max-guest-time",
            "500ms",
            "--max-wall-time",
            "2m"),
        err.toString());
    assertEquals(2, built.cpus());
    assertEquals("x86-64-v3", built.cpu());
    assertEquals(512L << 20, built.memoryBytes());
    assertEquals(EngineKind.INTERPRETER, built.engine());
    assertEquals(1, built.media().size());
    assertEquals("ok", limits.until().orElseThrow());
    assertEquals(500_000_000L, limits.guestNanoseconds());
    assertEquals(120_000_000_000L, limits.wallNanoseconds());
  }

  @Test
  void theProcessorIsTheBoardsUnlessAnotherIsNamed() throws IOException {
    assertEquals(0, boot(), err.toString());
    assertEquals("e3845", built.cpu());
  }

  @Test
  void processorModelsAreListed() {
    assertEquals(0, run("boot", "--cpu", "help"));
    assertTrue(out.toString().contains("e3845 "), out.toString());
    assertTrue(out.toString().contains("x86-64-v3 "), out.toString());
    assertNull(built);
  }

  @Test
  void unknownProcessorModelIsRefused() throws IOException {
    assertRefused(
        boot("--cpu", "pentium"),
        "there is no processor model \"pentium\"; expected one of e3845, x86-64-v3, x86-64-full");
  }

  @Test
  void memorySkewsAreAFileOrASeed() throws IOException {
    boot();
    assertEquals(DramSetup.DEFAULT, built.dram());
    boot("--ddr-skew", 7, "--cold-memory");
    assertEquals(new DramSetup(BoardSkew.random(7), true), built.dram());
    assertRefused(boot("--ddr-skew", "no.skew"), "no.skew: there is no such file");
    Path broken = Files.writeString(folder.resolve("broken.skew"), "lane 1");
    assertRefused(boot("--ddr-skew", broken), "broken.skew, line 1: expected all of rcven");
  }

  @Test
  void vmxNotesGoToTheErrorOutput() throws IOException {
    boot("--explain-vmx");
    built.vmxNotes().accept("VMX, core 0: so and so");
    assertTrue(err.toString().contains("VMX, core 0: so and so"));
    boot();
    assertEquals(null, built.vmxNotes());
  }

  @Test
  void vmcsOfTheBootstrapProcessorIsWrittenAndDecoded() throws IOException {
    Path dump = folder.resolve("dump.vmcs");
    boot("--dump-vmcs", dump);
    assertTrue(Files.size(dump) == 4096);
    assertEquals(0, run("vmcs", dump), err.toString());
    assertTrue(
        out.toString().startsWith("VMCS revision 2, clear, last exit: none yet"), out.toString());
  }

  @Test
  void otherFilesAreNoVmcs() throws IOException {
    assertRefused(run("vmcs", disk(1024)), "expected VMCS revision identifier 2");
    assertRefused(run("vmcs", disk(10)), "expected at least");
    assertRefused(run("vmcs", folder.resolve("nowhere")), "cannot be read");
  }

  @ParameterizedTest
  @EnumSource(Outcome.class)
  void exitCodeIsTheOutcomes(Outcome outcome) throws IOException {
    result = SampleResult.of(outcome, "", OptionalInt.empty());
    assertEquals(outcome.exitCode(), boot());
    assertTrue(err.toString().contains(outcome.sentence()));
  }

  @Test
  void documentedExitCodes() {
    assertEquals(3, Outcome.DEBUG_EXIT.exitCode());
    assertEquals(4, Outcome.RESET_LOOP.exitCode());
    assertEquals(5, Outcome.VM_ENTRY_FAILED.exitCode());
    assertEquals(6, Outcome.GUEST_TIME_LIMIT.exitCode());
    assertEquals(7, Outcome.WALL_TIME_LIMIT.exitCode());
    assertEquals(70, Outcome.INTERNAL_ERROR.exitCode());
  }

  @Test
  void reportFlashAndSerialFilesAreWritten() throws IOException {
    Path json = folder.resolve("r.json");
    Path saved = folder.resolve("saved.rom");
    Path serial = folder.resolve("serial.txt");
    assertEquals(
        0,
        run(
            "boot",
            "--flash",
            image(),
            "--disk",
            disk(512),
            "--report",
            json,
            "--save-flash",
            saved,
            "--serial",
            serial),
        err.toString());
    assertEquals(FlashPart.SIZE, Files.size(saved));
    assertEquals("hello\n", Files.readString(serial));
    Path page = folder.resolve("r.html");
    assertEquals(0, run("report", json, "--html", page), err.toString());
    assertTrue(out.toString().contains("SeaBIOS banner"));
    assertTrue(Files.readString(page).contains("VM exits: 437"));
    out.getBuffer().setLength(0);
    assertEquals(0, run("report", json, "-c", "-t"), err.toString());
    String start = "fw: hello\n\n1 entries total:\n\n   0:1st timestamp ";
    assertTrue(out.toString().startsWith(start), out.toString());
  }

  @Test
  void sevenMebibytesAreRefused() throws IOException {
    Path file = Files.write(folder.resolve("short.rom"), new byte[7 << 20]);
    assertRefused(run("boot", "--flash", file), "7340032 bytes");
  }

  @Test
  void emptyFileTextFileAndDirectoryAreRefused() throws IOException {
    assertRefused(run("boot", "--flash", Files.createFile(folder.resolve("empty"))), "0 bytes");
    assertRefused(
        run("boot", "--flash", Files.writeString(folder.resolve("t.txt"), "text")), "4 bytes");
    assertRefused(run("boot", "--flash", folder), "a directory");
    assertRefused(run("boot", "--flash", folder.resolve("absent")), "no such file");
  }

  @Test
  void noiseIsRunWithAWarning() throws IOException {
    byte[] noise = new byte[FlashPart.SIZE];
    new Random(1).nextBytes(noise);
    Path file = Files.write(folder.resolve("noise.rom"), noise);
    assertEquals(
        0, run("boot", "--flash", file, "--disk", disk(512), "--serial", "none"), err.toString());
    assertTrue(err.toString().contains("warning: "), err.toString());
    assertArrayEquals(noise, built.flash());
  }

  @Test
  void badDisksAreRefused() throws IOException {
    assertRefused(run("boot", "--flash", image(), "--disk", folder), "directory");
    assertRefused(run("boot", "--flash", image(), "--disk", disk(0)), "empty");
    assertRefused(run("boot", "--flash", image(), "--disk", folder.resolve("x")), "no such file");
    Path d = disk(512);
    assertRefused(
        run("boot", "--flash", image(), "--disk", d, "--disk", d, "--disk", d), "2 SATA ports");
  }

  @Test
  void unevenDiskIsPaddedWithANote() throws IOException {
    assertEquals(
        0,
        run("boot", "--flash", image(), "--disk", disk(1000), "--serial", "none"),
        err.toString());
    assertTrue(err.toString().contains("padded with 24 zero bytes"), err.toString());
    assertEquals(2, built.media().get(0).open().disk().sectors());
  }

  @Test
  void wrongOptionsAreUsageErrors() throws IOException {
    assertRefused(boot("--cpus", 5), "from 1 to 4, found 5");
    assertRefused(boot("--memory", "3T"), "a size such as 2G");
    assertRefused(boot("--memory", "1M"), "from 16 MiB");
    assertRefused(boot("--max-guest-time", "soon"), "a time such as 30s");
    assertRefused(boot("--engine", "magic"), "magic");
    assertRefused(boot("--seabios", "x.elf"), "--seabios");
    assertRefused(boot("--report", folder.resolve("no/such/r.json")), "no folder");
    assertRefused(run("bot"), "Try: bitterling --help");
    assertRefused(run("report", image()), "no report");
  }

  private FlashImage flash() {
    return FlashImage.of(built.flash());
  }

  private Path elf() throws IOException {
    byte[] loader = FlashImageBuilder.resource("loader.elf");
    return Files.write(folder.resolve("bios.elf"), loader);
  }

  @Test
  void hypervisorOffPutsSeabiosInItsPlace() throws IOException {
    assertEquals(
        0,
        run("boot", "--seabios", elf(), "--hypervisor", "off", "--serial", "none"),
        err.toString());
    assertTrue(flash().cbfs().find(FlashImageBuilder.PAYLOAD).isPresent());
    assertTrue(flash().cbfs().find(FlashImageBuilder.REAL_PAYLOAD).isEmpty());
    assertEquals(
        0,
        run("boot", "--seabios", elf(), "--hypervisor", "on", "--serial", "none"),
        err.toString());
    assertTrue(flash().cbfs().find(FlashImageBuilder.REAL_PAYLOAD).isPresent());
  }

  @Test
  void mediaGoWhereTheirOptionsSay() throws IOException {
    Path iso = disk(4096);
    assertEquals(0, boot("--cdrom", iso), err.toString());
    assertEquals(
        List.of(Place.SATA_DISK, Place.CDROM),
        built.media().stream().map(MediumSource::place).toList());
    assertEquals(8, built.media().get(1).open().disk().sectors());
    assertEquals(
        0, run("boot", "--flash", image(), "--cdrom", iso, "--serial", "none"), err.toString());
    assertEquals(1, built.media().size(), "no built-in disk where a medium is named");
  }

  private String file(String name) {
    return new String(flash().file(name).contents(), StandardCharsets.ISO_8859_1);
  }

  private int builtIn(Object... more) throws IOException {
    Object[] all = new Object[more.length + 5];
    Object[] first = {"boot", "--seabios", elf(), "--serial", "none"};
    System.arraycopy(first, 0, all, 0, 5);
    System.arraycopy(more, 0, all, 5, more.length);
    return run(all);
  }

  @Test
  void bootOrderNamesTheMedia() throws IOException {
    String sata = "/pci@i0cf8/*@13/drive@%d/disk@0\n";
    String usb = "/pci@i0cf8/usb@14/storage@1/channel@0/disk@0,0\n";
    Path iso = disk(4096);
    Path stick = disk(2048);
    Object[] media = {"--disk", disk(1024), "--cdrom", iso, "--usb-disk", stick, "--boot", ""};
    media[7] = "u,d";
    assertEquals(0, builtIn(media), err.toString());
    assertEquals(usb + sata.formatted(1) + sata.formatted(0), file("bootorder"));
    media[7] = "d";
    assertEquals(0, builtIn(media), err.toString());
    assertEquals(sata.formatted(1) + sata.formatted(0) + usb, file("bootorder"));
    assertEquals(0, builtIn(), err.toString());
    assertTrue(file("bootorder").startsWith(sata.formatted(0) + sata.formatted(1) + usb));
    assertRefused(builtIn("--boot", "c,x"), "expected c (disk), d (CD-ROM) and u (memory stick)");
    assertRefused(builtIn("--boot", "c,d"), "no medium of kind d");
    assertRefused(builtIn("--boot", "c,c"), "c is there twice");
    assertRefused(boot("--boot", "c"), "--flash already holds");
  }

  @Test
  void biosConsoleIsThereWhereAMediumIsNamed() throws IOException {
    assertEquals(0, builtIn(), err.toString());
    assertTrue(flash().cbfs().find("etc/sercon-port").isEmpty());
    assertEquals(0, builtIn("--disk", disk(512)), err.toString());
    assertTrue(flash().cbfs().find("etc/sercon-port").isPresent());
    assertEquals(0, builtIn("--disk", disk(512), "--bios-console", "off"), err.toString());
    assertTrue(flash().cbfs().find("etc/sercon-port").isEmpty());
  }

  @Test
  void anotherPayloadTakesTheBiosPlace() throws IOException {
    Path elf = elf();
    assertEquals(0, run("boot", "--payload", elf, "--serial", "none"), err.toString());
    assertTrue(flash().cbfs().find(FlashImageBuilder.REAL_PAYLOAD).isPresent());
    assertTrue(flash().cbfs().find("etc/sercon-port").isEmpty());
    assertRefused(run("boot", "--payload", elf, "--seabios", elf), "are SeaBIOS'");
    assertRefused(run("boot", "--payload", elf, "--boot", "c"), "are SeaBIOS'");
    assertRefused(run("boot", "--payload", folder.resolve("none")), "no such file");
    assertRefused(boot("--payload", elf), "--flash already holds");
  }

  @Test
  void imagesAreWrittenOnlyWhenAsked() throws IOException {
    byte[] ones = new byte[Disk.SECTOR];
    Arrays.fill(ones, (byte) 1);
    for (String option : new String[] {"--quiet", "--write"}) {
      boot(option);
      try (Disk disk = built.media().getFirst().open().disk()) {
        disk.write(1, 1, ones, 0);
      }
      byte[] file = Files.readAllBytes(folder.resolve("disk1024.img"));
      assertEquals(1024, file.length);
      assertEquals(option.equals("--write") ? 1 : 0, file[512], option);
      assertEquals(0, file[511]);
    }
  }

  @Test
  void coresThatRunAtOnceCannotBeComparedInLockstep() throws IOException {
    assertRefused(
        boot("--parallel", "--engine", "lockstep"), "--parallel and --engine lockstep exclude");
    assertEquals(0, boot("--parallel", "--engine", "interpreter"), err.toString());
    assertTrue(built.parallel());
    assertEquals(0, boot(), err.toString());
    assertFalse(built.parallel(), "never without being asked for");
  }

  @Test
  void mediaThatDoNotFitAreRefused() throws IOException {
    Path d = disk(1024);
    assertRefused(boot("--cdrom", folder), "--cdrom " + folder + ": it is a directory");
    assertRefused(boot("--cdrom", d), "the same file is given by --disk");
    Path link = Files.createLink(folder.resolve("link.img"), d);
    assertRefused(boot("--cdrom", link), "the same file is given by --disk");
    assertRefused(boot("--cdrom", disk(2048), "--cdrom", disk(4096)), "2 SATA ports");
    assertRefused(boot("--write", "--engine", "lockstep"), "--write and --engine lockstep");
    assertRefused(run("boot", "--flash", image(), "--write"), "--write needs an image");
    assertRefused(
        run("boot", "--flash", image(), "--write", "--disk", disk(1000)), "no multiple of 512");
    try (WrittenDisk used = WrittenDisk.open(d, 0)) {
      assertEquals(2, used.sectors());
      assertRefused(boot("--write"), "already open for writing");
    }
  }

  @Test
  void kernelInitrdAndCommandLineGoToTheLoader() throws IOException {
    byte[] contents = new byte[1000];
    new Random(7).nextBytes(contents);
    Path kernel = Files.write(folder.resolve("kernel"), contents);
    Path initrd = Files.write(folder.resolve("initrd"), new byte[] {1, 2, 3});
    assertEquals(
        0,
        run(
            "boot",
            "--kernel",
            kernel,
            "--initrd",
            initrd,
            "--append",
            "quiet",
            "--disk",
            disk(512),
            "--serial",
            "none"),
        err.toString());
    assertTrue(
        flash().cbfs().find(FlashImageBuilder.REAL_PAYLOAD).isEmpty(), "no hypervisor by default");
    assertEquals(1, built.media().size());
    byte[] all = built.startFiles().orElseThrow();
    assertEquals("BTLSTART", new String(all, 0, 8, StandardCharsets.US_ASCII));
    ByteBuffer directory = ByteBuffer.wrap(all).order(ByteOrder.LITTLE_ENDIAN);
    assertEquals(3, directory.getInt(12));
    byte[][] expected = {contents, {1, 2, 3}, "quiet".getBytes(StandardCharsets.US_ASCII)};
    for (int i = 0; i < 3; i++) {
      assertEquals(i + 1, directory.getInt(32 * (i + 1)));
      int at = (int) directory.getLong(32 * (i + 1) + 8) * Disk.SECTOR;
      int length = (int) directory.getLong(32 * (i + 1) + 16);
      assertArrayEquals(expected[i], Arrays.copyOfRange(all, at, at + length));
    }
  }

  @Test
  void kernelOptionsThatDoNotFitAreRefused() throws IOException {
    Path kernel = Files.write(folder.resolve("kernel"), new byte[10]);
    assertRefused(run("boot", "--kernel", folder), "directory");
    assertRefused(run("boot", "--kernel", folder.resolve("none")), "no such file");
    assertRefused(run("boot", "--kernel", disk(0)), "empty");
    assertRefused(run("boot", "--initrd", kernel), "give one with --kernel");
    assertRefused(
        run("boot", "--kernel", kernel, "--seabios", kernel), "--kernel starts without SeaBIOS");
    assertRefused(run("boot", "--kernel", kernel, "--flash", image()), "--flash already holds");
  }

  @Test
  void internalErrorsSayWhereToReportAndKeepTheTraceInAFile() throws IOException {
    failure = new IllegalStateException("boom");
    assertEquals(70, boot());
    assertTrue(err.toString().contains("issue tracker"), err.toString());
    assertFalse(err.toString().contains("\tat "), err.toString());
    String trace = err.toString().replaceAll("(?s).*The trace is in (\\S+);.*", "$1");
    assertTrue(Files.readString(Path.of(trace)).contains("boom"));
    Files.delete(Path.of(trace));
    assertEquals(70, boot("--verbose"));
    assertTrue(err.toString().contains("\tat "), err.toString());
  }

  @Test
  void helpNamesTheExitCodes() {
    assertEquals(0, run("boot", "--help"));
    assertTrue(out.toString().contains("70  internal error"));
    assertEquals(0, run("--help"));
    assertEquals(0, run("--version"));
    assertTrue(out.toString().contains("java 25"));
  }
}
