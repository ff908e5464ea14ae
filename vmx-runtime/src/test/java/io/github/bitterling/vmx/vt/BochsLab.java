package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.bochs.Bochs;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.rig.Rig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;

/**
 * Runs a {@link Lab}'s program on Debian's Bochs: the same memory, and a ROM that brings the
 * processor into the state the program starts from. The host's end is replaced by a jump to code
 * that sends the results to port E9.
 */
final class BochsLab {
  /**
   * ROM, from the reset vector to 64-bit mode with the tables that the memory holds: source in
   * bochs.S.
   */
  private static final String ROM =
      "fa2e0f0116180066b8110000000f22c066ea48000f000800170030000f00ff0000100000ff0700200000660f1f44"
          + "00000000000000000000ffff0000009bcf00ffff00000093cf00b8100000008ed88ec08ed08ee08ee80f01151e00"
          + "0f000f011d24000f00b8200000000f22e0b8000001000f22d8b9800000c00f320d000100000f30b8110000800f22"
          + "c0ea92000f000800b8100000008ed88ec08ed08ee08ee848c7c400700000be00800f00bf00002000b900020000fc"
          + "f348a5488b042500c705000f23c0488b042508c705000f23c8488b042510c705000f23d0488b042518c705000f23"
          + "d848b8f00fffff000000000f23f031c931d231db31ed31f631ff48c7c000800000ffe0";

  /** Results in hexadecimal to port E9, then the end of the machine: source in bochs.S. */
  private static final String DUMP =
      "48c7c600400600488b3c25180006004839fe73238a06c0e804e80e0000008a06240fe80500000048ffc6ebe304303c"
          + "3a72020427e6e9c3488d350d000000b908000000ba00890000f36ef453687574646f776e";

  private static final String RESET = "ea000000f0";
  private static final int ROM_BYTES = 0x10000;
  private static final long DUMP_AT = 0x5C000;
  private static final long DEBUG_REGISTERS = 0x5C700;

  /** Bochs loads an image right only within its memory blocks. */
  private static final int BLOCK = 0x20000;

  private static final int BLOCKS = 4;
  private static final int HIGH_IN_ROM = 0x8000;
  private static final long HIGH = 0x200000;
  private static final int HIGH_BYTES = 0x1000;

  private BochsLab() {}

  /**
   * What a run left.
   *
   * @param results area of the program, empty when Bochs did not come to the end
   * @param log Bochs's own words, errors of the program among them
   */
  record Outcome(byte[] results, String log) {}

  /**
   * Runs the program.
   *
   * @param rig its memory with the program prepared
   * @param hostEnd address of the host's last eight bytes
   * @param words what Bochs is to find at addresses, 32 bits
   * @param seconds after which Bochs is ended
   */
  static Outcome run(Rig rig, String model, long hostEnd, Map<Long, Integer> words, int seconds) {
    return inFolder(folder -> run(rig, model, hostEnd, words, seconds, folder));
  }

  /** Something to do with files. */
  interface Work<T> {
    T in(Path folder) throws IOException, InterruptedException;
  }

  /** Does it in a folder of its own, which is gone afterwards. */
  static <T> T inFolder(Work<T> work) {
    try {
      Path folder = Files.createTempDirectory("bochs-lab");
      try {
        return work.in(folder);
      } finally {
        delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  private static Outcome run(
      Rig rig, String model, long hostEnd, Map<Long, Integer> words, int seconds, Path folder)
      throws IOException, InterruptedException {
    byte[] low = memory(rig, 0, BLOCK * BLOCKS);
    long jump = DUMP_AT - (hostEnd + 5);
    put(low, hostEnd, "e9" + hex32(jump));
    put(low, DUMP_AT, DUMP);
    words.forEach((at, value) -> put(low, at, hex32(value)));
    for (int i = 0; i < 4; i++) {
      put(low, DEBUG_REGISTERS + 8 * i, hex32(rig.cpu.dr[i]) + hex32(rig.cpu.dr[i] >>> 32));
    }
    byte[] rom = new byte[ROM_BYTES];
    put(rom, 0, ROM);
    System.arraycopy(memory(rig, HIGH, HIGH_BYTES), 0, rom, HIGH_IN_ROM, HIGH_BYTES);
    put(rom, ROM_BYTES - 16, RESET);
    Bochs bochs = new Bochs(Files.write(folder.resolve("rom"), rom)).model(model).memory(32);
    bochs.option("error: action=report");
    for (int i = 0; i < BLOCKS; i++) {
      byte[] block = Arrays.copyOfRange(low, i * BLOCK, (i + 1) * BLOCK);
      bochs.ramImage(Files.write(folder.resolve("ram" + i), block), (long) i * BLOCK);
    }
    Bochs.Run run = bochs.run(folder, seconds);
    boolean ended = run.shutDown();
    return new Outcome(
        ended ? HexFormat.of().parseHex(run.port().strip()) : new byte[0], run.log());
  }

  /** Physical memory. */
  static byte[] memory(Rig rig, long at, int bytes) {
    byte[] copy = new byte[bytes];
    GuestMemory.toArray(rig.bus.ram.address(at, bytes), copy, 0, bytes);
    return copy;
  }

  static void put(byte[] to, long at, String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex);
    System.arraycopy(bytes, 0, to, (int) at, bytes.length);
  }

  static String hex32(long value) {
    return "%08x".formatted(Integer.reverseBytes((int) value));
  }

  private static void delete(Path folder) throws IOException {
    try (var files = Files.list(folder)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(folder);
  }
}
