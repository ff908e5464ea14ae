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
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The hypervisor's decompression, coreboot-table and configuration code, compiled for the host with
 * address and undefined-behaviour checks.
 */
class HypervisorPartsTest {
  private static final Path SOURCES = Path.of("src/main/guest/hypervisor");
  private static final Path HARNESS = Path.of("src/test/guest/hypervisor/parts.c");
  private static final int CHANGES = 400;

  @TempDir static Path folder;
  private static Path tool;

  private record Result(int exit, byte[] output, String errors) {
    List<String> lines() {
      return new String(output, StandardCharsets.US_ASCII).lines().toList();
    }
  }

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    tool = folder.resolve("parts");
    List<String> command =
        new ArrayList<>(
            List.of("gcc", "-std=gnu17", "-O1", "-g", "-Wall", "-Wextra", "-Werror"));
    command.addAll(List.of("-fsanitize=address,undefined", "-fno-sanitize-recover=all"));
    /* Packed records of the tables lie at any address, as on the processor they are written for. */
    command.addAll(List.of("-fno-sanitize=alignment", "-Wno-address-of-packed-member"));
    command.add("-I" + SOURCES);
    command.add(HARNESS.toString());
    for (String part : List.of("lzma", "lz4", "coreboot_table", "config")) {
      command.add(SOURCES.resolve(part + ".c").toString());
    }
    command.addAll(List.of("-o", tool.toString()));
    Result result = run(command);
    assertEquals(0, result.exit(), result.errors());
  }

  private static Result run(List<String> command) throws IOException, InterruptedException {
    Path output = folder.resolve("output");
    Path errors = folder.resolve("errors");
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(errors.toFile())
            .start();
    assertTrue(process.waitFor(120, TimeUnit.SECONDS), String.join(" ", command));
    return new Result(
        process.exitValue(),
        Files.readAllBytes(output),
        Files.readString(errors, StandardCharsets.ISO_8859_1));
  }

  private static Result parts(String... arguments) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(tool.toString()));
    command.addAll(List.of(arguments));
    return run(command);
  }

  private static String write(byte[] bytes) throws IOException {
    return Files.write(folder.resolve("input"), bytes).toString();
  }

  private static String kind(Compression compression) {
    return compression == Compression.LZMA ? "lzma" : "lz4";
  }

  private static void roundTrip(Compression compression, byte[] content)
      throws IOException, InterruptedException {
    String packed = write(compression.compress(content));
    Result result =
        parts("unpack", kind(compression), packed, String.valueOf(content.length));
    assertEquals(0, result.exit(), result.errors());
    assertArrayEquals(content, result.output());
    Result tight =
        parts("unpack", kind(compression), packed, String.valueOf(content.length - 1));
    assertEquals(1, tight.exit(), tight.errors());
  }

  @Test
  void unpacksWhatTheImageLibraryPacked() throws IOException, InterruptedException {
    for (Compression compression : List.of(Compression.LZMA, Compression.LZ4)) {
      roundTrip(compression, new byte[100_000]);
      roundTrip(compression, SampleImage.text(150_000));
      roundTrip(compression, SampleImage.noise(70_000));
      roundTrip(compression, new byte[] {1});
    }
  }

  @Test
  void truncatedStreamsAreRefused() throws IOException, InterruptedException {
    for (Compression compression : List.of(Compression.LZMA, Compression.LZ4)) {
      byte[] packed = compression.compress(SampleImage.text(20_000));
      for (int length : new int[] {0, 3, 12, packed.length / 2, packed.length - 5}) {
        String file = write(Arrays.copyOf(packed, length));
        Result result = parts("unpack", kind(compression), file, "20000");
        assertEquals(1, result.exit(), kind(compression) + " " + length + result.errors());
      }
    }
  }

  @Test
  void damagedLzmaIsNeverTakenForGood() throws IOException, InterruptedException {
    String packed = write(Compression.LZMA.compress(SampleImage.text(20_000)));
    String[] counts =
        parts("damage", "lzma", packed, "20000", String.valueOf(CHANGES)).lines().get(0).split(" ");
    assertEquals(0, Integer.parseInt(counts[2]));
    assertTrue(Integer.parseInt(counts[0]) > CHANGES / 2, counts[0]);
  }

  @Test
  void damagedLz4StaysInItsRoom() throws IOException, InterruptedException {
    String packed = write(Compression.LZ4.compress(SampleImage.text(20_000)));
    Result result = parts("damage", "lz4", packed, "20000", String.valueOf(CHANGES));
    assertEquals(0, result.exit(), result.errors());
  }

  private static List<String> hide(String... ranges) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("hide"));
    arguments.addAll(List.of(ranges));
    Result result = parts(arguments.toArray(String[]::new));
    assertEquals(0, result.exit(), result.errors());
    List<String> lines = result.lines();
    assertEquals(
        List.of("anchor 00000000 17", "forward 101f0000", "checksums good"), lines.subList(0, 3));
    assertEquals("next record 77 cafe", lines.get(lines.size() - 1));
    return lines.subList(3, lines.size() - 1);
  }

  @Test
  void hiddenBlockSplitsItsRamRangeInFour() throws IOException, InterruptedException {
    assertEquals(
        List.of(
            "0 1000 16",
            "100000 100f0000 1",
            "101f0000 10000 16",
            "10200000 200000 2",
            "10400000 fc00000 1",
            "100000000 40000000 1"),
        hide("0:1000:16", "100000:1FF00000:1", "100000000:40000000:1"));
  }

  @Test
  void hiddenBlockAtTheEndOfItsRangeLeavesNoEmptyRange() throws IOException, InterruptedException {
    assertEquals(
        List.of(
            "100000 100f0000 1", "101f0000 10000 16", "10200000 200000 2", "10400000 100000 16"),
        hide("100000:10300000:1", "10400000:100000:16"));
  }

  private static String config(String text) throws IOException, InterruptedException {
    return parts("config", write(text.getBytes(StandardCharsets.US_ASCII))).lines().get(0);
  }

  @Test
  void configurationNamesTheGuestsPayload() throws IOException, InterruptedException {
    assertEquals("payload=img/other ignored=0", config("# a comment\r\npayload=img/other\r\n"));
    assertEquals("payload=default ignored=2", config("payload=\nspeed=11"));
    assertEquals("payload=default ignored=1", config("payload=" + "x".repeat(64)));
    assertEquals("payload=default ignored=0", config(""));
  }
}
