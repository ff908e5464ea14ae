package io.github.bitterling.frontend.decode;

/** One decoded instruction; filled anew by each {@link Decoder#decode}. */
public final class Insn {
  /** What decoding found. */
  public enum Status {
    /** An instruction of the table. */
    OK,
    /** More bytes are needed than the source offers. */
    NEED_BYTES,
    /** Not an instruction on this processor, or LOCK where it is not allowed: #UD. */
    INVALID,
    /** Longer than 15 bytes: #GP(0). */
    TOO_LONG
  }

  /** No register in this role of a memory operand. */
  public static final int NO_REGISTER = -1;

  /** Base of a memory operand is the next instruction's address. */
  public static final int RIP = 16;

  final byte[] raw = new byte[15];
  private final InstructionTable table;
  Status status;
  int row;
  int length;
  boolean code64;
  int opSize;
  int addrSize;
  int rex;
  int override;
  boolean lock;
  int repeat;
  boolean operandPrefix;
  int map;
  boolean vex;
  int vexL;
  int vexW;
  int vvvv;
  int opcode;
  int modrm;
  int base;
  int index;
  int scale;
  long disp;
  int dispBytes;
  long imm;
  long imm2;

  Insn(InstructionTable table) {
    this.table = table;
  }

  public Status status() {
    return status;
  }

  /** Bytes read; the instruction's length when the status is OK. */
  public int length() {
    return length;
  }

  public int row() {
    return row;
  }

  public Sem semantics() {
    return table.semantics(row);
  }

  public int attributes() {
    return table.attributes(row);
  }

  public boolean has(int attribute) {
    return (table.attributes(row) & attribute) != 0;
  }

  public Operand operand(int k) {
    return table.operand(row, k);
  }

  public int operandCount() {
    return table.operandCount(row);
  }

  /** Mnemonic for this operand size, without prefixes. */
  public String mnemonic() {
    if (isNop()) {
      return "nop";
    }
    String name = table.mnemonic(row);
    int first = name.indexOf('/');
    if (first < 0) {
      return name;
    }
    int second = name.indexOf('/', first + 1);
    int size = semantics() == Sem.JCXZ ? addrSize : opSize;
    return size == 2
        ? name.substring(0, first)
        : size == 4 ? name.substring(first + 1, second) : name.substring(second + 1);
  }

  /** Mnemonic without the v of a VEX prefix: what SSE calls the operation. */
  public String operation() {
    String name = mnemonic();
    return has(Attr.AVX) ? name.substring(1) : name;
  }

  /** Opcode 90 as NOP: neither PAUSE nor, with REX.B, an exchange with R8. */
  public boolean isNop() {
    return map == 0 && opcode == 0x90 && rexB() == 0 && repeat != 3;
  }

  /** Operand size in bytes: 2, 4 or 8. */
  public int opSize() {
    return opSize;
  }

  /** Address size in bytes: 2, 4 or 8. */
  public int addrSize() {
    return addrSize;
  }

  public boolean code64() {
    return code64;
  }

  /** Whether a REX prefix counts (byte registers 4-7 are then SPL to DIL). */
  public boolean hasRex() {
    return rex != 0;
  }

  /** REX.R as bit 3. */
  public int rexR() {
    return (rex & 4) << 1;
  }

  /** REX.B as bit 3. */
  public int rexB() {
    return (rex & 1) << 3;
  }

  public boolean lock() {
    return lock;
  }

  /** 0 none, 2 REPNE, 3 REP, as in StringOp. */
  public int repeat() {
    return repeat;
  }

  /** Last opcode byte. */
  public int opcode() {
    return opcode;
  }

  /** Opcode map: 0 one byte, 1 = 0F, 2 = 0F38, 3 = 0F3A. */
  public int map() {
    return map;
  }

  /** Whether a VEX prefix was there. */
  public boolean vex() {
    return vex;
  }

  /** Register number in VEX.vvvv. */
  public int vvvv() {
    return vvvv;
  }

  /** VEX.W. */
  public int vexW() {
    return vexW;
  }

  /** Bytes of a vector: 32 with VEX.L, else 16. */
  public int vectorBytes() {
    return vexL == 0 ? 16 : 32;
  }

  /** Vector register named by bits 7:4 of the immediate. */
  public int immRegister() {
    return (int) imm >> 4 & (code64 ? 15 : 7);
  }

  /** ModRM byte or -1. */
  public int modrm() {
    return modrm;
  }

  public boolean isMemory() {
    return modrm >= 0 && modrm < 0xC0 && !has(Attr.ANY_MOD);
  }

  /** ModRM.reg with REX.R. */
  public int reg() {
    return modrm >> 3 & 7 | rexR();
  }

  /** ModRM.rm with REX.B, when it names a register. */
  public int rm() {
    return modrm & 7 | rexB();
  }

  /** Base register 0-15, {@link #RIP} or {@link #NO_REGISTER}. */
  public int base() {
    return base;
  }

  public int index() {
    return index;
  }

  /**
   * Bytes of a gather's index vector: indices of 32 or 64 bits by the opcode's lowest bit, no more
   * of them than elements.
   */
  public int indexBytes() {
    boolean narrow = (opcode & 1) == 0 && vexW != 0;
    return narrow ? 16 : vectorBytes();
  }

  /** log2 of the index's factor. */
  public int scale() {
    return scale;
  }

  /** Displacement, sign-extended. */
  public long disp() {
    return disp;
  }

  /** Segment register of the memory operand: the override, else SS for stack bases, else DS. */
  public int segment() {
    if (override >= 0) {
      return override;
    }
    return base == 4 || base == 5 ? 2 : 3;
  }

  /** Segment override (0-5) or -1. */
  public int override() {
    return override;
  }

  /** First immediate, sign-extended from its encoded size. */
  public long imm() {
    return imm;
  }

  /** Second immediate: selector of a far pointer, level of ENTER. */
  public long imm2() {
    return imm2;
  }

  public int rawByte(int i) {
    return raw[i] & 0xFF;
  }

  /** Bytes of an operand size code for this instruction; 0 when it has none. */
  public int bytes(Operand.Size size) {
    return switch (size) {
      case NONE -> 0;
      case B -> 1;
      case W -> 2;
      case D -> 4;
      case Q -> 8;
      case T -> 10;
      case X -> vectorBytes();
      case DQ -> 16;
      case XH -> vectorBytes() / 2;
      case XF -> vectorBytes() / 4;
      case XE -> vectorBytes() / 8;
      case V -> opSize;
      case Z -> Math.min(opSize, 4);
      case Y -> opSize == 8 ? 8 : 4;
      case P -> opSize + 2;
      case A -> 2 * opSize;
      case S -> code64 ? 10 : 6;
      case ENV -> opSize == 2 ? 14 : 28;
      case SAVE -> opSize == 2 ? 94 : 108;
      case FX -> 512;
    };
  }
}
