package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.cbfs.CbfsType;
import io.github.bitterling.flash.descriptor.FlashRegion;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import io.github.bitterling.flash.fmap.Fmap;
import io.github.bitterling.flash.fmap.FmapArea;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Debian's coreboot-utils and this library read the same image the same way; skipped without the
 * tools.
 */
class CorebootToolsTest {
  @TempDir Path folder;
  private final FlashImage image = SampleImage.image();
  private Path rom;

  @BeforeEach
  void writeImage() {
    rom = folder.resolve("flash.rom");
    image.write(rom);
  }

  private String run(String... command) throws IOException, InterruptedException {
    assumeTrue(isInstalled(command[0]), command[0] + " is missing: apt-get install coreboot-utils");
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    assertTrue(process.waitFor(60, TimeUnit.SECONDS), String.join(" ", command));
    String output = Files.readString(log, StandardCharsets.ISO_8859_1);
    assertEquals(0, process.exitValue(), output);
    return output;
  }

  private static boolean isInstalled(String tool) {
    for (String each : (System.getenv("PATH") + ":/usr/sbin").split(":")) {
      if (Files.isExecutable(Path.of(each, tool))) {
        return true;
      }
    }
    return false;
  }

  @Test
  void cbfstoolListsTheSameFiles() throws Exception {
    List<String> expected = new ArrayList<>();
    for (CbfsFile file : image.cbfs().files()) {
      String name = file.name().isEmpty() ? "(empty)" : file.name();
      expected.add(
          String.join(
              "\t",
              name,
              "0x" + Integer.toHexString(file.offset()),
              file.typeLabel(),
              "0x" + Integer.toHexString(file.headerSize()),
              "0x" + Integer.toHexString(file.data().length()),
              "0x" + Integer.toHexString(file.headerSize() + file.data().length())));
    }
    String output = run("cbfstool", rom.toString(), "print", "-r", "COREBOOT", "-k");
    assertEquals(expected, output.lines().skip(1).toList());
  }

  @Test
  void cbfstoolFindsEveryHashValid() throws Exception {
    String output = run("cbfstool", rom.toString(), "print", "-r", "COREBOOT", "-v");
    long hashes = image.cbfs().files().stream().filter(f -> f.sha256().isPresent()).count();
    assertEquals(
        hashes, output.lines().filter(l -> l.matches(".*SHA256:.* valid")).count(), output);
    assertTrue(output.contains("entry: 0x100040, load: 0x100000"), output);
  }

  @Test
  void cbfstoolExtractsTheSameBytes() throws Exception {
    for (CbfsFile file : image.cbfs().files()) {
      if (!file.isEmpty()) {
        compareStored(file);
        compareExtracted(file);
      }
    }
  }

  private void compareStored(CbfsFile file) throws Exception {
    Path target = folder.resolve("stored");
    run("cbfstool", rom.toString(), "extract", "-U", "-n", file.name(), "-f", target.toString());
    assertArrayEquals(file.data().copy(), Files.readAllBytes(target), file.name());
  }

  private void compareExtracted(CbfsFile file) throws Exception {
    Path target = folder.resolve("extracted");
    run(
        "cbfstool",
        rom.toString(),
        "extract",
        "-m",
        "x86",
        "-n",
        file.name(),
        "-f",
        target.toString());
    byte[] extracted = Files.readAllBytes(target);
    if (file.type() == CbfsType.PAYLOAD.id() || file.type() == CbfsType.STAGE.id()) {
      compareProgram(ElfFile.read(file.export(), "ours"), ElfFile.read(extracted, "cbfstool's"));
    } else {
      assertArrayEquals(file.contents(), extracted, file.name());
    }
  }

  /**
   * Same entry and same bytes at the same addresses; cbfstool may put zeroes into segments of their
   * own.
   */
  private static void compareProgram(ElfFile ours, ElfFile theirs) {
    assertEquals(ours.entry(), theirs.entry());
    for (ElfSegment each : ours.segments()) {
      if (each.data().length > 0) {
        ElfSegment same =
            theirs.segments().stream()
                .filter(s -> s.physicalAddress() == each.physicalAddress())
                .findFirst()
                .orElseThrow();
        assertArrayEquals(each.data(), same.data());
      }
    }
  }

  @Test
  void cbfstoolSeesTheSameAreas() throws Exception {
    String output = run("cbfstool", rom.toString(), "layout", "-w");
    for (FmapArea area : image.fmap().areas()) {
      String expected = String.format("size %d, offset %d)", area.size(), area.offset());
      assertTrue(
          output.lines().anyMatch(l -> l.contains("'" + area.name() + "'") && l.contains(expected)),
          area + " in\n" + output);
    }
  }

  @Test
  void fmaptoolWritesTheMapThisLibraryReads() throws Exception {
    Path source = folder.resolve("layout.fmd");
    Files.writeString(
        source,
        """
        FLASH@0xff800000 8M {
          SI_DESC@0 4K
          SI_BIOS@0x400000 4M {
            FMAP@0 0x1000
            RW_MRC_CACHE@0x1000 64K
            COREBOOT(CBFS)@0x11000 0x3ef000
          }
        }
        """);
    Path compiled = folder.resolve("layout.fmap");
    run("fmaptool", source.toString(), compiled.toString());
    byte[] flash = image.bytes();
    byte[] map = Files.readAllBytes(compiled);
    System.arraycopy(map, 0, flash, FlashLayout.FMAP_BASE, map.length);
    Fmap theirs = FlashImage.of(flash).fmap();
    Fmap ours = image.fmap();
    assertEquals(ours.base(), theirs.base());
    assertEquals(ours.size(), theirs.size());
    for (FmapArea area : theirs.areas()) {
      FmapArea same = ours.find(area.name()).orElseThrow();
      assertEquals(same.offset(), area.offset());
      assertEquals(same.size(), area.size());
    }
  }

  /**
   * The other way round: an image that cbfstool made, with an attribute order and free space of its
   * own.
   */
  @Test
  void anImageMadeByCbfstoolIsRead() throws Exception {
    Path map = folder.resolve("made.fmap");
    Path source =
        Files.writeString(
            folder.resolve("made.fmd"),
            "FLASH@0xff800000 8M { BIOS@4M 4M { FMAP@0 4K COREBOOT(CBFS)@4K 0x3ff000 } }");
    run("fmaptool", source.toString(), map.toString());
    String made = folder.resolve("made.rom").toString();
    run("cbfstool", made, "create", "-M", map.toString());
    Path text = Files.write(folder.resolve("text"), SampleImage.text(40_000));
    Path elf = Files.write(folder.resolve("elf"), SampleImage.payload().toBytes());
    for (String kind : List.of("none", "lzma", "lz4")) {
      run("cbfstool", made, "add", "-f", text.toString(), "-n", kind, "-t", "raw", "-c", kind);
    }
    run("cbfstool", made, "add-payload", "-f", elf.toString(), "-n", "payload", "-c", "lzma");
    run("cbfstool", made, "add-stage", "-f", elf.toString(), "-n", "stage", "-A", "sha256");
    run("cbfstool", made, "remove", "-n", "none");

    FlashImage theirs = FlashImage.read(Path.of(made));
    assertArrayEquals(SampleImage.text(40_000), theirs.file("lzma").contents());
    assertArrayEquals(SampleImage.text(40_000), theirs.file("lz4").contents());
    compareProgram(SampleImage.payload(), ElfFile.read(theirs.file("payload").export(), "payload"));
    theirs.file("stage").check();
    assertEquals(0x2000000, theirs.file("stage").stage().orElseThrow().loadAddress());
    assertTrue(theirs.cbfs().find("none").isEmpty());
  }

  @Test
  void ifdtoolReadsTheSameRegions() throws Exception {
    String output = run("ifdtool", "-d", rom.toString());
    for (FlashRegion region : image.descriptor().regions()) {
      String expected =
          region.isUnused()
              ? "unused"
              : String.format("%08x - %08x", region.base(), region.limit());
      String line = "Flash Region " + region.kind().ordinal() + " ";
      assertTrue(
          output.lines().anyMatch(l -> l.contains(line) && l.contains(expected)),
          region + " in\n" + output);
    }
    assertTrue(output.contains("8MB"), output);
  }
}
