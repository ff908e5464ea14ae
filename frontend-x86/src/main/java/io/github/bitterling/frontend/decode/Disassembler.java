package io.github.bitterling.frontend.decode;

/** Decoded instructions as text in Intel syntax, for traces and tests. */
public final class Disassembler {
  private static final String[] BYTE = {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"};
  private static final String[] BYTE_REX = {"al", "cl", "dl", "bl", "spl", "bpl", "sil", "dil"};
  private static final String[] LEGACY = {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"};
  private static final String[] SEGMENT = {"es", "cs", "ss", "ds", "fs", "gs", "?", "?"};

  private Disassembler() {}

  /** Text of an instruction whose offset is {@code ip}. */
  public static String text(Insn i, long ip) {
    switch (i.status()) {
      case INVALID -> {
        return "(bad)";
      }
      case TOO_LONG -> {
        return "(longer than 15 bytes)";
      }
      case NEED_BYTES -> {
        return "(incomplete)";
      }
      default -> {}
    }
    StringBuilder out = new StringBuilder();
    prefixes(i, out);
    out.append(i.mnemonic());
    int operands = i.isNop() ? 0 : i.operandCount();
    for (int k = 0; k < operands; k++) {
      out.append(k == 0 ? ' ' : ',').append(operand(i, k, ip));
    }
    return out.toString();
  }

  private static void prefixes(Insn i, StringBuilder out) {
    if (i.lock()) {
      out.append("lock ");
    }
    switch (i.semantics()) {
      case MOVS, STOS, LODS, INS, OUTS -> {
        if (i.repeat() != 0) {
          out.append(i.repeat() == 3 ? "rep " : "repnz ");
        }
      }
      case CMPS, SCAS -> {
        if (i.repeat() != 0) {
          out.append(i.repeat() == 3 ? "repz " : "repnz ");
        }
      }
      default -> {}
    }
  }

  private static String operand(Insn i, int k, long ip) {
    Operand o = i.operand(k);
    int bytes = i.bytes(o.size());
    return switch (o.kind()) {
      case REG -> register(i, i.reg(), bytes);
      case RM, MEM -> i.isMemory() ? memory(i, bytes, ip) : register(i, i.rm(), bytes);
      case RM_IS_REG -> register(i, i.rm(), i.code64() ? 8 : 4);
      case OPREG -> register(i, i.opcode() & 7 | i.rexB(), bytes);
      case ACC -> register(i, 0, bytes);
      case COUNT -> "cl";
      case PORT -> "dx";
      case ONE -> "1";
      case CONTROL -> "cr" + i.reg();
      case DEBUG -> "dr" + i.reg();
      case SREG -> SEGMENT[i.reg() & 7];
      case SEG -> o.name().toLowerCase(java.util.Locale.ROOT);
      case IMM -> hex(immediate(i, k), o.size() == Operand.Size.Z ? i.opSize() : bytes);
      case IMM_SIGNED -> hex(i.imm(), i.opSize());
      case REL -> hex(ip + i.length() + i.imm(), i.opSize());
      case FAR -> hex(i.imm2(), 2) + ":" + hex(i.imm(), i.opSize());
      case MOFFS ->
          SEGMENT[i.override() >= 0 ? i.override() : 3] + ":" + hex(i.disp(), i.addrSize());
      case STRING_SI ->
          pointer(bytes)
              + SEGMENT[i.override() >= 0 ? i.override() : 3]
              + ":["
              + wide(6, i.addrSize())
              + "]";
      case STRING_DI -> pointer(bytes) + "es:[" + wide(7, i.addrSize()) + "]";
      case XMM -> vector(i.reg(), bytes);
      case XMM_RM, XMM_RM_REG -> i.isMemory() ? memory(i, bytes, ip) : vector(i.rm(), bytes);
      case XMM_VVVV -> vector(i.vvvv(), bytes);
      case XMM_IMM -> vector(i.immRegister(), bytes);
      case REG_VVVV -> register(i, i.vvvv(), bytes);
      case VSIB -> memory(i, bytes, ip);
      case XMM0 -> "xmm0";
      case MMX -> "mm" + (i.reg() & 7);
      case MMX_RM, MMX_RM_REG -> i.isMemory() ? memory(i, bytes, ip) : "mm" + (i.rm() & 7);
      case BND -> "bnd" + i.reg();
      case BND_RM_REG -> "bnd" + i.rm();
      case ST -> o == Operand.ST0 ? "st" : "st(" + (i.modrm() & 7) + ")";
    };
  }

  private static String vector(int register, int bytes) {
    return (bytes == 32 ? "ymm" : "xmm") + register;
  }

  private static long immediate(Insn i, int k) {
    for (int n = 0; n < k; n++) {
      if (i.operand(n).kind() == Operand.Kind.IMM) {
        return i.imm2();
      }
    }
    return i.imm();
  }

  private static String hex(long value, int bytes) {
    long mask = bytes >= 8 ? -1 : (1L << 8 * bytes) - 1;
    return "0x" + Long.toHexString(value & mask);
  }

  private static String register(Insn i, int reg, int bytes) {
    if (bytes == 1 && reg < 8) {
      return i.hasRex() ? BYTE_REX[reg] : BYTE[reg];
    }
    return bytes == 1 ? "r" + reg + "b" : wide(reg, bytes);
  }

  private static String wide(int reg, int bytes) {
    if (reg < 8) {
      return bytes == 2 ? LEGACY[reg] : (bytes == 4 ? "e" : "r") + LEGACY[reg];
    }
    return "r" + reg + (bytes == 2 ? "w" : bytes == 4 ? "d" : "");
  }

  private static String pointer(int bytes) {
    return switch (bytes) {
      case 1 -> "BYTE PTR ";
      case 2 -> "WORD PTR ";
      case 4 -> "DWORD PTR ";
      case 6 -> "FWORD PTR ";
      case 8 -> "QWORD PTR ";
      case 10 -> "TBYTE PTR ";
      case 16 -> "XMMWORD PTR ";
      case 32 -> "YMMWORD PTR ";
      default -> "";
    };
  }

  private static String index(Insn i) {
    if (i.semantics() != Sem.VGATHER) {
      return wide(i.index(), i.addrSize());
    }
    return vector(i.index(), i.indexBytes());
  }

  private static String memory(Insn i, int bytes, long ip) {
    StringBuilder out = new StringBuilder(pointer(bytes));
    if (i.override() >= 0) {
      out.append(SEGMENT[i.override()]).append(':');
    }
    if (i.base() == Insn.NO_REGISTER && i.index() == Insn.NO_REGISTER) {
      return out.append(i.override() >= 0 ? "" : "ds:")
          .append(hex(i.disp(), i.addrSize()))
          .toString();
    }
    out.append('[');
    if (i.base() != Insn.NO_REGISTER) {
      out.append(
          i.base() == Insn.RIP
              ? (i.addrSize() == 8 ? "rip" : "eip")
              : wide(i.base(), i.addrSize()));
    }
    if (i.index() != Insn.NO_REGISTER) {
      out.append(i.base() != Insn.NO_REGISTER ? "+" : "").append(index(i));
      if (i.addrSize() != 2) {
        out.append('*').append(1 << i.scale());
      }
    }
    if (i.disp() < 0) {
      out.append("-0x").append(Long.toHexString(-i.disp()));
    } else if (i.disp() > 0) {
      out.append("+0x").append(Long.toHexString(i.disp()));
    }
    out.append(']');
    if (i.base() == Insn.RIP) {
      out.append(" # ").append(hex(ip + i.length() + i.disp(), i.addrSize()));
    }
    return out.toString();
  }
}
