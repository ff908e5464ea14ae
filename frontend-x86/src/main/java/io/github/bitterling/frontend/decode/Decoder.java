package io.github.bitterling.frontend.decode;

import io.github.bitterling.frontend.CodeSource;
import io.github.bitterling.frontend.Feature;
import java.util.EnumSet;
import java.util.Set;

/**
 * Bytes to {@link Insn}: prefixes, opcode map, ModRM and SIB in the three code sizes, immediates
 * (SDM volume 2, chapter 2). Every byte sequence ends in one of the four statuses after at most 15
 * bytes; nothing is thrown.
 */
public final class Decoder {
  private static final int MAX_LENGTH = 15;

  private final InstructionTable table;
  private final Insn insn;
  private CodeSource source;
  private int start;
  private int codeSize;

  /** Knows every row. */
  public Decoder() {
    this(EnumSet.allOf(Feature.class));
  }

  /**
   * @param features of the processor
   */
  public Decoder(Set<Feature> features) {
    table = new InstructionTable(features);
    insn = new Insn(table);
  }

  /** The table whose row numbers this decoder's instructions bear. */
  public InstructionTable table() {
    return table;
  }

  /**
   * Decodes the instruction at {@code position} of the source.
   *
   * @param size code size as in {@link io.github.bitterling.frontend.ModeKey}: 0 = 16-bit, 1 =
   *     32-bit, 2 = 64-bit
   * @return the same object each time
   */
  public Insn decode(CodeSource from, int position, int size) {
    source = from;
    start = position;
    codeSize = size;
    reset();
    int opcode = prefixes();
    if (opcode >= 0) {
      opcode = opcode == 0xC4 || opcode == 0xC5 ? vexOrFar(opcode) : opcodeMap(opcode);
    }
    if (opcode >= 0 && select(opcode)) {
      operands();
      if (insn.status == Insn.Status.OK && insn.lock && !lockAllowed()) {
        insn.status = Insn.Status.INVALID;
      }
    }
    source = null;
    return insn;
  }

  private void reset() {
    Insn i = insn;
    i.status = Insn.Status.OK;
    i.row = -1;
    i.length = 0;
    i.code64 = codeSize == 2;
    i.rex = 0;
    i.override = -1;
    i.lock = false;
    i.repeat = 0;
    i.operandPrefix = false;
    i.map = 0;
    i.vex = false;
    i.vexL = 0;
    i.vexW = 0;
    i.vvvv = 0;
    i.modrm = -1;
    i.base = Insn.NO_REGISTER;
    i.index = Insn.NO_REGISTER;
    i.scale = 0;
    i.disp = 0;
    i.dispBytes = 0;
    i.imm = 0;
    i.imm2 = 0;
    i.addrSize = codeSize == 0 ? 2 : codeSize == 1 ? 4 : 8;
  }

  /** Next byte, or -1 with the status set. */
  private int fetch() {
    if (insn.status != Insn.Status.OK) {
      return -1;
    }
    if (insn.length == MAX_LENGTH) {
      insn.status = Insn.Status.TOO_LONG;
      return -1;
    }
    int b = source.byteAt(start + insn.length);
    if (b < 0) {
      insn.status = Insn.Status.NEED_BYTES;
      return -1;
    }
    insn.raw[insn.length++] = (byte) b;
    return b;
  }

  /**
   * Reads prefixes; returns the first opcode byte or -1. A REX prefix counts only right before the
   * opcode.
   */
  private int prefixes() {
    Insn i = insn;
    boolean addressPrefix = false;
    while (true) {
      int b = fetch();
      switch (b) {
        case 0x26, 0x2E, 0x36, 0x3E -> {
          // ES, CS, SS, DS overrides mean nothing in 64-bit mode and do not cancel FS or GS.
          if (!i.code64) {
            i.override = b >> 3 & 3;
          }
        }
        case 0x64, 0x65 -> i.override = b - 0x60;
        case 0x66 -> i.operandPrefix = true;
        case 0x67 -> {
          if (!addressPrefix) {
            addressPrefix = true;
            i.addrSize = i.addrSize == 4 ? 2 : 4;
          }
        }
        case 0xF0 -> i.lock = true;
        case 0xF2 -> i.repeat = 2;
        case 0xF3 -> i.repeat = 3;
        default -> {
          if (i.code64 && (b & 0xF0) == 0x40) {
            i.rex = b;
            continue;
          }
          return b;
        }
      }
      i.rex = 0;
    }
  }

  private int opcodeMap(int first) {
    if (first != 0x0F) {
      return first;
    }
    int second = fetch();
    if (second == 0x38 || second == 0x3A) {
      insn.map = second == 0x38 ? InstructionTable.MAP_0F38 : InstructionTable.MAP_0F3A;
      return fetch();
    }
    insn.map = InstructionTable.MAP_0F;
    return second;
  }

  /**
   * C4 and C5: LES and LDS with a memory operand outside 64-bit mode, else a VEX prefix (SDM volume
   * 2, 2.3). Returns the opcode, or -1.
   */
  private int vexOrFar(int first) {
    if (!insn.code64 && insn.length < MAX_LENGTH) {
      int second = source.byteAt(start + insn.length);
      if (second >= 0 && second < 0xC0) {
        return first;
      }
    }
    Insn i = insn;
    boolean forbidden = i.lock || i.repeat != 0 || i.operandPrefix || i.rex != 0;
    int a = fetch();
    int b = first == 0xC4 ? fetch() : a;
    int opcode = fetch();
    if (opcode < 0) {
      return -1;
    }
    i.vex = true;
    i.map = first == 0xC4 ? a & 31 : InstructionTable.MAP_0F;
    if (forbidden || i.map < InstructionTable.MAP_0F || i.map > InstructionTable.MAP_0F3A) {
      i.status = Insn.Status.INVALID;
      return -1;
    }
    i.vexL = b >> 2 & 1;
    i.vexW = first == 0xC4 ? b >> 7 : 0;
    i.vvvv = ~b >> 3 & 15;
    if (i.code64) {
      int rxb = first == 0xC4 ? ~a >> 5 & 7 : ~a >> 5 & 4;
      i.rex = 0x40 | i.vexW << 3 | rxb;
    }
    vexPrefix(b & 3);
    return opcode;
  }

  /** VEX.pp stands for the prefix of the same name. */
  private void vexPrefix(int pp) {
    insn.operandPrefix = pp == 1;
    insn.repeat = pp == 2 ? 3 : pp == 3 ? 2 : 0;
  }

  private int effectivePrefix() {
    if (insn.map == 0 && insn.opcode == 0x90 && insn.rexB() != 0) {
      return InstructionTable.PREFIX_NONE; // XCHG with R8; F3 does not make a PAUSE of it
    }
    return switch (insn.repeat) {
      case 3 -> InstructionTable.PREFIX_F3;
      case 2 -> InstructionTable.PREFIX_F2;
      default -> insn.operandPrefix ? InstructionTable.PREFIX_66 : InstructionTable.PREFIX_NONE;
    };
  }

  /** Finds the row and the operand size. */
  private boolean select(int opcode) {
    insn.opcode = opcode;
    int row = table.first(insn.vex ? insn.map | InstructionTable.VEX : insn.map, opcode);
    if (row >= 0 && table.hasModRm(row)) {
      insn.modrm = fetch();
      if (insn.modrm < 0) {
        return false;
      }
    }
    int prefix = effectivePrefix();
    while (row >= 0 && !fits(row, prefix)) {
      row = table.next(row);
    }
    if (row < 0) {
      insn.status = Insn.Status.INVALID;
      return false;
    }
    insn.row = row;
    if ((table.attributes(row) & Attr.MODRM) == 0 && insn.modrm >= 0) {
      insn.modrm = -1;
      insn.length--;
    }
    insn.opSize = operandSize(table.attributes(row));
    return true;
  }

  private boolean fits(int row, int prefix) {
    return table.fits(row, prefix, insn.code64, insn.modrm)
        && (!insn.vex || table.fitsVex(row, insn.vexL, insn.vexW, insn.vvvv));
  }

  private int operandSize(int attributes) {
    if (insn.vex) {
      insn.operandPrefix = false;
      insn.repeat = 0;
      if (!insn.code64) {
        insn.vvvv &= 7;
      }
      return (insn.rex & 8) != 0 ? 8 : 4;
    }
    boolean prefix = insn.operandPrefix;
    return switch (codeSize) {
      case 0 -> prefix ? 4 : 2;
      case 1 -> prefix ? 2 : 4;
      default -> {
        if ((attributes & Attr.F64) != 0 || (insn.rex & 8) != 0) {
          yield 8;
        }
        yield prefix ? 2 : (attributes & Attr.D64) != 0 ? 8 : 4;
      }
    };
  }

  private void operands() {
    if (insn.isMemory()) {
      if (insn.addrSize == 2) {
        memory16();
      } else {
        memory32();
      }
      vectorIndex();
    }
    boolean haveImmediate = false;
    for (int k = 0; k < 4; k++) {
      Operand o = insn.operand(k);
      if (o == null) {
        return;
      }
      switch (o.kind()) {
        case IMM, IMM_SIGNED, REL -> {
          long v = immediate(immediateBytes(o));
          if (haveImmediate) {
            insn.imm2 = v;
          } else {
            insn.imm = v;
            haveImmediate = true;
          }
        }
        case FAR -> {
          insn.imm = immediate(insn.opSize);
          insn.imm2 = immediate(2) & 0xFFFF;
        }
        case XMM_IMM -> insn.imm = immediate(1);
        case MOFFS -> insn.disp = immediate(insn.addrSize);
        default -> {}
      }
    }
  }

  /**
   * With VSIB the index is a vector register, number 4 included; a SIB byte must be there, and
   * destination, index and mask be three registers (SDM volume 2, 2.3.12).
   */
  private void vectorIndex() {
    if (!insn.vex || insn.status != Insn.Status.OK || !table.vectorIndexed(insn.row)) {
      return;
    }
    if (insn.addrSize == 2 || (insn.modrm & 7) != 4) {
      insn.status = Insn.Status.INVALID;
      return;
    }
    if (insn.index == Insn.NO_REGISTER) {
      insn.index = 4;
    }
    int index = insn.index;
    int to = insn.reg();
    if (index == to || index == insn.vvvv || to == insn.vvvv) {
      insn.status = Insn.Status.INVALID;
    }
  }

  private int immediateBytes(Operand o) {
    return o == Operand.Is ? 1 : insn.bytes(o.size());
  }

  private long immediate(int bytes) {
    long v = 0;
    for (int k = 0; k < bytes; k++) {
      v |= (fetch() & 0xFFL) << 8 * k;
    }
    int shift = 64 - 8 * bytes;
    return v << shift >> shift;
  }

  private static final byte[] BASE16 = {3, 3, 5, 5, 6, 7, 5, 3};
  private static final byte[] INDEX16 = {6, 7, 6, 7, -1, -1, -1, -1};

  private void memory16() {
    int mod = insn.modrm >> 6;
    int rm = insn.modrm & 7;
    if (mod == 0 && rm == 6) {
      displacement(2);
      return;
    }
    insn.base = BASE16[rm];
    insn.index = INDEX16[rm];
    displacement(mod);
  }

  private void memory32() {
    int mod = insn.modrm >> 6;
    int rm = insn.modrm & 7;
    if (rm == 4) {
      sib(mod);
      return;
    }
    if (mod == 0 && rm == 5) {
      insn.base = insn.code64 ? Insn.RIP : Insn.NO_REGISTER;
      displacement(4);
      return;
    }
    insn.base = rm | insn.rexB();
    displacement(mod == 2 ? 4 : mod);
  }

  private void sib(int mod) {
    int sib = fetch();
    if (sib < 0) {
      return;
    }
    int index = sib >> 3 & 7 | (insn.rex & 2) << 2;
    insn.index = index == 4 ? Insn.NO_REGISTER : index;
    insn.scale = sib >> 6;
    if (mod == 0 && (sib & 7) == 5) {
      displacement(4);
      return;
    }
    insn.base = sib & 7 | insn.rexB();
    displacement(mod == 2 ? 4 : mod);
  }

  private void displacement(int bytes) {
    insn.dispBytes = bytes;
    if (bytes > 0) {
      insn.disp = immediate(bytes);
    }
  }

  /** LOCK needs a row that allows it and a memory destination. */
  private boolean lockAllowed() {
    return insn.has(Attr.LOCK) && insn.isMemory();
  }
}
