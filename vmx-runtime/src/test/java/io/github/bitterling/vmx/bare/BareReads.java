package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import java.util.ArrayList;
import java.util.List;

/**
 * What Bochs reads for an instruction, in its order. Which word of an operand or of a stack frame
 * comes first is open in the SDM, so is which of two faults is reported.
 */
final class BareReads {
  private static final int VM = 1 << 17;
  private static final int CANONICAL_BITS = 48;
  private static final int GENERAL_PROTECTION = 13;

  private BareReads() {}

  /** Reads before anything else; the instruction goes on when all can be read. */
  static BareOurs.Visit visit(BareCase c, BareInstruction i, boolean outer) {
    int opcode = i.opcode(c);
    return switch (opcode) {
      case 0xC4, 0xC5, 0x0FB2, 0x0FB4, 0x0FB5 -> r -> reads(r, farPointer(r.cpu, c, i));
      case 0xCA, 0xCB -> r -> reads(r, farReturn(r.cpu, c, i, outer));
      case 0xCF -> r -> reads(r, interruptReturn(r.cpu, c, i, outer));
      case 0x9D -> r -> reads(r, List.of(BareAccess.stack(r.cpu, 0, i.operandSize(c))));
      case 0x0F01 -> i.loadsTable(c) ? r -> loadTable(r, c, i) : null;
      default -> null;
    };
  }

  private static boolean reads(Rig rig, List<BareAccess> all) {
    BareAccess.read(rig, all);
    return true;
  }

  /** The selector first. */
  private static List<BareAccess> farPointer(Cpu cpu, BareCase c, BareInstruction i) {
    int size = i.operandSize(c);
    return List.of(BareAccess.operand(cpu, c, i, size, 2), BareAccess.operand(cpu, c, i, 0, size));
  }

  /** In protected mode CS first, then SS before RSP. */
  private static List<BareAccess> farReturn(Cpu cpu, BareCase c, BareInstruction i, boolean outer) {
    int size = i.operandSize(c);
    List<BareAccess> all = new ArrayList<>();
    boolean selectors = (cpu.cr0 & 1) != 0 && !cpu.flag(VM);
    all.add(BareAccess.stack(cpu, selectors ? size : 0, size));
    all.add(BareAccess.stack(cpu, selectors ? 0 : size, size));
    if (outer) {
      int above = 2 * size + i.released(c);
      all.add(BareAccess.stack(cpu, above + size, 2));
      all.add(BareAccess.stack(cpu, above, size));
    }
    return all;
  }

  /** In protected mode flags, CS and RIP, then SS before RSP. */
  private static List<BareAccess> interruptReturn(
      Cpu cpu, BareCase c, BareInstruction i, boolean outer) {
    int size = i.operandSize(c);
    List<BareAccess> all = new ArrayList<>();
    boolean backwards = (cpu.cr0 & 1) != 0 && !cpu.flag(VM);
    for (int word = 0; word < 3; word++) {
      all.add(BareAccess.stack(cpu, (long) (backwards ? 2 - word : word) * size, size));
    }
    if (outer) {
      boolean wide = c.name.matches("(LONG|COMPAT).*");
      all.add(BareAccess.stack(cpu, 4L * size, wide ? size : 2));
      all.add(BareAccess.stack(cpu, 3L * size, size));
    }
    return all;
  }

  /** LGDT and LIDT in 64-bit mode: the base, which must be canonical, then the limit. */
  private static boolean loadTable(Rig rig, BareCase c, BareInstruction i) {
    BareAccess base = BareAccess.operand(rig.cpu, c, i, 2, 8);
    if (!c.name.startsWith("LONG") || BareAccess.read(rig, List.of(base))) {
      return true;
    }
    long value = rig.cpu.memory.load(rig.cpu, base.linear(rig.cpu, false), 8, 0);
    long upper = value >> CANONICAL_BITS - 1;
    if (upper != 0 && upper != -1) {
      rig.cpu.raise(GENERAL_PROTECTION, 0);
      return BareAccess.delivered(rig);
    }
    return reads(rig, List.of(BareAccess.operand(rig.cpu, c, i, 0, 2)));
  }
}
