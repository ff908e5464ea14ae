package io.github.bitterling.vmx.silicon;

import java.util.Arrays;

/** State after an instruction. */
final class Outcome {
  /** Exception vector, or -1 when the instruction completed. */
  int vector = -1;

  final long[] reg = new long[16];
  final long[] xmm = new long[32];
  final long[] mmx = new long[8];
  final int[] signExponent = new int[8];
  int control;
  int status;
  int tags;
  int mxcsr;

  /** 128 bytes of the data page from the trial's operand on. */
  final long[] window = new long[16];

  long rip;
  long flags;

  /** Hash of the data page. */
  long hash;

  /** What differs between two outcomes, flags seen through a mask; empty when nothing does. */
  String difference(Outcome other, long flagMask) {
    StringBuilder out = new StringBuilder();
    compare(out, "vector", vector, other.vector);
    for (int i = 0; i < 16; i++) {
      compare(out, "r" + i, reg[i], other.reg[i]);
    }
    compare(out, "rip", rip, other.rip);
    compare(out, "flags", flags & flagMask, other.flags & flagMask);
    compare(out, "memory", hash, other.hash);
    if (!Arrays.equals(xmm, other.xmm)) {
      for (int i = 0; i < 32; i++) {
        compare(out, "xmm" + i / 2 + (i % 2 == 0 ? "l" : "h"), xmm[i], other.xmm[i]);
      }
    }
    for (int i = 0; i < 8; i++) {
      compare(out, "mm" + i, mmx[i], other.mmx[i]);
      compare(out, "exponent" + i, signExponent[i], other.signExponent[i]);
    }
    compare(out, "fcw", control, other.control);
    compare(out, "fsw", status, other.status);
    compare(out, "ftw", tags, other.tags);
    compare(out, "mxcsr", mxcsr, other.mxcsr);
    return out.toString();
  }

  private static void compare(StringBuilder out, String name, long host, long ours) {
    if (host != ours) {
      out.append(String.format(" %s host=%x ours=%x", name, host, ours));
    }
  }
}
