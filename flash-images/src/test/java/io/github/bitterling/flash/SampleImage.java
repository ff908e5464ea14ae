package io.github.bitterling.flash;

import io.github.bitterling.flash.compress.Compression;
import io.github.bitterling.flash.elf.ElfFile;
import io.github.bitterling.flash.elf.ElfSegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;

/** Images made of invented programs, so that tests of the format need no guest build. */
final class SampleImage {
  private SampleImage() {}

  static FlashImageBuilder builder() {
    return new FlashImageBuilder()
        .bootblock(bootblock())
        .ramstage(ramstage().toBytes())
        .payload(payload().toBytes())
        .realPayload(realPayload().toBytes())
        .file("noise", noise(5000), Compression.LZMA)
        .file("long.txt", text(300_000), Compression.LZ4);
  }

  static FlashImage image() {
    return builder().build();
  }

  static byte[] bootblock() {
    byte[] code = noise(4096);
    byte[] jump = {(byte) 0xE9, 0x10, (byte) 0xF0};
    System.arraycopy(jump, 0, code, code.length - 16, jump.length);
    return code;
  }

  static ElfFile ramstage() {
    return new ElfFile(
        List.of(
            new ElfSegment(0x100000, 0x100000, text(70_000), 70_000, true),
            new ElfSegment(0x120000, 0x120000, text(300), 0x4000, false)),
        0x100040);
  }

  static ElfFile payload() {
    return new ElfFile(
        List.of(
            new ElfSegment(0x2000000, 0x2000000, text(100_000), 100_000, true),
            new ElfSegment(0x2020000, 0x2020000, noise(1000), 1000, false),
            new ElfSegment(0x2030000, 0x2030000, new byte[0], 0x10000, false)),
        0x2000000);
  }

  static ElfFile realPayload() {
    return new ElfFile(
        List.of(new ElfSegment(0xE0000, 0xE0000, text(0x20000), 0x20000, true)), 0xFFFF0);
  }

  static byte[] noise(int size) {
    byte[] bytes = new byte[size];
    new Random(size).nextBytes(bytes);
    return bytes;
  }

  static byte[] text(int size) {
    StringBuilder out = new StringBuilder();
    for (int line = 0; out.length() < size; line++) {
      out.append("line ").append(line).append(" of a text that packs well\n");
    }
    out.setLength(size);
    return out.toString().getBytes(StandardCharsets.US_ASCII);
  }
}
