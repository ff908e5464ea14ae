package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.rig.Rig;

/**
 * What is left of the translations after MOV to CR3: Bochs keeps those of global pages, which a
 * processor may forget (SDM volume 3, 4.10.4.1), and takes addresses of 40 bits.
 */
final class BareTranslations {
  private static final int MOV_TO_CR = 0x0F22;
  private static final long PAE = 0x20;
  private static final long PGE = 0x80;
  private static final long GLOBAL = 0x100;
  private static final long LONG_MODE_ACTIVE = 1 << 10;
  private static final int PAGES = 32;
  private static final int PAGE = 4096;

  /** Address bits of the processor that is modelled, and of Bochs's. */
  private static final int BITS = 36;

  private static final int BITS_OF_BOCHS = 40;

  /** Behind all memory: what is read there are ones. */
  private static final long NOWHERE = 1L << BITS - 1;

  private BareTranslations() {}

  /** With the translations of global pages as they were. */
  static BareOutcome globalKept(BareOurs engine, BareCase c, BareInstruction i) {
    BareOurs.Visit load =
        r -> {
          long value = value(r, c, i);
          return value >>> BITS == 0 && loaded(r, c, i, value) && pointersLoaded(r, value);
        };
    return loadsTables(c, i) ? engine.visited(c, i.at(), load) : null;
  }

  /** #GP(0) of an address beyond 36 bits, where Bochs has no memory either, but goes on. */
  static BareOutcome tablesNowhere(BareOurs engine, BareCase c, BareInstruction i) {
    long[] value = new long[1];
    BareOurs.Visit load =
        r -> {
          value[0] = value(r, c, i);
          boolean taken = value[0] >>> BITS != 0 && value[0] >>> BITS_OF_BOCHS == 0;
          return taken && isLong(r) && loaded(r, c, i, NOWHERE);
        };
    BareOutcome o = loadsTables(c, i) ? engine.visited(c, i.at(), load) : null;
    if (o != null && o.state.cr3 == NOWHERE) {
      o.state.cr3 = value[0];
    }
    return o;
  }

  private static boolean loadsTables(BareCase c, BareInstruction i) {
    return i.opcode(c) == MOV_TO_CR && (i.modrm(c) >> 3 & 7) == 3;
  }

  private static long value(Rig rig, BareCase c, BareInstruction i) {
    return rig.cpu.r[i.modrm(c) & 7];
  }

  private static boolean isLong(Rig rig) {
    return (rig.cpu.efer & LONG_MODE_ACTIVE) != 0;
  }

  /**
   * Puts MOV to CR3 behind the processor; other pages than global ones are forgotten.
   *
   * @return false where that is for level 0
   */
  private static boolean loaded(Rig rig, BareCase c, BareInstruction i, long value) {
    if (rig.cpu.cpl != 0) {
      return false;
    }
    rig.cpu.cr3 = value;
    rig.cpu.rip += i.bytes().length;
    if ((rig.cpu.cr4 & PGE) == 0) {
      rig.cpu.memory.flushAll();
      return true;
    }
    for (int page = 0; page < PAGES; page++) {
      if ((c.get(BareCalls.entry(c, page), 4) & GLOBAL) == 0) {
        rig.cpu.memory.flushPage((long) page * PAGE);
      }
    }
    return true;
  }

  private static boolean pointersLoaded(Rig rig, long value) {
    boolean pointers = (rig.cpu.cr4 & PAE) != 0 && !isLong(rig);
    return !pointers || rig.cpu.memory.loadPdptes(rig.cpu, value);
  }
}
