package io.github.bitterling.vmx.bare;

import io.github.bitterling.vmx.cpu.Segment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where Bochs 2.7 differs from us and the manual decides or leaves it open: the list of
 * docs/instructions.md. Each rule predicts the whole outcome of the oracle from ours; a difference
 * is explained when a prediction is right in everything.
 */
final class BareDifferences {
  private static final int RF = 0x10000;
  private static final long LONG_MODE_ACTIVE = 1 << 10;
  private static final int RSP = 4;
  private static final int DOUBLE_FAULT = 8;
  private static final int LONGEST_OPERAND = 16;
  private static final int GATE_OF_DF = BareGenerator.IDT + 8 * DOUBLE_FAULT;
  private static final int GATE_TYPE = 0x1F;
  private static final int TASK_GATE = 5;
  private static final int BUSY_BYTE = BareGenerator.GDT + 0x55;
  private static final int BUSY = 2;
  private static final int PAGE_TABLE = 0x13000;
  private static final int ENTRIES = 32 * 8;

  /** Page-table entries: accessed, and accessed and dirty, in each half of a word. */
  private static final long ACCESSED = 0x20_0000_0020L;

  private static final long USED = 0x60_0000_0060L;
  private static final int PAGE = 0x1000;

  /** #DE, #BR, #UD, #NM, #MF. */
  private static final List<Integer> FAULTS_WITHOUT_CODE = List.of(0, 5, 6, 7, 16);

  private static final int POP_AX = 0x58;
  private static final int POPF = 0x9D;
  private static final int IRET = 0xCF;
  private static final int LAR = 0x0F02;
  private static final int LSL = 0x0F03;

  /** What the oracle says, as a rule has it; null where the rule has nothing to say. */
  private interface Rule {
    BareOutcome predict(BareCase c, BareOutcome host, BareOutcome ours);
  }

  private final BareOurs engine;
  private final Map<String, Rule> rules = new LinkedHashMap<>();

  /**
   * @param engine runs changed cases, of which predictions are made
   */
  BareDifferences(BareOurs engine) {
    this.engine = engine;
    rules.put("#DF is an abort: RF is pushed as it was", (c, host, ours) -> ours);
    rules.put("INT n, INT3, INTO push RF as it is", BareDifferences::softwareInterrupt);
    rules.put("which word of an operand is read first is open", BareDifferences::otherWord);
    rules.put("IRET pops SS:RSP in 64-bit mode whatever the operand size", this::longReturn);
    rules.put("POPF and IRET look at IOPL before the stack", this::stackBeforePrivilege);
    rules.put("CALL looks at the limit of CS before it pushes", BareDifferences::pushedFirst);
    rules.put("a task switch looks at all pages before it changes anything", BareDifferences::busy);
    rules.put("SGDT and SIDT write nothing when they fault", BareDifferences::storedHalf);
    rules.put("LAR and LSL do not look at the second half of a descriptor", this::secondHalf);
  }

  /**
   * Nothing to compare: the oracle refused the state, or the case goes on for ever (as a handler
   * that faults at its first byte does until it has pushed its way through the tables).
   */
  static boolean incomparable(BareOutcome host, BareOutcome ours) {
    boolean refused = host.end == BareOutcome.REFUSED;
    boolean endless = host.end == BareOutcome.LATE || ours.end == BareOutcome.LATE;
    return refused || endless && host.end != BareOutcome.HALT;
  }

  /** Why a difference is none, or null. */
  String explain(BareCase c, BareOutcome host, BareOutcome ours) {
    for (Map.Entry<String, Rule> rule : rules.entrySet()) {
      BareOutcome predicted = rule.getValue().predict(c, host, ours);
      if (predicted != null && host.difference(aborted(c, host, predicted)).isEmpty()) {
        return rule.getKey();
      }
    }
    return null;
  }

  // The image of the flags that #DF pushes, which may come on top of every other difference

  /** SDM volume 3, 18.3.1.1: faults push RF as 1; #DF is an abort. */
  private static BareOutcome aborted(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean gate = (c.word(GATE_OF_DF) >>> 40 & GATE_TYPE) == TASK_GATE && switched(c, ours);
    boolean handler = handlerOf(c, ours, DOUBLE_FAULT);
    if (!gate && !handler) {
      return ours;
    }
    BareOutcome o = ours.copy();
    if (gate) {
      o.takeBits(c, host, BareGenerator.TSS + 0x20, (long) RF << 32);
    }
    if (handler) {
      int size = (o.state.efer & LONG_MODE_ACTIVE) != 0 ? 8 : 4;
      o.takeBits(c, host, top(o) + 3 * size, RF);
    }
    return o;
  }

  private static boolean switched(BareCase c, BareOutcome o) {
    return o.state.segment[7].selector != c.state.segment[7].selector;
  }

  private static int top(BareOutcome o) {
    long mask = o.state.segment[2].is(Segment.DB) ? -1 : 0xFFFF;
    boolean wide = (o.state.efer & LONG_MODE_ACTIVE) != 0;
    return (int) (wide ? o.state.reg[RSP] : o.state.segment[2].base + (o.state.reg[RSP] & mask));
  }

  /**
   * Whether it ended in the handler of a vector. A long-mode IDT that is read without long mode has
   * the gate of vector n in entry 2n.
   */
  private static boolean handlerOf(BareCase c, BareOutcome o, int vector) {
    boolean left = (c.state.efer & ~o.state.efer & LONG_MODE_ACTIVE) != 0;
    int gate = left ? vector / 2 : vector;
    return o.state.rip == BareGenerator.HANDLERS + 8 * gate + 1;
  }

  // Rules

  /** SDM volume 3, 18.3.1.1: software interrupts push RF as it is; Bochs has cleared it. */
  private static BareOutcome softwareInterrupt(BareCase c, BareOutcome host, BareOutcome ours) {
    if (FAULTS_WITHOUT_CODE.stream().anyMatch(vector -> handlerOf(c, ours, vector))) {
      return null;
    }
    BareOutcome o = ours.copy();
    int size = (o.state.efer & LONG_MODE_ACTIVE) != 0 ? 8 : 4;
    o.takeBits(c, host, top(o) + 2 * size, RF);
    return o;
  }

  /** CR2, and which of the operand's pages was accessed before the other one faulted. */
  private static BareOutcome otherWord(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean faulted = host.state.cr2 != c.state.cr2 && ours.state.cr2 != c.state.cr2;
    if (!faulted || Math.abs(host.state.cr2 - ours.state.cr2) > LONGEST_OPERAND) {
      return null;
    }
    BareOutcome o = ours.copy();
    o.state.cr2 = host.state.cr2;
    takeTableBits(c, o, host, ACCESSED);
    return o;
  }

  private static void takeTableBits(BareCase c, BareOutcome o, BareOutcome host, long bits) {
    for (int at = PAGE_TABLE; at < PAGE_TABLE + ENTRIES; at += 8) {
      o.takeBits(c, host, at, bits);
    }
  }

  /**
   * Bochs does not pop SS:RSP when the operand size is not 64 bits: as if the stack held what they
   * are anyway.
   */
  private BareOutcome longReturn(BareCase c, BareOutcome host, BareOutcome ours) {
    List<BareInstruction> all = BareInstruction.of(c);
    BareInstruction iret = all.get(0);
    int size = iret.operandSize(c);
    if (!c.name.startsWith("LONG") || iret.opcode(c) != IRET || size == 8) {
      return null;
    }
    BareCase same = c.copy();
    int at = (int) c.state.reg[RSP] + 3 * size;
    same.put(at, at, size);
    same.put(at + size, c.state.segment[2].selector, size);
    return engine.run(same);
  }

  /** In virtual-8086 mode: what POP would make of the same stack, or that it was read. */
  private BareOutcome stackBeforePrivilege(BareCase c, BareOutcome host, BareOutcome ours) {
    if (!c.name.startsWith("V86")) {
      return null;
    }
    for (BareInstruction i : BareInstruction.of(c)) {
      if (i.opcode(c) == IRET || i.opcode(c) == POPF) {
        BareCase popped = c.copy();
        popped.put(i.at() + i.opcodeAt(c), POP_AX, 1);
        BareOutcome o = engine.run(popped);
        if (host.difference(aborted(c, host, o)).isEmpty()) {
          return o;
        }
        BareOutcome looked = ours.copy();
        takeTableBits(c, looked, host, ACCESSED);
        return looked;
      }
    }
    return null;
  }

  /** SDM volume 3, 8.3, steps 5 and 6; Bochs marks the old task first. */
  private static BareOutcome busy(BareCase c, BareOutcome host, BareOutcome ours) {
    BareOutcome o = ours.copy();
    o.takeBits(c, host, BUSY_BYTE, BUSY);
    return o;
  }

  /** What stands below the stack pointer, and that its page was written. */
  private static BareOutcome pushedFirst(BareCase c, BareOutcome host, BareOutcome ours) {
    if (BareInstruction.of(c).stream().noneMatch(i -> i.isFarCall(c))) {
      return null;
    }
    BareOutcome o = ours.copy();
    long base = c.state.segment[2].base;
    int pointer = (int) (base + c.state.reg[RSP]);
    for (int at = pointer - 2 * 8 & ~7; at < pointer; at += 8) {
      o.takeBits(c, host, at, -1);
    }
    takeTableBits(c, o, host, USED);
    return o;
  }

  /** The words before the end of the operand's first page. */
  private static BareOutcome storedHalf(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean stores = BareInstruction.of(c).stream().anyMatch(i -> i.storesTable(c));
    if (!stores || (ours.state.cr2 & PAGE - 1) != 0) {
      return null;
    }
    BareOutcome o = ours.copy();
    o.takeBits(c, host, (int) ours.state.cr2 - 8, -1);
    o.takeBits(c, host, (int) ours.state.cr2 - 16, -1);
    return o;
  }

  /** As with a null selector. */
  private BareOutcome secondHalf(BareCase c, BareOutcome host, BareOutcome ours) {
    BareInstruction i = BareInstruction.of(c).get(0);
    if (i.opcode(c) != LAR && i.opcode(c) != LSL || (i.modrm(c) & 0xC7) != 0xC0) {
      return null;
    }
    BareCase nothing = c.copy();
    nothing.state.reg[0] &= ~0xFFFFL;
    BareOutcome o = engine.run(nothing);
    if (o.state.reg[0] == nothing.state.reg[0]) {
      o.state.reg[0] = c.state.reg[0];
    }
    return o;
  }
}
