package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;

/**
 * The lazy flags at one point of a block: known kind and width with values as operands, or the
 * region's flag locals, of which kind and width may be known too.
 *
 * @param kind null when only the state local knows
 * @param row flag row the operands come from; -1: they lie in the flag locals; {@link #INHERITED}:
 *     they lie where {@link Inherited} says
 * @param maybe the row is a FLAGSIF: these flags if its count is not 0, else the previous ones
 * @param previous flags that operands of the row look at or that stay, or null
 */
record FlagRecord(FlagKind kind, int width, int row, boolean maybe, FlagRecord previous) {
  static final int INHERITED = -2;

  static final FlagRecord UNKNOWN = inLocals(null, 0);

  static FlagRecord inLocals(FlagKind kind, int width) {
    return new FlagRecord(kind, width, -1, false, null);
  }

  static FlagRecord of(Inherited from) {
    return new FlagRecord(from.kind(), from.width(), INHERITED, false, null);
  }

  boolean inLocals() {
    return row == -1;
  }

  /** The same flags after they were moved to the flag locals. */
  FlagRecord moved() {
    return maybe ? UNKNOWN : inLocals(kind, width);
  }

  /** As {@link io.github.bitterling.vmx.cpu.LazyFlags#state}. */
  int state() {
    return kind.ordinal() << 2 | width;
  }
}
