package io.github.bitterling.minnow.bus;

import io.github.bitterling.vmx.mem.GuestMemory;
import java.util.Arrays;
import java.util.BitSet;

/**
 * Which 4 KiB pages are memory that the processors may touch directly: DRAM, the flash read window,
 * the shadow segments and cache-as-RAM. One byte a page for the first 4 GiB says the kind; each
 * kind has the distance from physical to host address. Bay Trail datasheet, "Physical Address
 * Space".
 */
public final class PageMap {
  /** DRAM below this address is "low", the rest is mapped from 4 GiB up. */
  public static final long LOW_LIMIT = 0x8000_0000L;

  static final long FOUR_GIB = 1L << 32;
  static final long CAR_BASE = 0xFEF0_0000L;
  static final int CAR_SIZE = 0x1_0000;

  private static final byte NONE = 0;
  private static final byte RAM = 1;
  private static final byte FLASH = 2;

  /** Reads alias the top of the flash, writes go to the DRAM below. */
  private static final byte SHADOW = 3;

  private static final byte CAR = 4;

  /** DRAM that not everybody gets at. */
  private static final byte SMRAM = 5;

  private final byte[] kinds = new byte[1 << 20];
  private final long[] readDelta = new long[6];
  private final long[] writeDelta = new long[6];
  private final GuestMemory ram;
  private final GuestMemory flash;
  private final GuestMemory cacheAsRam = new GuestMemory(CAR_SIZE);
  private final BitSet touched = new BitSet();

  private boolean eSegmentInDram;
  private boolean fSegmentInDram;
  private boolean abSegmentInDram;
  private boolean cacheAsRamOn;
  private boolean dramWorks = true;
  private Smram smram = Smram.NONE;
  private long lowTop;
  private long highTop;

  PageMap(GuestMemory ram, GuestMemory flash) {
    this.ram = ram;
    this.flash = flash;
    readDelta[RAM] = ram.base();
    readDelta[FLASH] = flash.base() - (FOUR_GIB - flash.size());
    readDelta[SHADOW] = flash.base() + flash.size() - 0x10_0000;
    readDelta[CAR] = cacheAsRam.base() - CAR_BASE;
    writeDelta[RAM] = writeDelta[SHADOW] = ram.base();
    writeDelta[CAR] = readDelta[CAR];
    reset();
  }

  /**
   * Back to the decode of power-on: E and F segments read the flash, no cache-as-RAM, all DRAM on.
   */
  void reset() {
    eSegmentInDram = fSegmentInDram = abSegmentInDram = cacheAsRamOn = false;
    smram = Smram.NONE;
    lowTop = Math.min(ram.size(), LOW_LIMIT);
    highTop = FOUR_GIB + Math.max(0, ram.size() - LOW_LIMIT);
    rebuild();
  }

  private void rebuild() {
    Arrays.fill(kinds, NONE);
    mark(0, lowTop, RAM);
    if (smram.start() < Math.min(smram.end(), lowTop)) {
      mark(smram.start(), Math.min(smram.end(), lowTop), SMRAM);
    }
    mark(0xA_0000, 0xC_0000, abSegmentInDram ? RAM : NONE);
    mark(0xE_0000, 0xF_0000, eSegmentInDram ? RAM : SHADOW);
    mark(0xF_0000, 0x10_0000, fSegmentInDram ? RAM : SHADOW);
    mark(FOUR_GIB - flash.size(), FOUR_GIB, FLASH);
    if (cacheAsRamOn) {
      mark(CAR_BASE, CAR_BASE + CAR_SIZE, CAR);
    }
  }

  private void mark(long from, long to, byte kind) {
    Arrays.fill(kinds, (int) (from >>> 12), (int) (to >>> 12), kind);
  }

  void segments(boolean eInDram, boolean fInDram, boolean abInDram) {
    eSegmentInDram = eInDram;
    fSegmentInDram = fInDram;
    abSegmentInDram = abInDram;
    rebuild();
  }

  void smram(Smram range) {
    smram = range;
    readDelta[SMRAM] = range.readable() ? ram.base() : 0;
    writeDelta[SMRAM] = range.writable() ? ram.base() : 0;
    rebuild();
  }

  Smram smram() {
    return smram;
  }

  /** Whether DRAM is handed out at all: not while a lane of it does not work. */
  void dramWorks(boolean works) {
    dramWorks = works;
  }

  boolean dramWorks() {
    return dramWorks;
  }

  private boolean isDram(long address, boolean write) {
    if (address >= FOUR_GIB) {
      return true;
    }
    int kind = kinds[(int) (address >>> 12)];
    return kind == RAM || kind == SMRAM || kind == SHADOW && write;
  }

  /** Accesses in SMM end elsewhere than others do. */
  boolean smmDiffers(long address) {
    return address < FOUR_GIB
        && kinds[(int) (address >>> 12)] == SMRAM
        && (readDelta[SMRAM] == 0 || writeDelta[SMRAM] == 0);
  }

  /** Host address of the page for an access in SMM, or 0. */
  long smmHost(long address, boolean write) {
    boolean inside = address < FOUR_GIB && kinds[(int) (address >>> 12)] == SMRAM;
    if (inside) {
      return dramWorks ? ramPage(address, write) : 0;
    }
    return host(address, write);
  }

  void cacheAsRam(boolean on) {
    cacheAsRamOn = on;
    rebuild();
  }

  boolean cacheAsRam() {
    return cacheAsRamOn;
  }

  /** First address above low DRAM and above high DRAM; zero means "as populated". */
  void bounds(long low, long high) {
    long populatedLow = Math.min(ram.size(), LOW_LIMIT);
    long populatedHigh = FOUR_GIB + Math.max(0, ram.size() - LOW_LIMIT);
    lowTop = low == 0 ? populatedLow : Math.min(low & -4096L, populatedLow);
    highTop = high == 0 ? populatedHigh : Math.min(high & -4096L, populatedHigh);
    rebuild();
  }

  /** Host address of the page, or 0. */
  long host(long address, boolean write) {
    return dramWorks || !isDram(address, write) ? anyHost(address, write) : 0;
  }

  /** Host address of a page of DRAM, also while not all of its lanes work; or 0. */
  long dramHost(long address, boolean write, boolean smm) {
    if (!isDram(address, write)) {
      return 0;
    }
    boolean smram = address < FOUR_GIB && kinds[(int) (address >>> 12)] == SMRAM;
    return smm && smram ? ramPage(address, write) : anyHost(address, write);
  }

  private long anyHost(long address, boolean write) {
    if (address >= FOUR_GIB) {
      return address < highTop ? ramPage(address - FOUR_GIB + LOW_LIMIT, write) : 0;
    }
    int kind = kinds[(int) (address >>> 12)];
    long delta = (write ? writeDelta : readDelta)[kind];
    if (delta == 0) {
      return 0;
    }
    if (write && kind != CAR) {
      touched.set((int) (address >>> 12));
    }
    return delta + (address & -4096L);
  }

  private long ramPage(long offset, boolean write) {
    if (write) {
      touched.set((int) (offset >>> 12));
    }
    return ram.address(offset & -4096L, 4096);
  }

  /** Host address of DRAM for a bus master, or 0: segments and cache-as-RAM do not apply. */
  long dmaHost(long address, boolean write) {
    if (address >= FOUR_GIB) {
      return host(address, write);
    }
    boolean hole = address >= 0xA_0000 && address < 0xC_0000 && !abSegmentInDram;
    hole |= smram.contains(address);
    return dramWorks && address < lowTop && !hole ? ramPage(address, write) : 0;
  }

  /** Loses the contents of DRAM and cache-as-RAM, as a power cycle does. */
  void clearMemory() {
    for (int page = touched.nextSetBit(0); page >= 0; page = touched.nextSetBit(page + 1)) {
      GuestMemory.fill(ram.address((long) page << 12, 4096), 4096, (byte) 0);
    }
    touched.clear();
    GuestMemory.fill(cacheAsRam.base(), CAR_SIZE, (byte) 0);
  }

  /**
   * Fills DRAM with a line of 64 bytes.
   *
   * @param start first byte, counted in DRAM, a multiple of 64; what is beyond DRAM is left out
   * @param end first byte not filled
   * @param lanes bit n set: byte n of every eight is written
   */
  void fill(long start, long end, long[] line, int lanes) {
    long mask = laneMask(lanes);
    boolean zeros = Arrays.stream(line).allMatch(word -> word == 0);
    long limit = Math.min(end, ram.size());
    for (long at = start; at < limit; ) {
      long next = Math.min(limit, (at | 4095) + 1);
      int page = (int) (at >>> 12);
      if (!zeros || touched.get(page)) { // what nobody touched is zero
        touched.set(page);
        fillPage(at, next, line, mask);
      }
      at = next;
    }
  }

  private void fillPage(long start, long end, long[] line, long mask) {
    for (long at = start; at < end; at += 8) {
      long host = ram.address(at, 8);
      long word = line[(int) (at >>> 3) & 7];
      GuestMemory.put64(host, GuestMemory.get64(host) & ~mask | word & mask);
    }
  }

  private static long laneMask(int lanes) {
    long mask = 0;
    for (int i = 0; i < 8; i++) {
      mask |= (lanes >>> i & 1) * 0xFFL << 8 * i;
    }
    return mask;
  }

  /** Pages of DRAM ever written since the last power cycle; bytes. */
  long touchedBytes() {
    return (long) touched.cardinality() << 12;
  }

  /** Offset in DRAM of the first eight bytes that differ from another machine's, or -1. */
  long firstDifference(PageMap other) {
    BitSet either = (BitSet) touched.clone();
    either.or(other.touched);
    for (int page = either.nextSetBit(0); page >= 0; page = either.nextSetBit(page + 1)) {
      long at = (long) page << 12;
      for (long end = at + 4096; at < end; at += 8) {
        if (GuestMemory.get64(ram.address(at, 8)) != GuestMemory.get64(other.ram.address(at, 8))) {
          return at;
        }
      }
    }
    return -1;
  }

  void close() {
    cacheAsRam.close();
  }
}
