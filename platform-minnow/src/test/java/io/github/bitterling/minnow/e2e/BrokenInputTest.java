package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.FlashLayout;
import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.minnow.cli.CommandRun;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the command says when images or options are wrong: the documented exit code, a sentence,
 * never a trace.
 */
class BrokenInputTest {
  /** A class name of the JVM's, which is nothing for a user. */
  private static final Pattern JAVA_NAME = Pattern.compile("\\w(Exception|Error)\\b|java\\.");

  @TempDir Path folder;

  private CommandRun boot(Path flash, Object... more) {
    List<Object> all = new ArrayList<>(List.of("boot", "--flash", flash, "--serial", serial()));
    all.addAll(List.of("--max-guest-time", "100ms"));
    all.addAll(Arrays.asList(more));
    return CommandRun.of(all.toArray());
  }

  private Path serial() {
    return folder.resolve("serial.txt");
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static void assertSays(int exitCode, CommandRun run, String... texts) {
    assertEquals(exitCode, run.exitCode(), run.err());
    for (String text : texts) {
      assertTrue(run.err().contains(text), "expected \"" + text + "\" in:\n" + run.err());
    }
    assertFalse(run.err().contains("\tat "), run.err());
    assertFalse(JAVA_NAME.matcher(run.err()).find(), run.err());
    assertFalse(run.err().contains("internal error"), run.err());
  }

  @Test
  void filesOfTheWrongSizeOrKind() throws IOException {
    Path small = file("seven.rom", new byte[7 << 20]);
    assertSays(2, boot(small), small.toString(), "7340032", "8388608");
    Path text =
        file("text.rom", "This is not a flash image.\n".getBytes(StandardCharsets.US_ASCII));
    assertSays(2, boot(text), text.toString(), "27", "8388608");
    Path empty = file("empty.rom", new byte[0]);
    assertSays(2, boot(empty), empty.toString(), "8388608");
    assertSays(2, boot(folder), folder.toString(), "directory");
    Path missing = folder.resolve("missing.rom");
    assertSays(2, boot(missing), missing.toString(), "no such file");
  }

  @Test
  void optionsThatMakeNoSense() throws IOException {
    Path image = file("image.rom", new byte[8 << 20]);
    assertSays(2, boot(image, "--cpus", 9), "--cpus", "1 to 4", "9");
    assertSays(2, boot(image, "--cpus", "many"), "--cpus", "many", "--help");
    assertSays(2, boot(image, "--memory", 3), "--memory", "from 16 MiB");
    assertSays(2, boot(image, "--memory", "lots"), "--memory", "lots");
    assertSays(2, boot(image, "--engine", "x"), "--engine", "x", "jit");
    assertSays(2, boot(image, "--max-wall-time", "never"), "--max-wall-time", "never");
    assertSays(2, boot(image, "--no-such-option"), "--no-such-option", "--help");
    assertSays(
        2, boot(image, "--disk", folder.resolve("missing.img")), "missing.img", "no such file");
    assertSays(2, CommandRun.of("boot", "--seabios", image, "--serial", "none"), "ELF");
  }

  /** The image is readable, so it is run; the firmware notices, as it would on the board. */
  @Test
  void damagedHypervisorIsNoticedByTheFirmware() throws IOException {
    FlashImage good = FlashImageBuilder.withDefaults().build();
    byte[] bytes = good.bytes().clone();
    CbfsFile file = good.file(FlashImageBuilder.PAYLOAD);
    int start = FlashLayout.CBFS_BASE + file.offset() + file.headerSize();
    for (int i = 1000; i < 1016; i++) {
      bytes[start + i] ^= 0x55;
    }
    Path report = folder.resolve("r.json");
    assertSays(
        3,
        boot(file("damaged.rom", bytes), "--report", report),
        "31h",
        "fw: ERROR",
        "fallback/payload");
    assertTrue(
        Files.readString(serial()).contains("fw: ERROR fallback/payload"),
        Files.readString(serial()));
    assertTrue(Files.readString(report).contains("\"debugExit\" : 49"), Files.readString(report));
  }

  @Test
  void missingSeabiosIsNoticedByTheHypervisor() throws IOException {
    Path image = file("none.rom", FlashImageBuilder.withDefaults().build().bytes());
    assertSays(3, boot(image), "14h", "hv: ERROR: CBFS file fallback/realpayload is missing");
  }

  @Test
  void missingHypervisorIsNoticedByTheFirmware() throws IOException {
    FlashImageBuilder builder =
        new FlashImageBuilder()
            .bootblock(FlashImageBuilder.resource("bootblock.bin"))
            .ramstage(FlashImageBuilder.resource("ramstage.elf"));
    assertSays(
        3, boot(file("none.rom", builder.build().bytes())), "31h", "fw: ERROR fallback/payload");
  }

  /**
   * Invalid opcodes lead to vector 6, which is zero, and there zeros are instructions: the board
   * would run on.
   */
  @Test
  void blankImageRunsWithAWarning() throws IOException {
    byte[] blank = new byte[8 << 20];
    Arrays.fill(blank, (byte) 0xFF);
    Path image = file("blank.rom", blank);
    CommandRun run =
        CommandRun.of("boot", "--flash", image, "--serial", "none", "--max-guest-time", "3ms");
    assertSays(6, run, "warning: ", "no flash descriptor", "guest-time-limit");
  }
}
