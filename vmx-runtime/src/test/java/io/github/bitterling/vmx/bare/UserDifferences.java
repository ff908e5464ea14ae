package io.github.bitterling.vmx.bare;

import java.util.HexFormat;

/** Where the host's processor or kernel differs from the processor that is modelled. */
final class UserDifferences {
  private UserDifferences() {}

  /**
   * Bits of the stack pointer that survive a signal: 16 of them when the stack segment is or was a
   * 16-bit one.
   */
  static long stackMask(BareCase c, UserOutcome host) {
    return is16(c, c.state.segment[2].selector) || is16(c, host.selector[2]) ? 0xFFFF : -1;
  }

  private static boolean is16(BareCase c, int selector) {
    int at = 0x1800 + (selector & 0xFFF8);
    return (selector & 4) != 0 && (c.words.getOrDefault(at, 0L) >>> 54 & 1) == 0;
  }

  /** Why a difference is none, or null. */
  static String explain(BareCase c, UserOutcome host, UserOutcome ours) {
    byte[] code = HexFormat.of().parseHex(c.name.substring(c.name.indexOf(' ') + 1));
    int at = 0;
    while (isPrefix(c, code[at] & 0xFF)) {
      at++;
    }
    int op = code[at] & 0xFF;
    int next = at + 1 < code.length ? code[at + 1] & 0xFF : 0;
    boolean code64 = c.name.startsWith("user64");
    if (op == 0xF1 && host.vector == 1 && ours.vector == 1) {
      return "INT1 under a hypervisor: reported at the instruction, behind it by the SDM";
    }
    if (op == 0x63 && !code64) {
      return "ARPL reads first and writes only what changes on AMD";
    }
    if (isPushSegment(op, next) && host.vector == ours.vector && host.rip == ours.rip) {
      return "PUSH of a segment register writes 16 bits on Intel (SDM, PUSH), all on AMD";
    }
    boolean wide = HexFormat.of().formatHex(code, 0, at).contains("48");
    int digit = next >> 3 & 7;
    boolean far = op == 0xFF && (digit == 3 || digit == 5);
    if (wide && (far || op == 0x0F && (next == 0xB2 || next == 0xB4 || next == 0xB5))) {
      return "far pointers in memory have no 64-bit offset on AMD";
    }
    if (op == 0xFF && next == 0xE1 && code64 && code[0] == 0x66) {
      return "near branches take the operand-size prefix in 64-bit mode on AMD, not on Intel";
    }
    if (op == 0xFF && next == 0xE1 && host.vector == 13) {
      return "near branches outside the segment fault at the fetch here";
    }
    boolean farCall = op == 0x9A || op == 0xFF && (next >> 3 & 7) == 3;
    if (farCall && host.vector == ours.vector && host.rip == ours.rip) {
      return "far CALL beyond the limit of the target has pushed before it faults on AMD";
    }
    return null;
  }

  private static boolean isPrefix(BareCase c, int b) {
    return (b & 0xE7) == 0x26
        || b == 0x64
        || b == 0x65
        || b == 0x66
        || b == 0x48 && c.name.startsWith("user64");
  }

  private static boolean isPushSegment(int op, int next) {
    return op == 0x06
        || op == 0x0E
        || op == 0x16
        || op == 0x1E
        || op == 0x0F && (next == 0xA0 || next == 0xA8);
  }
}
