package io.github.bitterling.jit.programs;

import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.frontend.decode.Sem;
import io.github.bitterling.vmx.silicon.Scope;
import io.github.bitterling.vmx.silicon.VexEncoding;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Instructions of any row a program may execute, on the registers 0 to 3 and 8 to 11, with memory
 * operands relative to the base registers, often across a page's end.
 */
final class RowCode {
  private static final Set<Sem> ELSEWHERE =
      EnumSet.of(
          Sem.JCC,
          Sem.JMP_REL,
          Sem.CALL_REL,
          Sem.JMP_IND,
          Sem.CALL_IND,
          Sem.RET,
          Sem.LOOP,
          Sem.LOOPE,
          Sem.LOOPNE,
          Sem.JCXZ,
          Sem.ENTER,
          Sem.LEAVE,
          Sem.UD2,
          Sem.XLAT,
          Sem.MASKMOV);

  private static final Set<Sem> STRINGS =
      EnumSet.of(Sem.MOVS, Sem.STOS, Sem.LODS, Sem.CMPS, Sem.SCAS);

  private final Decoder decoder = new Decoder();
  private final InstructionTable table = decoder.table();
  private final List<Integer> integers = new ArrayList<>();
  private final List<Integer> floats = new ArrayList<>();
  private final Random random;
  private final ProgramMode mode;

  RowCode(Random random, ProgramMode mode) {
    this.random = random;
    this.mode = mode;
    for (int r = 0; r < table.size(); r++) {
      Scope scope = Scope.of(table.row(r));
      if (scope == Scope.INTEGER && !ELSEWHERE.contains(table.semantics(r))) {
        integers.add(r);
      } else if (scope == Scope.FLOAT) {
        floats.add(r);
      }
    }
  }

  /** One instruction. */
  byte[] next() {
    List<Integer> rows = random.nextInt(4) == 0 ? floats : integers;
    while (true) {
      int row = rows.get(random.nextInt(rows.size()));
      byte[] bytes = bytes(row);
      Insn i = decoder.decode(p -> p < bytes.length ? bytes[p] & 0xFF : -1, 0, mode.bits >> 5);
      if (i.status() == Insn.Status.OK && i.row() == row) {
        return Arrays.copyOf(bytes, i.length());
      }
    }
  }

  private byte[] bytes(int row) {
    byte[] b = new byte[24];
    random.nextBytes(b);
    if (VexEncoding.is(table.row(row))) {
      return vex(b, row);
    }
    int n = 0;
    if (random.nextInt(6) == 0) {
      b[n++] = 0x66;
    }
    if (STRINGS.contains(table.semantics(row)) && random.nextInt(3) == 0) {
      b[n++] = (byte) (0xF2 + random.nextInt(2));
    }
    if (random.nextInt(40) == 0) {
      b[n++] = (byte) 0xF0;
    }
    String code = table.row(row).opcode();
    int dot = code.indexOf('.');
    if (dot > 0) {
      if (!code.startsWith("N")) {
        b[n++] = (byte) Integer.parseInt(code.substring(0, dot), 16);
      }
      code = code.substring(dot + 1);
    }
    if (mode.bits == 64 && random.nextInt(3) == 0) {
      b[n++] = (byte) (0x40 | random.nextInt(2) << 3 | random.nextInt(2) << 2);
    }
    return operands(b, n, code, row);
  }

  private byte[] vex(byte[] b, int row) {
    int extended = mode.bits == 64 && random.nextInt(3) == 0 ? 4 : 0;
    int n = VexEncoding.write(b, 0, table.row(row), extended, random, 4);
    int digit = VexEncoding.digit(table.row(row));
    modRm(b, n, digit < 0 ? random.nextInt(4) : digit, random.nextBoolean());
    return b;
  }

  private byte[] operands(byte[] b, int at, String code, int row) {
    int n = at;
    int p = 0;
    while (p + 2 <= code.length() && Character.digit(code.charAt(p), 16) >= 0) {
      b[n++] = (byte) Integer.parseInt(code, p, p + 2, 16);
      p += 2;
    }
    String rest = code.substring(p);
    if (rest.startsWith("+")) {
      b[n - 1] += (byte) random.nextInt(rest.charAt(1) == 'c' ? 16 : 4);
    }
    if ((table.attributes(row) & Attr.MODRM) != 0) {
      if (rest.startsWith("=")) {
        b[n] = (byte) Integer.parseInt(rest.substring(1), 16);
        return b;
      }
      int digit = rest.startsWith("/") ? rest.charAt(1) - '0' : random.nextInt(4);
      boolean register = rest.endsWith("r") || !rest.endsWith("m") && random.nextBoolean();
      modRm(b, n, digit, register);
    }
    return b;
  }

  private void modRm(byte[] b, int n, int digit, boolean register) {
    if (register) {
      b[n] = (byte) (0xC0 | digit << 3 | random.nextInt(4));
    } else {
      memory(b, n, digit);
    }
  }

  /** A displacement into the data area from RSI, RDI or RBP (SI or DI), which lie at its start. */
  private void memory(byte[] b, int n, int digit) {
    int rm = mode.bits == 16 ? 4 + random.nextInt(2) : 5 + random.nextInt(3);
    b[n] = (byte) (0x80 | digit << 3 | rm);
    int offset = random.nextInt(ProgramMode.DATA_BYTES - 0x200);
    if (random.nextInt(3) == 0) {
      offset = (offset & -4096 | 4096) - random.nextInt(24);
    } else if (random.nextBoolean()) {
      offset &= -16;
    }
    if (random.nextInt(200) == 0) {
      offset = -0x1000;
    }
    for (int k = 0; k < (mode.bits == 16 ? 2 : 4); k++) {
      b[n + 1 + k] = (byte) (offset >> 8 * k);
    }
  }
}
