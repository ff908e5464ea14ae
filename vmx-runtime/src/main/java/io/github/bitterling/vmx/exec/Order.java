package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;

/**
 * The order in which tier 0 runs a block's operations. Status flags are set before registers are
 * written, which changes nothing as neither looks at the other, but leaves the flags' operands in
 * their registers.
 */
final class Order {
  /** Operation by place. */
  final int[] at;

  /** Place of an operation. */
  final int[] place;

  Order(IrBlock ir) {
    int n = ir.size();
    at = new int[n];
    place = new int[n];
    for (int i = 0; i < n; i++) {
      int to = i;
      if (ir.op(i) == Op.FLAGS || ir.op(i) == Op.FLAGSIF) {
        for (; isPut(ir.op(at[to - 1])); to--) {
          at[to] = at[to - 1];
          place[at[to]] = to;
        }
      }
      at[to] = i;
      place[i] = to;
    }
  }

  static boolean isPut(Op op) {
    return op == Op.PUT || op == Op.PUTHIGH;
  }
}
