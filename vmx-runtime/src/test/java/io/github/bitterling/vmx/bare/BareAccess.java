package io.github.bitterling.vmx.bare;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.rig.Rig;
import java.util.List;

/**
 * One access of an instruction that is about to begin, made on its own.
 *
 * @param segment 2 for SS, 3 for DS
 * @param flags of {@link MemoryUnit}
 */
record BareAccess(int segment, long offset, int bytes, int flags) {
  private static final int CS = 1;
  private static final int SS = 2;
  private static final int DS = 3;
  private static final int RSP = 4;

  /** So many bytes above the top of the stack. */
  static BareAccess stack(Cpu cpu, long above, int bytes) {
    long offset = wrapped(cpu.r[RSP] + above, addressBits(cpu, SS));
    return new BareAccess(SS, offset, bytes, MemoryUnit.STACK);
  }

  /** So many bytes behind the beginning of the memory operand. */
  static BareAccess operand(Cpu cpu, BareCase c, BareInstruction i, long behind, int bytes) {
    long offset = wrapped(cpu.r[i.pointer(c)] + behind, addressBits(cpu, DS));
    return new BareAccess(DS, offset, bytes, 0);
  }

  BareAccess with(int more) {
    return new BareAccess(segment, offset, bytes, flags | more);
  }

  private static int addressBits(Cpu cpu, int segment) {
    boolean wide = ModeKey.codeSize(cpu.mode) == ModeKey.CODE64;
    Segment s = cpu.segments[segment == SS ? SS : CS];
    return wide ? 64 : s.is(Segment.DB) ? 32 : 16;
  }

  private static long wrapped(long offset, int bits) {
    return bits == 64 ? offset : offset & (1L << bits) - 1;
  }

  /** Linear address; with a fault recorded when the segment does not have it. */
  long linear(Cpu cpu, boolean write) {
    return cpu.memory.linear(cpu, segment, offset, bytes, write, addressBits(cpu, segment));
  }

  /** Reads one after the other until one faults; returns whether one did, and was delivered. */
  static boolean read(Rig rig, List<BareAccess> all) {
    for (BareAccess a : all) {
      long linear = a.linear(rig.cpu, false);
      if (rig.cpu.fault == Cpu.FAULT_NONE) {
        rig.cpu.memory.load(rig.cpu, linear, a.bytes, a.flags);
      }
      if (delivered(rig)) {
        return true;
      }
    }
    return false;
  }

  /** Of an access that does not fault. */
  long load(Cpu cpu) {
    return cpu.memory.load(cpu, linear(cpu, false), bytes, flags);
  }

  /** Returns whether it faulted, and the fault was delivered. */
  boolean write(Rig rig, long value) {
    long linear = linear(rig.cpu, true);
    if (rig.cpu.fault == Cpu.FAULT_NONE) {
      rig.cpu.memory.store(rig.cpu, linear, bytes, value, flags);
    }
    return delivered(rig);
  }

  /** Delivers the fault that is recorded, if one is. */
  static boolean delivered(Rig rig) {
    boolean faulted = rig.cpu.fault != Cpu.FAULT_NONE;
    if (faulted) {
      rig.cpu.events.deliverFault(rig.cpu);
    }
    return faulted;
  }
}
