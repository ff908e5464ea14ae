package io.github.bitterling.vmx.mem;

import java.util.Arrays;

/**
 * Software TLB of one address space and privilege: direct-mapped, arrays apart for read and write
 * permission. A hit means: {@code tag[index(va)] == (va + bytes - 1 & -4096 | generation)}, then
 * the byte lives at host address {@code va + offset[index]}. Accesses that cross a page never
 * match.
 *
 * <p>A flush increments the generation kept in the tags' low 12 bits; entries are cleared only when
 * it wraps.
 */
public final class Tlb {
  /** Entries; a power of two. */
  public static final int SIZE = 1024;

  public static final int INDEX_MASK = SIZE - 1;

  public final long[] readTag = new long[SIZE];
  public final long[] writeTag = new long[SIZE];
  public final long[] offset = new long[SIZE];

  /** 1..4095, in the low bits of every valid tag; 0 never matches. */
  public long generation = 1;

  public static int index(long linear) {
    return (int) (linear >>> 12) & INDEX_MASK;
  }

  /**
   * Enters a page.
   *
   * @param linear any address in the page
   * @param hostPage host address of the page
   */
  public void fill(long linear, long hostPage, boolean read, boolean write) {
    int i = index(linear);
    long page = linear & -4096L;
    long tag = page | generation;
    long off = hostPage - page;
    if (offset[i] != off || (readTag[i] != tag && writeTag[i] != tag)) {
      readTag[i] = 0;
      writeTag[i] = 0;
      offset[i] = off;
    }
    if (read) {
      readTag[i] = tag;
    }
    if (write) {
      writeTag[i] = tag;
    }
  }

  /** Forgets everything. */
  public void flush() {
    if (++generation == 4096) {
      Arrays.fill(readTag, 0);
      Arrays.fill(writeTag, 0);
      generation = 1;
    }
  }

  /** Has the page of an address, for reading or writing. */
  public boolean holds(long linear) {
    int i = index(linear);
    long tag = linear & -4096L | generation;
    return readTag[i] == tag || writeTag[i] == tag;
  }

  /** Forgets the page of an address. */
  public void flushPage(long linear) {
    int i = index(linear);
    readTag[i] = 0;
    writeTag[i] = 0;
  }

  /**
   * Takes write permission from every entry backed by a host page: it now holds translated code.
   */
  public void dropWrites(long hostPage) {
    for (int i = 0; i < SIZE; i++) {
      if (writeTag[i] != 0 && (writeTag[i] & -4096L) + offset[i] == hostPage) {
        writeTag[i] = 0;
      }
    }
  }
}
