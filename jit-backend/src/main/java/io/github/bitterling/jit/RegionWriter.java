package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.IrBlock;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.objectweb.asm.ClassWriter;
import org.objectweb.asm.Label;
import org.objectweb.asm.MethodVisitor;

/**
 * Writes a region as a class with one {@code run} method. Locals: this, processor, budget; one long
 * per general register used, two locals per part of a vector register; state and operands of the
 * lazy flags; a few for the shared exits; then the values of the block being written.
 */
final class RegionWriter {
  static final String NAME = "io/github/bitterling/jit/Region";
  static final int CPU = 1;
  static final int BUDGET = 2;

  /**
   * Newer versions need stack map frames; computing them took half of the time to write a region,
   * and the verifier of this version finds the types itself, faster.
   */
  private static final int CLASS_VERSION = V1_5;

  /** Number of the stack's page slot, after those of {@link PageSlots}. */
  static final int STACK = 4;

  /**
   * Instructions of a loop worth a second copy; in longer ones moving the flags does not matter.
   */
  private static final int SHORT_LOOP = 12;

  private final RegionPlan plan;
  private final IntPredicate pureHelper;
  private final ClassWriter writer;
  private final Code code;
  private final ExitTable exits = new ExitTable();
  private final List<Runnable> cold = new ArrayList<>();
  private final Map<Object, Label> coldLabels = new HashMap<>();
  private final Label[] labels;
  private final Liveness[] live;
  private final FlagRecord[] flagsIn;
  private final int[] registerLocal = new int[16];
  private final BitSet used;
  private final BitSet written;
  private final Vectors vectors;
  private final int flagState;
  private final int[] flagOperand = new int[3];
  private final int exitNumber;
  private final int target;
  private final int tlb;
  private final int pages;
  private final PageSlots slots;
  private final boolean usesMemory;
  private final boolean usesStack;
  private final int firstTemp;
  private final boolean flagsInLocals;
  private final byte[][] plainIn;
  private final Tails tails;
  private final List<Integer> freeTemps = new ArrayList<>();
  private int nextTemp;
  private int methodBytes;
  private int block;

  /** Writing second copies: nothing follows in line. */
  private boolean again;

  RegionWriter(RegionPlan plan, IntPredicate pureHelper) {
    this.plan = plan;
    this.pureHelper = pureHelper;
    this.writer = new ClassWriter(ClassWriter.COMPUTE_MAXS);
    writer.visit(CLASS_VERSION, ACC_FINAL | ACC_SUPER, NAME, null, Code.REGION, null);
    constructor();
    this.code =
        new Code(writer.visitMethod(ACC_PUBLIC, "run", "(" + Code.CPU_T + "I)I", null, null));
    this.used = plan.registers();
    if (plan.accesses(true)) {
      used.set(4);
    }
    this.written = plan.written();
    int local = 3;
    for (int r = used.nextSetBit(0); r >= 0; r = used.nextSetBit(r + 1)) {
      registerLocal[r] = local;
      local += 2;
    }
    vectors = new Vectors(plan, local);
    local = vectors.end();
    flagState = local++;
    for (int k = 0; k < 3; k++, local += 2) {
      flagOperand[k] = local;
    }
    exitNumber = local++;
    target = local;
    tlb = local + 2;
    slots = new PageSlots(plan);
    pages = tlb + 5;
    firstTemp = pages + 6 * (STACK + 1);
    usesMemory = plan.accesses(false);
    usesStack = plan.accesses(true);
    labels = new Label[plan.size()];
    Arrays.setAll(labels, i -> new Label());
    live = new Liveness[plan.size()];
    Arrays.setAll(live, i -> new Liveness(plan.block(i), pureHelper));
    FlagFlow flow = new FlagFlow(plan, live, pureHelper);
    flagsIn = flow.in();
    flagsInLocals = flow.needsLocals();
    plainIn = PlainValues.atStart(plan, pureHelper, vectors.floats());
    tails = new Tails(this, code);
  }

  private void constructor() {
    MethodVisitor m = writer.visitMethod(ACC_PUBLIC, "<init>", "()V", null, null);
    m.visitCode();
    m.visitVarInsn(ALOAD, 0);
    m.visitMethodInsn(INVOKESPECIAL, Code.REGION, "<init>", "()V", false);
    m.visitInsn(RETURN);
    m.visitMaxs(1, 1);
    m.visitEnd();
  }

  // TLB and stack page in locals

  int readTag() {
    return tlb;
  }

  int writeTag() {
    return tlb + 1;
  }

  int offset() {
    return tlb + 2;
  }

  int generation() {
    return tlb + 3;
  }

  PageSlots slots() {
    return slots;
  }

  int page(int slot) {
    return pages + 6 * slot;
  }

  int safe(int slot) {
    return pages + 6 * slot + 2;
  }

  int pageOffset(int slot) {
    return pages + 6 * slot + 4;
  }

  private void loadTlb() {
    String[] arrays = {"readTag", "writeTag", "offset"};
    for (int k = 0; k < 3; k++) {
      pushTlb();
      code.get(Code.TLB, arrays[k], "[J");
      code.astore(tlb + k);
    }
    pushTlb();
    code.get(Code.TLB, "generation", "J");
    code.lstore(generation());
  }

  private void pushTlb() {
    code.aload(CPU);
    code.get(Code.CPU, "tlb", "L" + Code.TLB + ";");
  }

  /** Makes the page of the address in a local the one a slot keeps. */
  void pageOf(int slot, int va) {
    boolean both = slot == STACK || slots.written(slot);
    code.lload(va);
    code.lconst(-4096);
    code.op(LAND);
    code.lstore(page(slot));
    code.aload(CPU);
    code.lload(va);
    code.call(Code.PROBE, both ? "safeBoth" : "safeRead", "(" + Code.CPU_T + "J)J");
    code.lstore(safe(slot));
    code.aload(CPU);
    code.lload(va);
    code.call(Code.PROBE, "offset", "(" + Code.CPU_T + "J)J");
    code.lstore(pageOffset(slot));
  }

  private void emptySlots() {
    for (int local = pages; local < pages + 6 * slots.count(); local += 2) {
      code.op(LCONST_0);
      code.lstore(local);
    }
  }

  /** The class file. */
  byte[] write() {
    Label start = new Label();
    Label end = new Label();
    code.m.visitCode();
    code.label(start);
    prologue();
    for (int i = 0; i < plan.size(); i++) {
      nextTemp = firstTemp;
      freeTemps.clear();
      block = i;
      code.label(labels[i]);
      new BlockWriter(this, i, pureHelper).write();
    }
    for (int i = 0; i < cold.size(); i++) {
      cold.get(i).run();
    }
    tails.write();
    code.label(end);
    code.m.visitMaxs(0, 0);
    code.m.visitEnd();
    writer.visitEnd();
    byte[] bytes = writer.toByteArray();
    methodBytes = end.getOffset() - start.getOffset();
    return bytes;
  }

  private void prologue() {
    reload();
    IrBlock entry = plan.block(0);
    code.iload(BUDGET);
    code.iconst(entry.instructions());
    code.jump(IF_ICMPLT, tails.unchanged());
    code.m.visitIincInsn(BUDGET, -entry.instructions());
  }

  /** Bytes of bytecode in the run method, known after {@link #write}. */
  int methodBytes() {
    return methodBytes;
  }

  ExitTable exits() {
    return exits;
  }

  RegionPlan plan() {
    return plan;
  }

  Code code() {
    return code;
  }

  Liveness live(int block) {
    return live[block];
  }

  Vectors vectors() {
    return vectors;
  }

  /** What is known of the vectors' parts at a block's start, see {@link PlainValues}. */
  byte[] plainIn(int block) {
    return plainIn[block];
  }

  FlagRecord flagsIn(int block) {
    return flagsIn[block];
  }

  boolean flagsInLocals() {
    return flagsInLocals;
  }

  int flagState() {
    return flagState;
  }

  int flagOperand(int k) {
    return flagOperand[k];
  }

  Loc flagLocal(int k) {
    return Loc.ofLong(flagOperand[k], 64);
  }

  int exitNumber() {
    return exitNumber;
  }

  /** Local for the target of an indirect jump. */
  int target() {
    return target;
  }

  int register(long number) {
    return registerLocal[(int) number];
  }

  /** Local of two slots for a floating-point value, if possible one that was given back. */
  int floatTemp() {
    return freeTemps.isEmpty() ? temp(true) : freeTemps.removeLast();
  }

  /** Gives back what {@link #floatTemp} gave; what was emitted may still look at it. */
  void freeFloatTemp(int at) {
    freeTemps.add(at);
  }

  int temp(boolean isLong) {
    int at = nextTemp;
    nextTemp += isLong ? 2 : 1;
    return at;
  }

  // State between locals and processor

  void spillRegisters() {
    vectors.spill(code);
    if (written.isEmpty()) {
      return;
    }
    code.aload(CPU);
    code.get(Code.CPU, "r", "[J");
    for (int r = written.nextSetBit(0); r >= 0; r = written.nextSetBit(r + 1)) {
      code.op(DUP);
      code.iconst(r);
      code.lload(registerLocal[r]);
      code.op(LASTORE);
    }
    code.op(POP);
  }

  /** Loads registers and, where blocks look at them, flags. */
  void reload() {
    if (!used.isEmpty()) {
      code.aload(CPU);
      code.get(Code.CPU, "r", "[J");
      for (int r = used.nextSetBit(0); r >= 0; r = used.nextSetBit(r + 1)) {
        code.op(DUP);
        code.iconst(r);
        code.op(LALOAD);
        code.lstore(registerLocal[r]);
      }
      code.op(POP);
    }
    vectors.reload(code);
    if (usesMemory) {
      loadTlb();
      emptySlots();
    }
    if (usesStack) {
      pageOf(STACK, registerLocal[4]);
    }
    if (flagsInLocals) {
      code.aload(CPU);
      code.get(Code.CPU, "flagState", "I");
      code.istore(flagState);
      for (int k = 0; k < 3; k++) {
        code.aload(CPU);
        code.get(Code.CPU, flagField(k), "J");
        code.lstore(flagOperand[k]);
      }
    }
  }

  void spillFlags() {
    code.aload(CPU);
    code.iload(flagState);
    code.put(Code.CPU, "flagState", "I");
    for (int k = 0; k < 3; k++) {
      code.aload(CPU);
      code.lload(flagOperand[k]);
      code.put(Code.CPU, flagField(k), "J");
    }
  }

  private static String flagField(int k) {
    return k == 0 ? "flagA" : k == 1 ? "flagB" : "flagR";
  }

  // Exits and edges

  /** Label of an exit: continues at {@code rip} with so many instructions handed back. */
  Label exit(long rip, int rest, FlagRecord flags, Conditions conditions, Values values) {
    int number = exits.add(rip, 0, rest);
    List<Object> key = new ArrayList<>(List.of(block));
    conditions.sources(flags, values, key);
    Label flagsFirst =
        flags.inLocals()
            ? tails.exit()
            : coldLabels.computeIfAbsent(
                key, k -> later(values.frozen(() -> flagsCode(flags, conditions, values))));
    return coldLabels.computeIfAbsent(
        List.of(number, flagsFirst),
        k ->
            later(
                () -> {
                  code.iconst(number);
                  code.istore(exitNumber);
                  code.jump(GOTO, flagsFirst);
                }));
  }

  private void flagsCode(FlagRecord flags, Conditions conditions, Values values) {
    conditions.toLocals(flags, values);
    code.jump(GOTO, tails.exitWithFlags());
  }

  /** Emits code after the blocks; returns its label. */
  Label later(Runnable emit) {
    Label label = new Label();
    cold.add(
        () -> {
          code.label(label);
          emit.run();
        });
    return label;
  }

  Tails tails() {
    return tails;
  }

  /** Goes on in block {@code to}, or leaves before it when the budget does not cover it. */
  void edge(
      int from, int to, FlagRecord flags, Conditions conditions, Values values, boolean last) {
    FlagRecord at = flags;
    Label head = labels[to];
    boolean small = from == to && plan.block(to).instructions() <= SHORT_LOOP;
    Inherited round = small ? conditions.forNextRound(flags, values) : null;
    if (round != null && live[to].flagsLiveIn) {
      charge(to, flags, conditions, values);
      code.jump(GOTO, nextRound(to, round));
      return;
    }
    if (live[to].flagsLiveIn && !flags.inLocals()) {
      conditions.toLocals(flags, values);
      at = flags.moved();
    }
    charge(to, at, conditions, values);
    if (!last || to != from + 1 || again) {
      code.jump(GOTO, head);
    }
  }

  /** Takes a block's instructions from the budget, or leaves before it. */
  private void charge(int to, FlagRecord flags, Conditions conditions, Values values) {
    IrBlock block = plan.block(to);
    code.iload(BUDGET);
    code.iconst(block.instructions());
    code.jump(IF_ICMPLT, exit(block.ip(), 0, flags, conditions, values));
    code.m.visitIincInsn(BUDGET, -block.instructions());
  }

  /**
   * Second copy of a block that follows itself, for all rounds but the first: takes the flags over
   * where they are, so that a loop that may fault before it sets flags does not move them in every
   * round.
   */
  private Label nextRound(int index, Inherited flags) {
    return coldLabels.computeIfAbsent(
        List.of(index, flags),
        key ->
            later(
                () -> {
                  nextTemp = firstTemp;
                  freeTemps.clear();
                  block = index;
                  again = true;
                  new BlockWriter(this, index, pureHelper).nextRound(flags).write();
                }));
  }
}
