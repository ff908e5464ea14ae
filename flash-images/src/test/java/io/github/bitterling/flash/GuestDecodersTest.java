package io.github.bitterling.flash;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.flash.cbfs.SelfPayload;
import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What firmware, hypervisor and loader share (CBFS reader, LZMA, LZ4, SHA-256, payload segments),
 * compiled for the host, reads what this library writes, and survives what nobody should write.
 */
class GuestDecodersTest {
  private static final int CHANGES = 400;
  private static final int AREA = 0x1000_0000;

  @TempDir static Path folder;
  private static HostProgram decoders;
  private static String rom;

  @BeforeAll
  static void compileAndWriteImage() throws IOException, InterruptedException {
    decoders =
        HostProgram.compile(
            folder,
            List.of(
                HostProgram.HARNESSES.resolve("common/decoders.c").toString(),
                HostProgram.common("cbfs"),
                HostProgram.common("self"),
                HostProgram.common("lzma"),
                HostProgram.common("lz4"),
                HostProgram.common("sha256")));
    Path file = folder.resolve("flash.rom");
    SampleImage.builder()
        .file("zeros.lzma", new byte[200_000], Compression.LZMA)
        .file("text.lzma", SampleImage.text(100_000), Compression.LZMA)
        .file("noise.lz4", SampleImage.noise(70_000), Compression.LZ4)
        .file("plain", SampleImage.noise(333), Compression.NONE)
        .build()
        .write(file);
    rom = file.toString();
  }

  private static byte[] cat(String name) throws IOException, InterruptedException {
    return decoders.runWell("cat", rom, name).output();
  }

  private static String kind(Compression compression) {
    return compression == Compression.LZMA ? "lzma" : "lz4";
  }

  /** Refused, harmless and silent changes. */
  private static int[] damage(Compression compression, byte[] content)
      throws IOException, InterruptedException {
    String packed = decoders.write(compression.compress(content));
    String room = String.valueOf(content.length);
    String changes = String.valueOf(CHANGES);
    return decoders.runWell("damage", kind(compression), packed, room, "1", changes).numbers();
  }

  @Test
  void expandsEveryFileOfAnImageToTheBytesThatWentIn() throws IOException, InterruptedException {
    assertArrayEquals(new byte[200_000], cat("zeros.lzma"));
    assertArrayEquals(SampleImage.text(100_000), cat("text.lzma"));
    assertArrayEquals(SampleImage.noise(5000), cat("noise"));
    assertArrayEquals(SampleImage.noise(70_000), cat("noise.lz4"));
    assertArrayEquals(SampleImage.text(300_000), cat("long.txt"));
    assertArrayEquals(SampleImage.noise(333), cat("plain"));
  }

  @Test
  void missingFileIsAnError() throws IOException, InterruptedException {
    HostProgram.Result missing = decoders.run("cat", rom, "absent");
    assertEquals(1, missing.exit());
    assertEquals("not in CBFS", missing.errors().trim());
  }

  @Test
  void changedMetadataNeverLeadsOutOfTheImage() throws IOException, InterruptedException {
    for (String name : List.of("text.lzma", "plain", "fallback/payload")) {
      decoders.runWell("attack", rom, name, "1", "2000");
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LZMA", "LZ4"})
  void unpacksIntoExactlyTheRoomAndRefusesLess(Compression compression)
      throws IOException, InterruptedException {
    byte[][] contents = {
      new byte[100_000],
      SampleImage.text(150_000),
      SampleImage.noise(70_000),
      FlashImageBuilder.resource("hypervisor.elf"),
      {1}
    };
    for (byte[] content : contents) {
      String packed = decoders.write(compression.compress(content));
      String room = String.valueOf(content.length);
      byte[] unpacked = decoders.runWell("unpack", kind(compression), packed, room).output();
      assertArrayEquals(content, unpacked);
      String less = String.valueOf(content.length - 1);
      assertEquals(1, decoders.run("unpack", kind(compression), packed, less).exit());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"LZMA", "LZ4"})
  void truncatedStreamsAreRefused(Compression compression)
      throws IOException, InterruptedException {
    byte[] packed = compression.compress(SampleImage.text(20_000));
    for (int length : new int[] {0, 3, 12, packed.length / 2, packed.length - 5}) {
      String file = decoders.write(Arrays.copyOf(packed, length));
      HostProgram.Result result = decoders.run("unpack", kind(compression), file, "20000");
      assertEquals(1, result.exit(), length + ": " + result.errors());
    }
  }

  @Test
  void noChangedByteOfLzmaDataGivesOtherContentUnnoticed()
      throws IOException, InterruptedException {
    for (byte[] content : List.of(SampleImage.text(20_000), new byte[50_000])) {
      int[] counts = damage(Compression.LZMA, content);
      assertEquals(0, counts[2]);
      assertTrue(counts[0] > CHANGES / 2, Arrays.toString(counts));
    }
  }

  @Test
  void changedBytesOfLz4DataNeverLeaveTheOutput() throws IOException, InterruptedException {
    int[] counts = damage(Compression.LZ4, SampleImage.text(20_000));
    assertEquals(CHANGES, counts[0] + counts[1] + counts[2]);
    assertTrue(counts[0] > 0);
  }

  private static byte[] self(Compression compression, byte[] content, int memory) {
    ElfSegment segment = new ElfSegment(AREA, AREA, content, memory, true);
    return SelfPayload.fromElf(new ElfFile(List.of(segment), AREA + 16L), compression);
  }

  @ParameterizedTest
  @EnumSource(names = {"NONE", "LZMA", "LZ4"})
  void payloadSegmentsArePlacedWithZerosBehind(Compression compression)
      throws IOException, InterruptedException {
    byte[] content = SampleImage.text(40_000);
    /* An LZ4 frame does not say its size, so the library uses it only where no zeros follow. */
    int memory = content.length + (compression == Compression.LZ4 ? 0 : 0x1000);
    byte[] payload = self(compression, content, memory);
    assertTrue(compression == Compression.NONE || payload.length < content.length);
    HostProgram.Result result = decoders.runWell("self", decoders.write(payload));
    byte[] area = new byte[1 << 20];
    Arrays.fill(area, (byte) 0xEE);
    Arrays.fill(area, 0, memory, (byte) 0);
    System.arraycopy(content, 0, area, 0, content.length);
    assertArrayEquals(area, result.output());
    assertEquals("10000010", result.errors().trim());
  }

  @Test
  void wrongPayloadTablesAreRefused() throws IOException, InterruptedException {
    byte[] good = self(Compression.NONE, SampleImage.text(1000), 2000);
    byte[] parameters = Arrays.copyOf("PARA".getBytes(StandardCharsets.US_ASCII), 28);
    assertRefused("the segment table has no entry", parameters);
    assertRefused("the segment table has no entry", Arrays.copyOf(good, 27));
    assertRefused("the segment table has no entry", new byte[0]);
    assertRefused("its data lies outside the file", changed(good, 8, 0x7F));
    assertRefused("its data lies outside the file", Arrays.copyOf(good, good.length - 1));
    assertRefused("unknown segment type", changed(good, 0, 'X'));
    assertRefused("unknown compression", changed(good, 7, 9));
    assertRefused("data is larger than its place", changed(good, 26, 0));
  }

  private static byte[] changed(byte[] bytes, int at, int value) {
    byte[] copy = bytes.clone();
    copy[at] = (byte) value;
    return copy;
  }

  private static void assertRefused(String reason, byte[] payload)
      throws IOException, InterruptedException {
    HostProgram.Result result = decoders.run("self", decoders.write(payload));
    assertEquals(1, result.exit(), result.errors());
    assertEquals(reason, result.errors().trim());
  }
}
