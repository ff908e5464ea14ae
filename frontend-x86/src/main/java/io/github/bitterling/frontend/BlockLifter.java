package io.github.bitterling.frontend;

import io.github.bitterling.ir.IrBlock;

/** Bytes to an IR block: decode, lift, stop at the end of straight-line code. */
public interface BlockLifter {
  /**
   * Lifts from {@code ip} until control leaves, {@code maxInstructions} are reached, or the next
   * instruction does not lie wholly within the bytes the source offers.
   *
   * @return null when not even the first instruction lies within the offered bytes (and it is not
   *     longer than 15 bytes already): the caller then offers more (next page) or raises the fetch
   *     fault
   */
  IrBlock lift(CodeSource source, long ip, int modeKey, int maxInstructions);
}
