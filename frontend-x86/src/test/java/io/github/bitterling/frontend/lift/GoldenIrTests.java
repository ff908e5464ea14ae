package io.github.bitterling.frontend.lift;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Disassembler;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.ir.IrText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * IR of chosen instructions as approved text in golden.txt: a change in what the lifter emits shows
 * as a difference there. With {@code -Dgolden.write=FILE} the present IR is written to the file for
 * review.
 */
class GoldenIrTests {
  private static final Map<String, Integer> MODES =
      Map.of(
          "real",
          Modes.REAL,
          "flat32",
          Modes.FLAT32,
          "seg32",
          Modes.SEGMENTED32,
          "long64",
          Modes.LONG64,
          "nofpu64",
          Modes.LONG64_NO_FPU,
          "v86",
          Modes.VIRTUAL86);

  private static final Pattern HELPER =
      Pattern.compile("(helper\\.\\d+(?: %\\d+)*)(?: #([0-9a-f]+))?");

  @Test
  void liftsAsApproved() throws IOException {
    String approved = approved();
    StringBuilder now = new StringBuilder();
    int count = 0;
    for (String line : approved.split("\n")) {
      if (line.startsWith("== ")) {
        String[] words = line.split(" ");
        now.append(section(words[1], words[2]));
        count++;
      }
    }
    String write = System.getProperty("golden.write");
    if (write != null) {
      Files.writeString(Path.of(write), now);
    }
    assertTrue(count >= 40, "sections in golden.txt: " + count);
    assertEquals(approved, now.toString());
  }

  private static String approved() throws IOException {
    try (InputStream in = GoldenIrTests.class.getResourceAsStream("golden.txt")) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  private static String section(String mode, String hex) {
    byte[] b = HexFormat.of().parseHex(hex);
    List<String> text = new ArrayList<>();
    int key = MODES.get(mode);
    Decoder decoder = new Decoder();
    for (int at = 0; at < b.length; ) {
      int from = at;
      Insn i = decoder.decode(p -> p < b.length ? b[p] & 0xFF : -1, from, key & 3);
      text.add(Disassembler.text(i, 0x1000 + at));
      at += Math.max(i.length(), 1);
    }
    String ir =
        IrText.print(new X86Lifter().lift(p -> p < b.length ? b[p] & 0xFF : -1, 0x1000, key, 8));
    return "== " + mode + " " + hex + " " + String.join("; ", text) + "\n" + named(ir);
  }

  /** Helpers by name: their numbers change with every new one. */
  private static String named(String ir) {
    return HELPER
        .matcher(ir)
        .replaceAll(
            m -> {
              int number = m.group(2) == null ? 0 : Integer.parseInt(m.group(2), 16);
              return m.group(1) + " " + Helper.values()[number];
            });
  }
}
