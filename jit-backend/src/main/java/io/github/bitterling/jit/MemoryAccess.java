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

  /** Other processors run at the same time: see {@code SharedAccess}. */
  private final boolean shared;

  private final int slot;

  MemoryAccess(RegionWriter region, int block, int i, Values values) {
    this.region = region;
    this.code = region.code();
    this.values = values;
    this.ir = region.plan().block(block);
    this.i = i;
    this.w = ir.width(i);
    this.stack = (ir.imm(i) & 1) != 0;
    this.shared = (ir.imm(i) & 32) != 0;
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
      callLoad();
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
      read();
    } else {
      probe(va, slow, ir.op(i) == Op.LOADW);
      code.aload(region.offset());
      code.lload(va);
      if (shared) {
        code.call(Code.PROBE, "host", "([JJ)J");
        read();
      } else {
        code.call(Code.PROBE, "load" + bits(), "([JJ)J");
      }
    }
    code.lstore(result);
    code.label(back);
    values.setLoc(i, Loc.ofLong(result, Width.bits(w)));
  }

  void store(Label fault) {
    if (called()) {
      pushAddress();
      values.useLong(ir.b(i));
      callStore();
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
      write(at);
    } else if (shared) {
      probeTag(region.writeTag(), va, slow);
      code.aload(region.offset());
      code.lload(va);
      code.call(Code.PROBE, "host", "([JJ)J");
      write(at);
    } else {
      probeTag(region.writeTag(), va, slow);
      code.lload(va);
      pushValue(at);
      code.aload(region.offset());
      code.call(Code.PROBE, "store" + bits(), "(JJ[J)V");
    }
    code.label(back);
  }

  /**
   * Second half of a locked instruction.
   *
   * @param fault where it goes when memory has changed meanwhile
   */
  void replace(Label fault) {
    pushAddress();
    values.useLong(ir.b(i));
    values.useLong(ir.c(i));
    code.iconst(Width.bytes(w));
    code.iconst(flags());
    code.call(Code.SHARED_ACCESS, "replace", "(" + Code.CPU_T + "JJJII)V");
    leaveOnFault(fault);
  }

  // Stack: host address
  private void read() {
    if (shared) {
      code.iconst(Width.bytes(w));
      code.call(Code.MEMORY, "getShared", "(JI)J");
    } else {
      code.call(Code.MEMORY, "get" + bits(), "(J)J");
    }
  }

  // Stack: host address
  private void write(Loc value) {
    if (shared) {
      code.iconst(Width.bytes(w));
      pushValue(value);
      code.call(Code.MEMORY, "putShared", "(JIJ)V");
    } else {
      pushValue(value);
      code.call(Code.MEMORY, "put" + bits(), "(JJ)V");
    }
  }

  // Stack: processor, address
  private void callLoad() {
    boolean both = ir.op(i) == Op.LOADW;
    if (both || shared) {
      code.iconst(Width.bytes(w));
    }
    code.iconst(flags());
    String name = both ? "loadForWrite" : shared ? "load" : "load" + bits();
    String arguments = both || shared ? "JII)J" : "JI)J";
    code.call(shared ? Code.SHARED_ACCESS : Code.ACCESS, name, "(" + Code.CPU_T + arguments);
  }

  // Stack: processor, address, value
  private void callStore() {
    if (shared) {
      code.iconst(Width.bytes(w));
    }
    code.iconst(flags());
    if (shared) {
      code.call(Code.SHARED_ACCESS, "store", "(" + Code.CPU_T + "JJII)V");
    } else {
      code.call(Code.ACCESS, "store" + bits(), "(" + Code.CPU_T + "JJI)V");
    }
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
    callLoad();
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
    callStore();
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
