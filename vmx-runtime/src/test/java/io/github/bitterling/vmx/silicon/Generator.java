package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Decoder;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.InstructionTable;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.frontend.decode.Sem;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/**
 * Random user-mode instructions from the table, with random state in which memory operands mostly
 * hit the data page.
 */
final class Generator {
  private static final Set<Sem> USER =
      EnumSet.of(
          Sem.ADD,
          Sem.OR,
          Sem.AND,
          Sem.SUB,
          Sem.XOR,
          Sem.ADC,
          Sem.SBB,
          Sem.CMP,
          Sem.TEST,
          Sem.INC,
          Sem.DEC,
          Sem.NOT,
          Sem.NEG,
          Sem.MUL,
          Sem.IMUL1,
          Sem.IMUL,
          Sem.DIV,
          Sem.IDIV,
          Sem.CBW,
          Sem.CWD,
          Sem.MOV,
          Sem.MOVZX,
          Sem.MOVSX,
          Sem.MOVSXD,
          Sem.LEA,
          Sem.XCHG,
          Sem.XCHG_RAX,
          Sem.CMOVCC,
          Sem.SETCC,
          Sem.BSWAP,
          Sem.MOVBE_LOAD,
          Sem.MOVBE_STORE,
          Sem.CRC32,
          Sem.XLAT,
          Sem.CMPXCHG,
          Sem.XADD,
          Sem.SHL,
          Sem.SHR,
          Sem.SAR,
          Sem.ROL,
          Sem.ROR,
          Sem.RCL,
          Sem.RCR,
          Sem.SHLD,
          Sem.SHRD,
          Sem.BT,
          Sem.BTS,
          Sem.BTR,
          Sem.BTC,
          Sem.BSF,
          Sem.BSR,
          Sem.POPCNT,
          Sem.PUSH,
          Sem.POP,
          Sem.LEAVE,
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
          Sem.CMC,
          Sem.CLC,
          Sem.STC,
          Sem.LAHF,
          Sem.SAHF,
          Sem.SALC,
          Sem.CLD,
          Sem.STD,
          Sem.NOP,
          Sem.UD2,
          Sem.MOVA,
          Sem.MOVU,
          Sem.PAND,
          Sem.PANDN,
          Sem.POR,
          Sem.PXOR,
          Sem.MOVSS_LOAD,
          Sem.MOVSS_STORE,
          Sem.MOVSD_LOAD,
          Sem.MOVSD_STORE,
          Sem.MOVQ_LOAD,
          Sem.MOVQ_STORE,
          Sem.MOVLPS_LOAD,
          Sem.MOVHPS_LOAD,
          Sem.MOVLPS_STORE,
          Sem.MOVHPS_STORE,
          Sem.MOVHLPS,
          Sem.MOVLHPS,
          Sem.MOVD_TO_XMM,
          Sem.MOVD_FROM_XMM,
          Sem.PUNPCKLQDQ,
          Sem.PUNPCKHQDQ,
          Sem.PACKED,
          Sem.PACK,
          Sem.PUNPCKL,
          Sem.PUNPCKH,
          Sem.PACKED_SHIFT,
          Sem.PSRLDQ,
          Sem.PSLLDQ,
          Sem.PALIGNR,
          Sem.PSHUFB,
          Sem.PSHUFLW,
          Sem.PSHUFHW,
          Sem.PSHUFD,
          Sem.SHUFPS,
          Sem.SHUFPD,
          Sem.MOVSLDUP,
          Sem.MOVSHDUP,
          Sem.MOVDDUP,
          Sem.PMOVMSKB,
          Sem.MOVMSKPD,
          Sem.MOVMSKPS,
          Sem.PACKED_MMX,
          Sem.PACK_MMX,
          Sem.PUNPCKL_MMX,
          Sem.PUNPCKH_MMX,
          Sem.PACKED_SHIFT_MMX,
          Sem.PALIGNR_MMX,
          Sem.PSHUFB_MMX,
          Sem.PSHUFW,
          Sem.PMOVMSKB_MMX,
          Sem.PEXTRW_MMX,
          Sem.PINSRW_MMX,
          Sem.MOVQ_MMX,
          Sem.MOVQ_MMX_STORE,
          Sem.MOVD_TO_MMX,
          Sem.MOVD_FROM_MMX,
          Sem.MOVQ2DQ,
          Sem.MOVDQ2Q,
          Sem.PAND_MMX,
          Sem.PANDN_MMX,
          Sem.POR_MMX,
          Sem.PXOR_MMX,
          Sem.ARPL,
          Sem.MOVS,
          Sem.STOS,
          Sem.LODS,
          Sem.CMPS,
          Sem.SCAS,
          Sem.DAA,
          Sem.DAS,
          Sem.AAA,
          Sem.AAS,
          Sem.AAM,
          Sem.AAD,
          Sem.PUSHA,
          Sem.POPA,
          Sem.ENTER,
          Sem.BOUND,
          Sem.CMPXCHG8B,
          Sem.EMMS,
          Sem.PTEST,
          Sem.PEXTR,
          Sem.PEXTRW,
          Sem.PINSR,
          Sem.BLEND,
          Sem.BLENDV,
          Sem.PMOVX,
          Sem.MPSADBW,
          Sem.PHMINPOSUW,
          Sem.PCLMULQDQ,
          Sem.AES_ROUND,
          Sem.AESIMC,
          Sem.AESKEYGENASSIST,
          Sem.PCMPSTR,
          Sem.MASKMOV);

  private static final Set<Sem> STRINGS =
      EnumSet.of(Sem.MOVS, Sem.STOS, Sem.LODS, Sem.CMPS, Sem.SCAS);

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
  private Insn insn;

  Generator(long seed) {
    random = new Random(seed);
    for (int r = 0; r < table.size(); r++) {
      if (USER.contains(table.semantics(r)) && table.row(r).mnemonic().matches(ONLY)) {
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

  Trial next() {
    while (true) {
      Trial t = new Trial();
      t.mode = Math.max(0, random.nextInt(6) - 2);
      byte[] bytes = bytes(rows.get(random.nextInt(rows.size())), t.code64());
      insn =
          decoder.decode(
              p -> p < bytes.length ? bytes[p] & 0xFF : -1, 0, t.modeKey() & ModeKey.CODE_MASK);
      if (insn.status() == Insn.Status.OK && USER.contains(insn.semantics()) && comparable()) {
        t.code = java.util.Arrays.copyOf(bytes, insn.length());
        state(t);
        return t;
      }
    }
  }

  /** A trial of given bytes with random state. */
  Trial of(int mode, byte[] code) {
    Trial t = new Trial();
    t.mode = mode;
    t.code = code;
    adopt(t);
    state(t);
    return t;
  }

  /** Makes a trial made elsewhere the current one. */
  void adopt(Trial t) {
    insn =
        decoder.decode(
            p -> p < t.code.length ? t.code[p] & 0xFF : -1, 0, t.modeKey() & ModeKey.CODE_MASK);
  }

  private byte[] bytes(int row, boolean code64) {
    String code = table.row(row).opcode();
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
    int dot = code.indexOf('.');
    if (dot > 0) {
      String prefix = code.substring(0, dot);
      if (!prefix.startsWith("N")) {
        b[n++] = (byte) Integer.parseInt(prefix, 16);
      }
      code = code.substring(dot + 1);
    }
    if (code64 && random.nextBoolean()) {
      b[n++] = (byte) (0x40 | random.nextInt(16));
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
    int slash = code.indexOf('/');
    int digit = slash < 0 ? random.nextInt(8) : code.charAt(slash + 1) - '0';
    if ((table.attributes(row) & Attr.MODRM) != 0) {
      int mod = random.nextInt(2) == 0 ? 3 : random.nextInt(3);
      b[n] = (byte) (mod << 6 | digit << 3 | random.nextInt(8));
    }
    if (table.semantics(row) == Sem.ENTER) {
      b[n + 1] = (byte) random.nextInt(3);
      b[n + 2] = (byte) random.nextInt(random.nextBoolean() ? 3 : 34);
    }
    return b;
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

  private void state(Trial t) {
    for (int i = 0; i < 16; i++) {
      t.reg[i] = value();
    }
    for (int i = 0; i < 32; i++) {
      t.xmm[i] = random.nextInt(4) == 0 ? value() : random.nextLong();
    }
    for (int i = 0; i < 8; i++) {
      t.mmx[i] = random.nextInt(4) == 0 ? value() : random.nextLong();
    }
    long data = Trial.DATA - t.dataBase();
    t.reg[4] = data + 0x800 + random.nextInt(64);
    t.reg[5] = insn.semantics() == Sem.LEAVE ? data + 0x900 + random.nextInt(64) : t.reg[5];
    if (random.nextInt(50) == 0) {
      t.reg[4] = value();
    }
    t.flags = random.nextLong() & 0xCD5;
    t.seed = random.nextLong() | 1;
    if (insn.semantics() == Sem.XLAT) {
      t.reg[3] = data + random.nextInt(4096);
    }
    if (insn.isMemory()) {
      aim(t);
    }
    boolean absolute =
        insn.isMemory() && insn.base() == Insn.NO_REGISTER && insn.index() == Insn.NO_REGISTER;
    boolean moffs = insn.operandCount() == 2 && isMoffs(insn.operand(0), insn.operand(1));
    if (absolute || moffs || insn.isMemory() && insn.base() == Insn.RIP) {
      patchDisplacement(t, data + 0x300 + random.nextInt(0x900));
    }
    if (STRINGS.contains(insn.semantics())) {
      t.reg[6] = data + random.nextInt(4096);
      t.reg[7] = data + random.nextInt(4096);
      t.repeat = insn.repeat() != 0;
      t.reg[1] = t.repeat ? random.nextInt(random.nextBoolean() ? 4 : 600) : t.reg[1];
    }
    if (insn.semantics() == Sem.MASKMOV) {
      t.reg[7] = data + (random.nextInt(4) == 0 ? 4075 + random.nextInt(21) : random.nextInt(4080));
    }
    if (insn.semantics() == Sem.PCMPSTR && random.nextInt(4) != 0) {
      text(t);
    }
    if (insn.semantics() == Sem.ENTER) {
      t.reg[5] = data + 0x900 + random.nextInt(64);
    }
    if (!t.code64()) {
      for (int i = 0; i < 16; i++) {
        t.reg[i] = i < 8 ? t.reg[i] & 0xFFFFFFFFL : 0;
      }
      for (int i = 16; i < 32; i++) {
        t.xmm[i] = 0;
      }
    }
    if (t.mode == Trial.CODE16) {
      t.reg[4] &= 0xFFFF;
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

  /** Writes a displacement into the instruction that leads to the data page. */
  private void patchDisplacement(Trial t, long target) {
    long old = insn.disp();
    long wanted = insn.base() == Insn.RIP ? target - t.ip() - insn.length() : target;
    for (int bytes : new int[] {8, 4, 2}) {
      for (int at = 1; at + bytes <= t.code.length; at++) {
        byte[] patched = t.code.clone();
        long there = 0;
        for (int k = 0; k < bytes; k++) {
          there |= (t.code[at + k] & 0xFFL) << 8 * k;
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
            t.code = patched;
            return;
          }
        }
      }
    }
    adopt(t);
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
    long mask = 0xCD5;
    for (char c : row().undefined().toCharArray()) {
      mask &= ~bit(c);
    }
    int count = shiftCount(t);
    int bits = insn.bytes(insn.operand(0) == null ? Operand.Size.V : insn.operand(0).size()) * 8;
    switch (insn.semantics()) {
      case SHL, SHR, SAR, SHLD, SHRD -> {
        if (count == 0) {
          return 0xCD5;
        }
        mask &= count != 1 ? ~bit('o') : -1;
        mask &= count >= bits && insn.semantics() != Sem.SAR ? ~bit('c') : -1;
      }
      case ROL, ROR, RCL, RCR -> mask &= count > 1 ? ~bit('o') : -1;
      default -> {}
    }
    return mask;
  }

  /**
   * Whether the result is undefined: double shifts of 16 bits by more than 16, BSWAP of 16 bits.
   */
  boolean undefinedResult(Trial t) {
    return switch (insn.semantics()) {
      case SHLD, SHRD -> insn.opSize() == 2 && shiftCount(t) > 16;
      case BSWAP -> insn.opSize() == 2;
      default -> false;
    };
  }

  private int shiftCount(Trial t) {
    int n = insn.operandCount();
    if (n == 0) {
      return 0;
    }
    int mask = insn.opSize() == 8 && insn.operand(0) != Operand.Eb ? 63 : 31;
    return switch (insn.operand(n - 1)) {
      case CL -> (int) t.reg[1] & mask;
      case Ib -> (int) insn.imm() & mask;
      default -> 1;
    };
  }

  private static long bit(char c) {
    return switch (c) {
      case 'o' -> 1 << 11;
      case 's' -> 1 << 7;
      case 'z' -> 1 << 6;
      case 'a' -> 1 << 4;
      case 'p' -> 1 << 2;
      default -> 1;
    };
  }
}
