package io.github.bitterling.vmx.bare;

import static io.github.bitterling.vmx.bare.BareLayout.GDT;
import static io.github.bitterling.vmx.bare.BareLayout.IDT;
import static io.github.bitterling.vmx.bare.BareLayout.TASK16;
import static io.github.bitterling.vmx.bare.BareLayout.TASK32;
import static io.github.bitterling.vmx.bare.BareLayout.TSS;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Where Bochs 2.7 differs from us and the manual decides or leaves it open: the list of
 * docs/instructions.md. Each rule predicts the whole outcome of the oracle, from the case and our
 * engine alone; a difference is explained when a prediction is right in everything. RF of saved
 * flags and DR6 are always taken as Bochs has them ({@link BareDebugState}).
 */
final class BareDifferences {
  private static final int NOT_PRESENT = 11;
  private static final int STACK_FAULT = 12;
  private static final int IRET = 0xCF;
  private static final int LAR = 0x0F02;
  private static final int LSL = 0x0F03;
  private static final int LTR = 0x0F00;
  private static final Set<Integer> LOAD_FAR = Set.of(0xC4, 0xC5, 0x0FB2, 0x0FB4, 0x0FB5);
  private static final long FREE = 0xF00;
  private static final int WRITABLE = 2;
  private static final int BUSY_BYTE = GDT + 0x55;
  private static final long BUSY = 2;

  /** What the oracle says if a rule is behind it; null where the rule has nothing to say. */
  private interface Rule {
    BareOutcome predict(BareCase c, BareInstruction i);
  }

  private final BareOurs engine;
  private final Map<String, Rule> rules = new LinkedHashMap<>();

  /**
   * @param engine runs changed cases, of which predictions are made
   */
  BareDifferences(BareOurs engine) {
    this.engine = engine;
    String order = "which word of an operand is read first is open";
    rules.put(order, (c, i) -> visited(c, i, BareReads.visit(c, i, false)));
    rules.put(order + ", outer level", (c, i) -> visited(c, i, BareReads.visit(c, i, true)));
    rules.put("IRET pops SS:RSP in 64-bit mode whatever the operand size", this::longReturn);
    rules.put(
        "IRET to virtual-8086 mode looks at EIP", (c, i) -> BareTargets.lowerHalf(engine, c, i));
    rules.put(
        "a far transfer to compatibility mode looks at all of the offset",
        (c, i) -> BareTargets.lowerDoubleword(engine, c, i));
    rules.put("IRET with an absent stack segment is #SS in long mode too", this::absentStack);
    rules.put(
        "CALL looks at the limit of CS before it pushes",
        (c, i) -> visited(c, i, BareCalls.pushes(c, i)));
    rules.put(
        "CALL of a conforming segment pushes with the rights of CPL",
        (c, i) -> BareCalls.toUserPage(engine, c, i));
    rules.put(
        "an interrupt to a conforming segment pushes with the rights of CPL",
        (c, i) -> BareCalls.interruptToUserPage(engine, c));
    rules.put("SGDT and SIDT write nothing when they fault", this::storedHalf);
    rules.put("LAR and LSL do not look at the second half of a descriptor", this::secondHalf);
    rules.put(
        "MOV to CR3 may forget global pages", (c, i) -> BareTranslations.globalKept(engine, c, i));
    rules.put(
        "an address in CR3 has 36 bits", (c, i) -> BareTranslations.tablesNowhere(engine, c, i));
    rules.put("a far pointer beyond offset FFFF faults", this::wrapped);
    rules.put("a task switch looks at all pages before it changes anything", this::taskState);
    rules.put("a task switch that faults leaves the old task busy", this::notBusy);
    rules.put("LTR marks the descriptor as busy before it loads TR", this::taskRegister);
    rules.put("traps wait behind a load of SS whatever comes next", this::dropped);
    rules.put("a segment register unusable before real mode is loaded", this::unusable);
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
  String explain(BareCase c, BareOutcome host) {
    if (agrees(c, host, engine.followed(c))) {
      return "RF of saved flags, and DR6";
    }
    for (Map.Entry<String, Rule> rule : rules.entrySet()) {
      for (BareInstruction i : BareInstruction.of(c)) {
        if (agrees(c, host, rule.getValue().predict(c, i))) {
          return rule.getKey();
        }
      }
    }
    return null;
  }

  private static boolean agrees(BareCase c, BareOutcome host, BareOutcome predicted) {
    return predicted != null && host.difference(BareDebugState.asBochs(c, predicted)).isEmpty();
  }

  private BareOutcome visited(BareCase c, BareInstruction i, BareOurs.Visit visit) {
    return visit == null ? null : engine.visited(c, i.at(), visit);
  }

  /**
   * SDM volume 3, 6.14.3. Bochs pops SS:RSP with 64 bits only, else it does what compatibility mode
   * does.
   */
  private BareOutcome longReturn(BareCase c, BareInstruction i) {
    boolean narrow = i.opcode(c) == IRET && i.operandSize(c) != 8;
    return !narrow || !c.name.startsWith("LONG")
        ? null
        : engine.visited(
            c,
            i.at(),
            r -> {
              r.cpu.cs.attributes = r.cpu.cs.attributes & ~Segment.L | Segment.DB;
              Modes.update(r.cpu);
              return true;
            });
  }

  /** Bochs stores the limit, then looks whether the base can be stored. */
  private BareOutcome storedHalf(BareCase c, BareInstruction i) {
    if (!i.storesTable(c)) {
      return null;
    }
    boolean global = (i.modrm(c) >> 3 & 7) == 0;
    BareOurs.Visit limit =
        r -> {
          BareAccess to = BareAccess.operand(r.cpu, c, i, 0, 2);
          to.write(r, global ? r.cpu.gdtrLimit : r.cpu.idtrLimit);
          return true;
        };
    return engine.visited(c, i.at(), limit);
  }

  /** SDM volume 2, LAR: as if the type of the 16-byte descriptor were none. */
  private BareOutcome secondHalf(BareCase c, BareInstruction i) {
    if (i.opcode(c) != LAR && i.opcode(c) != LSL) {
      return null;
    }
    int at = descriptor(c, i);
    if (at < 0) {
      return null;
    }
    BareCase none = c.copy();
    none.put(at + 5, c.word(at) >>> 40 & 0xE0, 1);
    return engine.followed(none);
  }

  /** The descriptor that LAR or LSL looks at, where it is one of the system's. */
  private int descriptor(BareCase c, BareInstruction i) {
    int[] at = {-1};
    engine.visited(
        c,
        i.at(),
        r -> {
          int selector = selector(r, c, i);
          long table = (selector & 4) != 0 ? r.cpu.ldtr.base : r.cpu.gdtrBase;
          at[0] = (int) table + (selector & ~7);
          return false;
        });
    boolean inside = at[0] >= 0 && at[0] < BareCase.ARENA && (at[0] & 7) == 0;
    return inside && (c.word(at[0]) >>> 44 & 1) == 0 ? at[0] : -1;
  }

  private static int selector(Rig rig, BareCase c, BareInstruction i) {
    if (i.modrm(c) >> 6 == 3) {
      return (int) rig.cpu.r[i.modrm(c) & 7] & 0xFFFF;
    }
    long linear = BareAccess.operand(rig.cpu, c, i, 0, 2).linear(rig.cpu, false);
    rig.cpu.fault = Cpu.FAULT_NONE;
    return linear >= 0 && linear < BareCase.ARENA ? (int) rig.get16(linear) : 0;
  }

  /** SDM volume 2, IRET: #SS(selector); Bochs has #NP, so as if its gate were that of #SS. */
  private BareOutcome absentStack(BareCase c, BareInstruction i) {
    if (i.opcode(c) != IRET) {
      return null;
    }
    BareCase swapped = c.copy();
    int size = c.name.matches("(LONG|COMPAT).*") ? 16 : 8;
    for (int word = 0; word < size; word += 8) {
      swapped.put(IDT + size * STACK_FAULT + word, c.word(IDT + size * NOT_PRESENT + word), 8);
    }
    return engine.followed(swapped);
  }

  /**
   * SDM volume 3, 5.3: offset and selector are one operand; Bochs takes the selector from offset 0.
   */
  private BareOutcome wrapped(BareCase c, BareInstruction i) {
    if (!LOAD_FAR.contains(i.opcode(c))) {
      return null;
    }
    BareOurs.Visit moved =
        r -> {
          int size = i.operandSize(c);
          BareAccess offset = BareAccess.operand(r.cpu, c, i, 0, size);
          BareAccess selector = BareAccess.operand(r.cpu, c, i, size, 2);
          if (BareAccess.read(r, List.of(selector, offset))
              || selector.offset() > offset.offset()) {
            return true;
          }
          long value = offset.load(r.cpu) | selector.load(r.cpu) << 8 * size;
          elsewhere(r, c, i, value);
          return true;
        };
    return engine.visited(c, i.at(), moved);
  }

  /** Has the instruction find its operand in memory that nothing else uses. */
  private void elsewhere(Rig rig, BareCase c, BareInstruction i, long value) {
    long pointer = rig.cpu.r[i.pointer(c)];
    long linear = rig.cpu.ds.base + FREE;
    long before = rig.get64(linear);
    rig.cpu.r[i.pointer(c)] = FREE;
    rig.put64(linear, value);
    engine.proceed(1);
    rig.put64(linear, before);
    rig.cpu.r[i.pointer(c)] = rig.cpu.r[i.pointer(c)] == FREE ? pointer : rig.cpu.r[i.pointer(c)];
  }

  /**
   * SDM volume 3, 8.3, steps 5 to 7. Bochs saves the old task, then finds that it cannot mark the
   * new one as busy: as if it could, as far as the two task-state segments are concerned.
   */
  private BareOutcome taskState(BareCase c, BareInstruction i) {
    BareOutcome ours = engine.followed(c);
    if (ours.state.cr2 >> 12 != GDT >> 12) {
      return null;
    }
    BareOutcome done = engine.followed(possible(c));
    BareOutcome saved = BareDebugState.asBochs(c, done);
    for (int at = TSS + 0x20; at < TSS + 0x60; at += 4) {
      ours.put(c, at, saved.get(c, at, 4), 4);
    }
    ours.put(c, TASK32, saved.get(c, TASK32, 2), 2);
    ours.put(c, TASK16, saved.get(c, TASK16, 2), 2);
    return ours;
  }

  /** The same with a descriptor table that can be written. */
  private static BareCase possible(BareCase c) {
    BareCase possible = c.copy();
    int entry = BareCalls.entry(c, GDT >> 12);
    possible.put(entry, c.word(entry & ~7) >>> 8 * (entry & 7) | WRITABLE, 1);
    return possible;
  }

  /** SDM volume 2, LTR; Bochs has loaded TR when it finds that it cannot mark it. */
  private BareOutcome taskRegister(BareCase c, BareInstruction i) {
    BareOutcome ours = engine.followed(c);
    if (i.opcode(c) != LTR || ours.state.cr2 >> 12 != GDT >> 12) {
      return null;
    }
    ours.state.segment[7].copyFrom(engine.followed(possible(c)).state.segment[7]);
    return ours;
  }

  /** SDM volume 3, 8.3, step 3, of JMP and IRET: Bochs looks at the old task's pages after it. */
  private BareOutcome notBusy(BareCase c, BareInstruction i) {
    BareOutcome ours = engine.followed(c);
    if (ours.state.cr2 >> 12 != TSS >> 12) {
      return null;
    }
    ours.put(c, BUSY_BYTE, ours.get(c, BUSY_BYTE, 1) & ~BUSY, 1);
    return ours;
  }

  /** SDM volume 3, 6.8.3; Bochs forgets them when the next instruction faults. */
  private BareOutcome dropped(BareCase c, BareInstruction i) {
    BareOurs.Visit forget =
        r -> {
          engine.proceed(1);
          r.cpu.pendingDebug = 0;
          return true;
        };
    return i.holdsTraps(c) ? engine.visited(c, i.at(), forget) : null;
  }

  /** What Bochs leaves of a null selector when real mode loads the register: not defined. */
  private BareOutcome unusable(BareCase c, BareInstruction i) {
    BareOutcome ours = engine.followed(c);
    if ((ours.state.cr0 & 1) != 0) {
      return null;
    }
    for (int k = 0; k < 6; k++) {
      if (c.state.segment[k].is(Segment.UNUSABLE) && !ours.state.segment[k].is(Segment.UNUSABLE)) {
        ours.state.segment[k].limit = 0;
        ours.state.segment[k].attributes = Segment.P | Segment.S;
      }
    }
    return ours;
  }
}
