package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.DATA;
import static io.github.bitterling.vmx.bare.BareLayout.GDT;
import static io.github.bitterling.vmx.bare.BareLayout.HANDLERS;
import static io.github.bitterling.vmx.bare.BareLayout.IDT;
import static io.github.bitterling.vmx.bare.BareLayout.LDT;
import static io.github.bitterling.vmx.bare.BareLayout.PML4;
import static io.github.bitterling.vmx.bare.BareLayout.TABLE;
import static io.github.bitterling.vmx.bare.BareLayout.TASK16;
import static io.github.bitterling.vmx.bare.BareLayout.TASK32;
import static io.github.bitterling.vmx.bare.BareLayout.TSS;

import io.github.bitterling.vmx.cpu.Segment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Where Bochs 2.7 differs from us and the manual decides or leaves it open: the list of
 * docs/instructions.md. Each rule predicts the whole outcome of the oracle from ours; a difference
 * is explained when a prediction is right in everything.
 */
final class BareDifferences {
  /** RF of images that begin at any multiple of two bytes. */
  private static final long RESUME_FLAGS = 0x0001_0001_0001_0001L;

  private static final long LONG_MODE_ACTIVE = 1 << 10;
  private static final int RSP = 4;
  private static final int BS = 1 << 14;
  private static final int BT = 1 << 15;
  private static final int DOUBLE_FAULT = 8;
  private static final int NOT_PRESENT = 11;
  private static final int STACK_FAULT = 12;
  private static final int PAGE_FAULT = 14;
  private static final int ALIGNMENT = 17;
  private static final long ERROR_CODE = 0x1F;
  private static final int MOST_PUSHED = 32;
  private static final int LONGEST_OPERAND = 16;
  private static final int GATE_OF_DF = IDT + 8 * DOUBLE_FAULT;
  private static final int GATE_TYPE = 0x1F;
  private static final int TASK_GATE = 5;
  private static final int BUSY_BYTE = GDT + 0x55;
  private static final int BUSY = 2;
  private static final int ENTRIES = 32 * 8;

  /** Page-table entries: accessed, and accessed and dirty, in each half of a word. */
  private static final long ACCESSED = 0x20_0000_0020L;

  private static final long USED = 0x60_0000_0060L;
  private static final long USER = 4;
  private static final long PAE = 0x20;

  private static final int POP_AX = 0x58;
  private static final int PUSH_FORM = 6 << 3;
  private static final int POPF = 0x9D;
  private static final int IRET = 0xCF;
  private static final int MOV_TO_CR = 0x0F22;
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
    rules.put("INT n and CALL save RF as it is", BareDifferences::kept);
    rules.put("which word of an operand is read first is open", BareDifferences::otherWord);
    rules.put("IRET pops SS:RSP in 64-bit mode whatever the operand size", this::longReturn);
    rules.put("POPF and IRET look at IOPL before the stack", this::stackBeforePrivilege);
    rules.put("CALL looks at the limit of CS before it pushes", this::pushedFirst);
    rules.put(
        "DR6: BT stays, BS is of single steps, an instruction breakpoint of its own",
        BareDifferences::status);
    rules.put("a task switch looks at all pages before it changes anything", BareDifferences::busy);
    rules.put("a segment register unusable before real mode is loaded", BareDifferences::unusable);
    rules.put("IRET with an absent stack segment is #SS in long mode too", this::absentStack);
    rules.put("MOV to CR3 may forget global pages", this::globalKept);
    rules.put("SGDT and SIDT write nothing when they fault", BareDifferences::storedHalf);
    rules.put("LAR and LSL do not look at the second half of a descriptor", this::secondHalf);
  }

  /**
   * Nothing to compare: the oracle refused the state, the case used memory outside the arena, DR7
   * asks for what the SDM leaves undefined, or the case goes on for ever (as a handler that faults
   * at its first byte does until it has pushed its way through the tables).
   */
  static boolean incomparable(BareOutcome host, BareOutcome ours) {
    if (ours.beyond || undefinedBreakpoints(ours.state.dr7)) {
      return true;
    }
    boolean refused = host.end == BareOutcome.REFUSED;
    boolean endless = host.end == BareOutcome.LATE || ours.end == BareOutcome.LATE;
    return refused || endless && host.end != BareOutcome.HALT;
  }

  /** An instruction breakpoint of more than one byte (SDM volume 3, 17.2.4). */
  private static boolean undefinedBreakpoints(long dr7) {
    for (int i = 0; i < 4; i++) {
      long field = dr7 >> 16 + 4 * i & 15;
      if ((field & 3) == 0 && field != 0) {
        return true;
      }
    }
    return false;
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
    return gate || handlerOf(c, ours, DOUBLE_FAULT) || pushed(ours, DOUBLE_FAULT)
        ? withResumeFlags(c, host, ours, true)
        : ours;
  }

  /** Whether the handler of a vector was interrupted before its first instruction. */
  private static boolean pushed(BareOutcome o, int vector) {
    int entry = HANDLERS + 8 * vector;
    return o.changes.values().stream()
        .anyMatch(
            value -> {
              for (int shift = 0; shift < 64; shift += 16) {
                if ((value >>> shift & 0xFFFE) == entry) {
                  return true;
                }
              }
              return false;
            });
  }

  /**
   * RF of images of the flags, in memory.
   *
   * @param set whether the oracle has pushed it as 1
   */
  private static BareOutcome withResumeFlags(
      BareCase c, BareOutcome host, BareOutcome ours, boolean set) {
    BareOutcome o = ours.copy();
    Set<Integer> words = new TreeSet<>(ours.changes.keySet());
    words.addAll(host.changes.keySet());
    for (int at : words) {
      long theirs = host.changes.getOrDefault(at, c.word(at));
      long differ = theirs ^ ours.changes.getOrDefault(at, c.word(at));
      boolean flag = Long.bitCount(differ) == 1 && (differ & RESUME_FLAGS) != 0;
      if (flag && (theirs & differ) != 0 == set) {
        o.takeBits(c, host, at, differ);
      }
    }
    return o;
  }

  private static boolean switched(BareCase c, BareOutcome o) {
    return o.state.segment[7].selector != c.state.segment[7].selector;
  }

  /**
   * Whether it ended in the handler of a vector. A long-mode IDT that is read without long mode has
   * the gate of vector n in entry 2n.
   */
  private static boolean handlerOf(BareCase c, BareOutcome o, int vector) {
    boolean left = (c.state.efer & ~o.state.efer & LONG_MODE_ACTIVE) != 0;
    int gate = left ? vector / 2 : vector;
    return o.state.rip == HANDLERS + 8 * gate + 1;
  }

  // Rules

  /**
   * SDM volume 3, 18.3.1.1: software interrupts and calls save RF as it is; Bochs has cleared it.
   */
  private static BareOutcome kept(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean returns = BareInstruction.of(c).stream().anyMatch(i -> i.opcode(c) == IRET);
    BareOutcome o = withResumeFlags(c, host, ours, false);
    return returns ? withResumeFlags(c, host, o, true) : o;
  }

  /** Where the last thing was pushed. */
  private static int top(BareOutcome o) {
    boolean wide = (o.state.efer & LONG_MODE_ACTIVE) != 0;
    return (int) ((wide ? 0 : o.state.segment[2].base) + (o.state.reg[RSP] & 0xFFFF));
  }

  /**
   * CR2, the error code, and which of the operand's pages was accessed before the other one
   * faulted.
   */
  private static BareOutcome otherWord(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean faulted = host.state.cr2 != c.state.cr2 && ours.state.cr2 != c.state.cr2;
    if (!faulted && !handlerOf(c, ours, ALIGNMENT)
        || Math.abs(host.state.cr2 - ours.state.cr2) > LONGEST_OPERAND) {
      return null;
    }
    BareOutcome o = ours.copy();
    o.state.cr2 = host.state.cr2;
    o.takeBits(c, host, top(o), handlerOf(c, ours, PAGE_FAULT) ? ERROR_CODE : 0);
    takeTableBits(c, o, host, ACCESSED);
    return o;
  }

  private static void takeTableBits(BareCase c, BareOutcome o, BareOutcome host, long bits) {
    for (int at = TABLE; at < TABLE + ENTRIES; at += 8) {
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
    for (int i = 0; i < 4; i++) {
      boolean unread = same.state.dr[i] >= at && same.state.dr[i] < at + 2 * size;
      same.state.dr[i] = unread ? -1 : same.state.dr[i];
    }
    BareOutcome o = engine.run(same);
    for (int i = 0; i < 4; i++) {
      // Those that are moved away may be met by what is pushed there
      o.state.dr6 |= same.state.dr[i] != c.state.dr[i] ? host.state.dr6 & 1L << i : 0;
    }
    System.arraycopy(c.state.dr, 0, o.state.dr, 0, 4);
    return o;
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

  /**
   * SDM volume 3, 17.2.3; Bochs clears BT, sets BS of every #DB while TF is set, and reports
   * instruction breakpoints at the next instruction with a trap.
   */
  private static BareOutcome status(BareCase c, BareOutcome host, BareOutcome ours) {
    BareOutcome o = withResumeFlags(c, host, ours, false);
    o.state.dr6 &= host.state.dr6 | ~(long) BT;
    o.state.dr6 |= host.state.dr6 & BS;
    for (int i = 0; i < 4; i++) {
      boolean instruction = (o.state.dr7 >> 16 + 4 * i & 3) == 0;
      o.state.dr6 |= instruction ? host.state.dr6 & 1L << i : 0;
    }
    return o;
  }

  /** SDM volume 3, 8.3, steps 5 and 6; Bochs marks the old task first. */
  private static BareOutcome busy(BareCase c, BareOutcome host, BareOutcome ours) {
    BareOutcome o = ours.copy();
    o.takeBits(c, host, BUSY_BYTE, BUSY);
    if (ours.state.cr2 >> 12 == GDT >> 12) {
      // The busy bit of the new task comes last
      for (int at = TSS + 0x20; at < TSS + 0x60; at += 8) {
        o.takeBits(c, host, at, -1);
      }
      o.takeBits(c, host, TASK32, 0xFFFF);
      o.takeBits(c, host, TASK16, 0xFFFF);
    }
    return o;
  }

  /** What stands below the stack pointer, and that its page was written. */
  private BareOutcome pushedFirst(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean calls = BareInstruction.of(c).stream().anyMatch(i -> i.isFarCall(c) || i.isNearCall(c));
    if (!calls) {
      return null;
    }
    BareOutcome o = withPushed(c, host, ours);
    o.takeBits(c, host, top(o), USER);
    if (host.difference(aborted(c, host, o)).isEmpty()) {
      return o;
    }
    BareOutcome stack = stackFirst(c);
    boolean first = stack != null && host.difference(aborted(c, host, stack)).isEmpty();
    return first ? stack : conforming(c, host);
  }

  /** A near CALL beyond the limits of CS and of the stack: what PUSH of the same operand does. */
  private BareOutcome stackFirst(BareCase c) {
    for (BareInstruction i : BareInstruction.of(c)) {
      if (i.isNearCall(c)) {
        BareCase push = c.copy();
        push.put(i.at() + i.opcodeAt(c) + 1, i.modrm(c) | PUSH_FORM, 1);
        return engine.run(push);
      }
    }
    return null;
  }

  /**
   * Bochs pushes with the rights of a conforming segment's DPL: as if all pages were user pages.
   */
  private BareOutcome conforming(BareCase c, BareOutcome host) {
    BareCase user = c.copy();
    for (int at = TABLE; at < TABLE + ENTRIES; at += 8) {
      if (c.words.containsKey(at)) {
        boolean wide = (c.state.cr4 & PAE) != 0;
        user.put(at, c.word(at) | (wide ? USER : USER | USER << 32), 8);
      }
    }
    BareOutcome o = withPushed(c, host, engine.run(user));
    takeTableBits(c, o, host, -1);
    return o;
  }

  private static BareOutcome withPushed(BareCase c, BareOutcome host, BareOutcome ours) {
    BareOutcome o = ours.copy();
    int pointer = (int) (c.state.segment[2].base + (c.state.reg[RSP] & 0xFFF8));
    for (int at = pointer - MOST_PUSHED; at < pointer + MOST_PUSHED; at += 8) {
      o.takeBits(c, host, at, -1);
    }
    takeTableBits(c, o, host, USED);
    return o;
  }

  /** What it has stored before the other part faulted. */
  private static BareOutcome storedHalf(BareCase c, BareOutcome host, BareOutcome ours) {
    if (BareInstruction.of(c).stream().noneMatch(i -> i.storesTable(c))) {
      return null;
    }
    BareOutcome o = ours.copy();
    for (int at = DATA; at < PML4; at += 8) {
      o.takeBits(c, host, at, -1);
    }
    takeTableBits(c, o, host, USED);
    return o;
  }

  /** As if the type of the 16-byte descriptor were none. */
  private BareOutcome secondHalf(BareCase c, BareOutcome host, BareOutcome ours) {
    if (BareInstruction.of(c).stream().noneMatch(i -> i.opcode(c) == LAR || i.opcode(c) == LSL)) {
      return null;
    }
    for (int at = GDT; at < LDT + 8 * BareDraw.LDT_ENTRIES; at += 8) {
      if ((c.word(at) >>> 44 & 1) == 0 && c.word(at) != 0) {
        BareCase none = c.copy();
        none.put(at + 5, c.word(at) >>> 40 & 0xE0, 1);
        BareOutcome o = engine.run(none);
        if (host.difference(aborted(c, host, o)).isEmpty()) {
          return o;
        }
      }
    }
    return null;
  }

  /** SDM volume 2, IRET: #SS(selector); Bochs has #NP, so as if its gate were that of #SS. */
  private BareOutcome absentStack(BareCase c, BareOutcome host, BareOutcome ours) {
    boolean fits = handlerOf(c, ours, STACK_FAULT) && handlerOf(c, host, NOT_PRESENT);
    if (!fits || BareInstruction.of(c).stream().noneMatch(i -> i.opcode(c) == IRET)) {
      return null;
    }
    BareCase swapped = c.copy();
    for (int word = 0; word < 16; word += 8) {
      swapped.put(IDT + 16 * STACK_FAULT + word, c.word(IDT + 16 * NOT_PRESENT + word), 8);
    }
    return engine.run(swapped);
  }

  /** SDM volume 3, 4.10.4.1: as if the instruction were none. */
  private BareOutcome globalKept(BareCase c, BareOutcome host, BareOutcome ours) {
    for (BareInstruction i : BareInstruction.of(c)) {
      if (i.opcode(c) == MOV_TO_CR && (i.modrm(c) >> 3 & 7) == 3) {
        BareCase kept = c.copy();
        kept.put(i.at() + i.opcodeAt(c), 0x909090, 3);
        return engine.run(kept);
      }
    }
    return null;
  }

  /** What an unusable segment register becomes in real mode: limit and rights. */
  private static BareOutcome unusable(BareCase c, BareOutcome host, BareOutcome ours) {
    if ((ours.state.cr0 & 1) != 0) {
      return null;
    }
    BareOutcome o = ours.copy();
    for (int i = 0; i < 6; i++) {
      if (c.state.segment[i].is(Segment.UNUSABLE)) {
        o.state.segment[i].limit = host.state.segment[i].limit;
        o.state.segment[i].attributes = host.state.segment[i].attributes;
      }
    }
    return o;
  }
}
