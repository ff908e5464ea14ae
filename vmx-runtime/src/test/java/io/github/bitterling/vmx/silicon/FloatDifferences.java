package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Operand;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The differences of floating-point instructions that docs/instructions.md accepts. Each changes
 * our outcome to what the host is known to do, or allows exactly the bits that are each processor's
 * own; the rest is compared. Counts how often each was needed.
 */
final class FloatDifferences {
  private static final int C1 = 0x200;
  private static final int PE = 0x20;
  private static final int UE = 0x10;
  private static final int ES_B = 0x8080;
  private static final int UNORDERED = 0x4500;

  private static final int AMD_ONLY = 0x20000;

  private static final String BEGINNING =
      "#AC of the beginning of an area or of 80 bits before the limit fault of its end on AMD's";

  private static final Set<String> AREAS =
      Set.of("fnstenv", "fldenv", "fnsave", "frstor", "fxsave", "fxrstor");

  private final Map<String, Integer> used = new TreeMap<>();

  /**
   * Compares two outcomes.
   *
   * @return what differs and no rule explains
   */
  String difference(Insn insn, Trial t, Outcome host, Outcome ours) {
    String plain = host.difference(ours, UndefinedFlags.ALL);
    if (plain.isEmpty()) {
      return plain;
    }
    return rest(align(insn, t, host, ours), host, ours);
  }

  /** What differs from the outcome that a rule has made of ours. */
  private String rest(String rule, Outcome host, Outcome ours) {
    String rest = host.difference(ours, UndefinedFlags.ALL);
    if (rest.isEmpty()) {
      used.merge(rule, 1, Integer::sum);
    }
    return rest;
  }

  /**
   * Compares two outcomes of a sequence; what processors know about single instructions only is not
   * in one ({@link FloatSequences#takes}).
   *
   * @param stop the instruction ours stopped at
   * @return what differs and no rule explains
   */
  String ofSequence(Insn stop, Trial t, Outcome host, Outcome ours) {
    String plain = host.difference(ours, UndefinedFlags.ALL);
    if (plain.isEmpty() || stop.status() != Insn.Status.OK) {
      return plain;
    }
    if (stop.operation().equals("ldmxcsr") && ours.vector == 13 && (host.mxcsr & AMD_ONLY) != 0) {
      used.merge("LDMXCSR of a value with bit 17, which AMD's have: not compared", 1, Integer::sum);
      return "";
    }
    if (beginningFirst(stop, t, host, ours)) {
      ours.vector = 17;
      return rest(BEGINNING, host, ours);
    }
    return plain;
  }

  void report(String of) {
    used.forEach((rule, n) -> System.out.println(of + ": " + n + " explained: " + rule));
  }

  private static String align(Insn insn, Trial t, Outcome host, Outcome ours) {
    if (beginningFirst(insn, t, host, ours)) {
      ours.vector = 17;
      return BEGINNING;
    }
    switch (insn.operation()) {
      case "fnstenv", "fnsave", "fxsave" -> {
        pointers(insn, t, host, ours);
        return "instruction and operand pointers, which a signal loses; MXCSR_MASK of FXSAVE";
      }
      case "fcom",
          "fcomp",
          "fcompp",
          "fcomp5",
          "ficom",
          "ficomp",
          "fucom",
          "fucomp",
          "fucompp",
          "ftst" -> {
        if (unmaskedInvalid(t, ours)) {
          ours.status |= UNORDERED;
        }
        return "an unmasked invalid comparison sets the condition codes to unordered on AMD's";
      }
      case "fcomi", "fcomip", "fucomi", "fucomip" -> {
        if (unmaskedInvalid(t, ours)) {
          ours.flags = ours.flags & ~0x8D5 | 0x45;
        }
        return "an unmasked invalid comparison sets the flags to unordered on AMD's";
      }
      case "f2xm1", "fyl2xp1" -> {
        if (outOfRange(insn, t)) {
          outside(t, host, ours);
          return "F2XM1 and FYL2XP1 outside their range";
        }
        return lastPlace(host, ours, C1);
      }
      case "fyl2x" -> {
        // What is inexact and tiny is an underflow too
        boolean tiny = (host.signExponent[0] & 0x7FFF) == 0;
        return lastPlace(host, ours, C1 | PE | ES_B | (tiny ? UE : 0));
      }
      case "fsin", "fcos", "fsincos", "fptan", "fpatan" -> {
        return lastPlace(host, ours, C1);
      }
      case "cvtpi2ps", "cvtpi2pd", "cvtps2pi", "cvttps2pi", "cvtpd2pi", "cvttpd2pi" -> {
        if (host.vector == 19 && ours.vector == 19) {
          enterMmx(ours);
        }
        return "a conversion between MMX and XMM that faults has entered MMX state on AMD's";
      }
      case "rcpps", "rcpss", "rsqrtps", "rsqrtss" -> {
        approximations(insn, host, ours);
        return "RCP and RSQRT beyond 1.5 * 2^-12";
      }
      default -> {
        return "";
      }
    }
  }

  private static boolean beginningFirst(Insn insn, Trial t, Outcome host, Outcome ours) {
    boolean limit = ours.vector == 12 || ours.vector == 13;
    return host.vector == 17 && limit && t.segmented() && inParts(insn);
  }

  /**
   * Whether a processor may look at the operand in parts: areas, and the 80 bits of an x87
   * register.
   */
  private static boolean inParts(Insn insn) {
    boolean parts = AREAS.contains(insn.operation());
    for (int k = 0; k < insn.operandCount() && insn.isMemory(); k++) {
      parts |= insn.operand(k).mayBeMemory() && insn.operand(k).size() == Operand.Size.T;
    }
    return parts;
  }

  /** FIP, FCS, FDP, FDS, FOP where the instruction stores them. */
  private static void pointers(Insn insn, Trial t, Outcome host, Outcome ours) {
    boolean fx = insn.mnemonic().equals("fxsave");
    int from = fx ? 6 : insn.opSize() == 2 ? 6 : 12;
    int to = fx ? 24 : insn.opSize() == 2 ? 14 : 28;
    for (int k = from; k < to; k++) {
      ours.take(t, host, k);
    }
    for (int k = 28; fx && k < 32; k++) {
      ours.take(t, host, k);
    }
  }

  private static boolean unmaskedInvalid(Trial t, Outcome ours) {
    return (ours.status & ~t.control & 1) != 0;
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

  /** F2XM1 and FYL2XP1 are undefined there. */
  private static boolean outOfRange(Insn insn, Trial t) {
    int e = t.signExponent[0] & 0x7FFF;
    return switch (insn.mnemonic()) {
      case "f2xm1" -> e >= 0x3FFF && e != 0x7FFF;
      case "fyl2xp1" -> e >= 0x3FFD && e != 0x7FFF;
      default -> false;
    };
  }

  /**
   * The result, and what the status word says of it. One side may take the operands for an unmasked
   * invalid operation, which leaves the stack as it was, where the other pops it.
   */
  private static void outside(Trial t, Outcome host, Outcome ours) {
    int exceptions = 0x82FF;
    int top = 0x3800;
    if ((host.status & top) != (ours.status & top)) {
      boolean popped = (host.status & top) != (t.status & top);
      for (int i = 0; i < 8; i++) {
        ours.mmx[i] = t.mmx[i + (popped ? 1 : 0) & 7];
        ours.signExponent[i] = t.signExponent[i + (popped ? 1 : 0) & 7];
      }
      ours.tags = t.tags & ~(popped ? 1 << (t.status >> 11 & 7) : 0);
      ours.status = ours.status & ~top | host.status & top;
    }
    ours.mmx[0] = host.mmx[0];
    ours.signExponent[0] = host.signExponent[0];
    ours.status = ours.status & ~exceptions | host.status & exceptions;
  }

  /** The registers seen from physical register 0, all of them valid. */
  private static void enterMmx(Outcome ours) {
    int top = ours.status >> 11 & 7;
    long[] significand = ours.mmx.clone();
    int[] signExponent = ours.signExponent.clone();
    for (int i = 0; i < 8; i++) {
      ours.mmx[i + top & 7] = significand[i];
      ours.signExponent[i + top & 7] = signExponent[i];
    }
    ours.status &= ~0x3800;
    ours.tags = 0xFF;
  }

  /**
   * Functions are good to one unit in the last place, on every processor with other errors; C1
   * tells their direction.
   *
   * @param bits of the status word that go with the result
   */
  private static String lastPlace(Outcome host, Outcome ours, int bits) {
    String rule = "C1 of a function of x87, or inexact where FYL2X is exact on AMD's";
    boolean near = true;
    for (int i = 0; i < 2; i++) {
      if (host.mmx[i] != ours.mmx[i] || host.signExponent[i] != ours.signExponent[i]) {
        long distance = host.mmx[i] - ours.mmx[i];
        boolean same =
            host.signExponent[i] == ours.signExponent[i] && distance >= -1 && distance <= 1;
        near &= same || nextBinade(host, ours, i) || nextBinade(ours, host, i);
        rule = "one unit in the last place of a function of x87";
        if (near) {
          ours.mmx[i] = host.mmx[i];
          ours.signExponent[i] = host.signExponent[i];
        }
      }
    }
    if (near) {
      ours.status = ours.status & ~bits | host.status & bits;
    }
    return rule;
  }

  private static boolean nextBinade(Outcome a, Outcome b, int i) {
    return a.mmx[i] == -1 && b.mmx[i] == 1L << 63 && b.signExponent[i] == a.signExponent[i] + 1;
  }
}
