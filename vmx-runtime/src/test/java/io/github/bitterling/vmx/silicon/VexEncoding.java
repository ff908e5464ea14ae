package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import java.util.List;
import java.util.Random;

/** Bytes of a row with a VEX prefix. */
public final class VexEncoding {
  private static final List<String> PREFIXES = List.of("NP", "66", "F3", "F2");

  private VexEncoding() {}

  public static boolean is(Row row) {
    return row.opcode().startsWith("VEX.");
  }

  /**
   * Writes the prefix and opcode; returns the offset behind it.
   *
   * @param rxb the three register bits, as in a REX prefix
   * @param random for VEX.W, VEX.L and VEX.vvvv where the row leaves them open
   * @param registers of which vvvv is one
   */
  public static int write(byte[] b, int at, Row row, int rxb, Random random, int registers) {
    String code = row.opcode();
    int pp = PREFIXES.indexOf(code.substring(4, 6));
    int p = 9;
    int map = 1;
    if (code.startsWith("38", p) || code.startsWith("3A", p)) {
      map = code.startsWith("38", p) ? 2 : 3;
      p += 2;
    }
    int opcode = Integer.parseInt(code, p, p + 2, 16);
    String rest = code.substring(p + 2);
    int l = bit(rest, 'L', random);
    int w = bit(rest, 'W', random);
    boolean used =
        row.operands().stream()
            .anyMatch(o -> o.kind() == Operand.Kind.XMM_VVVV || o.kind() == Operand.Kind.REG_VVVV);
    int vvvv = used ? random.nextInt(registers) : 0;
    int last = (~vvvv & 15) << 3 | l << 2 | pp;
    int n = at;
    if (map == 1 && w == 0 && (rxb & 3) == 0 && random.nextBoolean()) {
      b[n++] = (byte) 0xC5;
      b[n++] = (byte) ((~rxb & 4) << 5 | last);
    } else {
      b[n++] = (byte) 0xC4;
      b[n++] = (byte) ((~rxb & 7) << 5 | map);
      b[n++] = (byte) (w << 7 | last);
    }
    b[n++] = (byte) opcode;
    return n;
  }

  private static int bit(String suffix, char letter, Random random) {
    int at = suffix.indexOf(letter);
    return at < 0 ? random.nextInt(2) : suffix.charAt(at + 1) - '0';
  }

  /** ModRM's digit or -1. */
  public static int digit(Row row) {
    int slash = row.opcode().indexOf('/');
    return slash < 0 ? -1 : row.opcode().charAt(slash + 1) - '0';
  }
}
