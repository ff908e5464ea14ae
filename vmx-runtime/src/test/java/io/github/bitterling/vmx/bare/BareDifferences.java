package io.github.bitterling.vmx.bare;

import java.util.function.LongBinaryOperator;
import java.util.stream.IntStream;

/** Where an AMD processor or KVM differs from the Intel processor that is modelled. */
final class BareDifferences {
  private BareDifferences() {}

  /**
   * Nothing to compare: the oracle refused the state, or the case goes on for ever (as a handler
   * that faults at its first byte does until it has pushed its way through the tables).
   */
  static boolean incomparable(BareOutcome host, BareOutcome ours) {
    boolean refused = host.end == BareOutcome.REFUSED;
    boolean endless = host.end == BareOutcome.LATE || ours.end == BareOutcome.LATE;
    return refused || endless && host.end != BareOutcome.HALT;
  }

  private static final int RF = 0x10000;
  private static final int ZF = 0x40;
  private static final int DOUBLE_FAULT = 8;
  private static final int TASK = 10;
  private static final int PROTECTION = 13;
  private static final int PAGE_FAULT = 14;
  private static final int LONGEST_OPERAND = 16;

  /** Page-table words of pages 4 and 5 and of page 7, in entries of 4 and 8 bytes. */
  private static final int[] TSS_PAGES = {0x13010, 0x13020, 0x13028};

  private static final int[] OPERAND_PAGE = {0x13020, 0x13028, 0x13048, 0x13050};
  private static final int[] PAGE_END = {0x9FF0, 0x9FF8};
  private static final int STACKS = 0x6000;
  private static final int STACKS_END = 0x8000;

  private static final int[] STACK_PAGE = {0x13018, 0x13038};

  /** Why a difference is none, or null: the list of docs/instructions.md. */
  static String explain(BareCase c, BareOutcome host, BareOutcome ours) {
    if (c.name.matches("LONG.* (66)?cf")) {
      return "IRET pops SS:RSP in 64-bit mode whatever the operand size";
    }
    if (host.end != BareOutcome.HALT || ours.end != BareOutcome.HALT) {
      return null;
    }
    boolean switched = host.state.segment[7].selector != c.state.segment[7].selector;
    boolean twice = handlerOf(host, DOUBLE_FAULT);
    BareOutcome first = twice || switched ? withoutResumeFlag(host, ours) : host;
    if (same(first, ours)) {
      return "#DF is an abort: RF is pushed as it was";
    }
    if ((twice || handlerOf(host, PAGE_FAULT))
        && sameOperand(without(first, ours, OPERAND_PAGE), ours)) {
      return "which word of an operand is read first is open";
    }
    if (c.name.startsWith("V86") && lookedAtStack(c, first, ours)) {
      return "POPF and IRET look at IOPL before the stack";
    }
    if (c.name.matches(".* (66|48)*(ff|9a).*") && same(withoutPushed(first, ours), ours)) {
      return "CALL looks at the limit of CS before it pushes";
    }
    if (c.name.matches(".* (66|48)*0f01.*") && same(without(first, ours, PAGE_END), ours)) {
      return "SGDT and SIDT write nothing when they fault";
    }
    if (c.name.matches("(LONG|COMPAT).* (66|48)*0f0[23].*") && (host.state.flags & ZF) == 0) {
      return "LAR and LSL do not look at the second half of a descriptor";
    }
    if (faulted(host) && sameButTasks(first, ours) || switched && faulted(host)) {
      return "what a task switch that faults has done is open";
    }
    return null;
  }

  private static boolean lookedAtStack(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean before = handlerOf(host, PAGE_FAULT) && handlerOf(ours, PROTECTION);
    return c.name.matches(".* (66)?(9d|cf).*") && before
        || same(without(host, ours, STACK_PAGE), ours);
  }

  /** But for what stands below the stack pointer. */
  private static BareOutcome withoutPushed(BareOutcome host, BareOutcome ours) {
    return without(
        host,
        ours,
        host.changes.keySet().stream()
            .mapToInt(at -> at)
            .filter(at -> at >= STACKS && at < STACKS_END && !ours.changes.containsKey(at))
            .toArray());
  }

  /** But for CR2 and what lies in the TSSs, their descriptors and their pages' table entries. */
  private static boolean sameButTasks(BareOutcome host, BareOutcome ours) {
    IntStream words =
        IntStream.of(BareGenerator.GDT + 0x50, BareGenerator.GDT + 0x60, BareGenerator.GDT + 0x68);
    IntStream states =
        IntStream.range(BareGenerator.TSS / 8, BareGenerator.TSS / 8 + 0x240).map(i -> 8 * i);
    int[] all =
        IntStream.concat(IntStream.concat(words, states), IntStream.of(TSS_PAGES)).toArray();
    long cr2 = host.state.cr2;
    host.state.cr2 = ours.state.cr2;
    boolean same = same(without(host, ours, all), ours);
    host.state.cr2 = cr2;
    return same;
  }

  /** #DF, #TS to #PF. */
  private static boolean faulted(BareOutcome o) {
    return IntStream.of(DOUBLE_FAULT, TASK, TASK + 1, TASK + 2, PROTECTION, PAGE_FAULT)
        .anyMatch(vector -> handlerOf(o, vector));
  }

  private static boolean handlerOf(BareOutcome o, int vector) {
    return o.state.rip == BareGenerator.HANDLERS + 8 * vector + 1;
  }

  private static boolean same(BareOutcome host, BareOutcome ours) {
    return host.difference(ours).isEmpty();
  }

  private static BareOutcome edited(BareOutcome o, LongBinaryOperator edit) {
    BareOutcome copy = new BareOutcome();
    copy.end = o.end;
    copy.state = o.state;
    o.changes.forEach((at, value) -> copy.changes.put(at, edit.applyAsLong(at, value)));
    return copy;
  }

  private static BareOutcome withoutResumeFlag(BareOutcome host, BareOutcome ours) {
    return edited(
        host,
        (at, value) -> {
          long mine = ours.changes.getOrDefault((int) at, value);
          boolean flag = (value ^ mine) == RF || (value ^ mine) == (long) RF << 32;
          return flag ? mine : value;
        });
  }

  /** With these words of the page table as ours are. */
  private static BareOutcome without(BareOutcome host, BareOutcome ours, int... words) {
    BareOutcome copy = edited(host, (at, value) -> value);
    for (int at : words) {
      copy.changes.remove(at);
      if (ours.changes.containsKey(at)) {
        copy.changes.put(at, ours.changes.get(at));
      }
    }
    return copy;
  }

  private static boolean sameOperand(BareOutcome host, BareOutcome ours) {
    long cr2 = host.state.cr2;
    boolean near = Math.abs(cr2 - ours.state.cr2) <= LONGEST_OPERAND;
    host.state.cr2 = ours.state.cr2;
    boolean same = near && same(host, ours);
    host.state.cr2 = cr2;
    return same;
  }
}
