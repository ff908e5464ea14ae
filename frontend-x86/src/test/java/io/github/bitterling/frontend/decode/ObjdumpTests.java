package io.github.bitterling.frontend.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Lengths and mnemonics against GNU objdump, on random bytes and on real code in all three modes;
 * skipped where objdump is missing. {@code -Dobjdump.instructions=N} takes all programs and
 * libraries of the system until that many are compared.
 */
class ObjdumpTests {
  private static final long INSTRUCTIONS = Long.getLong("objdump.instructions", 300_000);
  private static final int CHUNK = 1 << 20;
  private static final long ELF = 0x464C457F;
  private static final int LOADABLE = 1;

  @TempDir Path directory;

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void randomBytes(int size) throws IOException {
    Objdump objdump = new Objdump(directory);
    Random random = new Random(size);
    while (objdump.compared() < INSTRUCTIONS / 10) {
      byte[] code = new byte[(int) Math.min(CHUNK, INSTRUCTIONS)];
      random.nextBytes(code);
      objdump.compare(size, code);
    }
    objdump.report("random bytes, mode " + size);
    assertEquals("", objdump.unexplained());
  }

  /**
   * Every fourth piece of code is read in the other modes too, where it is noise of another kind.
   */
  @Test
  void realCode() throws IOException {
    Objdump objdump = new Objdump(directory);
    int chunks = 0;
    for (Path program : programs()) {
      for (byte[] code : executable(program)) {
        objdump.compare(2, code);
        if (chunks++ % 4 == 0) {
          objdump.compare(1, code);
          objdump.compare(0, code);
        }
        if (objdump.compared() >= INSTRUCTIONS) {
          break;
        }
      }
      if (objdump.compared() >= INSTRUCTIONS) {
        break;
      }
    }
    assumeTrue(chunks > 0, "no programs to take code from");
    objdump.report("real code");
    assertEquals("", objdump.unexplained());
    assertTrue(objdump.compared() > 1000);
  }

  private static List<Path> programs() throws IOException {
    List<Path> all = new ArrayList<>();
    for (String root : List.of("/usr/bin", "/usr/lib")) {
      if (Files.isDirectory(Path.of(root))) {
        try (Stream<Path> files = Files.walk(Path.of(root))) {
          files
              .filter(f -> Files.isRegularFile(f, LinkOption.NOFOLLOW_LINKS) && Files.isReadable(f))
              .sorted()
              .forEach(all::add);
        }
      }
    }
    return all;
  }

  /** The executable segments of an x86-64 ELF file in pieces; nothing for other files. */
  private static List<byte[]> executable(Path file) throws IOException {
    List<byte[]> pieces = new ArrayList<>();
    try (FileChannel in = FileChannel.open(file)) {
      ByteBuffer head = read(in, 0, 64);
      if (head.limit() < 64
          || head.getInt(0) != ELF
          || head.get(4) != 2
          || head.getShort(18) != 62) {
        return pieces;
      }
      int count = head.getShort(56);
      ByteBuffer headers = read(in, head.getLong(32), 56 * count);
      for (int k = 0; 56 * (k + 1) <= headers.limit(); k++) {
        boolean code = headers.getInt(56 * k) == LOADABLE && (headers.getInt(56 * k + 4) & 1) != 0;
        long from = headers.getLong(56 * k + 8);
        long left = code ? headers.getLong(56 * k + 32) : 0;
        for (; left > 0; left -= CHUNK, from += CHUNK) {
          ByteBuffer piece = read(in, from, (int) Math.min(left, CHUNK));
          byte[] bytes = new byte[piece.limit()];
          piece.get(bytes);
          pieces.add(bytes);
        }
      }
    }
    return pieces;
  }

  private static ByteBuffer read(FileChannel in, long from, int bytes) throws IOException {
    ByteBuffer b = ByteBuffer.allocate(Math.max(0, bytes)).order(ByteOrder.LITTLE_ENDIAN);
    while (b.hasRemaining() && in.read(b, from + b.position()) > 0) {
      // until full or at the end
    }
    return b.flip();
  }
}
