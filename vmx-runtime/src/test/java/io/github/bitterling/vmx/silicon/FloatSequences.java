package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.vmx.cpu.Cpu;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;

/**
 * Two to four x87 and SSE instructions on one operand in memory: what one leaves in registers,
 * stack, status, MXCSR and memory the next one finds, pending exceptions too. Only instructions
 * whose results are no processor's own ({@link FloatDifferences}).
 */
final class FloatSequences {
  private static final int STATES = 4;
  private static final int MOST = 4;
  private static final int INVALID_MASK = 1;
  private static final int POINTER = 3;
  private static final int HIGH_POINTER = 11;

  private static final String OWN =
      "v?(fnstenv|fnsave|fxsave|fxrstor|f2xm1|fyl2xp1|fyl2x|fsin|fcos|fsincos|fptan|fpatan"
          + "|rcpps|rcpss|rsqrtps|rsqrtss|cvtt?p[sdi]2p[sdi]?i?|cvtpi2p[sd])";
  private static final String COMPARISON = "fu?comi?p?p?5?|ficomp?|ftst";
  private static final Set<String> CONTROL = Set.of("fldcw", "fldenv", "frstor");

  private final FloatGenerator generator;
  private final Random random;
  private Trial last;
  private boolean compares;
  private int again;

  FloatSequences(FloatGenerator generator, long seed) {
    this.generator = generator;
    random = new Random(seed);
  }

  /** Whether an instruction has the same results on every processor. */
  static boolean takes(Row row) {
    return !row.mnemonic().matches(OWN);
  }

  /** The next trial: the last sequence with another state, or a new one. */
  Trial next() {
    if (again-- <= 0) {
      last = code();
      again = STATES - 1;
    }
    Trial t = new Trial();
    t.mode = last.mode;
    t.code = last.code;
    t.steps = MOST;
    generator.adopt(t);
    generator.state(t);
    // AMD's set the condition codes of an unmasked invalid comparison
    t.control |= compares ? INVALID_MASK : 0;
    if (!generator.insn().isMemory()) {
      Arrays.setAll(t.operand, k -> generator.vector());
    }
    point(t);
    return t;
  }

  /** Both pointers lead to the operand. */
  private void point(Trial t) {
    boolean high = generator.insn().isMemory() && generator.insn().base() >= 8;
    if (!generator.insn().isMemory() || (t.flags & Cpu.AC) == 0) {
      t.reg[POINTER] = Trial.DATA - t.dataBase() + t.operandAt;
    } else if (high) {
      t.reg[POINTER] = t.reg[HIGH_POINTER];
    }
    t.reg[HIGH_POINTER] = t.code64() ? t.reg[POINTER] : 0;
  }

  /**
   * Whether the operand's address is lost: it could be the code's, whose page the host reads and
   * ours has not.
   */
  private static boolean writesPointer(Insn insn) {
    if (insn.operandCount() == 0) {
      return false;
    }
    Operand to = insn.operand(0);
    boolean register = to.kind() == Operand.Kind.RM && !insn.isMemory();
    return to.kind() == Operand.Kind.REG && (insn.reg() & 7) == POINTER
        || register && (insn.rm() & 7) == POINTER;
  }

  private Trial code() {
    Trial all = new Trial();
    all.mode = random.nextInt(3) > 0 ? Trial.LONG : random.nextInt(4);
    all.code = new byte[0];
    int count = 2 + random.nextInt(MOST - 1);
    boolean loads = false;
    compares = false;
    for (int k = 0; k < count; ) {
      Trial one = generator.any(all.mode);
      boolean compare = generator.insn().operation().matches(COMPARISON);
      boolean load = CONTROL.contains(generator.insn().operation());
      boolean moves = k < count - 1 && writesPointer(generator.insn());
      if (compare && loads || load && compares || moves) {
        continue;
      }
      compares |= compare;
      loads |= load;
      int length = all.code.length;
      all.code = Arrays.copyOf(all.code, length + one.code.length);
      System.arraycopy(one.code, 0, all.code, length, one.code.length);
      k++;
    }
    return all;
  }
}
