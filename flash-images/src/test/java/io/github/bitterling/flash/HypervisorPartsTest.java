package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The hypervisor's coreboot-table and configuration code, compiled for the host with address and
 * undefined-behaviour checks.
 */
class HypervisorPartsTest {
  private static final Path SOURCES = HostProgram.GUEST.resolve("hypervisor");

  @TempDir static Path folder;
  private static HostProgram parts;

  @BeforeAll
  static void compile() throws IOException, InterruptedException {
    parts =
        HostProgram.compile(
            folder,
            List.of(
                /* Packed records of the tables lie at any address, as on the processor they are for. */
                "-fno-sanitize=alignment",
                "-Wno-address-of-packed-member",
                "-I" + SOURCES,
                HostProgram.HARNESSES.resolve("hypervisor/parts.c").toString(),
                SOURCES.resolve("coreboot_table.c").toString(),
                SOURCES.resolve("config.c").toString(),
                SOURCES.resolve("segments.c").toString(),
                HostProgram.common("checksum"),
                HostProgram.common("cbfs"),
                HostProgram.common("lzma"),
                HostProgram.common("lz4"),
                HostProgram.common("sha256")));
  }

  private static List<String> hide(String... ranges) throws IOException, InterruptedException {
    List<String> arguments = new ArrayList<>(List.of("hide"));
    arguments.addAll(List.of(ranges));
    List<String> lines = parts.runWell(arguments.toArray(String[]::new)).lines();
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

  /** SDM volume 3 table 9-1: CS is present, read/write and accessed like the data segments. */
  @Test
  void segmentsAfterInitAreThoseOfTheProcessor() throws IOException, InterruptedException {
    String data = "0 0 ffff 93";
    assertEquals(
        List.of(
            data, "f000 ffff0000 ffff 93", data, data, data, data, "0 0 ffff 82", "0 0 ffff 8b"),
        parts.runWell("segments").lines());
  }

  private static String config(String text) throws IOException, InterruptedException {
    return parts
        .runWell("config", parts.write(text.getBytes(StandardCharsets.US_ASCII)))
        .lines()
        .get(0);
  }

  @Test
  void configurationNamesTheGuestsPayload() throws IOException, InterruptedException {
    assertEquals("payload=img/other ignored=0", config("# a comment\r\npayload=img/other\r\n"));
    assertEquals("payload=default ignored=2", config("payload=\nspeed=11"));
    assertEquals("payload=default ignored=1", config("payload=" + "x".repeat(64)));
    assertEquals("payload=default ignored=0", config(""));
  }
}
