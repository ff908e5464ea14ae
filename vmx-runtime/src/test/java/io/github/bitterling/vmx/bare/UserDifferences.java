package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/**
 * Where the host's processor or kernel differs from the processor that is modelled. Each rule makes
 * of our outcome what the host's is to be, and that is compared in full; counts how often each was
 * needed.
 */
final class UserDifferences {
  private static final String INT1 =
      "INT1 under a hypervisor: reported at the instruction, behind it by the SDM";
  private static final String ARPL = "ARPL reads first and writes only what changes on AMD";
  private static final String PUSH =
      "PUSH of a segment register writes 16 bits on Intel (SDM, PUSH), all on AMD";
  private static final String FAR = "far pointers in memory have no 64-bit offset on AMD";
  private static final String NEAR =
      "near branches take the operand-size prefix in 64-bit mode on AMD, not on Intel";
  private static final String CALL =
      "far CALL beyond the limit of the target has pushed before it faults on AMD";

  private static final String PARTS =
      "misaligned far pointer that ends beyond its segment: AMD's check its parts";
  private static final String POPA = "POPA that faults has loaded what it read before on AMD";
  private static final String IRET =
      "IRET in 64-bit mode looks at the limit of the target before the stack segment on AMD";

  private static final int BREAKPOINT = 3;
  private static final int STACK_FAULT = 12;
  private static final int GENERAL_PROTECTION = 13;
  private static final int ALIGNMENT_CHECK = 17;
  private static final int PAGE_FAULT = 14;
  private static final List<Byte> OVERRIDES =
      List.of((byte) 0x26, (byte) 0x2E, (byte) 0x36, (byte) 0x3E, (byte) 0x64, (byte) 0x65);
  private static final long READ_BY_USER = 4;
  private static final long FETCH_BY_USER = 0x14;
  private static final long WRITE = 2;
  private static final int REX_W = 0x48;
  private static final int REX = 0x40;
  private static final int DS = 0x3E;

  private final Function<BareCase, UserOutcome> engine;
  private final Map<String, Integer> used = new TreeMap<>();

  // The case being looked at
  private BareCase c;
  private byte[] code;
  private boolean code64;

  /** Offset of the opcode behind the prefixes. */
  private int at;

  private int op;
  private int next;

  /**
   * @param engine runs a case on our side
   */
  UserDifferences(Function<BareCase, UserOutcome> engine) {
    this.engine = engine;
  }

  /**
   * Bits of the stack pointer that survive a signal: 16 of them when the stack segment is or was a
   * 16-bit one.
   */
  static long stackMask(BareCase c, UserOutcome host) {
    return is16(c, c.state.segment[2].selector) || is16(c, host.selector[2]) ? 0xFFFF : -1;
  }

  private static boolean is16(BareCase c, int selector) {
    int entry = 0x1800 + (selector & 0xFFF8);
    return (selector & 4) != 0 && (c.word(entry) >>> 54 & 1) == 0;
  }

  /** Whether a rule makes of our outcome exactly the host's. */
  boolean explain(BareCase which, UserOutcome host, UserOutcome ours) {
    decode(which);
    String rule = rule(ours);
    if (rule.isEmpty()) {
      return false;
    }
    UserOutcome predicted = predict(rule, host, ours);
    if (!host.difference(predicted, stackMask(c, host)).isEmpty()) {
      return false;
    }
    used.merge(rule, 1, Integer::sum);
    return true;
  }

  void report(String of) {
    used.forEach((rule, n) -> System.out.println(of + ": " + n + " explained: " + rule));
  }

  private void decode(BareCase which) {
    c = which;
    code = HexFormat.of().parseHex(c.name.substring(c.name.indexOf(' ') + 1));
    code64 = c.name.startsWith("user64");
    at = 0;
    while (isPrefix(code[at] & 0xFF)) {
      at++;
    }
    op = code[at] & 0xFF;
    next = at + 1 < code.length ? code[at + 1] & 0xFF : 0;
  }

  private boolean isPrefix(int b) {
    return (b & 0xE7) == 0x26 || b == 0x64 || b == 0x65 || b == 0x66 || b == REX_W && code64;
  }

  private boolean has(int prefix) {
    for (int k = 0; k < at; k++) {
      if ((code[k] & 0xFF) == prefix) {
        return true;
      }
    }
    return false;
  }

  private String rule(UserOutcome ours) {
    int digit = next >> 3 & 7;
    boolean farCall = op == 0x9A || op == 0xFF && digit == 3;
    boolean farPointer = op == 0xFF && (digit == 3 || digit == 5) || op == 0x0F && isLoadFar();
    if (op == 0xF1) {
      return INT1;
    }
    if (op == 0x63 && !code64) {
      return ARPL;
    }
    if (op == 0x61 && !code64) {
      return POPA;
    }
    if (op == 0xCF && code64) {
      return IRET;
    }
    if (isPushSegment()) {
      return PUSH;
    }
    if (farPointer && !code64 && misaligned(ours)) {
      return PARTS;
    }
    if (farPointer && code64 && has(REX_W)) {
      return FAR;
    }
    if (op == 0xFF && next == 0xE1 && code64 && has(0x66)) {
      return NEAR;
    }
    return farCall ? CALL : "";
  }

  private boolean isLoadFar() {
    return next == 0xB2 || next == 0xB4 || next == 0xB5;
  }

  private boolean isPushSegment() {
    return op == 0x06
        || op == 0x0E
        || op == 0x16
        || op == 0x1E
        || op == 0x0F && (next == 0xA0 || next == 0xA8);
  }

  // Predictions

  private UserOutcome predict(String rule, UserOutcome host, UserOutcome ours) {
    UserOutcome p = ours.copy();
    switch (rule) {
      case INT1 -> p.rip = c.state.rip;
      case ARPL -> arpl(p, host);
      case PUSH -> put(p, p.reg[4] + 2, 0, operandSize() - 2);
      case FAR -> p = withoutRexW(host);
      case NEAR -> nearBranch(p);
      case PARTS -> alignmentCheck(p);
      case POPA -> popAll(p, host);
      case IRET -> beyondLimit(p);
      default -> pushReturn(p);
    }
    return p;
  }

  /** The host's fault is that of a read, or there is none and nothing but ZF has changed. */
  private void arpl(UserOutcome p, UserOutcome host) {
    if ((c.state.flags & Cpu.AC) != 0 && (operand() & 1) != 0) {
      alignmentCheck(p);
      return;
    }
    if (host.vector == PAGE_FAULT) {
      p.error = p.vector == PAGE_FAULT ? p.error & ~WRITE : READ_BY_USER;
      p.vector = PAGE_FAULT;
      p.cr2 = operand() == host.cr2 ? host.cr2 : operand() + 1;
      return;
    }
    p.vector = BREAKPOINT;
    p.error = 0;
    p.rip = c.state.rip + code.length + 1;
    p.flags = p.flags & ~0x40 | host.flags & 0x40;
  }

  /** Linear address of the memory operand, based on rSI. */
  private long operand() {
    int segment = 3;
    for (int k = 0; k < at; k++) {
      segment = OVERRIDES.indexOf(code[k]) >= 0 ? OVERRIDES.indexOf(code[k]) : segment;
    }
    long offset = c.state.reg[6] & (c.name.startsWith("user16") ? 0xFFFF : 0xFFFFFFFFL);
    return c.state.segment[segment].base + offset;
  }

  /** As with an operand size of 32 bits, but a CALL pushes 64. */
  private UserOutcome withoutRexW(UserOutcome host) {
    BareCase other = c.copy();
    for (int k = 0; k < at; k++) {
      if (code[k] == REX_W || code[k] == 0x66) {
        other.put(0x8100 + k, code[k] == REX_W ? REX : DS, 1);
      }
    }
    UserOutcome p = engine.apply(other);
    long stack = c.state.reg[4];
    boolean call = op == 0xFF && (next >> 3 & 7) == 3;
    if (call && p.reg[4] != stack) {
      p.reg[4] = stack - 16;
      pushReturn(p);
    } else if (call && !host.changes.isEmpty()) {
      pushReturn(p); // and then faults, as CALL says
    }
    return p;
  }

  private static void alignmentCheck(UserOutcome p) {
    p.vector = ALIGNMENT_CHECK;
    p.error = 0;
  }

  private boolean misaligned(UserOutcome ours) {
    boolean limit = ours.vector == STACK_FAULT || ours.vector == GENERAL_PROTECTION;
    return limit && (c.state.flags & Cpu.AC) != 0 && (operand() & 3) != 0;
  }

  /** All in front of the page or the limit where it faults. */
  private void popAll(UserOutcome p, UserOutcome host) {
    int size = operandSize();
    long base = c.state.segment[2].base;
    long end = host.vector == PAGE_FAULT ? host.cr2 - base : c.state.segment[2].limit + 1;
    for (int k = 0; k < 8 && c.state.reg[4] + (k + 1) * size <= end; k++) {
      if (k != 3) {
        long mask = size == 2 ? 0xFFFF : 0xFFFFFFFFL;
        long value = c.get(arena(c.state.reg[4] + k * size), size);
        p.reg[7 - k] = p.reg[7 - k] & ~mask | value;
      }
    }
  }

  private void beyondLimit(UserOutcome p) {
    int size = operandSize();
    int selector = (int) c.get(arena(c.state.reg[4] + size), 2);
    long d = (selector & 4) != 0 ? c.word(0x1800 + (selector & 0xFFF8)) : -1;
    boolean code64 = (d >>> 53 & 1) != 0;
    if (!code64 && c.get(arena(c.state.reg[4]), size) > UserGenerator.limit(d)) {
      p.vector = GENERAL_PROTECTION;
      p.error = 0;
    }
  }

  /** To 16 bits of RCX, where no page is. */
  private void nearBranch(UserOutcome p) {
    p.vector = PAGE_FAULT;
    p.error = FETCH_BY_USER;
    p.rip = p.cr2 = c.state.reg[1] & 0xFFFF;
  }

  private void pushReturn(UserOutcome p) {
    int size = operandSize();
    put(p, c.state.reg[4] - size, c.state.segment[1].selector, size);
    put(p, c.state.reg[4] - 2 * size, c.state.rip + code.length, size);
  }

  private int operandSize() {
    if (code64 && has(REX_W)) {
      return 8;
    }
    if (has(0x66)) {
      return c.name.startsWith("user16") ? 4 : 2;
    }
    return code64 && isPushSegment() ? 8 : c.name.startsWith("user16") ? 2 : 4;
  }

  /** Bytes at an offset in the stack segment; only those in the data pages are compared. */
  private void put(UserOutcome p, long offset, long value, int bytes) {
    p.put(c, arena(offset), value, bytes);
  }

  private int arena(long offset) {
    long base = code64 ? 0 : c.state.segment[2].base;
    return (int) (base + offset - UserGenerator.DATA) + 0x9000;
  }
}
