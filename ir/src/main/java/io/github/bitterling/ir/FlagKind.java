package io.github.bitterling.ir;

/**
 * How lazily kept status flags come about. Operands a, b and result r are those of the FLAGS row;
 * all are zero-extended to the operation's width.
 */
public enum FlagKind {
  /** The six flags are the EFLAGS bits in r. Width is ignored. */
  EXPLICIT,
  /** r = a + b. */
  ADD,
  /** r = a + b + carry. */
  ADC,
  /** r = a - b. */
  SUB,
  /** r = a - b - borrow. */
  SBB,
  /** r = a logical operation: CF = OF = AF = 0. */
  LOGIC,
  /** r = a + 1, b = CF before (0 or 1), which stays. */
  INC,
  /** r = a - 1, b = CF before (0 or 1), which stays. */
  DEC,
  /** r = a << b, b the masked count, 1..63; CF = last bit out; OF as for count 1; AF = 0. */
  SHL,
  /** r = a >>> b; CF = last bit out; OF = top bit of a; AF = 0. */
  SHR,
  /** r = a >> b (arithmetic); CF = last bit out; OF = 0; AF = 0. */
  SAR,
  /** r = result for ZF, SF, PF; b holds CF, AF and OF at their EFLAGS places. */
  RESULT;

  private static final FlagKind[] VALUES = values();

  /** Kind of an ordinal, without copying the table. */
  public static FlagKind of(int ordinal) {
    return VALUES[ordinal];
  }
}
