package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Floating-point instructions from the table; operands, control words and stacks that lean towards
 * the edges.
 */
final class FloatGenerator {
  private static final int[] EXPONENTS = {
    0, 0, 1, 2, 0x3FBE, 0x3FBF, 0x3FC0, 0x3FFD, 0x3FFE, 0x3FFF, 0x3FFF, 0x4000, 0x4001, 0x400D,
    0x400E, 0x401D, 0x401E, 0x401F, 0x403C, 0x403D, 0x403E, 0x403F, 0x7FFD, 0x7FFE, 0x7FFF, 0x7FFF,
    0x3C00, 0x3C01, 0x3BCD, 0x43FE, 0x43FF, 0x3F80, 0x3F81, 0x3F6A, 0x407E, 0x407F
  };
  private static final long[] SIGNIFICANDS = {
    0,
    1L << 63,
    -1L,
    1L << 63 | 1,
    0xC000000000000000L,
    0xC000000000000001L,
    0x8000008000000000L,
    0x8000000000000400L,
    0xFFFFFF8000000000L,
    0xFFFFFF7FFFFFFFFFL,
    0xFFFFFFFFFFFFFC00L,
    0xFFFFFFFFFFFFFBFFL,
    0xA000000000000000L,
    1,
    0x7FFFFFFFFFFFFFFFL,
    0x4000000000000000L,
    0xFFFFFF0000000000L,
    0x8000010000000000L,
    0xFFFFFFFFFFFFF800L,
    0x8000000000000800L
  };
  private static final int[] DOUBLES = {
    0, 0, 1, 2, 0x3FE, 0x3FF, 0x3FF, 0x400, 0x3CA, 0x433, 0x434, 0x41D, 0x41E, 0x41F, 0x43D, 0x43E,
    0x7FD, 0x7FE, 0x7FF, 0x7FF, 0x36A, 0x380, 0x381, 0x47E, 0x47F
  };
  private static final int[] SINGLES = {
    0, 0, 1, 2, 0x7E, 0x7F, 0x7F, 0x80, 0x68, 0x96, 0x97, 0x9D, 0x9E, 0x9F, 0xBD, 0xBE, 0xFD, 0xFE,
    0xFF, 0xFF
  };

  private final Decoder decoder = new Decoder();
  private final InstructionTable table = decoder.table();
  private final List<Integer> rows = new ArrayList<>();
  private final Random random;
  private Insn insn;
  private int at;

  FloatGenerator(long seed, Predicate<Row> wanted) {
    random = new Random(seed);
    for (int r = 0; r < table.size(); r++) {
      if (wanted.test(table.row(r))) {
        rows.add(r);
      }
    }
  }

  Insn insn() {
    return insn;
  }

  int rowCount() {
    return rows.size();
  }

  Row row() {
    return table.row(insn.row());
  }

  /** Makes a trial made elsewhere the current one. */
  void adopt(Trial t) {
    insn =
        decoder.decode(
            p -> p < t.code.length ? t.code[p] & 0xFF : -1, 0, t.modeKey() & ModeKey.CODE_MASK);
  }

  /** Rows in turn, so that each has its share. */
  Trial next() {
    while (true) {
      int row = rows.get(at++ % rows.size());
      Trial t = instruction(row, random.nextInt(3) > 0 ? 0 : random.nextInt(4));
      if (t != null) {
        state(t);
        if (!amdOnly(t)) {
          return t;
        }
      }
    }
  }

  /** An instruction of any row, without a state. */
  Trial any(int mode) {
    Trial t = null;
    while (t == null) {
      t = instruction(rows.get(random.nextInt(rows.size())), mode);
    }
    return t;
  }

  /** An instruction of a row, without a state; null when what was drawn is another one. */
  private Trial instruction(int row, int mode) {
    Trial t = new Trial();
    t.mode = mode;
    byte[] bytes = bytes(row, t);
    t.code = bytes;
    adopt(t);
    if (insn.status() != Insn.Status.OK || insn.row() != row) {
      return null;
    }
    t.code = Arrays.copyOf(bytes, insn.length());
    return t;
  }

  /** FXRSTOR of an image whose MXCSR has bit 17, which only AMD's processors have. */
  private boolean amdOnly(Trial t) {
    return insn.mnemonic().equals("fxrstor")
        && (t.memory()[t.operandAt / 8 + 3] & 0xFFFF0000L) == 0x20000;
  }

  private byte[] bytes(int row, Trial t) {
    String code = table.row(row).opcode();
    byte[] b = new byte[24];
    random.nextBytes(b);
    int n = 0;
    if (VexEncoding.is(table.row(row))) {
      int rxb = t.code64() && random.nextInt(3) == 0 ? random.nextInt(8) & 6 : 0;
      n = VexEncoding.write(b, 0, table.row(row), rxb, random, t.code64() ? 16 : 8);
      int digit = VexEncoding.digit(table.row(row));
      b[n] = modrm(digit < 0 ? "" : "/" + digit, t);
      return b;
    }
    int dot = code.indexOf('.');
    if (dot > 0) {
      if (!code.startsWith("N")) {
        b[n++] = (byte) Integer.parseInt(code.substring(0, dot), 16);
      }
      code = code.substring(dot + 1);
    }
    if (t.code64() && random.nextInt(3) == 0) {
      b[n++] = (byte) (0x40 | random.nextInt(16) & 0xE);
    }
    int p = 0;
    while (p + 2 <= code.length() && Character.digit(code.charAt(p), 16) >= 0) {
      b[n++] = (byte) Integer.parseInt(code, p, p + 2, 16);
      p += 2;
    }
    if ((table.attributes(row) & Attr.MODRM) != 0) {
      b[n] = modrm(code.substring(p), t);
    }
    return b;
  }

  private byte modrm(String rest, Trial t) {
    if (rest.startsWith("=")) {
      return (byte) Integer.parseInt(rest.substring(1), 16);
    }
    int digit = rest.startsWith("/") ? rest.charAt(1) - '0' : random.nextInt(8);
    boolean register = rest.endsWith("r") || !rest.endsWith("m") && random.nextBoolean();
    int base = t.mode == Trial.CODE16 ? 7 : 3;
    return (byte) ((register ? 0xC0 | random.nextInt(8) : base) | digit << 3);
  }

  /** A state for the current instruction. */
  void state(Trial t) {
    for (int i = 0; i < 16; i++) {
      t.reg[i] = integer();
    }
    t.flags = random.nextLong() & UndefinedFlags.ALL;
    t.seed = random.nextLong() | 1;
    stack(t);
    t.mxcsr = mxcsr();
    for (int i = 0; i < 32; i++) {
      t.xmm[i] = vector();
      t.ymm[i] = vector();
    }
    if (insn.base() >= 8) {
      t.reg[3 + 8] = 0;
    }
    t.operandAt = 0x400;
    if (insn.isMemory()) {
      operand(t);
    }
    if (random.nextInt(Generator.CHECKED) == 0) {
      checked(t);
    }
    t.reg[4] = Trial.DATA - t.dataBase() + 0xC00;
    if (!t.code64()) {
      for (int i = 0; i < 16; i++) {
        t.reg[i] = i < 8 ? t.reg[i] & 0xFFFFFFFFL : 0;
      }
      Arrays.fill(t.xmm, 16, 32, 0);
      Arrays.fill(t.ymm, 16, 32, 0);
    }
  }

  /**
   * Alignment checks, mostly with an operand that lies a little behind its place; what stores
   * pointers, which are found by their place, then never completes.
   */
  private void checked(Trial t) {
    t.flags |= Cpu.AC;
    boolean odd = insn.opSize() == 2 || insn.mnemonic().equals("fxsave");
    boolean pointers = insn.mnemonic().matches("fnstenv|fnsave|fxsave");
    int by = pointers ? odd ? 1 : 1 + random.nextInt(3) : random.nextInt(16);
    if (insn.isMemory()) {
      t.reg[insn.base() >= 8 ? 11 : 3] += random.nextInt(3) == 0 ? 0 : by;
    }
  }

  private void operand(Trial t) {
    long data = Trial.DATA - t.dataBase();
    Operand.Size size = memorySize();
    boolean area = size == Operand.Size.FX;
    int end = area ? 0xE10 + 16 * random.nextInt(31) : 0x1000 - 4 * random.nextInt(9);
    boolean atEnd = random.nextInt(area ? 8 : 100) == 0;
    t.reg[insn.base() >= 8 ? 11 : 3] = data + (atEnd ? end : t.operandAt);
    switch (size) {
      case T -> {
        t.operand[0] = insn.mnemonic().equals("fbld") ? decimal() : significand();
        t.operand[1] =
            insn.mnemonic().equals("fbld") ? random.nextInt(0x10000) & 0x8099 : signExponent();
      }
      case D ->
          t.operand[0] = insn.mnemonic().startsWith("fi") ? integer() : single() | single() << 32;
      case Q -> t.operand[0] = insn.mnemonic().startsWith("fi") ? integer() : vector();
      case X, DQ, XH -> {
        for (int k = 0; k < t.operand.length; k++) {
          t.operand[k] = vector();
        }
      }
      default -> t.operand[0] = integer();
    }
    if (insn.mnemonic().endsWith("ldmxcsr")) {
      t.operand[0] &= 0xFFFF;
    }
  }

  private Operand.Size memorySize() {
    int k = 0;
    while (!insn.operand(k).mayBeMemory()) {
      k++;
    }
    return insn.operand(k).size();
  }

  private long decimal() {
    long v = 0;
    for (int i = 0; i < 16; i++) {
      v = v << 4 | random.nextInt(10);
    }
    return random.nextInt(8) == 0 ? 0 : v;
  }

  private void stack(Trial t) {
    t.control =
        0x40 | (random.nextInt(3) > 0 ? 0x3F : random.nextInt(64)) | random.nextInt(16) << 8;
    if (random.nextInt(3) == 0) {
      t.control |= 0x300;
    }
    t.status = random.nextInt(8) << 11 | random.nextInt(16) << 8 & 0x4700;
    if (random.nextInt(4) == 0) {
      t.status |= random.nextInt(128) & (t.control & 0x3F | 0x40);
    }
    t.tags = random.nextInt(4) > 0 ? 0x7F << (t.status >> 11 & 7) : random.nextInt(256);
    t.tags = (t.tags | t.tags >> 8) & 0xFF;
    for (int i = 0; i < 8; i++) {
      t.mmx[i] = significand();
      t.signExponent[i] = signExponent();
      boolean number = t.signExponent[i] << 17 != 0;
      if (number && random.nextInt(12) > 0) {
        t.mmx[i] |= 1L << 63;
      }
    }
    if (insn.mnemonic().startsWith("fprem") || insn.mnemonic().equals("fscale")) {
      t.signExponent[0] = near(t.signExponent[1]);
    }
    if (random.nextInt(3) == 0 && t.signExponent[0] << 17 != 0) {
      // A second operand close to the first
      t.signExponent[1] = near(t.signExponent[0]);
    }
    if (insn.mnemonic().matches("f(sin|cos|sincos|ptan|2xm1|yl2x|yl2xp1)")
        && random.nextInt(4) > 0) {
      t.signExponent[0] =
          t.signExponent[0] & 0x8000
              | 0x3FFF
                  - random.nextInt(20)
                  + (insn.mnemonic().length() < 6 ? random.nextInt(12) : 0);
    }
  }

  private int near(int signExponent) {
    int e = (signExponent & 0x7FFF) + random.nextInt(9) - 4;
    if (random.nextInt(3) == 0) {
      e += random.nextInt(200) - 100;
    }
    return Math.max(0, Math.min(0x7FFF, e)) | random.nextInt(2) << 15;
  }

  private int mxcsr() {
    int masks = random.nextInt(3) > 0 ? 0x1F80 : random.nextInt(64) << 7;
    int modes =
        random.nextInt(2) == 0
            ? 0
            : random.nextInt(4) << 13 | random.nextInt(2) << 6 | random.nextInt(2) << 15;
    return masks | modes | (random.nextBoolean() ? 0 : random.nextInt(64));
  }

  private long significand() {
    return switch (random.nextInt(3)) {
      case 0 -> SIGNIFICANDS[random.nextInt(SIGNIFICANDS.length)];
      case 1 -> random.nextLong() << random.nextInt(64);
      default -> random.nextLong();
    };
  }

  private int signExponent() {
    int e =
        random.nextInt(4) > 0
            ? EXPONENTS[random.nextInt(EXPONENTS.length)]
            : 0x3FFF - 70 + random.nextInt(140);
    return e | random.nextInt(2) << 15;
  }

  /** A double, two singles or an integer. */
  long vector() {
    return switch (random.nextInt(5)) {
      case 0, 1 -> real(DOUBLES, 52, 0x3FF);
      case 2, 3 -> single() | single() << 32;
      default -> integer();
    };
  }

  private long single() {
    return real(SINGLES, 23, 0x7F) & 0xFFFFFFFFL;
  }

  private long real(int[] exponents, int fraction, int bias) {
    long e =
        random.nextInt(4) > 0
            ? exponents[random.nextInt(exponents.length)]
            : bias - 30 + random.nextInt(60);
    long f =
        switch (random.nextInt(5)) {
          case 0 -> 0;
          case 1 -> -1L << random.nextInt(fraction);
          case 2 -> 1L << random.nextInt(fraction);
          case 3 -> random.nextLong() << random.nextInt(fraction);
          default -> random.nextLong();
        };
    return (long) random.nextInt(2) << (fraction == 52 ? 63 : 31)
        | e << fraction
        | f & (1L << fraction) - 1;
  }

  private long integer() {
    return switch (random.nextInt(4)) {
      case 0 -> random.nextLong() >> random.nextInt(64);
      case 1 -> (1L << random.nextInt(64)) - random.nextInt(3);
      case 2 -> random.nextInt(16) - 8;
      default -> random.nextLong();
    };
  }
}
