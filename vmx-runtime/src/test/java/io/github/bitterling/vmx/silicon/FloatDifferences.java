package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Insn;

/** Where processors may differ, with the reason; both outcomes are made equal there. */
final class FloatDifferences {
  private FloatDifferences() {}

  static void align(Insn insn, Trial t, Outcome host, Outcome ours) {
    switch (insn.operation()) {
      // Pointers of the last instruction: hosts keep them only while an exception is pending, and
      // not across a signal.
      case "fnstenv", "fnsave", "fxsave" -> memory(host, ours);
      case "fcom",
          "fcomp",
          "fcompp",
          "fcomp5",
          "ficom",
          "ficomp",
          "fucom",
          "fucomp",
          "fucompp",
          "ftst" ->
          unordered(t, host, ours);
      case "fcomi", "fcomip", "fucomi", "fucomip" -> {
        if ((ours.status & ~t.control & 1) != 0) {
          ours.flags = host.flags;
        }
      }
      case "fsin", "fcos", "fsincos", "fptan", "fpatan", "f2xm1", "fyl2x", "fyl2xp1" -> {
        if (outOfRange(insn, t)) {
          everything(host, ours);
        }
        lastPlace(host, ours);
      }
      case "cvtpi2ps", "cvtpi2pd", "cvtps2pi", "cvttps2pi", "cvtpd2pi", "cvttpd2pi" -> {
        // A conversion that faults has entered MMX state on AMD's, not in the SDM's pseudocode.
        if (host.vector == 19 && ours.vector == 19) {
          everything(host, ours);
        }
      }
      case "rcpps", "rcpss", "rsqrtps", "rsqrtss" -> approximations(insn, host, ours);
      default -> {}
    }
  }

  /** Approximations are exact to 1.5 * 2^-12 on every processor, each with its own table. */
  private static void approximations(Insn insn, Outcome host, Outcome ours) {
    for (int h = 2 * insn.reg(); h < 2 * insn.reg() + 2; h++) {
      ours.xmm[h] = approximation(host.xmm[h], ours.xmm[h]);
      if (insn.vectorBytes() == 32) {
        ours.ymm[h] = approximation(host.ymm[h], ours.ymm[h]);
      }
    }
  }

  /** The host's singles where ours are near. */
  private static long approximation(long host, long ours) {
    long r = ours;
    for (int shift = 0; shift < 64; shift += 32) {
      float theirs = Float.intBitsToFloat((int) (host >>> shift));
      float mine = Float.intBitsToFloat((int) (ours >>> shift));
      if (Math.abs(theirs - mine) <= Math.max(Math.abs(theirs) * 0x3p-12f, Float.MIN_NORMAL)) {
        r = r & ~(0xFFFFFFFFL << shift) | host & 0xFFFFFFFFL << shift;
      }
    }
    return r;
  }

  /**
   * An unmasked invalid operation leaves condition codes and flags (SDM volume 2, FCOM, FCOMI);
   * AMD's set them to unordered.
   */
  private static void unordered(Trial t, Outcome host, Outcome ours) {
    if ((ours.status & ~t.control & 1) != 0) {
      ours.status = ours.status & ~0x4500 | host.status & 0x4500;
    }
  }

  /** F2XM1 and FYL2XP1 are undefined there. */
  private static boolean outOfRange(Insn insn, Trial t) {
    int e = t.signExponent[0] & 0x7FFF;
    return switch (insn.mnemonic()) {
      case "f2xm1" -> e >= 0x3FFF && e != 0x7FFF;
      case "fyl2xp1" -> e >= 0x3FFD && e != 0x7FFF;
      default -> false;
    };
  }

  private static void everything(Outcome host, Outcome ours) {
    System.arraycopy(host.mmx, 0, ours.mmx, 0, 8);
    System.arraycopy(host.signExponent, 0, ours.signExponent, 0, 8);
    ours.status = host.status;
    ours.tags = host.tags;
  }

  private static void memory(Outcome host, Outcome ours) {
    ours.hash = host.hash;
  }

  /**
   * Functions are good to one unit in the last place, on every processor with other errors; C1
   * tells their direction, and AMD's say inexact even of a power of two's logarithm.
   */
  private static void lastPlace(Outcome host, Outcome ours) {
    for (int i = 0; i < 8; i++) {
      long distance = host.mmx[i] - ours.mmx[i];
      boolean same =
          host.signExponent[i] == ours.signExponent[i] && distance >= -1 && distance <= 1;
      boolean near = same || nextBinade(host, ours, i) || nextBinade(ours, host, i);
      if (near) {
        ours.mmx[i] = host.mmx[i];
        ours.signExponent[i] = host.signExponent[i];
        ours.status = ours.status & ~0x82A0 | host.status & 0x82A0;
      }
    }
  }

  private static boolean nextBinade(Outcome a, Outcome b, int i) {
    return a.mmx[i] == -1 && b.mmx[i] == 1L << 63 && b.signExponent[i] == a.signExponent[i] + 1;
  }
}
