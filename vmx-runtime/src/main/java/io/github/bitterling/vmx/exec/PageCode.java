package io.github.bitterling.vmx.exec;

import java.util.ArrayList;
import java.util.List;

/** Translated code of one physical page: which 64-byte lines it covers, and the blocks. */
final class PageCode {
  final List<Block> blocks = new ArrayList<>();
  private long lines;

  void add(Block block, int offset, int bytes) {
    blocks.add(block);
    lines |= mask(offset, bytes);
  }

  boolean touches(int offset, int bytes) {
    return (lines & mask(offset, bytes)) != 0;
  }

  /** Recomputes the lines after blocks left. */
  void recompute(long page) {
    lines = 0;
    for (Block b : blocks) {
      lines |= lines(b, page);
    }
  }

  /**
   * Lines of the page at {@code page} that a block was made from. Its second page included, which
   * may be the same one, mapped twice.
   */
  static long lines(Block b, long page) {
    int offset = (int) (b.physical & 4095);
    int here = Math.min(b.bytes, 4096 - offset);
    long found = (b.physical & BlockCache.WRITTEN_PAGE) == page ? mask(offset, here) : 0;
    boolean second = b.secondPage >= 0 && (b.secondPage & BlockCache.WRITTEN_PAGE) == page;
    return second ? found | mask(0, b.bytes - here) : found;
  }

  /** One bit a 64-byte line. */
  static long mask(int offset, int bytes) {
    int first = offset >> 6;
    int last = Math.min(offset + Math.max(bytes, 1) - 1, 4095) >> 6;
    return -1L << first & -1L >>> 63 - last;
  }
}
