package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * Matching of the breakpoint registers (SDM volume 3, 17.2.4 and 17.2.5). B0-B3 are set for every
 * breakpoint whose condition is met, enabled or not (17.2.3); only {@link #ENABLED} makes an
 * exception of them.
 */
final class Breakpoints {
  /**
   * At least one breakpoint that matched is enabled: as in the pending debug exceptions of a VMCS
   * (25.4.2).
   */
  static final long ENABLED = 1 << 12;

  private static final int INSTRUCTION = 0;
  private static final int WRITE = 1;
  private static final int PORT = 2;
  private static final int READ_WRITE = 3;

  /** Bytes by the LEN field. */
  private static final int[] BYTES = {1, 2, 8, 4};

  private Breakpoints() {}

  /** B0-B3 and ENABLED of the instruction breakpoints at an address. */
  static long code(Cpu cpu, long linear) {
    long hits = 0;
    for (int i = 0; i < 4; i++) {
      if (kind(cpu, i) == INSTRUCTION && cpu.dr[i] == linear) {
        hits |= hit(cpu, i);
      }
    }
    return hits;
  }

  /** B0-B3 and ENABLED of the data breakpoints an access touches. */
  static long data(Cpu cpu, long linear, int bytes, boolean write) {
    long hits = 0;
    for (int i = 0; i < 4; i++) {
      int kind = kind(cpu, i);
      boolean watched = kind == READ_WRITE || kind == WRITE && write;
      if (watched && overlaps(cpu, i, linear, bytes)) {
        hits |= hit(cpu, i);
      }
    }
    return hits;
  }

  /** B0-B3 and ENABLED of the I/O breakpoints; they exist with CR4.DE only. */
  static long port(Cpu cpu, int port, int bytes) {
    if ((cpu.cr4 & Bits.CR4_DE) == 0) {
      return 0;
    }
    long hits = 0;
    for (int i = 0; i < 4; i++) {
      if (kind(cpu, i) == PORT && overlaps(cpu, i, port, bytes)) {
        hits |= hit(cpu, i);
      }
    }
    return hits;
  }

  private static long hit(Cpu cpu, int i) {
    return 1L << i | ((cpu.dr[7] >> 2 * i & 3) != 0 ? ENABLED : 0);
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
