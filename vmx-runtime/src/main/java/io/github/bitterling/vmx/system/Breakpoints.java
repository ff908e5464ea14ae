package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/** Matching of the breakpoint registers (SDM volume 3, 17.2.4 and 17.2.5). */
final class Breakpoints {
  private static final int WRITE = 1;
  private static final int PORT = 2;
  private static final int READ_WRITE = 3;

  /** Bytes by the LEN field. */
  private static final int[] BYTES = {1, 2, 8, 4};

  private Breakpoints() {}

  /** B0-B3 of the enabled data breakpoints an access touches. */
  static long data(Cpu cpu, long linear, int bytes, boolean write) {
    long hits = 0;
    for (int i = 0; i < 4; i++) {
      int kind = kind(cpu, i);
      if (enabled(cpu, i)
          && (kind == READ_WRITE || kind == WRITE && write)
          && overlaps(cpu, i, linear, bytes)) {
        hits |= 1L << i;
      }
    }
    return hits;
  }

  /** B0-B3 of the enabled I/O breakpoints; they exist with CR4.DE only. */
  static long port(Cpu cpu, int port, int bytes) {
    if ((cpu.cr4 & Bits.CR4_DE) == 0) {
      return 0;
    }
    long hits = 0;
    for (int i = 0; i < 4; i++) {
      if (enabled(cpu, i) && kind(cpu, i) == PORT && overlaps(cpu, i, port, bytes)) {
        hits |= 1L << i;
      }
    }
    return hits;
  }

  private static boolean enabled(Cpu cpu, int i) {
    return (cpu.dr[7] >> 2 * i & 3) != 0;
  }

  private static int kind(Cpu cpu, int i) {
    return (int) (cpu.dr[7] >> 16 + 4 * i) & 3;
  }

  private static boolean overlaps(Cpu cpu, int i, long at, int bytes) {
    int length = BYTES[(int) (cpu.dr[7] >> 18 + 4 * i) & 3];
    long first = cpu.dr[i] & -length;
    return at - first < length && first - at < bytes;
  }
}
