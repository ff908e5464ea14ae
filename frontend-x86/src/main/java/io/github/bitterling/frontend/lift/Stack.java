package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.RBP;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Stack instructions. */
final class Stack {
  private final Emit e;

  Stack(Emit e) {
    this.e = e;
  }

  /** PUSH of a register, memory or immediate; PUSH rSP stores the old value. */
  void push() {
    int w = e.opWidth();
    Operand o = e.i.operand(0);
    int value = o.kind() == Operand.Kind.IMM ? e.konst(e.i.imm() & Width.mask(w)) : e.read(0);
    e.putStackPointer(e.pushed(w, value));
  }

  /**
   * PUSH Sreg; with 32-bit operands only 16 bits are written, as recent Atom processors do (SDM,
   * PUSH).
   */
  void pushSegment() {
    int w = e.opWidth();
    int selector =
        e.ir.op0(Op.SELECTOR, Width.W16, e.i.operand(0).ordinal() - Operand.ES.ordinal());
    e.putStackPointer(e.pushed(w, w == Width.W32 ? Width.W16 : w, selector));
  }

  void popSegment() {
    e.ends(
        Helper.POP_SEGMENT,
        e.konst(e.i.operand(0).ordinal() - Operand.ES.ordinal()),
        e.konst(e.i.opSize()));
  }

  /** POP: a memory destination based on rSP is addressed after the increment (SDM, POP). */
  void pop() {
    int w = e.opWidth();
    int old = e.stackPointer();
    int value = e.popped(w, old);
    int pointer = e.stackPlus(old, Width.bytes(w));
    if (e.i.isMemory()) {
      e.useStackPointer(pointer);
      e.write(0, value);
      e.putStackPointer(pointer);
    } else {
      e.putStackPointer(pointer);
      e.put(e.register(0), w, value);
    }
  }

  void pushAll() {
    e.helper(Helper.PUSHA, e.konst(e.i.opSize()));
  }

  void popAll() {
    e.helper(Helper.POPA, e.konst(e.i.opSize()));
  }

  void pushFlags() {
    int w = e.opWidth();
    int image = e.helper(Helper.READ_FLAGS, e.konst(e.i.opSize()));
    e.putStackPointer(e.pushed(w, image));
  }

  /**
   * POPF. WRITE_FLAGS comes after the stack pointer is written, so what it could fault on, IOPL in
   * virtual-8086 mode, is checked first, by READ_FLAGS with the same check.
   */
  void popFlags() {
    int w = e.opWidth();
    if (e.mode(ModeKey.V86)) {
      e.helper(Helper.READ_FLAGS, e.konst(e.i.opSize()));
    }
    int old = e.stackPointer();
    int image = e.popped(w, old);
    if (e.mode(ModeKey.V86)) {
      e.helper(Helper.CHECK_VIRTUAL_FLAGS, image);
    }
    e.putStackPointer(e.stackPlus(old, Width.bytes(w)));
    e.ends(Helper.WRITE_FLAGS, image, e.konst(e.i.opSize()));
  }

  void enter() {
    e.helper(
        Helper.ENTER, e.konst(e.i.opSize()), e.konst(e.i.imm() & 0xFFFF), e.konst(e.i.imm2() & 31));
  }

  void leave() {
    int w = e.opWidth();
    int frame = e.ir.op0(Op.GET, e.stackWidth(), RBP);
    int value = e.popped(w, frame);
    e.putStackPointer(e.stackPlus(frame, Width.bytes(w)));
    e.put(RBP, w, value);
  }
}
