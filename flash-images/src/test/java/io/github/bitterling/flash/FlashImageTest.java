package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.cbfs.SelfPayload;
import io.github.bitterling.flash.cbfs.SelfSegment;
import io.github.bitterling.flash.cbfs.StageInfo;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.data.Slice;
import io.github.bitterling.flash.descriptor.FlashRegion;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What goes in comes out, at the places the board expects. */
class FlashImageTest {
  private final FlashImage image = SampleImage.image();

  @Test
  void aBuiltImageHasNoFindings() {
    assertEquals(List.of(), image.verify());
  }

  @Test
  void theSameInputGivesTheSameBytes() {
    assertEquals(image.sha256(), SampleImage.image().sha256());
  }

  @Test
  void theDescriptorGivesTheUpperHalfToTheBios() {
    FlashRegion bios = image.descriptor().region(FlashRegion.Kind.BIOS);
    assertEquals(0x400000, bios.base());
    assertEquals(0x7FFFFF, bios.limit());
    assertEquals(0x3FF000, image.descriptor().region(FlashRegion.Kind.ME).size());
    assertTrue(image.descriptor().region(FlashRegion.Kind.GBE).isUnused());
    assertEquals(8 << 20, image.descriptor().componentSize());
  }

  @Test
  void theMapNamesTheCbfs() {
    assertEquals("FLASH", image.fmap().name());
    assertEquals(0x400000, image.fmap().offset());
    assertEquals(0x800000, image.fmap().find("COREBOOT").orElseThrow().end());
    assertEquals(64 << 10, image.fmap().find("RW_MRC_CACHE").orElseThrow().size());
  }

  @Test
  void thePointerInTheLastBytesLeadsToTheMasterHeader() {
    assertEquals(FlashLayout.CBFS_BASE, image.masterHeader().regionOffset());
    byte[] bytes = image.bytes();
    int pointer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(bytes.length - 4);
    int offset = pointer + bytes.length;
    assertEquals("ORBC", new String(bytes, offset, 4, StandardCharsets.US_ASCII));
  }

  @Test
  void theResetVectorIsTheBootblocksEnd() {
    byte[] bytes = image.bytes();
    byte[] code = SampleImage.bootblock();
    assertArrayEquals(
        Arrays.copyOfRange(code, 0, code.length - 4),
        Arrays.copyOfRange(bytes, bytes.length - code.length, bytes.length - 4));
  }

  @Test
  void filesOfEveryCompressionComeBack() {
    CbfsFile text = image.file("long.txt");
    assertEquals(Compression.LZ4, text.compression());
    assertArrayEquals(SampleImage.text(300_000), text.contents());
    CbfsFile noise = image.file("noise");
    assertEquals(Compression.NONE, noise.compression(), "noise does not pack");
    assertArrayEquals(SampleImage.noise(5000), noise.contents());
    assertEquals(Compression.LZMA, image.file("fallback/ramstage").compression());
    assertEquals(Compression.LZ4, image.file("config").compression());
  }

  @Test
  void aFileOfSeveralLz4BlocksComesBack() {
    byte[] plain = new byte[9 << 20];
    System.arraycopy(SampleImage.noise(1 << 20), 0, plain, 5 << 20, 1 << 20);
    byte[] packed = Compression.LZ4.compress(plain);
    assertTrue(packed.length < 2 << 20);
    assertArrayEquals(plain, Compression.LZ4.decompress(Slice.of(packed, "test"), plain.length));
  }

  @Test
  void aStageCoversItsSegmentsAndKnowsItsMemory() {
    CbfsFile file = image.file("fallback/ramstage");
    assertEquals(new StageInfo(0x100000, 0x40, 0x24000), file.stage().orElseThrow());
    byte[] bytes = file.contents();
    assertEquals(0x20000 + 300, bytes.length);
    assertArrayEquals(SampleImage.text(70_000), Arrays.copyOf(bytes, 70_000));
    assertArrayEquals(SampleImage.text(300), Arrays.copyOfRange(bytes, 0x20000, 0x20000 + 300));
  }

  @Test
  void aPayloadKeepsSegmentsKindsAndEntry() {
    CbfsFile file = image.file("fallback/payload");
    SelfPayload payload = SelfPayload.read(Slice.of(file.contents(), "payload"));
    List<SelfSegment> segments = payload.segments();
    assertEquals(
        List.of(
            SelfSegment.Type.CODE,
            SelfSegment.Type.DATA,
            SelfSegment.Type.BSS,
            SelfSegment.Type.ENTRY),
        segments.stream().map(SelfSegment::type).toList());
    assertEquals(Compression.LZMA, segments.getFirst().compression());
    assertEquals(Compression.NONE, segments.get(1).compression(), "noise does not pack");
    assertEquals(0x2000000, payload.entry());
    assertSameProgram(SampleImage.payload(), payload.toElf());
  }

  @Test
  void anElfFileSurvivesWritingAndReading() {
    ElfFile elf = SampleImage.payload();
    assertSameProgram(elf, ElfFile.read(elf.toBytes(), "elf"));
  }

  @Test
  void extractWritesProgramsAsElf(@TempDir Path folder) throws Exception {
    Path target = folder.resolve("payload.elf");
    image.extract("fallback/realpayload", target);
    assertSameProgram(SampleImage.realPayload(), ElfFile.read(Files.readAllBytes(target), "elf"));
  }

  @Test
  void informationNamesEveryPart() {
    String text = image.info();
    String json = image.infoJson();
    for (String part : List.of("BIOS", "RW_MRC_CACHE", "fallback/ramstage", "bootblock", "LZ4")) {
      assertTrue(text.contains(part), part);
      assertTrue(json.contains(part), part);
    }
  }

  @Test
  void aFileThatFillsTheRegionIsRefusedAndOneThatJustFitsIsTaken() {
    FlashImageBuilder builder = SampleImage.builder();
    int free =
        image.cbfs().files().stream()
            .filter(CbfsFile::isEmpty)
            .mapToInt(file -> file.data().length())
            .sum();
    builder.file("big", SampleImage.noise(free - 64), Compression.NONE);
    assertEquals(List.of(), builder.build().verify());
    builder.file("big", SampleImage.noise(free + 64), Compression.NONE);
    Faults.assertFault("CBFS file", builder::build);
  }

  private static void assertSameProgram(ElfFile expected, ElfFile found) {
    assertEquals(expected.entry(), found.entry());
    assertEquals(expected.segments().size(), found.segments().size());
    for (int i = 0; i < expected.segments().size(); i++) {
      ElfSegment left = expected.segments().get(i);
      ElfSegment right = found.segments().get(i);
      assertEquals(left.physicalAddress(), right.physicalAddress());
      assertEquals(left.memorySize(), right.memorySize());
      assertEquals(left.executable(), right.executable());
      assertArrayEquals(left.data(), right.data());
    }
  }
}
