package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.cbfs.CbfsFile;
import io.github.bitterling.flash.data.FlashImageException;
import io.github.bitterling.flash.data.Slice;
import io.github.bitterling.flash.elf.ElfFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;

/** Each way an image can be wrong ends in an error that names place, field, found and expected. */
class CorruptImageTest {
  private static final int FMAP_AREAS = 0x400000 + 56;
  private static final int AREA = 42;
  private final FlashImage good = SampleImage.image();

  private static FlashImage changed(FlashImage image, Consumer<ByteBuffer> change) {
    byte[] bytes = image.bytes();
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    return FlashImage.of(bytes);
  }

  /** Flash offset of a file's header. */
  private int header(String name) {
    return FlashLayout.CBFS_BASE + good.file(name).offset();
  }

  private int data(String name) {
    return (int) good.file(name).data().origin();
  }

  private FlashImage bigEndianWord(int at, int value) {
    return changed(good, b -> b.order(ByteOrder.BIG_ENDIAN).putInt(at, value));
  }

  private FlashImage word(int at, int value) {
    return changed(good, b -> b.putInt(at, value));
  }

  @Test
  void truncatedFile(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("short"), new byte[7 << 20]);
    assertEquals(7 << 20, Faults.assertFault("size", () -> FlashImage.read(file)).offset());
  }

  @Test
  void oversizedFile(@TempDir Path folder) throws IOException {
    Path file = Files.write(folder.resolve("long"), new byte[(8 << 20) + 1]);
    FlashImageException fault = Faults.assertFault("size", () -> FlashImage.read(file));
    assertTrue(fault.found().contains("too long"));
  }

  @Test
  void emptyFileDirectoryAndMissingFile(@TempDir Path folder) throws IOException {
    Path empty = Files.write(folder.resolve("empty"), new byte[0]);
    Faults.assertFault("size", () -> FlashImage.read(empty));
    Faults.assertFault("flash image", () -> FlashImage.read(folder));
    Faults.assertFault("flash image", () -> FlashImage.read(folder.resolve("none")));
  }

  @Test
  void noiseOfTheRightSizeHasFindingsOnly() {
    FlashImage noise = FlashImage.of(SampleImage.noise(8 << 20));
    assertTrue(noise.verify().size() >= 3);
    assertTrue(noise.info().contains("unreadable"));
  }

  @Test
  void descriptorSignature() {
    FlashImage image = word(0x10, 0x12345678);
    FlashImageException fault = Faults.assertFault("descriptor signature", image::descriptor);
    assertEquals(0x10, fault.offset());
    assertEquals("12345678", fault.found());
    assertEquals("0FF0A55A", fault.expected());
  }

  @Test
  void descriptorPartSize() {
    Faults.assertFault("part density", word(0x30, 7)::descriptor);
  }

  @Test
  void descriptorRegionBeyondTheFlash() {
    Faults.assertFault("FLREG1", word(0x44, 0x0FFF0400)::descriptor);
  }

  @Test
  void descriptorRegionsOverlap() {
    FlashImageException fault = Faults.assertFault("FLREG2", word(0x48, 0x04000001)::descriptor);
    assertTrue(fault.expected().contains("BIOS"));
  }

  @Test
  void mapMissing() {
    FlashImage image = changed(good, b -> b.put(0x400000, (byte) 'X'));
    Faults.assertFault("FMAP signature", image::fmap);
    assertEquals(
        good.cbfs().files().size(), image.cbfs().files().size(), "found by the master header");
  }

  @Test
  void mapVersionAndSize() {
    Faults.assertFault("FMAP major version", changed(good, b -> b.put(0x400008, (byte) 2))::fmap);
    Faults.assertFault("FMAP flash size", word(0x400000 + 18, 0x400000)::fmap);
  }

  @Test
  void mapAreaBeyondTheFlash() {
    Faults.assertFault("FMAP area COREBOOT", word(FMAP_AREAS + 5 * AREA + 4, 0x3F0000)::fmap);
  }

  @Test
  void mapAreasOverlap() {
    FlashImage image = word(FMAP_AREAS + 4 * AREA + 4, 0x10001);
    FlashImageException fault = Faults.assertFault("FMAP area COREBOOT", image::cbfs);
    assertTrue(fault.expected().contains("RW_MRC_CACHE"));
  }

  @Test
  void mapWithMoreAreasThanFlash() {
    Faults.assertFault("FMAP", changed(good, b -> b.putShort(0x400000 + 54, (short) 0xFFFF))::fmap);
  }

  @Test
  void masterHeaderPointer() {
    FlashImageException fault =
        Faults.assertFault("master header pointer", word(0x7FFFFC, 0x1000)::masterHeader);
    assertEquals(0x7FFFFC, fault.offset());
    Faults.assertFault("signature of the master header", word(0x7FFFFC, 0xFFF00000)::masterHeader);
  }

  @Test
  void masterHeaderFields() {
    int at = data("cbfs master header");
    Faults.assertFault("flash size", bigEndianWord(at + 8, 0x400000)::masterHeader);
    Faults.assertFault("alignment", bigEndianWord(at + 16, 7)::masterHeader);
    Faults.assertFault("region offset", bigEndianWord(at + 20, 0x7FFFFFFF)::masterHeader);
  }

  @Test
  void fileSignature() {
    int at = header("fallback/payload");
    FlashImage image = changed(good, b -> b.put(at, (byte) 'l'));
    FlashImageException fault = Faults.assertFault("signature", image::cbfs);
    assertEquals(at, fault.offset());
    assertTrue(fault.expected().contains("LARCHIVE"));
  }

  @Test
  void fileLongerThanTheRegion() {
    int at = header("config") + 8;
    FlashImageException fault =
        Faults.assertFault("length of file \"config\"", bigEndianWord(at, 0x7000000)::cbfs);
    assertEquals(at, fault.offset());
  }

  @Test
  void fileOverlapsTheNext() {
    int at = header("config") + 8;
    int length = good.file("config").data().length();
    Faults.assertFault("signature", bigEndianWord(at, length + 4096)::cbfs);
  }

  @Test
  void fileHeaderOffsets() {
    int at = header("config");
    Faults.assertFault("attributes and data offset", bigEndianWord(at + 16, 0x7FFFFFFF)::cbfs);
    Faults.assertFault("attributes and data offset", bigEndianWord(at + 20, 8)::cbfs);
  }

  @Test
  void fileNameWithoutEnd() {
    int at = header("config") + 24;
    FlashImage image = changed(good, b -> b.putLong(at, 0x4141414141414141L));
    Faults.assertFault("file name", image::cbfs);
  }

  @Test
  void fileNameTwice() {
    int at = header("revision") + 24;
    FlashImage image =
        changed(good, b -> b.put(at, "config\0\0".getBytes(StandardCharsets.US_ASCII)));
    Faults.assertFault("file name", image::cbfs);
  }

  @Test
  void attributeLength() {
    int at = header("config") + 0x20 + 4;
    Faults.assertFault("attribute length", bigEndianWord(at, 4)::cbfs);
    Faults.assertFault("attribute length", bigEndianWord(at, 0x10000)::cbfs);
  }

  @Test
  void unknownCompression() {
    int at = header("config") + 0x20 + 8;
    Faults.assertFault("compression", bigEndianWord(at, 9)::cbfs);
  }

  @Test
  void wrongHash() {
    int at = data("revision");
    FlashImage image = changed(good, b -> b.put(at, (byte) 'x'));
    Faults.assertFault("SHA-256 of revision", image.file("revision")::checkHash);
    assertEquals(1, image.verify().size());
  }

  @Test
  void corruptLzmaData() {
    int at = data("fallback/ramstage") + 30;
    FlashImage image = changed(good, b -> b.putLong(at, ~b.getLong(at)).putLong(at + 8, 0));
    Faults.assertFault("LZMA data of fallback/ramstage", image.file("fallback/ramstage")::contents);
  }

  @Test
  void lzmaSizeDisagrees() {
    int at = data("fallback/ramstage") + 5;
    CbfsFile file = word(at, 1 << 20).file("fallback/ramstage");
    Faults.assertFault("LZMA size of fallback/ramstage", file::contents);
  }

  @Test
  void corruptLz4Data() {
    int at = data("long.txt");
    Faults.assertFault("LZ4 magic", word(at, 0).file("long.txt")::contents);
    Faults.assertFault(
        "LZ4 flags", changed(good, b -> b.put(at + 4, (byte) 0)).file("long.txt")::contents);
    Faults.assertFault("LZ4 block", word(at + 7, 0x7FFFFFFF).file("long.txt")::contents);
    Faults.assertFault("LZ4 block", word(at + 11, -1).file("long.txt")::contents);
    Faults.assertFault("LZ4 data", word(at + 7, 0).file("long.txt")::contents);
  }

  @Test
  void decompressedSizeWithoutLimit() {
    int at = header("config") + 0x20 + 12;
    Faults.assertFault("decompressed size", bigEndianWord(at, -1).file("config")::contents);
  }

  @Test
  void payloadSegmentTypeOffsetAndAddress() {
    int at = data("fallback/payload");
    Faults.assertFault("type of a segment", segment(bigEndianWord(at, 0)));
    Faults.assertFault("compression of a segment", segment(bigEndianWord(at + 4, 7)));
    Faults.assertFault("data of a segment", segment(bigEndianWord(at + 8, 0x7FFFFFFF)));
    Faults.assertFault("load address of a segment", segment(bigEndianWord(at + 12, 1)));
    FlashImageException overlap =
        Faults.assertFault("segments of", segment(bigEndianWord(at + 16, 0x2020000)));
    assertTrue(overlap.expected().contains("overlaps"));
    int entry = at + 3 * 28;
    FlashImage open = bigEndianWord(entry, 0x42535320);
    Faults.assertFault("segment", segment(open));
  }

  private static Executable segment(FlashImage image) {
    CbfsFile file = image.file("fallback/payload");
    return () -> file.export();
  }

  @Test
  void stageEntryOutsideItsMemory() {
    int at = header("fallback/ramstage") + 0x2C + 16;
    FlashImage image = bigEndianWord(at, 0x7000000);
    Faults.assertFault("stage attribute", image.file("fallback/ramstage")::check);
  }

  @Test
  void missingFileAndMissingParts() {
    FlashImageException fault = Faults.assertFault("CBFS file nothing", () -> good.file("nothing"));
    assertTrue(fault.expected().contains("fallback/payload"));
    Faults.assertFault("bootblock", new FlashImageBuilder()::build);
    assertEquals(
        3, new FlashImageBuilder().bootblock(SampleImage.bootblock()).build().verify().size());
  }

  @Test
  void erasedResetVector() {
    FlashImage image = changed(good, b -> b.putLong(0x7FFFF0, -1).putInt(0x7FFFF8, -1));
    assertTrue(image.verify().getFirst().message().contains("reset vector"));
  }

  @Test
  void wrongPrograms() {
    FlashImageBuilder builder = new FlashImageBuilder();
    Faults.assertFault("magic", () -> builder.realPayload(SampleImage.text(1000)));
    Faults.assertFault("bootblock", () -> builder.bootblock(new byte[100]).build());
    byte[] elf = SampleImage.payload().toBytes();
    ByteBuffer.wrap(elf).order(ByteOrder.LITTLE_ENDIAN).putShort(18, (short) 40);
    Faults.assertFault("ELF machine", () -> ElfFile.read(elf, "arm"));
    Faults.assertFault("segment", () -> ElfFile.read(cut(SampleImage.payload().toBytes()), "cut"));
  }

  private static byte[] cut(byte[] bytes) {
    return Slice.of(bytes, "elf").copy(0, 500, "half");
  }
}
