package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import io.github.bitterling.minnow.cli.CommandRun;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.e2e.GuestProgram.Place;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Disk;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The command as a user has it: a process of its own, its files, its report. */
@ExtendWith(SharedBoot.class)
class CommandTest {
  private static final Path LAUNCHER = Path.of("../bitterling");
  private static final List<String> REPORT_KEYS =
      List.of(
          "outcome",
          "exitCode",
          "wallSeconds",
          "guestSeconds",
          "guestInstructions",
          "vmExits",
          "milestones",
          "translation",
          "peakRssBytes",
          "versions",
          "imageSha256");

  @TempDir Path folder;

  /** A finished process. */
  private record Ended(int exitCode, String out, String err) {}

  private static List<String> javaCommand(Object... arguments) {
    List<String> command =
        new ArrayList<>(List.of(ProcessHandle.current().info().command().orElse("java")));
    command.addAll(List.of("-Xmx1g", "-XX:+UseSerialGC", "--sun-misc-unsafe-memory-access=allow"));
    command.add("--enable-native-access=ALL-UNNAMED");
    command.add("-Dbitterling.seabios=" + Setup.seabios());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add("io.github.bitterling.minnow.cli.Main");
    Arrays.stream(arguments).map(Object::toString).forEach(command::add);
    return command;
  }

  private Ended java(Object... arguments) throws IOException, InterruptedException {
    return process(javaCommand(arguments));
  }

  private Ended process(List<String> command) throws IOException, InterruptedException {
    File out = folder.resolve("out.txt").toFile();
    File err = folder.resolve("err.txt").toFile();
    ProcessBuilder builder = new ProcessBuilder(command).redirectOutput(out).redirectError(err);
    Process process = builder.redirectInput(new File("/dev/null")).start();
    assertTrue(process.waitFor(10, TimeUnit.MINUTES), String.join(" ", command));
    return new Ended(process.exitValue(), text(out), text(err));
  }

  private static String text(File file) throws IOException {
    return Files.readString(file.toPath(), StandardCharsets.ISO_8859_1);
  }

  /**
   * Serial text on standard output, byte for byte that of the machine in this JVM; the summary on
   * standard error.
   */
  @Test
  void standardBootInAProcessOfItsOwn(Run boot) throws IOException, InterruptedException {
    Path report = folder.resolve("r.json");
    Ended ended = java("boot", "--report", report);
    assertEquals(0, ended.exitCode(), ended.err());
    assertEquals(boot.serial(), ended.out());
    assertTrue(ended.err().contains("power-off (exit code 0): the guest powered off"), ended.err());
    assertTrue(ended.err().lines().count() < 40, "one screen:\n" + ended.err());
    assertReport(Files.readString(report), boot);
    assertReportIsShown(report);
  }

  private static void assertReport(String json, Run boot) throws IOException {
    Set<String> keys = topLevelKeys(json);
    assertTrue(keys.containsAll(REPORT_KEYS), keys.toString());
    assertTrue(json.contains("\"guestInstructions\" : " + boot.result().guestInstructions()), json);
    for (String milestone : boot.milestones()) {
      assertTrue(json.contains('"' + milestone + '"'), milestone + " is missing in\n" + json);
    }
    boot.result()
        .vmExits()
        .forEach((reason, n) -> assertTrue(json.contains('"' + reason + "\" : " + n), json));
  }

  private static Set<String> topLevelKeys(String json) throws IOException {
    Set<String> keys = new TreeSet<>();
    try (JsonParser parser = new JsonFactory().createParser(json)) {
      assertEquals(JsonToken.START_OBJECT, parser.nextToken());
      while (parser.nextToken() == JsonToken.FIELD_NAME) {
        keys.add(parser.currentName());
        parser.nextToken();
        parser.skipChildren();
      }
    }
    return keys;
  }

  private void assertReportIsShown(Path report) throws IOException {
    Path page = folder.resolve("r.html");
    CommandRun shown = CommandRun.of("report", report, "--html", page);
    assertEquals(0, shown.exitCode(), shown.err());
    for (String text :
        List.of("power-off", "SeaBIOS banner", "boot sector", "CPUID", "core 3 in VMX")) {
      assertTrue(shown.out().contains(text), text + " is missing in\n" + shown.out());
      assertTrue(Files.readString(page).contains(text), text + " is missing in the page");
    }
    String html = Files.readString(page);
    assertTrue(html.contains("<h2>Boot timeline") && html.contains("<h2>VM exits"), html);
    assertFalse(
        html.matches("(?s).*(src|href)\\s*=\\s*[\"']?(https?:)?//.*"),
        "needs nothing from elsewhere");
    assertFalse(
        html.contains("<script src") || html.contains("@import"), "needs nothing from elsewhere");
  }

  @Test
  void launcherStartsTheCommand() throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(List.of("env", "BITTERLING_NO_BUILD=1", LAUNCHER.toString()));
    Path image =
        Files.write(
            folder.resolve("exit.rom"),
            GuestProgram.at(Place.BOARD, "EXIT", "EXIT_VALUE=7").flash());
    command.addAll(List.of("boot", "--flash", image.toString(), "--until", "never"));
    if (!Files.isDirectory(Path.of("target/lib"))) {
      abort("not packaged yet: target/lib is missing, so there is nothing to start");
    }
    Ended ended = process(command);
    assertEquals(3, ended.exitCode(), ended.err());
    assertEquals("guest: hello", ended.out().strip());
    assertTrue(ended.err().contains("value 7h on port F4h"), ended.err());
  }

  @Test
  void programmedFlashIsKeptOnlyWhenAsked() throws IOException {
    byte[] flash = GuestProgram.at(Place.BOARD, "PROGRAM_FLASH").flash();
    Path image = Files.write(folder.resolve("before.rom"), flash);
    Path saved = folder.resolve("after.rom");
    assertEquals(
        0, CommandRun.of("boot", "--flash", image, "--serial", folder.resolve("s")).exitCode());
    assertArrayEquals(flash, Files.readAllBytes(image), "the input is never written");
    CommandRun run =
        CommandRun.of(
            "boot", "--flash", image, "--serial", folder.resolve("s"), "--save-flash", saved);
    assertEquals(0, run.exitCode(), run.err());
    assertArrayEquals(flash, Files.readAllBytes(image), "the input is never written");
    byte[] after = Files.readAllBytes(saved);
    assertEquals("healthy\n", new String(after, 0x20_0020, 8, StandardCharsets.US_ASCII));
    assertEquals(0xFF, after[0x20_0028] & 0xFF);
  }

  /**
   * Killed while the guest reads and writes blocks 64 to 1087: the image stays as it is, or with
   * {@code --write} what was outside of these blocks does, and it boots again.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void killedProcessDoesNotDamageTheImage(boolean write) throws IOException, InterruptedException {
    byte[] program =
        GuestProgram.flat("integrity.c", "0x7c00", "FIRST=64", "BLOCKS=1024", "ROUNDS=100000000");
    byte[] before = BootMedia.disk(program);
    Path image = Files.write(folder.resolve("disk.img"), before);
    List<String> command =
        javaCommand("boot", "--hypervisor", "off", "--cpus", 1, "--disk", image, "--quiet");
    if (write) {
      command.add("--write");
    }
    killAt(command, "integrity: drive 80", write ? image : null);
    byte[] after = Files.readAllBytes(image);
    assertEquals(before.length, after.length);
    int first = 64 * Disk.SECTOR;
    int end = write ? (64 + 1024) * Disk.SECTOR : first;
    assertTrue(Arrays.equals(before, 0, first, after, 0, first), "before the blocks");
    assertTrue(
        Arrays.equals(before, end, before.length, after, end, after.length), "after the blocks");
    Setup again =
        new Setup(
            DefaultFlash.build(Optional.of(Setup.seabios()), false).bytes(),
            List.of(Setup.written(image)));
    Run run = Run.of(again).cpus(1).until("integrity: drive 80").run();
    assertEquals(Outcome.UNTIL_TEXT, run.outcome(), run.story());
  }

  /** Kills the process once it has said this text and, with a file, has changed it. */
  private static void killAt(List<String> command, String text, Path file)
      throws IOException, InterruptedException {
    byte[] before = file == null ? null : Files.readAllBytes(file);
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    try (BufferedReader said = process.inputReader(StandardCharsets.ISO_8859_1)) {
      String line = said.readLine();
      while (line != null && !line.contains(text)) {
        line = said.readLine();
      }
      assertNotNull(line, "ended before it said " + text);
      while (file != null && process.isAlive() && Arrays.equals(before, Files.readAllBytes(file))) {
        Thread.onSpinWait();
      }
      assertTrue(process.isAlive(), "ended before it was killed");
    } finally {
      process.destroyForcibly().waitFor();
    }
  }
}
