package io.github.bitterling.jit;

import static org.objectweb.asm.Opcodes.*;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import org.objectweb.asm.Label;

/**
 * Emits one memory access: the probe and the access itself in line, everything else, and the look
 * at the fault it may have recorded, after the blocks. Accesses of the stack segment compare with
 * the stack page kept in locals, stores there move it; accesses with a slot of {@link PageSlots} do
 * so with the slot's page.
 */
final class MemoryAccess {
  private final RegionWriter region;
  private final Code code;
  private final Values values;
  private final IrBlock ir;
  private final int i;
  private final int w;
  private final boolean stack;
  private final int slot;

  MemoryAccess(RegionWriter region, int block, int i, Values values) {
    this.region = region;
    this.code = region.code();
    this.values = values;
    this.ir = region.plan().block(block);
    this.i = i;
    this.w = ir.width(i);
    this.stack = (ir.imm(i) & 1) != 0;
    this.slot = stack ? RegionWriter.STACK : region.slots().slot(block, i);
  }

  private String bits() {
    return Integer.toString(Width.bits(w));
  }

  private int flags() {
    return MemoryUnit.flags((int) ir.imm(i));
  }

  /** Local that holds the address. */
  private int address() {
    Loc at = values.loc(ir.a(i));
    if (at != null && at.is(Loc.Kind.LONG)) {
      values.release(ir.a(i));
      return at.at();
    }
    values.useLong(ir.a(i));
    int va = region.temp(true);
    code.lstore(va);
    return va;
  }

  /**
   * A part of a wide operand without a page slot: a call, which HotSpot may put in line, is
   * shorter.
   */
  private boolean called() {
    return slot < 0 && (ir.imm(i) & 2) != 0;
  }

  private void pushAddress() {
    code.aload(RegionWriter.CPU);
    values.useLong(ir.a(i));
  }

  private void leaveOnFault(Label fault) {
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "fault", "I");
    code.jump(IFNE, fault);
  }

  /**
   * @param fault where the access goes when it records a fault
   */
  void load(Label fault) {
    if (called()) {
      pushAddress();
      if (ir.op(i) == Op.LOADW) {
        code.iconst(Width.bytes(w));
      }
      code.iconst(flags());
      String name = ir.op(i) == Op.LOADW ? "loadForWrite" : "load" + bits();
      String arguments = ir.op(i) == Op.LOADW ? "JII)J" : "JI)J";
      code.call(Code.ACCESS, name, "(" + Code.CPU_T + arguments);
      values.keepLong(i);
      leaveOnFault(fault);
      return;
    }
    int va = address();
    Label back = new Label();
    int result = region.temp(true);
    Label slow = region.later(() -> slowLoad(va, result, fault, back));
    if (slot >= 0) {
      probePage(va, slow);
      hostInPage(va);
      code.call("io/github/bitterling/vmx/mem/GuestMemory", "get" + bits(), "(J)J");
    } else {
      probe(va, slow, ir.op(i) == Op.LOADW);
      code.aload(region.offset());
      code.lload(va);
      code.call(Code.PROBE, "load" + bits(), "([JJ)J");
    }
    code.lstore(result);
    code.label(back);
    values.setLoc(i, Loc.ofLong(result, Width.bits(w)));
  }

  void store(Label fault) {
    if (called()) {
      pushAddress();
      values.useLong(ir.b(i));
      code.iconst(flags());
      code.call(Code.ACCESS, "store" + bits(), "(" + Code.CPU_T + "JJI)V");
      leaveOnFault(fault);
      return;
    }
    int va = address();
    Label back = new Label();
    Loc at = storedValue();
    Label slow = region.later(() -> slowStore(va, at, fault, back));
    if (slot >= 0) {
      probePage(va, slow);
      hostInPage(va);
      pushValue(at);
      code.call("io/github/bitterling/vmx/mem/GuestMemory", "put" + bits(), "(JJ)V");
    } else {
      probeTag(region.writeTag(), va, slow);
      code.lload(va);
      pushValue(at);
      code.aload(region.offset());
      code.call(Code.PROBE, "store" + bits(), "(JJ[J)V");
    }
    code.label(back);
  }

  /** The value both paths store: where it lies, else a local of its own. */
  private Loc storedValue() {
    int v = ir.b(i);
    values.settle(v);
    values.release(v);
    return values.loc(v);
  }

  private void pushValue(Loc at) {
    values.push(at, true, Width.bits(w));
  }

  private void probePage(int va, Label slow) {
    code.lload(region.page(slot));
    code.lload(region.safe(slot));
    code.lload(va);
    code.call(Code.PROBE, "offPage", "(JJJ)Z");
    code.jump(IFNE, slow);
  }

  private void hostInPage(int va) {
    code.lload(va);
    code.lload(region.pageOffset(slot));
    code.op(LADD);
  }

  private void probe(int va, Label slow, boolean both) {
    if (!both) {
      probeTag(region.readTag(), va, slow);
      return;
    }
    code.aload(region.readTag());
    code.aload(region.writeTag());
    code.lload(region.generation());
    code.lload(va);
    code.iconst(Width.bytes(w) - 1);
    code.call(Code.PROBE, "missBoth", "([J[JJJI)Z");
    code.jump(IFNE, slow);
  }

  private void probeTag(int tag, int va, Label slow) {
    code.aload(tag);
    code.lload(region.generation());
    code.lload(va);
    code.iconst(Width.bytes(w) - 1);
    code.call(Code.PROBE, "miss", "([JJJI)Z");
    code.jump(IFNE, slow);
  }

  private void slowLoad(int va, int result, Label fault, Label back) {
    code.aload(RegionWriter.CPU);
    code.lload(va);
    if (ir.op(i) == Op.LOADW) {
      code.iconst(Width.bytes(w));
      code.iconst(flags());
      code.call(Code.ACCESS, "loadForWrite", "(" + Code.CPU_T + "JII)J");
    } else {
      code.iconst(flags());
      code.call(Code.ACCESS, "load" + bits(), "(" + Code.CPU_T + "JI)J");
    }
    code.lstore(result);
    faulted(fault);
    if (slot >= 0 && !stack) {
      region.pageOf(slot, va);
    }
    code.jump(GOTO, back);
  }

  private void slowStore(int va, Loc value, Label fault, Label back) {
    code.aload(RegionWriter.CPU);
    code.lload(va);
    values.push(value, true, 64);
    if (w < Width.W64 && value.bits() > Width.bits(w)) {
      code.maskLong(Width.bits(w));
    }
    code.iconst(flags());
    code.call(Code.ACCESS, "store" + bits(), "(" + Code.CPU_T + "JJI)V");
    faulted(fault);
    if (slot >= 0) {
      region.pageOf(slot, va);
    }
    code.jump(GOTO, back);
  }

  private void faulted(Label fault) {
    code.aload(RegionWriter.CPU);
    code.get(Code.CPU, "fault", "I");
    code.jump(IFNE, fault);
  }
}
