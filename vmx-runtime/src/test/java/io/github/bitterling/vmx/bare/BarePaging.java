package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DIRECTORY;
import static io.github.bitterling.vmx.bare.BareLayout.PML4;
import static io.github.bitterling.vmx.bare.BareLayout.POINTERS;
import static io.github.bitterling.vmx.bare.BareLayout.TABLE;
import static io.github.bitterling.vmx.bare.BareLayout.TASK32;

import io.github.bitterling.vmx.bare.BareDraw.Mode;

/** Page tables of a case. */
final class BarePaging {
  private static final int PAGES = 32;
  private static final int[] PAGES_IN_USE = {
    0x1, 0x2, 0x4, 0x6, 0x7, 0x8, 0x9, 0xA, 0x9, 0xA, 0x7, 0x6
  };
  private static final int LARGE = 0x80;

  /** A second table of PDPTE registers, for MOV to CR3. */
  static final int OTHER_POINTERS = POINTERS + 0x20;

  /** Bochs has 40 address bits, the processor that is modelled 36. */
  private static final int BEYOND = 40;

  private final BareDraw draw;

  BarePaging(BareDraw draw) {
    this.draw = draw;
  }

  void fill() {
    BareState s = draw.c.state;
    boolean on = draw.isLong() || draw.mode != Mode.REAL && draw.chance(2);
    if (!on) {
      s.cr3 = 0;
      return;
    }
    s.cr0 |= 1L << 31;
    boolean wide = draw.isLong() || draw.chance(2);
    s.cr4 |= wide ? 0x20 : draw.chance(2) ? 0x10 : 0;
    int size = wide ? 8 : 4;
    int top = DIRECTORY;
    draw.c.put(DIRECTORY, directory(TABLE), size);
    if (wide) {
      draw.c.put(POINTERS, draw.isLong() ? directory(DIRECTORY) : DIRECTORY | 1, 8);
      top = POINTERS;
    }
    if (draw.isLong()) {
      draw.c.put(PML4, directory(POINTERS), 8);
      top = PML4;
    }
    for (int p = 0; p < PAGES; p++) {
      draw.c.put(TABLE + size * p, (long) p << 12 | leaf(), size);
    }
    if ((s.cr4 & BareRegisters.SMEP) != 0) {
      supervisor(3, size);
      if (draw.cpl < 3) {
        supervisor(8, size);
      }
    }
    s.cr3 = top;
    // Another set of page tables only where the processor does not look at it during the switch
    draw.c.put(TASK32 + 0x1C, wide || !draw.chance(4) ? top : TABLE, 4);
    while (draw.chance(2)) {
      mutate(size);
    }
    if (draw.chance(8) && (wide || (s.cr4 & 0x10) != 0)) {
      draw.c.put(DIRECTORY, large(size), size);
    }
    if (draw.mode != Mode.LONG && draw.mode != Mode.COMPAT && wide) {
      otherPointers();
    }
    if (draw.isLong() && draw.chance(40)) {
      int at = draw.pick(PML4, POINTERS, DIRECTORY);
      long bit = at == DIRECTORY ? 1L << reserved() : draw.chance(2) ? LARGE : 1L << reserved();
      draw.c.put(at, draw.c.word(at) | bit, 8);
    }
  }

  /** One page for everything: of 4 MiB, or of 2 MiB with entries of 8 bytes. */
  private long large(int size) {
    long entry = LARGE | leaf() & ~(draw.chance(6) ? 4L : 0);
    if (!draw.chance(4)) {
      return entry;
    }
    // Of 4 MiB, bits 20:13 are address bits of what is beyond 4 GiB
    return entry
        | (size == 8
            ? 1L << (draw.chance(2) ? 13 + draw.random.nextInt(8) : reserved())
            : 1L << 21);
  }

  /** An address bit that no processor has, of entries of 8 bytes. */
  private int reserved() {
    return BEYOND + draw.random.nextInt((draw.isLong() ? 52 : 63) - BEYOND);
  }

  /** Entries that MOV to CR3 takes or refuses. */
  private void otherPointers() {
    for (int i = 0; i < 4; i++) {
      long entry = i == 0 ? DIRECTORY | 1 : 0;
      if (draw.chance(8)) {
        entry |= 1L << (draw.chance(2) ? draw.pick(1, 2, 5, 6, 7, 8) : reserved());
      }
      if (draw.chance(8)) {
        entry &= ~1L;
      }
      draw.c.put(OTHER_POINTERS + 8 * i, entry, 8);
    }
  }

  /** Mostly: SMEP forbids the others to levels 0 to 2. */
  private void supervisor(int page, int size) {
    if (!draw.chance(6)) {
      draw.c.put(TABLE + size * page, (long) page << 12 | leaf() & ~4L, size);
    }
  }

  private long leaf() {
    return 7
        | (draw.chance(2) ? 0x20 : 0)
        | (draw.chance(2) ? 0x40 : 0)
        | (draw.chance(8) ? 0x100 : 0);
  }

  private long directory(long to) {
    return to | 7 | (draw.chance(2) ? 0x20 : 0);
  }

  private void mutate(int size) {
    int at =
        draw.chance(6)
            ? DIRECTORY
            : TABLE + size * PAGES_IN_USE[draw.random.nextInt(PAGES_IN_USE.length)];
    long word = draw.c.word(at & ~7);
    long entry = size == 8 ? word : word >>> 8 * (at & 7) & 0xFFFFFFFFL;
    entry =
        switch (draw.random.nextInt(5)) {
          case 0 -> entry & ~1L;
          case 1 -> entry & ~2L;
          case 2 -> entry & ~4L;
          case 3 -> size == 8 ? entry | 1L << 63 : entry & ~6L;
          default -> size == 8 ? entry | 1L << reserved() : entry & ~2L;
        };
    draw.c.put(at, entry, size);
  }
}
