package io.github.bitterling.frontend.lift;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** No row of the table is left without a meaning. */
class CompletenessTests {
  private static final int TRIES = 400;

  private final Decoder decoder = new Decoder();
  private final InstructionTable table = decoder.table();
  private final Random random = new Random(1);

  @Test
  void everyRowIsLifted() {
    List<String> missing = new ArrayList<>();
    List<String> unmet = new ArrayList<>();
    for (int row = 0; row < table.size(); row++) {
      byte[] code = bytesOf(row);
      if (code == null) {
        unmet.add(table.row(row).opcode() + " " + table.row(row).mnemonic());
        continue;
      }
      IrBlock ir = lift(code, mode(row));
      for (int i = 0; i < ir.size(); i++) {
        if (ir.op(i) == Op.HELPER && ir.imm(i) == Helper.UNIMPLEMENTED.ordinal()) {
          missing.add(table.row(row).opcode() + " " + table.row(row).mnemonic());
        }
      }
    }
    assertEquals(List.of(), missing, "rows that stop the machine");
    assertEquals(List.of(), unmet, "rows no bytes were found for");
  }

  private int mode(int row) {
    return (table.attributes(row) & Attr.I64) != 0 ? Modes.FLAT32 : Modes.LONG64;
  }

  private IrBlock lift(byte[] code, int mode) {
    return new X86Lifter().lift(p -> p < code.length ? code[p] & 0xFF : 0, 0x1000, mode, 1);
  }

  /**
   * Bytes that decode to the row: its opcode with the ModRM byte of its pattern, or a random one
   * that fits.
   */
  private byte[] bytesOf(int row) {
    String pattern = table.row(row).opcode();
    for (int n = 0; n < TRIES; n++) {
      byte[] code = attempt(pattern);
      Insn insn = decoder.decode(p -> p < code.length ? code[p] & 0xFF : 0, 0, mode(row) & 3);
      if (insn.status() == Insn.Status.OK && insn.row() == row) {
        return code;
      }
    }
    return null;
  }

  private byte[] attempt(String pattern) {
    byte[] b = new byte[24];
    random.nextBytes(b);
    if (pattern.startsWith("VEX.")) {
      return vex(pattern, b);
    }
    int n = 0;
    int dot = pattern.indexOf('.');
    if (dot > 0 && !pattern.startsWith("N")) {
      b[n++] = (byte) Integer.parseInt(pattern.substring(0, dot), 16);
    }
    String code = pattern.substring(dot + 1);
    int p = 0;
    while (p + 2 <= code.length() && Character.digit(code.charAt(p), 16) >= 0) {
      b[n++] = (byte) Integer.parseInt(code, p, p + 2, 16);
      p += 2;
    }
    String rest = code.substring(p);
    if (rest.startsWith("=")) {
      b[n] = (byte) Integer.parseInt(rest.substring(1), 16);
    } else if (rest.startsWith("+")) {
      b[n - 1] += (byte) random.nextInt(rest.charAt(1) == 'c' ? 16 : 8);
    } else if (rest.startsWith("/")) {
      b[n] = (byte) (b[n] & 0xC7 | rest.charAt(1) - '0' << 3);
    }
    return b;
  }

  /** VEX.L, VEX.W and VEX.vvvv stay random where the pattern does not say. */
  private byte[] vex(String pattern, byte[] b) {
    int pp = List.of("NP", "66", "F3", "F2").indexOf(pattern.substring(4, 6));
    boolean third = pattern.startsWith("38", 9) || pattern.startsWith("3A", 9);
    int p = third ? 11 : 9;
    int map = !third ? 1 : pattern.charAt(10) == '8' ? 2 : 3;
    String rest = pattern.substring(p + 2);
    b[0] = (byte) 0xC4;
    b[1] = (byte) (b[1] & 0xE0 | map);
    b[2] = (byte) (b[2] & 0x84 | (random.nextBoolean() ? 0x78 : random.nextInt(16) << 3) | pp);
    b[3] = (byte) Integer.parseInt(pattern, p, p + 2, 16);
    if (rest.contains("W")) {
      b[2] = (byte) (b[2] & 0x7F | rest.charAt(rest.indexOf('W') + 1) - '0' << 7);
    }
    if (rest.contains("L")) {
      b[2] = (byte) (b[2] & ~4 | rest.charAt(rest.indexOf('L') + 1) - '0' << 2);
    }
    if (rest.startsWith("/")) {
      b[4] = (byte) (b[4] & 0xC7 | rest.charAt(1) - '0' << 3);
    }
    return b;
  }
}
