package io.github.bitterling.ir;

/**
 * The operations of the intermediate representation, one row each. Every value is a 64-bit word; an
 * operation of width w (8, 16, 32 or 64 bits, see {@link Width}) yields its result zero-extended
 * and only looks at the low w bits of its inputs unless the row says otherwise.
 *
 * <p>Columns: number of value arguments, whether it defines a value, whether it can fault (end the
 * instruction before its effects), what it reads or changes, whether it ends a block.
 */
public enum Op {
  // Structure
  /**
   * Start of a guest instruction: {@code imm} = its instruction pointer, {@code a} = length in
   * bytes.
   */
  INSN(0, false, false, Effect.MARK),
  /** {@code imm}. */
  CONST(0, true, false, Effect.PURE),

  // Guest registers; imm = register number
  /** Low w bits of general register imm. */
  GET(0, true, false, Effect.READS),
  /** Bits 15:8 of general register imm. */
  GETHIGH(0, true, false, Effect.READS),
  /** Writes general register imm: widths 8 and 16 merge, 32 zero-extends, 64 replaces. */
  PUT(1, false, false, Effect.WRITES),
  /** Writes bits 15:8 of general register imm. */
  PUTHIGH(1, false, false, Effect.WRITES),
  /** Base address of segment register imm (0-5 = ES CS SS DS FS GS). */
  SEGBASE(0, true, false, Effect.READS),
  /** Selector of segment register imm, 16 bits. */
  SELECTOR(0, true, false, Effect.READS),
  /**
   * 64-bit part of a vector register: imm = 2 * register + part for parts 0 and 1 (bits 127:0), 30
   * + 2 * register + part for parts 2 and 3 (bits 255:128).
   */
  VGET(0, true, false, Effect.READS),
  /** Writes a 64-bit part of a vector register, numbered as for VGET. */
  VPUT(1, false, false, Effect.WRITES),
  /** Clears the vector registers below imm & FFh: bits 255:128, all bits with imm bit 8. */
  VCLEAR(0, false, false, Effect.WRITES),

  // Integer arithmetic
  ADD(2, true, false, Effect.PURE),
  SUB(2, true, false, Effect.PURE),
  AND(2, true, false, Effect.PURE),
  OR(2, true, false, Effect.PURE),
  XOR(2, true, false, Effect.PURE),
  NOT(1, true, false, Effect.PURE),
  NEG(1, true, false, Effect.PURE),
  /** Low w bits of the product. */
  MUL(2, true, false, Effect.PURE),
  /** High w bits of the unsigned 2w-bit product. */
  UMULH(2, true, false, Effect.PURE),
  /** High w bits of the signed 2w-bit product. */
  SMULH(2, true, false, Effect.PURE),
  /** a << b, b in 0..63; 0 when b >= w. */
  SHL(2, true, false, Effect.PURE),
  /** a >>> b, b in 0..63; 0 when b >= w. */
  SHR(2, true, false, Effect.PURE),
  /** Arithmetic shift of the w-bit value, b in 0..63; all sign bits when b >= w. */
  SAR(2, true, false, Effect.PURE),
  /** Rotate left by b modulo w. */
  ROL(2, true, false, Effect.PURE),
  /** Rotate right by b modulo w. */
  ROR(2, true, false, Effect.PURE),
  /** Sign-extends the low w bits to 64. */
  SEXT(1, true, false, Effect.PURE),
  /** Keeps the low w bits. */
  ZEXT(1, true, false, Effect.PURE),
  /** Reverses the bytes of a 32- or 64-bit value. */
  BSWAP(1, true, false, Effect.PURE),
  /** Trailing zeros of the w-bit value; w when it is 0. */
  CTZ(1, true, false, Effect.PURE),
  /** Leading zeros of the w-bit value; w when it is 0. */
  CLZ(1, true, false, Effect.PURE),
  POPCNT(1, true, false, Effect.PURE),
  EQ(2, true, false, Effect.PURE),
  NE(2, true, false, Effect.PURE),
  ULT(2, true, false, Effect.PURE),
  ULE(2, true, false, Effect.PURE),
  SLT(2, true, false, Effect.PURE),
  SLE(2, true, false, Effect.PURE),
  /** a != 0 ? b : c (all 64 bits). */
  SELECT(3, true, false, Effect.PURE),

  // Division of the 2w-bit value a:b by c; faults (divide error) on zero or overflow
  UDIV(3, true, true, Effect.PURE),
  UREM(3, true, true, Effect.PURE),
  SDIV(3, true, true, Effect.PURE),
  SREM(3, true, true, Effect.PURE),

  /**
   * Floating point on one element (two for pairs), see {@link FloatOp}; changes the sticky
   * exception flags.
   */
  FLOAT(2, true, true, Effect.PURE),

  /** Fused multiply-add of a, b and c as FLOAT: one rounding, see {@link FloatOp}. */
  FUSED(3, true, true, Effect.PURE),

  // Status flags, kept lazily; imm = FlagKind ordinal
  /** Status flags become those of kind imm, width w, operands a and b, result c. */
  FLAGS(3, false, false, Effect.WRITES),
  /** As FLAGS when b != 0 (shift counts); otherwise the flags stay. */
  FLAGSIF(3, false, false, Effect.WRITES),
  /** Condition imm (numbered as the low four bits of Jcc) of the current flags: 0 or 1. */
  COND(0, true, false, Effect.READS),
  /** The six status flags at their places in EFLAGS (CF 0, PF 2, AF 4, ZF 6, SF 7, OF 11). */
  GETFLAGS(0, true, false, Effect.READS),
  /** Sets the six status flags from their EFLAGS places in a. */
  SETFLAGS(1, false, false, Effect.WRITES),

  // Memory; addresses are linear
  /**
   * Effective address a in segment imm & 7 becomes linear; checks limit and type. imm bits 3: write
   * access, 23:8 bytes accessed. w = address width (wraps the offset); with 16 and 32 bits for code
   * outside 64-bit mode only, as engines may check the segment in line.
   */
  LINEAR(1, true, true, Effect.READS),
  /**
   * Faults (general protection) unless offset a is one that code may be fetched from: canonical
   * with 64 bits, within the limit of CS with less.
   */
  TARGET(1, false, true, Effect.READS),
  /** Faults (general protection) unless linear address a is a multiple of imm, a power of two. */
  ALIGN(1, false, true, Effect.READS),
  /**
   * Reads w bits at a; imm bit 0: stack segment (canonical faults are #SS); bit 1: one of several
   * parts of a wide operand, which engines need not make fast one by one. Bits 3:2: the low (1) or
   * high half (2) of 16 bytes that are to be aligned as a whole where alignment is checked; 0: this
   * access is, at its own size. Bit 4: the address is an offset in a flat segment outside 64-bit
   * mode that nobody has checked, so no access may reach beyond 4 GiB. Bit 5: other processors run
   * at the same time, so loads are made in order, and stores after all loads and stores before them
   * (total store order).
   */
  LOAD(1, true, true, Effect.MEMORY),
  /** As LOAD with write permission checked: first half of a read-modify-write. */
  LOADW(1, true, true, Effect.MEMORY),
  /** Writes the low w bits of b at a; imm as for LOAD. */
  STORE(2, false, true, Effect.MEMORY),
  /**
   * Second half of a locked instruction while other processors run at the same time: writes the low
   * w bits of b at a, as one operation, if the memory there still holds the low w bits of c, which
   * a LOADW has read; else the instruction faults, to be run again. imm as for LOAD.
   */
  REPLACE(3, false, true, Effect.MEMORY),

  // Everything rare: imm = helper number, see Helpers
  /** Calls a helper with a, b, c (missing ones are 0). */
  HELPER(3, true, true, Effect.HELPER),

  // Terminators
  /** Continue at instruction pointer imm. */
  GOTO(0, false, false, Effect.END),
  /** Continue at imm when a != 0, else at the block's nextIp. */
  BRANCH(1, false, false, Effect.END),
  /** Continue at instruction pointer a. */
  JUMP(1, false, false, Effect.END),
  /** A helper that ends the block has decided where to go on. */
  EXIT(0, false, false, Effect.END);

  /** What an operation touches. */
  public enum Effect {
    PURE,
    READS,
    WRITES,
    MEMORY,
    HELPER,
    MARK,
    END
  }

  private static final Op[] VALUES = values();

  private final int arity;
  private final boolean value;
  private final boolean faults;
  private final Effect effect;

  Op(int arity, boolean value, boolean faults, Effect effect) {
    this.arity = arity;
    this.value = value;
    this.faults = faults;
    this.effect = effect;
  }

  /** Operation of an ordinal, without copying the table. */
  public static Op of(int ordinal) {
    return VALUES[ordinal];
  }

  public int arity() {
    return arity;
  }

  public boolean definesValue() {
    return value;
  }

  public boolean canFault() {
    return faults;
  }

  public Effect effect() {
    return effect;
  }

  public boolean endsBlock() {
    return effect == Effect.END;
  }
}
