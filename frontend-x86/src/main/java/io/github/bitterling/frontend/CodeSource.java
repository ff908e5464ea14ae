package io.github.bitterling.frontend;

/** Instruction bytes for the decoder. */
public interface CodeSource {
  /**
   * Byte at {@code position} (0 = first of the block), or -1 when it must not be fetched (end of
   * page, limit).
   */
  int byteAt(int position);
}
