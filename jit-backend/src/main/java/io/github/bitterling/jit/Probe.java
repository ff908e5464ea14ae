package io.github.bitterling.jit;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.mem.Tlb;

/**
 * TLB probes of compiled regions. A region keeps the TLB's arrays and generation in locals: they
 * cannot change while it runs, except in helpers, after which it loads them anew. The mask is
 * written with the array's length so that HotSpot drops the range check.
 */
public final class Probe {
  private static final long PAGE = -4096L;

  /** Offsets in a page below this are safe for every access of up to 8 bytes. */
  private static final long SAFE = 4089;

  private Probe() {}

  /** True when the page of an access is not in the TLB; {@code last} = bytes - 1. */
  public static boolean miss(long[] tag, long generation, long va, int last) {
    return tag[(int) (va >>> 12) & tag.length - 1] != (va + last & PAGE | generation);
  }

  /** As {@link #miss} for an access that needs both permissions. */
  public static boolean missBoth(long[] read, long[] write, long generation, long va, int last) {
    long wanted = va + last & PAGE | generation;
    return read[(int) (va >>> 12) & read.length - 1] != wanted
        || write[(int) (va >>> 12) & write.length - 1] != wanted;
  }

  public static long load8(long[] offset, long va) {
    return GuestMemory.get8(va + offset[(int) (va >>> 12) & offset.length - 1]);
  }

  public static long load16(long[] offset, long va) {
    return GuestMemory.get16(va + offset[(int) (va >>> 12) & offset.length - 1]);
  }

  public static long load32(long[] offset, long va) {
    return GuestMemory.get32(va + offset[(int) (va >>> 12) & offset.length - 1]);
  }

  public static long load64(long[] offset, long va) {
    return GuestMemory.get64(va + offset[(int) (va >>> 12) & offset.length - 1]);
  }

  /** Host address of an address whose page is in the TLB. */
  public static long host(long[] offset, long va) {
    return va + offset[(int) (va >>> 12) & offset.length - 1];
  }

  public static void store8(long va, long value, long[] offset) {
    GuestMemory.put8(va + offset[(int) (va >>> 12) & offset.length - 1], value);
  }

  public static void store16(long va, long value, long[] offset) {
    GuestMemory.put16(va + offset[(int) (va >>> 12) & offset.length - 1], value);
  }

  public static void store32(long va, long value, long[] offset) {
    GuestMemory.put32(va + offset[(int) (va >>> 12) & offset.length - 1], value);
  }

  public static void store64(long va, long value, long[] offset) {
    GuestMemory.put64(va + offset[(int) (va >>> 12) & offset.length - 1], value);
  }

  // A kept page: [page, page + safe) lies at host address va + offset

  /**
   * Bytes of the page of {@code va} that may be read and written directly: 0 when it is not so in
   * the TLB.
   */
  public static long safeBoth(Cpu cpu, long va) {
    Tlb t = cpu.tlb;
    return missBoth(t.readTag, t.writeTag, t.generation, va, 0) ? 0 : SAFE;
  }

  /** As {@link #safeBoth} for reading only. */
  public static long safeRead(Cpu cpu, long va) {
    Tlb t = cpu.tlb;
    return miss(t.readTag, t.generation, va, 0) ? 0 : SAFE;
  }

  public static long offset(Cpu cpu, long va) {
    return cpu.tlb.offset[Tlb.index(va)];
  }

  public static boolean offPage(long page, long safe, long va) {
    return Long.compareUnsigned(va - page, safe) >= 0;
  }
}
