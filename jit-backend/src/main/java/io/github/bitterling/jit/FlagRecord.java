package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;

/**
 * The lazy flags at one point of a block: known kind and width with values as operands, or the region's
 * flag locals, of which kind and width may be known too.
 *
 * @param kind null when only the state local knows
 * @param row FLAGS or SETFLAGS row the operands come from, or -1: they lie in the flag locals
 */
record FlagRecord(FlagKind kind, int width, int row) {
  static final FlagRecord UNKNOWN = new FlagRecord(null, 0, -1);

  boolean inLocals() {
    return row < 0;
  }

  /** The same flags after they were moved to the flag locals. */
  FlagRecord moved() {
    return new FlagRecord(kind, width, -1);
  }

  /** As {@link io.github.bitterling.vmx.cpu.LazyFlags#state}. */
  int state() {
    return kind.ordinal() << 2 | width;
  }
}
