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

  /** As if the upper part of an offset were 0. */
  private static BareOutcome cut(
      BareOurs engine, BareCase c, BareInstruction i, Function<Cpu, BareAccess> upper) {
    Cut cut = new Cut();
    BareOutcome o = engine.visited(c, i.at(), r -> cut.at(r, upper.apply(r.cpu)));
    if (o != null && o.get(c, cut.at, cut.bytes) == 0) {
      o.put(c, cut.at, cut.before, cut.bytes);
    }
    return o;
  }

  /** What was cut away, and from where. */
  private static final class Cut {
    private int at;
    private int bytes;
    private long before;

    /** Returns whether there was something. */
    boolean at(Rig rig, BareAccess upper) {
      long linear = upper.linear(rig.cpu, false);
      bytes = upper.bytes();
      if (rig.cpu.fault != Cpu.FAULT_NONE || linear < 0 || linear >= BareCase.ARENA - bytes) {
        return false;
      }
      at = (int) linear;
      before = bytes == 2 ? rig.get16(linear) : rig.get32(linear);
      rig.put(linear, "00".repeat(bytes));
      return before != 0;
    }
  }
}
