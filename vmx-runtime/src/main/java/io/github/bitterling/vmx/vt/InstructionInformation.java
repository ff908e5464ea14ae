package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.Segment;

/**
 * VM-exit instruction information (SDM volume 3, 28.2.5, tables 28-9 to 28-15) and the displacement
 * that is the exit qualification of instructions with a memory operand. Read from the instruction's
 * bytes when it exits, so that translated code carries nothing for it.
 */
final class InstructionInformation {
  private static final int MAXIMUM_LENGTH = 15;
  private static final int INDEX_INVALID = 1 << 22;
  private static final int BASE_INVALID = 1 << 27;
  private static final int REGISTER_OPERAND = 1 << 10;
  private static final int NO_SEGMENT = -1;
  private static final int SS = 2;
  private static final int DS = 3;

  /** 16-bit addressing: base and index by ModRM.rm, -1 for none (volume 2, table 2-1). */
  private static final int[] BASE16 = {3, 3, 5, 5, 6, 7, 5, 3};

  private static final int[] INDEX16 = {6, 7, 6, 7, -1, -1, -1, -1};

  private final int[] bytes = new int[MAXIMUM_LENGTH + 1];
  private int length;
  private int at;
  private int rex;
  private int segment;
  private boolean operandOverride;
  private int addressSize;
  private int modrm;
  private int memory;
  private long displacement;

  /**
   * The field for an exit, 0 where it is undefined; sets the qualification where it is a
   * displacement.
   */
  int of(Cpu cpu, ExitReason row, Vmcs vmcs) {
    return switch (row) {
      case IO_INSTRUCTION -> (cpu.exitQualification & 16) != 0 ? port(cpu) : 0;
      case VMCLEAR, VMPTRLD, VMPTRST, VMXON, XSAVES, XRSTORS -> operand(cpu, vmcs, true) | memory;
      case VMREAD, VMWRITE, INVEPT, INVVPID, INVPCID ->
          operand(cpu, vmcs, true) | memory | reg() << 28;
      case GDTR_IDTR -> operand(cpu, vmcs, true) | memory | table(cpu);
      case LDTR_TR -> operand(cpu, vmcs, true) | memory | (reg() & 3) << 28;
      case RDRAND, RDSEED -> operand(cpu, vmcs, false) | random();
      default -> 0;
    };
  }

  private int port(Cpu cpu) {
    fetch(cpu);
    prefixes(cpu);
    return addressSize << 7 | (segment == NO_SEGMENT ? DS : segment) << 15;
  }

  private int table(Cpu cpu) {
    boolean wide = code64(cpu) || cpu.cs.is(Segment.DB) != operandOverride;
    return (wide ? 1 << 11 : 0) | (modrm >> 3 & 3) << 28;
  }

  private int random() {
    int size = (rex & 8) != 0 ? 2 : operandOverride ? 0 : 1;
    return rm() << 3 | size << 11;
  }

  private int reg() {
    return modrm >> 3 & 7 | (rex & 4) << 1;
  }

  private int rm() {
    return modrm & 7 | (rex & 1) << 3;
  }

  private static boolean code64(Cpu cpu) {
    return (cpu.efer & Bits.EFER_LMA) != 0 && cpu.cs.is(Segment.L);
  }

  private int operand(Cpu cpu, Vmcs vmcs, boolean qualify) {
    fetch(cpu);
    prefixes(cpu);
    opcode();
    modrm = next();
    displacement = 0;
    if (modrm >> 6 == 3) {
      memory = REGISTER_OPERAND | rm() << 3 | addressSize << 7;
      return 0;
    }
    int form = addressSize == 0 ? memory16() : memory32(cpu);
    memory = form | addressSize << 7;
    if (qualify) {
      vmcs.set(Field.EXIT_QUALIFICATION, displacement);
    }
    return 0;
  }

  /**
   * Reads the instruction again; its bytes were fetched a moment ago, but data access to them may
   * differ.
   */
  private void fetch(Cpu cpu) {
    int reason = cpu.exitReason;
    long qualification = cpu.exitQualification;
    length = (int) Math.clamp(cpu.nextRip - cpu.rip, 0, MAXIMUM_LENGTH);
    for (int i = 0; i < length; i++) {
      bytes[i] = (int) cpu.memory.load(cpu, cpu.cs.base + cpu.rip + i, 1, MemoryUnit.SYSTEM);
    }
    cpu.fault = Cpu.FAULT_NONE;
    cpu.exitReason = reason;
    cpu.exitQualification = qualification;
    at = 0;
  }

  private int next() {
    return at < length ? bytes[at++] & 0xFF : 0;
  }

  private void prefixes(Cpu cpu) {
    rex = 0;
    segment = NO_SEGMENT;
    operandOverride = false;
    boolean addressOverride = false;
    boolean more = true;
    while (more && at < length) {
      int b = bytes[at];
      switch (b) {
        case 0x26, 0x2E, 0x36, 0x3E -> segment = b >> 3 & 3;
        case 0x64, 0x65 -> segment = b & 7;
        case 0x66 -> operandOverride = true;
        case 0x67 -> addressOverride = true;
        case 0xF0, 0xF2, 0xF3 -> rex = 0;
        default -> {
          more = code64(cpu) && (b & 0xF0) == 0x40;
          rex = more ? b : rex;
        }
      }
      at += more ? 1 : 0;
    }
    boolean wide = cpu.cs.is(Segment.DB);
    addressSize = code64(cpu) ? (addressOverride ? 1 : 2) : wide != addressOverride ? 1 : 0;
  }

  private void opcode() {
    if (next() == 0x0F) {
      int second = next();
      if (second == 0x38 || second == 0x3A) {
        next();
      }
    }
  }

  private int memory16() {
    int mod = modrm >> 6;
    int rm = modrm & 7;
    boolean direct = mod == 0 && rm == 6;
    displacement =
        direct || mod == 2 ? (short) (next() | next() << 8) : mod == 1 ? (byte) next() : 0;
    int base = direct ? -1 : BASE16[rm];
    return form(base, INDEX16[rm], 0, base == 5 ? SS : DS);
  }

  private int memory32(Cpu cpu) {
    int mod = modrm >> 6;
    int base = rm();
    int index = -1;
    int scale = 0;
    if ((base & 7) == 4) {
      int sib = next();
      scale = sib >> 6;
      index = sib >> 3 & 7 | (rex & 2) << 2;
      index = index == 4 ? -1 : index;
      base = sib & 7 | (rex & 1) << 3;
    }
    boolean noBase = mod == 0 && (base & 7) == 5;
    displacement = noBase || mod == 2 ? dword() : mod == 1 ? (byte) next() : 0;
    if (noBase && code64(cpu) && (modrm & 7) == 5) {
      displacement += cpu.nextRip;
    }
    base = noBase ? -1 : base;
    return form(base, index, scale, base == 4 || base == 5 ? SS : DS);
  }

  private long dword() {
    return next() | next() << 8 | next() << 16 | next() << 24;
  }

  private int form(int base, int index, int scale, int defaultSegment) {
    int seg = segment == NO_SEGMENT ? defaultSegment : segment;
    int indexBits = index < 0 ? INDEX_INVALID : index << 18 | scale;
    int baseBits = base < 0 ? BASE_INVALID : base << 23;
    return indexBits | baseBits | seg << 15;
  }
}
