package io.github.bitterling.vmx.silicon;

import java.util.Map;
import java.util.TreeMap;

/**
 * The differences of integer instructions that docs/instructions.md accepts. Each predicts the host
 * outcome from ours, and the prediction is compared in full; counts how often each was needed.
 */
final class Explanations {
  private final Map<String, Integer> used = new TreeMap<>();

  /** Whether a rule makes of our outcome exactly the host's. */
  boolean explain(Trial t, Outcome host, Outcome ours, long flags) {
    String rule = rule(t, host, ours);
    if (rule.isEmpty()) {
      return false;
    }
    Outcome predicted = Outcome.parse(t, ours.changes(t));
    predicted.vector = host.vector;
    if (!host.difference(predicted, flags).isEmpty()) {
      return false;
    }
    used.merge(rule, 1, Integer::sum);
    return true;
  }

  private static final String MISALIGNED = "misaligned 16-byte operand beyond the limit of SS";

  private static final String CALL =
      "near CALL to a target that faults whose push faults too (SDM, CALL: the target first)";

  private static final String HALVES =
      "misaligned MASKMOVDQU of which only the second half lies beyond the limit: AMD's check halves";

  private static final String IN_LIEU =
      "single-step trap in lieu of the fault of a gather that has made progress (SDM, VGATHER)";

  private static String rule(Trial t, Outcome host, Outcome ours) {
    if (host.vector < 0
        && ours.vector >= 12
        && ours.vector <= 14
        && t.steps == 1
        && host.rip == t.ip()) {
      return IN_LIEU;
    }
    if (t.segmented() && host.vector == 13 && ours.vector == 12) {
      return MISALIGNED;
    }
    boolean push = host.vector == 12 || host.vector == 14 || host.vector == 17;
    if (push && ours.vector == 13 && isNearCall(t)) {
      return CALL;
    }
    boolean limit = ours.vector == 12 || ours.vector == 13;
    if (t.segmented() && host.vector == 17 && limit && isMaskedMove(t)) {
      return HALVES;
    }
    return "";
  }

  private static boolean isMaskedMove(Trial t) {
    return t.code.length > 2 && t.code[t.code.length - 2] == (byte) 0xF7;
  }

  private static boolean isNearCall(Trial t) {
    int at = 0;
    while ((t.code[at] & 0xE7) == 0x26
        || (t.code[at] & 0xFC) == 0x64
        || t.code64() && (t.code[at] & 0xF0) == 0x40) {
      at++; // segments, operand and address size, REX
    }
    return t.code[at] == (byte) 0xE8 || t.code[at] == (byte) 0xFF && (t.code[at + 1] >> 3 & 7) == 2;
  }

  void report(String of) {
    used.forEach((rule, n) -> System.out.println(of + ": " + n + " explained: " + rule));
  }
}
