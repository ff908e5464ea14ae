package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.cpu.PureCalls;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;
import org.objectweb.asm.Label;

/**
 * Writes one block of a region. Effects are emitted in the order of the IR, values where they are
 * used.
 */
final class BlockWriter {
  /** Targets compared one after the other; more are selected by a switch. */
  private static final int FEW = 3;

  private static final String[] SEGMENTS = {"es", "cs", "ss", "ds", "fs", "gs"};
  private static final String SEGMENT = "io/github/bitterling/vmx/cpu/Segment";

  private final RegionWriter region;
  private final int index;
  private final IrBlock ir;
  private final IntPredicate pureHelper;
  private final Code code;
  private final Liveness live;
  private final Conditions conditions;
  private final Values values;
  private final FloatWriter floating;
  private final PlainValues plain;
  private FlagRecord flags;
  private long ip;
  private long next;
  private int before = -1;

  BlockWriter(RegionWriter region, int index, IntPredicate pureHelper) {
    this.region = region;
    this.index = index;
    this.ir = region.plan().block(index);
    this.pureHelper = pureHelper;
    this.code = region.code();
    this.live = region.live(index);
    this.conditions = new Conditions(region, ir, live);
    this.values = new Values(region, ir, live, conditions);
    this.plain = new PlainValues(ir, pureHelper, region.plainIn(index));
    this.floating = new FloatWriter(region, ir, values, plain);
    this.flags = region.flagsIn(index);
  }

  /** Starts with the flags of the block's own previous round. */
  BlockWriter nextRound(Inherited from) {
    values.inherit(from);
    conditions.inherit(from);
    flags = FlagRecord.of(from);
    return this;
  }

  void write() {
    for (int i = 0; i < ir.size(); i++) {
      write(i);
    }
  }

  private void write(int i) {
    switch (ir.op(i)) {
      case INSN -> instruction(i);
      case CONST -> values.setLoc(i, Loc.constant(ir.imm(i)));
      case GET ->
          values.setLoc(i, Loc.ofRegister(region.register(ir.imm(i)), Width.bits(ir.width(i))));
      case XOR -> exclusiveOr(i);
      case GETHIGH, SEGBASE, SELECTOR -> read(i);
      case VGET -> values.setLoc(i, region.vectors().home((int) ir.imm(i)));
      case PUT -> put(i);
      case PUTHIGH -> putHigh(i);
      case VPUT -> vectorPut(i);
      case FLAGS, FLAGSIF, SETFLAGS -> flagRow(i);
      case COND, GETFLAGS -> flagsAsked(i);
      case LINEAR -> linear(i);
      case ALIGN -> align(i);
      case TARGET -> target(i);
      case LOAD, LOADW -> load(i);
      case STORE -> store(i);
      case REPLACE -> new MemoryAccess(region, index, i, values).replace(fault());
      case UDIV, UREM, SDIV, SREM -> divide(i);
      case FLOAT -> floating.write(i, this::fault);
      case FUSED -> floating.fused(i, this::fault);
      case VCLEAR -> vectorClear(i);
      case HELPER -> helper(i);
      case GOTO -> follow(ir.imm(i), true);
      case BRANCH -> branch(i);
      case JUMP -> jump(i);
      case EXIT -> {}
      default -> {}
    }
  }

  private void instruction(int i) {
    before++;
    ip = ir.imm(i);
    next = ir.nextIp();
    for (int k = i + 1; k < ir.size(); k++) {
      if (ir.op(k) == Op.INSN) {
        next = ir.imm(k);
        return;
      }
    }
  }

  // Registers

  private void read(int i) {
    if (!values.needed(i)) {
      return;
    }
    switch (ir.op(i)) {
      case GETHIGH -> {
        code.lload(region.register(ir.imm(i)));
        code.op(L2I);
        code.iconst(8);
        code.op(ISHR);
        code.maskInt(8);
        values.storeTemp(i, false);
      }
      case SEGBASE -> {
        segment(i);
        code.get(SEGMENT, "base", "J");
        values.storeTemp(i, true);
      }
      case SELECTOR -> {
        segment(i);
        code.get(SEGMENT, "selector", "I");
        code.maskInt(16);
        values.storeTemp(i, false);
      }
      default -> throw new IllegalStateException(ir.op(i) + " reads no register");
    }
  }

  private void segment(int i) {
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, SEGMENTS[(int) ir.imm(i)], "L" + SEGMENT + ";");
  }

  private void put(int i) {
    int local = region.register(ir.imm(i));
    int v = ir.a(i);
    int bits = Width.bits(ir.width(i));
    boolean whole = bits >= 32;
    boolean fits = values.bits(v) <= bits;
    boolean move = whole && fits && values.loc(v) == null;
    if (move) {
      // The register's local becomes the value's home: one store serves both.
      values.emitLong(v);
      values.evacuate(local, i);
      code.lstore(local);
      values.setLoc(v, Loc.ofRegister(local, values.bits(v)));
      values.release(v);
      return;
    }
    if (whole) {
      values.useLow(v, bits);
    } else {
      code.lload(local);
      code.lconst(~Width.mask(ir.width(i)));
      code.op(LAND);
      values.useLow(v, bits);
      code.op(LOR);
    }
    values.evacuate(local, i);
    code.lstore(local);
  }

  private void putHigh(int i) {
    int local = region.register(ir.imm(i));
    code.lload(local);
    code.lconst(~0xFF00L);
    code.op(LAND);
    values.useLow(ir.a(i), 8);
    code.iconst(8);
    code.op(LSHL);
    code.op(LOR);
    values.evacuate(local, i);
    code.lstore(local);
  }

  private void exclusiveOr(int i) {
    if (values.needed(i) && Vectors.cleared(ir, i)) {
      values.setLoc(i, Loc.constant(0));
      values.release(ir.a(i));
      values.release(ir.b(i));
    }
  }

  private void vectorPut(int i) {
    Loc home = region.vectors().home((int) ir.imm(i));
    int v = ir.a(i);
    boolean move = values.loc(v) == null;
    values.floats().pushAs(home, v);
    if (!move) {
      values.release(v);
    }
    values.evacuate(home.at(), i);
    values.floats().store(home);
    if (move) {
      // The part becomes the value's home: one store serves both.
      values.setLoc(v, home);
      values.release(v);
    } else {
      values.floats().moveHome(v, home);
    }
  }

  // Flags

  /** Nothing is computed here: whoever asks for the flags computes them from the row's operands. */
  private void flagRow(int i) {
    if (!live.observed[i]) {
      return;
    }
    boolean maybe = ir.op(i) == Op.FLAGSIF;
    FlagKind kind = ir.op(i) == Op.SETFLAGS ? FlagKind.EXPLICIT : FlagKind.of((int) ir.imm(i));
    int w = ir.op(i) == Op.SETFLAGS ? 0 : ir.width(i);
    FlagRecord row = new FlagRecord(kind, w, i, maybe, flags);
    if (conditions.size(row, values) > Conditions.LARGE) {
      for (int v : conditions.operands(row, values)) {
        values.settle(v);
      }
      if (maybe) {
        moveFlags(i);
      }
    }
    values.settleConditions(i);
    boolean related = maybe || values.deferredOn(flags, i);
    for (int v : conditions.operands(row, values)) {
      related |= values.looksAtFlags(v);
    }
    if (!related) {
      conditions.release(flags, values);
    }
    flags = new FlagRecord(kind, w, i, maybe, related ? flags : null);
  }

  /** Computes the current flags into the flag locals. */
  private void moveFlags(int i) {
    if (!flags.inLocals()) {
      values.settleAllConditions(i);
      conditions.toLocals(flags, values);
      conditions.release(flags, values);
      flags = flags.moved();
    }
  }

  private void flagsAsked(int i) {
    if (values.needed(i)) {
      if (flags.maybe()) {
        moveFlags(i);
      }
      values.defer(i, flags);
    }
  }

  // Memory

  private void linear(int i) {
    if (ir.width(i) == Width.W64) {
      linear64(i);
      return;
    }
    int imm = (int) ir.imm(i);
    int at = region.temp(true);
    code.aload(RegionWriter.CPU);
    code.op(DUP);
    code.get(Code.CPU, SEGMENTS[imm & 7], "L" + SEGMENT + ";");
    values.useLong(ir.a(i));
    code.lconst(Width.mask(ir.width(i)));
    code.iconst(imm);
    code.call(Code.ACCESS, "linear", "(" + Code.CPU_T + "L" + SEGMENT + ";JJI)J");
    code.op(DUP2);
    code.lstore(at);
    // HotSpot sees that the result of the fast path is not negative.
    code.op(LCONST_0);
    code.op(LCMP);
    code.jump(IFLT, fault());
    values.setLoc(i, Loc.ofLong(at, 64));
  }

  private void linear64(int i) {
    int imm = (int) ir.imm(i);
    String memory = "io/github/bitterling/vmx/cpu/MemoryUnit";
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "memory", "L" + memory + ";");
    code.aload(RegionWriter.CPU);
    code.iconst(imm & 7);
    values.useLong(ir.a(i));
    code.iconst(imm >> 8 & 0xFFFF);
    code.iconst(imm >> 3 & 1);
    code.iconst(64);
    code.m.visitMethodInsn(INVOKEINTERFACE, memory, "linear", "(" + Code.CPU_T + "IJIZI)J", true);
    values.keepLong(i);
    checkFault();
  }

  private void align(int i) {
    Label wrong = generalProtection();
    values.use(ir.a(i), false, 12);
    code.iconst((int) ir.imm(i) - 1);
    code.op(IAND);
    code.jump(IFNE, wrong);
  }

  private void target(int i) {
    Label wrong = generalProtection();
    values.useLong(ir.a(i));
    if (ir.width(i) == Width.W64) {
      code.op(DUP2);
      code.iconst(16);
      code.op(LSHL);
      code.iconst(16);
      code.op(LSHR);
      code.op(LCMP);
      code.jump(IFNE, wrong);
    } else {
      code.aload(RegionWriter.CPU);
      code.get(Code.CPU, "cs", "L" + SEGMENT + ";");
      code.get(SEGMENT, "limit", "J");
      code.op(LCMP);
      code.jump(IFGT, wrong);
    }
  }

  /** Where an operation goes on that raises #GP(0). */
  private Label generalProtection() {
    Label fault = fault();
    return region.later(
        () -> {
          code.aload(RegionWriter.CPU);
          code.call(Code.ACCESS, "generalProtection", "(" + Code.CPU_T + ")V");
          code.jump(GOTO, fault);
        });
  }

  private void load(int i) {
    new MemoryAccess(region, index, i, values).load(fault());
  }

  private void store(int i) {
    new MemoryAccess(region, index, i, values).store(fault());
  }

  private void vectorClear(int i) {
    int what = (int) ir.imm(i);
    code.aload(RegionWriter.CPU);
    code.iconst(what);
    code.call(Code.SSE, "clear", "(" + Code.CPU_T + "I)V");
    for (Loc home : region.vectors().cleared(what)) {
      values.evacuate(home.at(), i);
      code.op(LCONST_0);
      code.storeBits(home);
    }
  }

  private void divide(int i) {
    code.aload(RegionWriter.CPU);
    code.iconst(ir.width(i));
    values.useLong(ir.a(i));
    values.useLong(ir.b(i));
    values.useLong(ir.c(i));
    code.call(
        Code.ARITHMETIC, ir.op(i).name().toLowerCase(Locale.ROOT), "(" + Code.CPU_T + "IJJJ)J");
    values.keepLong(i);
    checkFault();
  }

  /** Leaves before the current instruction when the access just made recorded a fault. */
  private void checkFault() {
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "fault", "I");
    code.jump(IFNE, fault());
  }

  /** Where to go when the current instruction faulted. */
  private Label fault() {
    return region.exit(ip, ir.instructions() - before, flags, conditions, values);
  }

  // Helpers

  private void helper(int i) {
    if (pureHelper.test((int) ir.imm(i))) {
      pure(i);
    } else if (ir.op(i + 1) == Op.EXIT) {
      ending(i);
    } else {
      state(i);
    }
  }

  private void pushCall(int i) {
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "helpers", "Lio/github/bitterling/vmx/cpu/HelperUnit;");
    code.aload(RegionWriter.CPU);
    code.iconst((int) ir.imm(i));
    arguments(i);
  }

  private void arguments(int i) {
    for (int k = 0; k < 3; k++) {
      values.useLong(ir.arg(i, k));
    }
  }

  private void pure(int i) {
    if (!values.needed(i)) {
      return;
    }
    if (PureCalls.general((int) ir.imm(i)) != null && ir.op(ir.a(i)) == Op.CONST) {
      direct(i);
    } else {
      pushCall(i);
      region.tails().callHelper();
      values.storeTemp(i, true);
    }
  }

  /** The first argument says what is computed: often a method of its own. */
  private void direct(int i) {
    long what = ir.imm(ir.a(i));
    String special = PureCalls.special((int) ir.imm(i), what);
    values.release(ir.a(i));
    if (special == null) {
      code.iconst((int) what);
    }
    values.useLong(ir.b(i));
    values.useLong(ir.c(i));
    String method = special == null ? PureCalls.general((int) ir.imm(i)) : special;
    int dot = method.indexOf('.');
    String descriptor = special == null ? "(IJJ)J" : "(JJ)J";
    code.call(method.substring(0, dot), method.substring(dot + 1), descriptor);
    values.storeTemp(i, true);
  }

  private void ending(int i) {
    boolean moved = !flags.inLocals();
    arguments(i); // before the flag locals change, at which they may look
    if (moved) {
      conditions.toLocals(flags, values);
    }
    code.iconst((int) ir.imm(i));
    code.iconst(region.exits().add(ip, next, 0));
    code.jump(GOTO, region.tails().helper(moved));
  }

  /** The helper may look at and change everything. */
  private void state(int i) {
    values.settleAllConditions(i);
    moveFlags(i);
    pushCall(i);
    values.evacuate(-1, i);
    region.spillRegisters();
    region.spillFlags();
    setPointer("rip", ip);
    setPointer("nextRip", next);
    region.tails().callHelper();
    values.keepLong(i);
    int number = region.exits().add(ip, 0, ir.instructions() - before);
    Label faulted =
        region.later(
            () -> {
              code.iconst(number);
              code.jump(GOTO, region.tails().faulted());
            });
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "fault", "I");
    code.jump(IFNE, faulted);
    region.reload();
    flags = FlagRecord.UNKNOWN;
  }

  private void setPointer(String field, long value) {
    code.aload(RegionWriter.CPU);
    code.lconst(value);
    code.put(Code.CPU, field, "J");
  }

  // Terminators

  private Label leave(long to) {
    return region.exit(to, 0, flags, conditions, values);
  }

  private void follow(long to, boolean last) {
    int block = region.plan().at(to);
    if (block < 0) {
      code.jump(GOTO, leave(to));
    } else {
      region.edge(index, block, flags, conditions, values, last);
    }
  }

  private void branch(int i) {
    long taken = ir.imm(i);
    long other = ir.nextIp();
    boolean takenInside = region.plan().at(taken) >= 0;
    boolean otherInside = region.plan().at(other) >= 0;
    if (!takenInside) {
      values.jumpIf(ir.a(i), true, leave(taken));
      follow(other, true);
    } else if (!otherInside) {
      values.jumpIf(ir.a(i), false, leave(other));
      follow(taken, true);
    } else {
      boolean invert = region.plan().at(taken) == index + 1;
      Label away = new Label();
      values.jumpIf(ir.a(i), !invert, away);
      Label near = new Label();
      if (region.plan().at(invert ? taken : other) == index + 1) {
        // The nearer successor comes last so that it needs no jump.
        code.jump(GOTO, near);
      } else {
        follow(other, false);
      }
      code.label(away);
      follow(invert ? other : taken, false);
      if (region.plan().at(invert ? taken : other) == index + 1) {
        code.label(near);
        follow(invert ? taken : other, true);
      }
    }
  }

  private void jump(int i) {
    values.useLong(ir.a(i));
    code.lstore(region.target());
    List<Integer> targets = region.plan().indirectTargets(index);
    Label outside = new Label();
    if (targets.size() > FEW && distinct(targets)) {
      select(targets, outside);
    } else {
      targets.forEach(this::arrive);
    }
    code.label(outside);
    boolean moved = !flags.inLocals();
    if (moved) {
      conditions.toLocals(flags, values);
    }
    code.lload(region.target());
    code.jump(GOTO, moved ? region.tails().dynamicWithFlags() : region.tails().dynamic());
  }

  /** Goes on in a block when the jump's target is there. */
  private void arrive(int block) {
    Label miss = new Label();
    code.lload(region.target());
    code.lconst(region.plan().block(block).ip());
    code.op(LCMP);
    code.jump(IFNE, miss);
    region.edge(index, block, flags, conditions, values, false);
    code.label(miss);
  }

  private boolean distinct(List<Integer> targets) {
    return targets.stream().map(t -> (int) region.plan().block(t).ip()).distinct().count()
        == targets.size();
  }

  /** Switch on the low half of the target; each case then compares all of it. */
  private void select(List<Integer> targets, Label outside) {
    List<Integer> sorted =
        targets.stream()
            .sorted(Comparator.comparingInt(t -> (int) region.plan().block(t).ip()))
            .toList();
    int[] keys = sorted.stream().mapToInt(t -> (int) region.plan().block(t).ip()).toArray();
    Label[] labels = new Label[keys.length];
    Arrays.setAll(labels, k -> new Label());
    code.lload(region.target());
    code.op(L2I);
    code.m.visitLookupSwitchInsn(outside, keys, labels);
    for (int k = 0; k < keys.length; k++) {
      code.label(labels[k]);
      arrive(sorted.get(k));
      code.jump(GOTO, outside);
    }
  }
}
