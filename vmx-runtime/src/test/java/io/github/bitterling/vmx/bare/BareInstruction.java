package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.CODE;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * One instruction of a case, as its name has it.
 *
 * @param at linear address of its first byte
 * @param bytes prefixes included
 */
record BareInstruction(int at, byte[] bytes) {
  /** Between the instructions of a name. */
  static final char SEPARATOR = '.';

  private static final int ESCAPE = 0x0F;
  private static final int REX_W = 8;

  /** Instructions of a case, in their order. */
  static List<BareInstruction> of(BareCase c) {
    List<BareInstruction> all = new ArrayList<>();
    int at = CODE;
    String code = c.name.substring(c.name.lastIndexOf(' ') + 1);
    for (String hex : code.split("[" + SEPARATOR + "]")) {
      byte[] bytes = HexFormat.of().parseHex(hex);
      all.add(new BareInstruction(at, bytes));
      at += bytes.length;
    }
    return all;
  }

  private static boolean isPrefix(int b) {
    return b == 0x66 || b == 0x67 || b == 0xF0 || b == 0xF2 || b == 0xF3;
  }

  private static boolean isRex(BareCase c, int b) {
    return c.name.startsWith("LONG") && (b & 0xF0) == 0x40;
  }

  /** Index of the opcode, behind the prefixes. */
  int opcodeAt(BareCase c) {
    int k = 0;
    while (isPrefix(bytes[k] & 0xFF) || isRex(c, bytes[k] & 0xFF)) {
      k++;
    }
    return k;
  }

  /** One byte, or 0Fxx. */
  int opcode(BareCase c) {
    int k = opcodeAt(c);
    int first = bytes[k] & 0xFF;
    return first == ESCAPE ? ESCAPE << 8 | bytes[k + 1] & 0xFF : first;
  }

  /** The ModRM byte of an opcode that has one. */
  int modrm(BareCase c) {
    int k = opcodeAt(c);
    return bytes[(bytes[k] & 0xFF) == ESCAPE ? k + 2 : k + 1] & 0xFF;
  }

  /** Bytes of the operand that the prefixes and the mode ask for: 2, 4 or 8. */
  int operandSize(BareCase c) {
    boolean other = false;
    for (int k = 0; k < opcodeAt(c); k++) {
      if (isRex(c, bytes[k] & 0xFF) && (bytes[k] & REX_W) != 0) {
        return 8;
      }
      other |= bytes[k] == 0x66;
    }
    boolean small = !c.name.matches("(PROT32|COMPAT|LONG).*");
    return small == other ? 4 : 2;
  }

  /** CALL m16:16, m16:32 or ptr. */
  boolean isFarCall(BareCase c) {
    int opcode = opcode(c);
    return opcode == 0x9A || opcode == 0xFF && (modrm(c) >> 3 & 7) == 3;
  }

  /** CALL or JMP to another segment through memory. */
  boolean isFarBranch(BareCase c) {
    return opcode(c) == 0xFF && Set.of(3, 5).contains(modrm(c) >> 3 & 7);
  }

  /** RET to another segment, or IRET. */
  boolean isFarReturn(BareCase c) {
    return opcode(c) == 0xCA || opcode(c) == 0xCB || opcode(c) == 0xCF;
  }

  /** CALL through a register or memory. */
  boolean isNearCall(BareCase c) {
    return opcode(c) == 0xFF && (modrm(c) >> 3 & 7) == 2;
  }

  /** SGDT or SIDT. */
  boolean storesTable(BareCase c) {
    return opcode(c) == 0x0F01 && (modrm(c) >> 3 & 7) <= 1;
  }

  /** LGDT or LIDT. */
  boolean loadsTable(BareCase c) {
    return opcode(c) == 0x0F01 && (modrm(c) >> 4 & 3) == 1;
  }

  /** MOV SS or POP SS, which hold back traps. */
  boolean holdsTraps(BareCase c) {
    return opcode(c) == 0x17 || opcode(c) == 0x8E && (modrm(c) >> 3 & 7) == 2;
  }

  /** Bytes that RET to another segment drops. */
  int released(BareCase c) {
    return opcode(c) == 0xCA ? bytes[opcodeAt(c) + 1] & 0xFF : 0;
  }

  /** The register that points to its operand in memory, of those {@link BareCode} takes. */
  int pointer(BareCase c) {
    boolean small = c.name.matches("(REAL|PROT16|V86).*");
    return switch (modrm(c) & 7) {
      case 4 -> 6;
      case 5 -> 7;
      case 6 -> 6;
      case 7 -> small ? 3 : 7;
      default -> 3;
    };
  }

  /** Linear address of what follows it. */
  int end() {
    return at + bytes.length;
  }
}
