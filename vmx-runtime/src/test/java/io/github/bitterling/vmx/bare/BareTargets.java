package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import java.util.function.Function;

/** Offsets that far transfers take from memory, of which Bochs takes the lower part only. */
final class BareTargets {
  private static final int IRET = 0xCF;

  private BareTargets() {}

  /** SDM volume 2, IRET: #GP(0) of an EIP beyond FFFF, of which Bochs takes the lower half. */
  static BareOutcome lowerHalf(BareOurs engine, BareCase c, BareInstruction i) {
    return i.opcode(c) == IRET ? cut(engine, c, i, cpu -> BareAccess.stack(cpu, 2, 2)) : null;
  }

  /**
   * SDM volume 2, CALL, JMP, RET, IRET: #GP(0) of an offset of 64 bits beyond the limit of a
   * segment of compatibility mode; Bochs takes the lower 32 bits.
   */
  static BareOutcome lowerDoubleword(BareOurs engine, BareCase c, BareInstruction i) {
    if (i.operandSize(c) != 8) {
      return null;
    }
    if (i.isFarBranch(c)) {
      return cut(engine, c, i, cpu -> BareAccess.operand(cpu, c, i, 4, 4));
    }
    return i.isFarReturn(c) ? cut(engine, c, i, cpu -> BareAccess.stack(cpu, 4, 4)) : null;
  }

  /** As if the upper part of an offset were 0 while the instruction looks at it. */
  private static BareOutcome cut(
      BareOurs engine, BareCase c, BareInstruction i, Function<Cpu, BareAccess> upper) {
    BareOurs.Visit visit =
        r -> {
          BareAccess part = upper.apply(r.cpu);
          long linear = part.linear(r.cpu, false);
          boolean inside = linear >= 0 && linear < BareCase.ARENA - part.bytes();
          return r.cpu.fault == Cpu.FAULT_NONE && inside && cut(engine, r, linear, part.bytes());
        };
    return engine.visited(c, i.at(), visit);
  }

  /** Returns whether there was something to be cut. */
  private static boolean cut(BareOurs engine, Rig rig, long at, int bytes) {
    long word = rig.get64(at);
    long kept = -1L << 8 * bytes;
    if ((word & ~kept) == 0) {
      return false;
    }
    rig.put64(at, word & kept);
    engine.proceed(1);
    if (rig.get64(at) == (word & kept)) {
      rig.put64(at, word);
    }
    return true;
  }
}
