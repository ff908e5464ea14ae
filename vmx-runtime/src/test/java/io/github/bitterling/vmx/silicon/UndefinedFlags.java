package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Row;
import io.github.bitterling.frontend.decode.Sem;

/**
 * Status flags that the SDM leaves undefined, from "Flags Affected" of each instruction in volume
 * 2. What does not depend on operands stands in the instruction table ({@code u:}); here is what
 * does:
 *
 * <ul>
 *   <li>SHL, SHR, SAR ("SAL/SAR/SHL/SHR"): OF for counts other than 1; CF of SHL and SHR for counts
 *       not below the operand's size; all flags stay for a count of 0.
 *   <li>SHLD, SHRD: the same, and everything for counts above the operand's size (result too).
 *   <li>ROL, ROR, RCL, RCR ("RCL/RCR/ROL/ROR"): OF for counts other than 1; nothing changes for 0.
 *   <li>BSWAP of 16 bits: the result.
 * </ul>
 */
final class UndefinedFlags {
  static final long ALL = 0xCD5;

  private UndefinedFlags() {}

  /** Letters of the table as bits of the flags register. */
  static long bits(String letters) {
    long mask = 0;
    for (char c : letters.toCharArray()) {
      mask |= bit(c);
    }
    return mask;
  }

  private static long bit(char c) {
    return switch (c) {
      case 'o' -> 1 << 11;
      case 's' -> 1 << 7;
      case 'z' -> 1 << 6;
      case 'a' -> 1 << 4;
      case 'p' -> 1 << 2;
      default -> 1;
    };
  }

  /**
   * Flags that are undefined after an instruction.
   *
   * @param cl content of CL before it
   */
  static long after(Insn insn, Row row, int cl) {
    long undefined = bits(row.undefined());
    int count = shiftCount(insn, cl);
    int bits = insn.bytes(insn.operand(0) == null ? Operand.Size.V : insn.operand(0).size()) * 8;
    switch (insn.semantics()) {
      case SHL, SHR, SAR, SHLD, SHRD -> {
        if (count == 0) {
          return 0;
        }
        undefined |= count != 1 ? bit('o') : 0;
        undefined |= count >= bits && insn.semantics() != Sem.SAR ? bit('c') : 0;
      }
      case ROL, ROR, RCL, RCR -> undefined |= count > 1 ? bit('o') : 0;
      default -> {}
    }
    return undefined;
  }

  /** The same whatever CL is, for an instruction whose operands are not known beforehand. */
  static long possible(Insn insn, Row row) {
    return after(insn, row, 31) | after(insn, row, 1);
  }

  /** Whether the instruction surely gives a value to the flags it is said to write. */
  static boolean certain(Insn insn) {
    return switch (insn.semantics()) {
      case SHL, SHR, SAR, SHLD, SHRD, ROL, ROR, RCL, RCR, CMPS, SCAS -> false;
      default -> true;
    };
  }

  /** Whether the result is undefined: double shifts beyond the operand's size, BSWAP of 16 bits. */
  static boolean result(Insn insn, int cl) {
    return switch (insn.semantics()) {
      case SHLD, SHRD -> insn.opSize() == 2 && shiftCount(insn, cl) > 16;
      case BSWAP -> insn.opSize() == 2;
      default -> false;
    };
  }

  private static int shiftCount(Insn insn, int cl) {
    int n = insn.operandCount();
    if (n == 0) {
      return 0;
    }
    int mask = insn.opSize() == 8 && insn.operand(0) != Operand.Eb ? 63 : 31;
    return switch (insn.operand(n - 1)) {
      case CL -> cl & mask;
      case Ib -> (int) insn.imm() & mask;
      default -> 1;
    };
  }
}
