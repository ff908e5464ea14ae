package io.github.bitterling.minnow.bus;

/**
 * The range of SMRAM and who gets at it besides processors in SMM. Bus masters never do.
 *
 * @param start first byte, a multiple of 1 MiB
 * @param end first byte above; not above {@code start} for none
 * @param readable untrusted processors outside SMM may read it
 * @param writable they may write it
 * @param bootMode processors that have not entered untrusted mode may do both
 */
public record Smram(long start, long end, boolean readable, boolean writable, boolean bootMode) {
  static final Smram NONE = new Smram(0, 0, false, false, false);

  boolean contains(long address) {
    return address >= start && address < end;
  }
}
