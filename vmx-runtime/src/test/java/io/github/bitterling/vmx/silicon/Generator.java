package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.frontend.decode.Sem;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Random user-mode instructions from the table, with random state in which memory operands mostly
 * hit the data page.
 */
final class Generator {
  /** States that an instruction is tried with, so that compiled code is used more than once. */
  private static final int STATES = 4;

  static final Set<Sem> STRINGS = EnumSet.of(Sem.MOVS, Sem.STOS, Sem.LODS, Sem.CMPS, Sem.SCAS);

  /** One trial of so many has alignment checks on. */
  static final int CHECKED = 6;

  private static final long[] CORNERS = {
    0,
    1,
    -1,
    0x7F,
    0x80,
    0xFF,
    0x7FFF,
    0x8000,
    0xFFFF,
    0x7FFFFFFFL,
    0x80000000L,
    0xFFFFFFFFL,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    31,
    32,
    33,
    63,
    64,
    15,
    16,
    17
  };

  /** Mnemonics to stay with: for work on one instruction. */
  private static final String ONLY = System.getProperty("silicon.only", ".*");

  private final Decoder decoder = new Decoder();
  private final InstructionTable table = decoder.table();
  private final List<Integer> rows = new ArrayList<>();
  private final Random random;
  private Trial last;
  private int again;
  private Insn insn;

  /**
   * @param host rows that the host can run
   */
  Generator(long seed, Predicate<Row> host) {
    random = new Random(seed);
    for (int r = 0; r < table.size(); r++) {
      Row row = table.row(r);
      if (Scope.of(row) == Scope.INTEGER && row.mnemonic().matches(ONLY) && host.test(row)) {
        rows.add(r);
      }
    }
  }

  int rowCount() {
    return rows.size();
  }

  /** Row of the instruction made last. */
  Row row() {
    return table.row(insn.row());
  }

  Insn insn() {
    return insn;
  }

  /** The next trial: the last instruction with another state, or a new one. */
  Trial next() {
    while (true) {
      Trial t = again-- > 0 ? repeated() : fresh();
      if (t != null && !undefinedResult(t)) {
        return t;
      }
    }
  }

  private Trial repeated() {
    Trial t = of(last.mode, last.code);
    state(t, false);
    return t;
  }

  private Trial fresh() {
    again = 0;
    Trial t = new Trial();
    t.mode = mode();
    byte[] bytes = bytes(anyRow(), t.code64());
    if (!decode(bytes, t)) {
      return null;
    }
    t.code = Arrays.copyOf(bytes, insn.length());
    state(t, true);
    last = t;
    again = STATES - 1;
    return t;
  }

  int mode() {
    return Math.max(0, random.nextInt(6) - 2);
  }

  int anyRow() {
    return rows.get(random.nextInt(rows.size()));
  }

  /** Makes the instruction of some bytes the current one; whether it can be compared. */
  boolean decode(byte[] bytes, Trial t) {
    insn =
        decoder.decode(
            p -> p < bytes.length ? bytes[p] & 0xFF : -1, 0, t.modeKey() & ModeKey.CODE_MASK);
    return insn.status() == Insn.Status.OK && Scope.of(row()).integer() && comparable();
  }

  private Trial of(int mode, byte[] code) {
    Trial t = new Trial();
    t.mode = mode;
    t.code = code;
    adopt(t);
    return t;
  }

  /** Makes a trial made elsewhere the current one. */
  void adopt(Trial t) {
    insn =
        decoder.decode(
            p -> p < t.code.length ? t.code[p] & 0xFF : -1, 0, t.modeKey() & ModeKey.CODE_MASK);
  }

  /** Bytes that begin with the opcode of a row, the rest random. */
  private byte[] bytes(int row, boolean code64) {
    byte[] b = new byte[24];
    int n = 0;
    random.nextBytes(b);
    if (random.nextInt(4) == 0) {
      b[n++] = 0x66;
    }
    if (random.nextInt(16) == 0) {
      b[n++] = 0x67;
    }
    if (random.nextInt(12) == 0) {
      b[n++] = (byte) (0x26 | random.nextInt(4) << 3);
    }
    if (random.nextInt(12) == 0) {
      b[n++] = (byte) 0xF0;
    }
    if (STRINGS.contains(table.semantics(row)) && random.nextInt(3) != 0) {
      b[n++] = (byte) (0xF2 + random.nextInt(2));
    }
    int rex = code64 && random.nextBoolean() ? 0x40 | random.nextInt(16) : 0;
    int mod = random.nextInt(2) == 0 ? 3 : random.nextInt(3);
    n = opcode(b, n, row, rex, mod << 6 | random.nextInt(64), code64 ? 16 : 8);
    if (table.semantics(row) == Sem.ENTER) {
      b[n + 1] = (byte) random.nextInt(3);
      b[n + 2] = (byte) random.nextInt(random.nextBoolean() ? 3 : 34);
    }
    return b;
  }

  /**
   * As {@link #bytes}, with registers among the first four, and memory operands that are a
   * displacement alone.
   */
  byte[] near(int row, Trial t) {
    byte[] b = new byte[24];
    random.nextBytes(b);
    int n = 0;
    if (random.nextInt(5) == 0) {
      b[n++] = 0x66;
    }
    int rex = t.code64() && random.nextInt(3) == 0 ? 0x48 : 0;
    int displacement = t.mode == Trial.CODE16 ? 6 : 5;
    int rm = random.nextInt(3) > 0 ? 0xC0 | random.nextInt(4) : displacement;
    opcode(b, n, row, rex, rm | random.nextInt(4) << 3, 4);
    return b;
  }

  /**
   * Writes prefix, REX, opcode and ModRM of a row; returns the offset behind the opcode.
   *
   * @param rex REX prefix or 0
   * @param modrm ModRM with a register where the row has no digit of its own
   * @param registers of which VEX.vvvv is one
   */
  private int opcode(byte[] b, int at, int row, int rex, int modrm, int registers) {
    String code = table.row(row).opcode();
    int n = at;
    if (VexEncoding.is(table.row(row))) {
      n = VexEncoding.write(b, at, table.row(row), rex & 7, random, registers);
      int digit = VexEncoding.digit(table.row(row));
      b[n] = (byte) (digit < 0 ? modrm : modrm & 0xC7 | digit << 3);
      return n;
    }
    int dot = code.indexOf('.');
    if (dot > 0) {
      String prefix = code.substring(0, dot);
      if (!prefix.startsWith("N")) {
        b[n++] = (byte) Integer.parseInt(prefix, 16);
      }
      code = code.substring(dot + 1);
    }
    if (rex != 0) {
      b[n++] = (byte) rex;
    }
    int p = 0;
    while (p + 2 <= code.length()
        && Character.digit(code.charAt(p), 16) >= 0
        && Character.digit(code.charAt(p + 1), 16) >= 0) {
      b[n++] = (byte) Integer.parseInt(code, p, p + 2, 16);
      p += 2;
    }
    if (p < code.length() && code.charAt(p) == '+') {
      b[n - 1] += (byte) random.nextInt(code.charAt(p + 1) == 'c' ? 16 : 8);
    }
    if ((table.attributes(row) & Attr.MODRM) != 0) {
      int slash = code.indexOf('/');
      int whole = code.indexOf('=');
      b[n] =
          (byte)
              (whole >= 0
                  ? Integer.parseInt(code.substring(whole + 1), 16)
                  : slash < 0 ? modrm : modrm & 0xC7 | code.charAt(slash + 1) - '0' << 3);
    }
    return n;
  }

  /**
   * Leaves out what depends on the host (segment bases, data prefixes AMD and Intel take
   * differently).
   */
  private boolean comparable() {
    boolean ownSegment = insn.override() == 1 || insn.override() > 3;
    if (ownSegment
        || insn.hasRex()
            && insn.code64()
            && insn.semantics() == Sem.XCHG_RAX
            && insn.repeat() != 0) {
      return false;
    }
    boolean prefix66 = false;
    for (int k = 0; k < insn.length() - 1 && isPrefix(insn.rawByte(k)); k++) {
      prefix66 |= insn.rawByte(k) == 0x66;
    }
    if (insn.code64() && prefix66 && insn.has(Attr.F64)) {
      return false;
    }
    boolean mandatory = row().opcode().startsWith("F");
    return insn.repeat() == 0
        || STRINGS.contains(insn.semantics())
        || mandatory && row().opcode().indexOf('.') > 0;
  }

  private boolean isPrefix(int b) {
    return (b & 0xE7) == 0x26
        || b == 0xF0
        || b == 0x66
        || b == 0x67
        || b == 0xF2
        || b == 0xF3
        || insn.code64() && (b & 0xF0) == 0x40;
  }

  private long value() {
    return switch (random.nextInt(4)) {
      case 0 -> CORNERS[random.nextInt(CORNERS.length)];
      case 1 -> random.nextLong() >> random.nextInt(64);
      case 2 -> random.nextInt(256);
      default -> random.nextLong();
    };
  }

  /** Part of a vector: random, a corner, or corners in its elements. */
  private long vector() {
    return switch (random.nextInt(8)) {
      case 0, 1 -> value();
      case 2 -> value() & 0xFFFFFFFFL | value() << 32;
      case 3 -> (value() & 0xFFFF) * 0x1000100010001L;
      default -> random.nextLong();
    };
  }

  /** Registers, flags and memory that no instruction asks for in particular. */
  void registers(Trial t) {
    for (int i = 0; i < 16; i++) {
      t.reg[i] = value();
    }
    for (int i = 0; i < 32; i++) {
      t.xmm[i] = vector();
      t.ymm[i] = vector();
    }
    for (int i = 0; i < 8; i++) {
      t.mmx[i] = random.nextInt(4) == 0 ? value() : random.nextLong();
    }
    t.reg[4] = Trial.DATA - t.dataBase() + 0x800 + random.nextInt(64);
    t.flags = random.nextLong() & UndefinedFlags.ALL | (random.nextInt(CHECKED) == 0 ? Cpu.AC : 0);
    t.seed = random.nextLong() | 1;
  }

  /** Cuts the state to what the mode has. */
  void narrow(Trial t) {
    if (!t.code64()) {
      for (int i = 0; i < 16; i++) {
        t.reg[i] = i < 8 ? t.reg[i] & 0xFFFFFFFFL : 0;
      }
      for (int i = 16; i < 32; i++) {
        t.xmm[i] = 0;
        t.ymm[i] = 0;
      }
    }
    if (t.mode == Trial.CODE16) {
      t.reg[4] &= 0xFFFF;
    }
  }

  /**
   * @param patch whether the instruction may still change, to have its displacement lead to the
   *     data page
   */
  private void state(Trial t, boolean patch) {
    registers(t);
    long data = Trial.DATA - t.dataBase();
    t.reg[5] = insn.semantics() == Sem.LEAVE ? data + 0x900 + random.nextInt(64) : t.reg[5];
    if (random.nextInt(50) == 0) {
      t.reg[4] = value();
    }
    if (insn.semantics() == Sem.XLAT) {
      t.reg[3] = data + random.nextInt(4096);
    }
    if (insn.isMemory()) {
      aim(t);
    }
    boolean absolute =
        insn.isMemory() && insn.base() == Insn.NO_REGISTER && insn.index() == Insn.NO_REGISTER;
    boolean moffs = insn.operandCount() == 2 && isMoffs(insn.operand(0), insn.operand(1));
    if (patch && (absolute || moffs || insn.isMemory() && insn.base() == Insn.RIP)) {
      t.code = aimed(t, t.code, t.ip(), data + 0x300 + random.nextInt(0x900));
      adopt(t);
    }
    if (STRINGS.contains(insn.semantics())) {
      t.reg[6] = data + random.nextInt(4096);
      t.reg[7] = data + random.nextInt(4096);
      if (insn.repeat() != 0) {
        t.steps = Trial.TO_THE_END;
        t.reg[1] = random.nextInt(random.nextBoolean() ? 4 : 600);
      }
    }
    if (insn.semantics() == Sem.MASKMOV) {
      t.reg[7] = data + (random.nextInt(4) == 0 ? 4075 + random.nextInt(21) : random.nextInt(4080));
    }
    if (insn.semantics() == Sem.VGATHER) {
      gather(t);
    }
    if (insn.semantics() == Sem.PCMPSTR && random.nextInt(4) != 0) {
      text(t);
    }
    if (insn.semantics() == Sem.ENTER) {
      t.reg[5] = data + 0x900 + random.nextInt(64);
    }
    narrow(t);
  }

  /**
   * A base in the data page and small indices, now and then one beyond the page; elements that are
   * not wanted may have any index.
   */
  private void gather(Trial t) {
    int width = (insn.opcode() & 1) == 0 ? 32 : 64;
    int reach = 0x300 >> insn.scale();
    for (int k = 0; k < 4; k++) {
      long part = 0;
      for (int at = 0; at < 64; at += width) {
        long i = random.nextInt(30) == 0 ? value() : random.nextInt(2 * reach) - reach;
        part |= (width == 64 ? i : i & 0xFFFFFFFFL) << at;
      }
      long[] half = k < 2 ? t.xmm : t.ymm;
      half[2 * insn.index() + (k & 1)] = part;
    }
    if (insn.base() >= 0) {
      long target =
          Trial.DATA
              - t.dataBase()
              + 0x400
              + random.nextInt(random.nextInt(9) == 0 ? 0xC00 : 0x500);
      t.reg[insn.base()] = target - insn.disp();
    }
  }

  /** Strings of few letters, so that they often match, and lengths near the register's. */
  private void text(Trial t) {
    for (int i = 0; i < 32; i++) {
      for (int at = 0; at < 64; at += 8) {
        t.xmm[i] =
            t.xmm[i] & ~(0xFFL << at)
                | (random.nextInt(12) == 0
                        ? 0L
                        : random.nextInt(3) + (random.nextInt(4) == 0 ? 0x7FL : 1L))
                    << at;
      }
    }
    t.reg[0] = random.nextInt(40) - 20;
    t.reg[2] = random.nextInt(40) - 20;
  }

  private static boolean isMoffs(Operand a, Operand b) {
    return a.kind() == Operand.Kind.MOFFS || b.kind() == Operand.Kind.MOFFS;
  }

  /**
   * The current instruction's bytes with a displacement that leads to a place; unchanged where
   * there is none.
   */
  byte[] aimed(Trial t, byte[] code, long ip, long target) {
    long old = insn.disp();
    long wanted = insn.base() == Insn.RIP ? target - ip - insn.length() : target;
    for (int bytes : new int[] {8, 4, 2}) {
      for (int at = 1; at + bytes <= code.length; at++) {
        byte[] patched = code.clone();
        long there = 0;
        for (int k = 0; k < bytes; k++) {
          there |= (code[at + k] & 0xFFL) << 8 * k;
          patched[at + k] = (byte) (wanted >>> 8 * k);
        }
        int shift = 64 - 8 * bytes;
        if (there << shift >> shift == old) {
          Insn i =
              decoder.decode(
                  p -> p < patched.length ? patched[p] & 0xFF : -1,
                  0,
                  t.modeKey() & ModeKey.CODE_MASK);
          if (i.status() == Insn.Status.OK && i.length() == patched.length && i.disp() == wanted) {
            return patched;
          }
        }
      }
    }
    return code;
  }

  /**
   * Sets the base register so that the operand lies in the data page, now and then across its end.
   */
  private void aim(Trial t) {
    Operand second = insn.operand(1);
    boolean bits =
        second == Operand.Gv
            && Set.of(Sem.BT, Sem.BTS, Sem.BTR, Sem.BTC).contains(insn.semantics());
    if (bits) {
      t.reg[insn.reg()] = random.nextInt(4096) - 2048;
    }
    long target =
        Trial.DATA
            - t.dataBase()
            + (random.nextInt(20) == 0 ? random.nextInt(4096) : 0x300 + random.nextInt(0x900));
    if (random.nextInt(2) == 0) {
      target &= ~15L;
    }
    if (insn.semantics() == Sem.VGATHER) {
      return;
    }
    if (insn.index() >= 0 && insn.index() != insn.base()) {
      t.reg[insn.index()] = insn.index() == 4 ? t.reg[4] : random.nextInt(128) - 64;
    }
    if (insn.base() >= 0 && insn.base() < 16 && insn.base() != insn.index()) {
      long index = insn.index() >= 0 ? t.reg[insn.index()] << insn.scale() : 0;
      t.reg[insn.base()] = target - insn.disp() - index;
    }
  }

  /** Flags that can be compared: what the SDM defines for this instruction with these operands. */
  long comparableFlags(Trial t) {
    return UndefinedFlags.ALL & ~UndefinedFlags.after(insn, row(), (int) t.reg[1]);
  }

  private boolean undefinedResult(Trial t) {
    return UndefinedFlags.result(insn, (int) t.reg[1]);
  }
}
