package io.github.bitterling.vmx.exec;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Translated code of one physical page: which of its bytes are code, and the blocks. Data may lie
 * right beside code, as in programs that unpack themselves with their variables next to the loop; a
 * write to them ends nothing and must not cost a walk through the blocks.
 */
final class PageCode {
  private static final int PAGE = 4096;

  final List<Block> blocks = new ArrayList<>();

  /** One bit a byte. */
  private final long[] code = new long[PAGE / 64];

  void add(Block block, int offset, int bytes) {
    blocks.add(block);
    mark(offset, bytes);
  }

  /** Whether any of the bytes is code. */
  boolean touches(int offset, int bytes) {
    int end = end(offset, bytes);
    for (int word = offset >> 6; word <= end - 1 >> 6; word++) {
      if ((code[word] & mask(word, offset, end)) != 0) {
        return true;
      }
    }
    return false;
  }

  /** Recomputes the bytes after blocks left. */
  void recompute(long page) {
    Arrays.fill(code, 0);
    for (Block b : blocks) {
      int here = here(b);
      if (isFirst(b, page)) {
        mark((int) (b.physical & PAGE - 1), here);
      }
      if (isSecond(b, page)) {
        mark(0, b.bytes - here);
      }
    }
  }

  private void mark(int offset, int bytes) {
    int end = end(offset, bytes);
    for (int word = offset >> 6; word <= end - 1 >> 6; word++) {
      code[word] |= mask(word, offset, end);
    }
  }

  /**
   * Whether a block was made from any of {@code bytes} bytes at an offset of the page at {@code
   * page}. Its second page included, which may be the same one, mapped twice.
   */
  static boolean overlaps(Block b, long page, int offset, int bytes) {
    int start = (int) (b.physical & PAGE - 1);
    int here = here(b);
    if (isFirst(b, page) && offset < start + here && start < end(offset, bytes)) {
      return true;
    }
    return isSecond(b, page) && offset < b.bytes - here;
  }

  private static boolean isFirst(Block b, long page) {
    return (b.physical & BlockCache.WRITTEN_PAGE) == page;
  }

  private static boolean isSecond(Block b, long page) {
    return b.secondPage >= 0 && (b.secondPage & BlockCache.WRITTEN_PAGE) == page;
  }

  /** Bytes of a block in its first page. */
  private static int here(Block b) {
    return Math.min(b.bytes, PAGE - (int) (b.physical & PAGE - 1));
  }

  private static int end(int offset, int bytes) {
    return Math.min(offset + Math.max(bytes, 1), PAGE);
  }

  /** Bits of one word that lie in a range of the page, which reaches into the word. */
  static long mask(int word, int offset, int end) {
    int first = Math.max(offset - 64 * word, 0);
    int last = Math.min(end - 64 * word, 64) - 1;
    return -1L << first & -1L >>> 63 - last;
  }
}
