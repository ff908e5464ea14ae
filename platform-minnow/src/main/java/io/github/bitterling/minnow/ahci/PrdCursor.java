package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.bus.Dma;

/**
 * Walks the physical region descriptor table of one command (AHCI 1.3, 4.2.3.3) and moves its data.
 */
final class PrdCursor {
  private final Dma dma;
  private final long table;
  private final int entries;
  private int entry;
  private long address;
  private int left;
  private long moved;

  PrdCursor(Dma dma, long table, int entries) {
    this.dma = dma;
    this.table = table;
    this.entries = entries;
  }

  /** Moves {@code length} bytes between the array and memory; fewer when the table ends before. */
  int move(byte[] data, int length, boolean toMemory) {
    int done = 0;
    while (done < length && (left > 0 || nextEntry())) {
      int part = Math.min(left, length - done);
      if (toMemory) {
        dma.write(address, data, done, part);
      } else {
        dma.read(address, data, done, part);
      }
      address += part;
      left -= part;
      done += part;
    }
    moved += done;
    return done;
  }

  private boolean nextEntry() {
    if (entry == entries) {
      return false;
    }
    long at = table + 16L * entry++;
    address = dma.read64(at) & ~1L;
    left = (int) (dma.read32(at + 12) & 0x3F_FFFF) + 1;
    return true;
  }

  /** Bytes moved so far, for the command header's byte count. */
  long moved() {
    return moved;
  }
}
