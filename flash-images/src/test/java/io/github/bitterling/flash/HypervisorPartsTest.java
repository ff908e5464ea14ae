package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.hypervisor.HypervisorConfig;
import io.github.bitterling.flash.hypervisor.Range;
import io.github.bitterling.flash.hypervisor.VmConfig;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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
                SOURCES.resolve("config_value.c").toString(),
                SOURCES.resolve("mmio.c").toString(),
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

  private static List<String> config(String text) throws IOException, InterruptedException {
    return parts.runWell("config", parts.write(text.getBytes(StandardCharsets.US_ASCII))).lines();
  }

  /** A virtual machine as the hypervisor's parser prints it. */
  private static String print(VmConfig vm) {
    int cores = vm.cores().stream().mapToInt(core -> 1 << core).sum();
    return String.format(
        "%s %s %x %x ports%s mmio%s",
        vm.name(), vm.payload(), cores, vm.memory(), print(vm.ports()), print(vm.mmio()));
  }

  private static String print(List<Range> ranges) {
    return ranges.stream()
        .map(range -> String.format(" %x-%x", range.first(), range.last()))
        .collect(Collectors.joining());
  }

  private static final String TWO_CELLS =
      """
      # a comment
      payload = img/other
      restart=vm
      console=hypervisor\r
      [vm rtos]
      cores=3
        memory=4M
      payload=img/rtos
      ports=60-64, 70,3f8 - 3FF
      mmio=FED00000-FED00FFF

      [vm second]
      cores=1, 2
      memory=1g
      payload=img/second
      restart=never
      violation=ignore""";

  @ParameterizedTest
  @ValueSource(strings = {"", "payload=img/other\n", TWO_CELLS})
  void hypervisorReadsItsConfigurationAsTheImageBuilderDoes(String text)
      throws IOException, InterruptedException {
    List<String> expected = new ArrayList<>();
    HypervisorConfig.parse(text, "test").vms().forEach(vm -> expected.add(print(vm)));
    expected.add("errors 0 lines 0");
    assertEquals(expected, config(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "payload=",
        "speed=11",
        "nonsense",
        "payload=xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
        "cores=1",
        "restart=never",
        "console=mine",
        "violation=stop",
        "restart=vm\nrestart=board",
        "[vm ]",
        "[vm primary]\ncores=1\nmemory=2M\npayload=x",
        "[vm a-name-of-16-byt]\ncores=1\nmemory=2M\npayload=x",
        "[vm a]\ncores=1\nmemory=2M",
        "[vm a]\nmemory=2M\npayload=x",
        "[vm a]\ncores=1\npayload=x",
        "[vm a]\ncores=0,1\nmemory=2M\npayload=x",
        "[vm a]\ncores=1,1\nmemory=2M\npayload=x",
        "[vm a]\ncores=32\nmemory=2M\npayload=x",
        "[vm a]\ncores=\nmemory=2M\npayload=x",
        "[vm a]\ncores=1\nmemory=3M\npayload=x",
        "[vm a]\ncores=1\nmemory=4G\npayload=x",
        "[vm a]\ncores=1\nmemory=M\npayload=x",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\nports=64-60",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\nports=10000",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\nports=1,2,3,4,5,6,7,8,9",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\nmmio=FED00000",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\nrestart=board",
        "[vm a]\ncores=1\nmemory=2M\ncores=2\npayload=x",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\n[vm b]\ncores=1\nmemory=2M\npayload=y",
        "[vm a]\ncores=1\nmemory=2M\npayload=x\nports=60-64\n[vm b]\ncores=2\nmemory=2M\npayload=y\nports=64"
      })
  void bothRefuseTheSameMistakes(String text) throws IOException, InterruptedException {
    FlashImageException e =
        assertThrows(FlashImageException.class, () -> HypervisorConfig.parse(text, "test"));
    assertTrue(e.getMessage().startsWith("test line "), e.getMessage());
    assertFalse(config(text).getLast().startsWith("errors 0 "), text);
  }

  @ParameterizedTest
  @CsvSource({
    "32, 8910, 'write register 2 0 2'",
    "32, A3B000E0FE, 'write register 0 0 5'",
    "32, A1B000E0FE, 'read register 0 0 5'",
    "32, 8B0D30E0E0FE, 'read register 1 0 6'",
    "32, C705B000E0FE12000000, 'write constant 0 12 10'",
    "32, C74424081234, unknown",
    "32, C7442408F0010000, 'write constant 0 1f0 8'",
    "64, 448B2425B000E0FE, 'read register 12 0 8'",
    "64, 4889842480000000, unknown",
    "64, A3B000E0FE00000000, 'write register 0 0 9'",
    "16, 66678910, 'write register 2 0 4'",
    "16, 668907, 'write register 0 0 3'",
    "16, 8907, unknown",
    "32, 89C0, unknown",
    "32, 0FB600, unknown",
    "32, 8B, unknown",
  })
  void movesToAndFromRegistersInMemoryAreUnderstood(String bits, String code, String expected)
      throws IOException, InterruptedException {
    assertEquals(List.of(expected), parts.runWell("mmio", bits, code).lines());
  }
}
