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

  boolean touchesLines(long mask) {
    return (lines & mask) != 0;
  }

  /** Recomputes the lines after blocks left. */
  void recompute(long page) {
    lines = 0;
    for (Block b : blocks) {
      int offset = (int) Math.max(0, b.physical - page);
      lines |=
          b.physical >= page && b.physical < page + 4096
              ? mask(offset, Math.min(b.bytes, 4096 - offset))
              : mask(0, b.bytes - (int) (4096 - (b.physical & 4095)));
    }
  }

  /** One bit a 64-byte line. */
  static long mask(int offset, int bytes) {
    int first = offset >> 6;
    int last = Math.min(offset + Math.max(bytes, 1) - 1, 4095) >> 6;
    return -1L << first & -1L >>> 63 - last;
  }
}
