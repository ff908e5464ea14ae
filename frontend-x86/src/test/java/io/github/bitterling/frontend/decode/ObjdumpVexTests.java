package io.github.bitterling.frontend.decode;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** VEX encodings against GNU objdump; skipped where objdump is missing. */
class ObjdumpVexTests {
  @TempDir Path directory;

  private static final int SLOT = 16;

  /**
   * VEX prefixes with random opcodes, vector lengths, registers and operands, in slots of 16 bytes
   * that end in NOPs. What objdump names and the table knows must be the same; what the table does
   * not know must not decode.
   */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void randomVexBytes(int size) throws IOException {
    Random random = new Random(7 + size);
    byte[] code = new byte[SLOT * 20_000];
    Arrays.fill(code, (byte) 0x90);
    for (int slot = 0; slot < code.length; slot += SLOT) {
      vex(random, code, slot, size);
    }
    List<Objdump.Line> lines = new ArrayList<>();
    Objdump.read(
        directory.resolve("code"),
        size,
        code,
        line -> {
          if (line.offset() % SLOT == 0) {
            lines.add(line);
          }
        });
    assertTrue(lines.size() > code.length / SLOT * 9 / 10, "bad encodings cost objdump few slots");
    assertEquals("", String.join("\n", vexDifferences(size, code, lines).values()));
  }

  private static void vex(Random random, byte[] code, int slot, int size) {
    int n = slot;
    if (random.nextInt(16) == 0) {
      code[n++] = (byte) new int[] {0x64, 0x65, 0x67, 0x66, 0xF2, 0xF3, 0xF0}[random.nextInt(7)];
    }
    boolean three = random.nextInt(3) > 0;
    int rxb = size < 2 ? 0xC0 | random.nextInt(2) << 5 : random.nextInt(8) << 5;
    int map = random.nextInt(40) == 0 ? random.nextInt(32) : 1 + random.nextInt(3);
    int vvvv = random.nextInt(3) == 0 ? 15 : size < 2 ? 8 + random.nextInt(8) : random.nextInt(16);
    int last = vvvv << 3 | random.nextInt(8);
    code[n++] = (byte) (three ? 0xC4 : 0xC5);
    if (three) {
      code[n++] = (byte) (rxb | map);
      code[n++] = (byte) (last | random.nextInt(2) << 7);
    } else {
      code[n++] = (byte) (last | (size < 2 ? 0x80 : random.nextInt(2) << 7));
    }
    for (int end = n + 8; n < end; n++) {
      code[n] = (byte) random.nextInt(256);
    }
  }

  private static Map<String, String> vexDifferences(
      int size, byte[] code, List<Objdump.Line> lines) {
    Decoder decoder = new Decoder();
    VexNames names = new VexNames(decoder.table());
    Map<String, String> wrong = new TreeMap<>();
    for (Objdump.Line line : lines) {
      Insn i = decoder.decode(p -> p < code.length ? code[p] & 0xFF : 0x90, line.offset(), size);
      boolean ok = i.status() == Insn.Status.OK;
      String theirs = VexNames.plain(Objdump.mnemonic(line.text()));
      boolean bad = line.text().contains("(bad)");
      boolean same =
          ok
              ? !bad && theirs.equals(i.mnemonic()) && line.length() == i.length()
              : bad
                  || !names.known(theirs)
                  || VexNames.undefined(line.text())
                  || prefixed(code, line);
      if (!same) {
        wrong.put(
            theirs + " " + (ok ? i.mnemonic() : ""),
            line
                + " ours "
                + i.length()
                + " "
                + Disassembler.text(i, line.offset())
                + " "
                + java.util.HexFormat.of().formatHex(code, line.offset(), line.offset() + SLOT));
      }
    }
    return wrong;
  }

  /** A prefix, before VEX or in VEX.pp, that makes it undefined and that objdump does not mind. */
  private static boolean prefixed(byte[] code, Objdump.Line line) {
    int first = code[line.offset()] & 0xFF;
    return first == 0x66
        || first >= 0xF0
        || line.text().matches(".*v(zero(all|upper)|(ld|st)mxcsr).*");
  }
}
