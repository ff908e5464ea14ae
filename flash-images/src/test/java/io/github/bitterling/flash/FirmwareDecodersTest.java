package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.compress.Compression;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The firmware's own CBFS reader and its LZMA, LZ4 and SHA-256 code, compiled for the host with address and
 * undefined-behaviour checks, read what this library writes.
 */
class FirmwareDecodersTest {
  private static final Path FIRMWARE = Path.of("src/main/guest/firmware");
  private static final int CHANGES = 400;

  @TempDir static Path folder;
  private static Path tool;
  private static Path rom;

  @BeforeAll
  static void compileAndWriteImage() throws IOException, InterruptedException {
    tool = folder.resolve("decoders");
    List<String> command =
        new ArrayList<>(
            List.of("gcc", "-std=gnu11", "-O1", "-g", "-w", "-fno-builtin", "-fsanitize=address,undefined"));
    command.add("-fno-sanitize-recover=all");
    command.add("-I" + FIRMWARE.resolve("common"));
    command.add(FIRMWARE.resolve("test/decoders.c").toString());
    for (String part : List.of("cbfs", "lzma", "lz4", "sha256")) {
      command.add(FIRMWARE.resolve("common/" + part + ".c").toString());
    }
    command.addAll(List.of("-o", tool.toString()));
    Result result = run(command);
    assertEquals(0, result.exit(), result.text());
    rom = folder.resolve("flash.rom");
    SampleImage.builder()
        .file("zeros.lzma", new byte[200_000], Compression.LZMA)
        .file("text.lzma", SampleImage.text(100_000), Compression.LZMA)
        .file("noise.lz4", SampleImage.noise(70_000), Compression.LZ4)
        .file("plain", SampleImage.noise(333), Compression.NONE)
        .build()
        .write(rom);
  }

  private record Result(int exit, byte[] output, String text) {}

  private static Result run(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(command).redirectOutput(output.toFile()).redirectError(errors.toFile()).start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), String.join(" ", command));
    String text = Files.readString(errors, StandardCharsets.ISO_8859_1);
    return new Result(process.exitValue(), Files.readAllBytes(output), text);
  }

  private static byte[] cat(String name) throws IOException, InterruptedException {
    Result result = run(List.of(tool.toString(), "cat", rom.toString(), name));
    assertEquals(0, result.exit(), result.text());
    return result.output();
  }

  /** Noticed, harmless and silent changes. */
  private static int[] damage(String name) throws IOException, InterruptedException {
    Result result =
        run(List.of(tool.toString(), "damage", rom.toString(), name, "1", String.valueOf(CHANGES)));
    assertEquals(0, result.exit(), result.text());
    String[] counts = new String(result.output(), StandardCharsets.US_ASCII).trim().split(" ");
    return new int[] {Integer.parseInt(counts[0]), Integer.parseInt(counts[1]), Integer.parseInt(counts[2])};
  }

  @Test
  void expandsEveryCompressionToTheBytesThatWentIn() throws IOException, InterruptedException {
    assertArrayEquals(new byte[200_000], cat("zeros.lzma"));
    assertArrayEquals(SampleImage.text(100_000), cat("text.lzma"));
    assertArrayEquals(SampleImage.noise(5000), cat("noise"));
    assertArrayEquals(SampleImage.noise(70_000), cat("noise.lz4"));
    assertArrayEquals(SampleImage.text(300_000), cat("long.txt"));
    assertArrayEquals(SampleImage.noise(333), cat("plain"));
  }

  @Test
  void noChangedByteOfLzmaDataGivesOtherContentUnnoticed() throws IOException, InterruptedException {
    for (String name : List.of("text.lzma", "zeros.lzma")) {
      int[] counts = damage(name);
      assertEquals(0, counts[2], name);
      assertTrue(counts[0] > CHANGES / 2, name + ": " + counts[0]);
    }
  }

  @Test
  void changedBytesOfLz4DataNeverLeaveTheOutput() throws IOException, InterruptedException {
    int[] counts = damage("long.txt");
    assertEquals(CHANGES, counts[0] + counts[1] + counts[2]);
    assertTrue(counts[0] > 0);
  }

  @Test
  void missingFileIsAnError() throws IOException, InterruptedException {
    Result missing = run(List.of(tool.toString(), "cat", rom.toString(), "absent"));
    assertEquals(1, missing.exit());
    assertEquals("not in CBFS", missing.text().trim());
  }
}
