package io.github.bitterling.jit;

import io.github.bitterling.ir.FlagKind;

/**
 * Flags a block brings along into its own next round without moving them: their operands lie in
 * guest registers' locals or are constants.
 *
 * @param kept which of a, b and result are given (see {@link Liveness}); the others are null
 */
record Inherited(FlagKind kind, int width, int kept, Loc a, Loc b, Loc result) {
  Loc operand(int k) {
    return k == 0 ? a : k == 1 ? b : result;
  }
}
