package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.Width;

/**
 * The helpers that only look at their arguments, for every implementation of the processor to use.
 */
public final class PureHelpers {
  /** CRC-32C (Castagnoli), bits reflected. */
  private static final int POLYNOMIAL = 0x82F63B78;

  private PureHelpers() {}

  /** Result of a helper of kind PURE. */
  public static long call(Helper helper, long a, long b, long c) {
    return switch (helper) {
      case CRC32C -> crc32c((int) a, b, Width.bytes((int) c));
      case PACKED -> Packed.apply((int) a, b, c);
      default -> throw new IllegalArgumentException(helper + " is not a pure helper");
    };
  }

  private static long crc32c(int crc, long data, int bytes) {
    int r = crc;
    for (int i = 0; i < bytes; i++) {
      r ^= (int) (data >>> 8 * i) & 0xFF;
      for (int k = 0; k < 8; k++) {
        r = r >>> 1 ^ ((r & 1) != 0 ? POLYNOMIAL : 0);
      }
    }
    return r & 0xFFFF_FFFFL;
  }
}
