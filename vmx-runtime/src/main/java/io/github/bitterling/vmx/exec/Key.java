package io.github.bitterling.vmx.exec;

/**
 * Dense operation keys of tier 0; compile-time constants so that the interpreter's switch is a
 * table. A key whose second operand may be an immediate is followed by the one that has it.
 */
final class Key {
  // One word each
  static final int MOV = 0;
  static final int PUT8 = 1;
  static final int PUT16 = 2;
  static final int PUTHIGH = 3;
  static final int GETHIGH = 4;
  static final int SEGBASE = 5;
  static final int ADD = 6;
  static final int ADDI = 7;
  static final int SUB = 8;
  static final int SUBI = 9;
  static final int AND = 10;
  static final int ANDI = 11;
  static final int OR = 12;
  static final int ORI = 13;
  static final int XOR = 14;
  static final int XORI = 15;
  static final int NOT = 16;
  static final int NEG = 17;
  static final int MUL = 18;
  static final int SEXT = 19;
  static final int SHL = 20;
  static final int SHLI = 21;
  static final int SHR = 22;
  static final int SHRI = 23;
  static final int SAR = 24;
  static final int SARI = 25;
  static final int EQ = 26;
  static final int EQI = 27;
  static final int NE = 28;
  static final int NEI = 29;
  static final int ULT = 30;
  static final int ULTI = 31;
  static final int ULE = 32;
  static final int ULEI = 33;
  static final int SLT = 34;
  static final int SLTI = 35;
  static final int SLE = 36;
  static final int SLEI = 37;

  /** d = a + (b << c). */
  static final int LEA = 38;

  static final int SELECT = 39;

  // Arithmetic that sets the flags of its own kind too; both operands are cut to the width
  static final int ADD_FLAGS = 40;
  static final int ADDI_FLAGS = 41;
  static final int SUB_FLAGS = 42;
  static final int SUBI_FLAGS = 43;
  static final int AND_FLAGS = 44;
  static final int ANDI_FLAGS = 45;
  static final int OR_FLAGS = 46;
  static final int ORI_FLAGS = 47;
  static final int XOR_FLAGS = 48;
  static final int XORI_FLAGS = 49;

  /** The carry stays; d = a + immediate, which is 1 or -1. */
  static final int INC_FLAGS = 50;

  static final int DEC_FLAGS = 51;

  /** Flags of state d from a, b, c. */
  static final int FLAGS = 52;

  static final int FLAGSIF = 53;
  static final int COND = 54;
  static final int LINEAR = 55;

  // Address a + immediate; bits 12:8 of the word: what the IR says of the access
  static final int LOAD8 = 56;
  static final int LOAD16 = 57;
  static final int LOAD32 = 58;
  static final int LOAD64 = 59;
  static final int LOADW8 = 60;
  static final int LOADW16 = 61;
  static final int LOADW32 = 62;
  static final int LOADW64 = 63;

  /** Stores d. */
  static final int STORE8 = 64;

  static final int STORE16 = 65;
  static final int STORE32 = 66;
  static final int STORE64 = 67;
  static final int JUMP = 68;
  static final int EXIT = 69;

  /** Outside 64-bit mode. */
  static final int TARGET = 70;

  static final int TARGET64 = 71;

  // Two words
  static final int CONST = 72;
  static final int GOTO = 73;
  static final int BRANCH = 74;

  /** Condition b of the flags. */
  static final int BRANCH_COND = 75;

  // Conditions of flags of a kind known to the writer; c: 1 when inverted
  static final int BRANCH_ZERO = 76;
  static final int BRANCH_ULT = 77;
  static final int BRANCH_ULE = 78;
  static final int BRANCH_SLT = 79;
  static final int BRANCH_SLE = 80;

  // Two words, rare, cannot fault
  static final int FIRST_RARE = 81;
  static final int SELECTOR = 81;
  static final int VGET = 82;
  static final int VPUT = 83;
  static final int VCLEAR = 84;
  static final int UMULH = 85;
  static final int SMULH = 86;
  static final int ROL = 87;
  static final int ROR = 88;
  static final int BSWAP = 89;
  static final int CTZ = 90;
  static final int CLZ = 91;
  static final int POPCNT = 92;
  static final int GETFLAGS = 93;
  static final int SETFLAGS = 94;

  // Two words, can fault
  static final int FIRST_CALL = 95;
  static final int HELPER = 95;
  static final int ALIGN = 96;
  static final int FLOAT = 97;
  static final int FUSED = 98;
  static final int UDIV = 99;
  static final int UREM = 100;
  static final int SDIV = 101;
  static final int SREM = 102;

  // One word each, can fault: accesses while other processors run at the same time
  static final int FIRST_SHARED = 103;
  static final int SHARED_LOAD8 = 103;
  static final int SHARED_LOADW8 = 107;
  static final int SHARED_STORE8 = 111;

  /** As a store of d, if memory holds what the slot named by a second word holds. */
  static final int REPLACE8 = 115;

  private Key() {}

  /** Words of an operation whose key is {@link #FIRST_CALL} or above. */
  static int words(int key) {
    return key < FIRST_SHARED || key >= REPLACE8 ? 2 : 1;
  }
}
