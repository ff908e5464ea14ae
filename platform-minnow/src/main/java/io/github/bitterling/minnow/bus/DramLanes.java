package io.github.bitterling.minnow.bus;

import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * Which byte lanes of DRAM work: lane n is byte n of every eight. Where one does not read, ones
 * arrive; where one does not write, the byte stays as it is.
 */
final class DramLanes {
  private static final int ALL = 0xFF;

  private int reads = ALL;
  private int writes = ALL;

  /** Takes both masks; false when they are what they were. */
  boolean set(int newReads, int newWrites) {
    boolean changed = newReads != reads || newWrites != writes;
    reads = newReads;
    writes = newWrites;
    return changed;
  }

  boolean allWork() {
    return (reads & writes) == ALL;
  }

  /** Host addresses are as aligned as those of DRAM, so that their bits 2:0 are the lane. */
  private static boolean works(int lanes, long host) {
    return (lanes >>> (host & 7) & 1) != 0;
  }

  long read(long host, int width) {
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= (works(reads, host + i) ? GuestMemory.get8(host + i) : 0xFF) << 8 * i;
    }
    return value;
  }

  void write(long host, int width, long value) {
    for (int i = 0; i < width; i++) {
      if (works(writes, host + i)) {
        GuestMemory.put8(host + i, value >>> 8 * i);
      }
    }
  }
}
