package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * Dense operation keys of tier 0; compile-time constants so that the interpreter's switch is a
 * table.
 */
final class Key {
  static final int INSN = 0;
  static final int GET8 = 1;
  static final int GET16 = 2;
  static final int GET32 = 3;
  static final int GET64 = 4;
  static final int GETHIGH = 5;
  static final int PUT8 = 6;
  static final int PUT16 = 7;
  static final int PUT32 = 8;
  static final int PUT64 = 9;
  static final int PUTHIGH = 10;
  static final int SEGBASE = 11;
  static final int SELECTOR = 12;
  static final int VGET = 13;
  static final int VPUT = 14;
  static final int ADD = 15;
  static final int SUB = 16;
  static final int AND = 17;
  static final int OR = 18;
  static final int XOR = 19;
  static final int NOT = 20;
  static final int NEG = 21;
  static final int MUL = 22;
  static final int UMULH = 23;
  static final int SMULH = 24;
  static final int SHL = 25;
  static final int SHR = 26;
  static final int SAR = 27;
  static final int ROL = 28;
  static final int ROR = 29;
  static final int SEXT = 30;
  static final int ZEXT = 31;
  static final int BSWAP = 32;
  static final int CTZ = 33;
  static final int CLZ = 34;
  static final int POPCNT = 35;
  static final int EQ = 36;
  static final int NE = 37;
  static final int ULT = 38;
  static final int ULE = 39;
  static final int SLT = 40;
  static final int SLE = 41;
  static final int SELECT = 42;
  static final int UDIV = 43;
  static final int UREM = 44;
  static final int SDIV = 45;
  static final int SREM = 46;
  static final int FLAGS = 47;
  static final int FLAGSIF = 48;
  static final int COND = 49;
  static final int GETFLAGS = 50;
  static final int SETFLAGS = 51;
  static final int LINEAR = 52;
  static final int LOAD8 = 53;
  static final int LOAD16 = 54;
  static final int LOAD32 = 55;
  static final int LOAD64 = 56;
  static final int LOADW8 = 57;
  static final int LOADW16 = 58;
  static final int LOADW32 = 59;
  static final int LOADW64 = 60;
  static final int STORE8 = 61;
  static final int STORE16 = 62;
  static final int STORE32 = 63;
  static final int STORE64 = 64;
  static final int HELPER = 65;
  static final int GOTO = 66;
  static final int BRANCH = 67;
  static final int JUMP = 68;
  static final int EXIT = 69;
  static final int FLOAT = 70;
  static final int FUSED = 71;
  static final int VCLEAR = 72;
  static final int ALIGN = 73;
  static final int TARGET = 74;
  static final int TARGET64 = 75;

  private Key() {}

  static int of(IrBlock ir, int i) {
    int w = ir.width(i);
    return switch (ir.op(i)) {
      case GET -> GET8 + w;
      case PUT -> PUT8 + w;
      case LOAD -> LOAD8 + w;
      case LOADW -> LOADW8 + w;
      case STORE -> STORE8 + w;
      case TARGET -> w == Width.W64 ? TARGET64 : TARGET;
      case HELPER -> HELPER | (int) ir.imm(i) << 8;
      default -> plain(ir.op(i));
    };
  }

  private static int plain(Op op) {
    return switch (op) {
      case INSN -> INSN;
      case GETHIGH -> GETHIGH;
      case PUTHIGH -> PUTHIGH;
      case SEGBASE -> SEGBASE;
      case SELECTOR -> SELECTOR;
      case VGET -> VGET;
      case VPUT -> VPUT;
      case SELECT -> SELECT;
      case UDIV -> UDIV;
      case UREM -> UREM;
      case SDIV -> SDIV;
      case SREM -> SREM;
      case FLAGS -> FLAGS;
      case FLAGSIF -> FLAGSIF;
      case COND -> COND;
      case GETFLAGS -> GETFLAGS;
      case SETFLAGS -> SETFLAGS;
      case LINEAR -> LINEAR;
      case GOTO -> GOTO;
      case BRANCH -> BRANCH;
      case JUMP -> JUMP;
      case EXIT -> EXIT;
      default -> arithmetic(op);
    };
  }

  private static int arithmetic(Op op) {
    return switch (op) {
      case ADD -> ADD;
      case SUB -> SUB;
      case AND -> AND;
      case OR -> OR;
      case XOR -> XOR;
      case NOT -> NOT;
      case NEG -> NEG;
      case MUL -> MUL;
      case UMULH -> UMULH;
      case SMULH -> SMULH;
      case SHL -> SHL;
      case SHR -> SHR;
      case SAR -> SAR;
      case ROL -> ROL;
      case ROR -> ROR;
      case SEXT -> SEXT;
      case ZEXT -> ZEXT;
      case BSWAP -> BSWAP;
      case CTZ -> CTZ;
      case FLOAT -> FLOAT;
      case FUSED -> FUSED;
      case VCLEAR -> VCLEAR;
      case ALIGN -> ALIGN;
      case CLZ -> CLZ;
      case POPCNT -> POPCNT;
      case EQ -> EQ;
      case NE -> NE;
      case ULT -> ULT;
      case ULE -> ULE;
      case SLT -> SLT;
      case SLE -> SLE;
      default -> throw new IllegalArgumentException("tier 0 has no key for " + op);
    };
  }
}
