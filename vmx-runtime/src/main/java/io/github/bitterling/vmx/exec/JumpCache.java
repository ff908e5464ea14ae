package io.github.bitterling.vmx.exec;

import java.util.Arrays;

/** Direct-mapped cache of one core from linear address to block. */
final class JumpCache {
  private static final int SIZE = 4096;

  final Block[] block = new Block[SIZE];

  /** codeTag under which the entry was made. */
  final long[] tag = new long[SIZE];

  /** Region of the entry's block, seen to be mapped as at its translation under the entry's tag. */
  final CompiledRegion[] verified = new CompiledRegion[SIZE];

  static int slot(long linear, int mode) {
    int h = (int) linear ^ (int) (linear >>> 11) ^ mode << 5;
    return h & SIZE - 1;
  }

  void clear() {
    Arrays.fill(block, null);
  }
}
