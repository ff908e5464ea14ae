package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.COND_Z;
import static io.github.bitterling.frontend.lift.Emit.RCX;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.ir.IrBlock.Flow;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Control transfer. */
final class Control {
  private static final int JMP_SHORT = 0xEB;

  private final Emit e;
  private final Bounds bounds;

  Control(Emit e, Bounds bounds) {
    this.e = e;
    this.bounds = bounds;
  }

  private long relative() {
    return e.branchTarget(e.next() + e.i.imm());
  }

  /** A target that faults does so before anything is changed. */
  private int checked(int target) {
    if (mayFault()) {
      e.ir.op1(Op.TARGET, e.opWidth(), target);
    }
    return target;
  }

  private boolean mayFault() {
    if (e.code64()) {
      return true;
    }
    return !e.mode(ModeKey.FLAT) && (e.i.opSize() == 4 || !e.mode(ModeKey.CODE_64K));
  }

  /** Whether the displacement may lead to a target that faults. */
  private boolean displacementMayFault() {
    return e.code64() ? relative() << 16 >> 16 != relative() : mayFault();
  }

  private void checkHere() {
    if (displacementMayFault()) {
      checked(e.konst(relative()));
    }
  }

  private void checkTaken(int condition) {
    if (displacementMayFault()) {
      checked(e.select(condition, e.konst(relative()), e.konst(0)));
    }
  }

  void jcc() {
    int condition = e.cond(e.i.opcode() & 15);
    checkTaken(condition);
    bounds.branch();
    e.ir.op1(Op.BRANCH, Width.W64, condition, relative());
  }

  /** The short form leaves bounds registers alone. */
  void jump() {
    checkHere();
    if (e.i.opcode() != JMP_SHORT) {
      bounds.branch();
    }
    e.go(relative());
  }

  void jumpIndirect() {
    int target = checked(e.read(0));
    bounds.branch();
    e.ir.op1(Op.JUMP, Width.W64, target);
  }

  private void pushReturn() {
    int pointer = e.pushed(e.opWidth(), e.konst(e.branchTarget(e.next())));
    bounds.branch();
    e.putStackPointer(pointer);
  }

  void call() {
    checkHere();
    pushReturn();
    e.flow = Flow.CALL;
    e.go(relative());
  }

  void callIndirect() {
    int target = checked(e.read(0));
    pushReturn();
    e.flow = Flow.CALL;
    e.ir.op1(Op.JUMP, Width.W64, target);
  }

  /** RET, RET n. */
  void ret() {
    int w = e.opWidth();
    int old = e.stackPointer();
    int target = checked(e.popped(w, old));
    bounds.branch();
    e.putStackPointer(e.stackPlus(old, Width.bytes(w) + released()));
    e.flow = Flow.RETURN;
    e.ir.op1(Op.JUMP, Width.W64, target);
  }

  private long released() {
    return e.i.operandCount() == 0 ? 0 : e.i.imm() & 0xFFFF;
  }

  void retFar() {
    e.ends(Helper.RET_FAR, e.konst(e.i.opSize()), e.konst(released()));
  }

  /** Far JMP, CALL with the pointer in the instruction. */
  void far(Helper h) {
    int offset = e.konst(e.branchTarget(e.i.imm()));
    e.ends(h, e.konst(e.i.imm2()), offset, e.konst(e.i.opSize()));
  }

  /** Far JMP, CALL through memory. */
  void farIndirect(Helper h) {
    int size = e.i.opSize();
    int address = e.address(size + 2, false);
    int offset = e.load(e.opWidth(), address);
    int selector = e.load(Width.W16, e.offset(address, size));
    e.ends(h, selector, offset, e.konst(size));
  }

  private int countDown() {
    int w = e.addrWidth();
    return e.opk(Op.SUB, w, e.ir.op0(Op.GET, w, RCX), 1);
  }

  void loop() {
    int n = countDown();
    int more = e.opk(Op.NE, e.addrWidth(), n, 0);
    checkTaken(more);
    e.put(RCX, e.addrWidth(), n);
    e.ir.op1(Op.BRANCH, Width.W64, more, relative());
  }

  /** LOOPE (equal), LOOPNE. */
  void loopWhile(boolean equal) {
    int n = countDown();
    int zero = e.cond(equal ? COND_Z : COND_Z + 1);
    int more = e.opk(Op.NE, e.addrWidth(), n, 0);
    int taken = e.op(Op.AND, Width.W64, zero, more);
    checkTaken(taken);
    e.put(RCX, e.addrWidth(), n);
    e.ir.op1(Op.BRANCH, Width.W64, taken, relative());
  }

  void jcxz() {
    int w = e.addrWidth();
    int zero = e.opk(Op.EQ, w, e.ir.op0(Op.GET, w, RCX), 0);
    checkTaken(zero);
    e.ir.op1(Op.BRANCH, Width.W64, zero, relative());
  }

  void interrupt() {
    e.ends(Helper.INT, e.konst(e.i.imm() & 0xFF));
  }

  void bound() {
    int w = e.opWidth();
    e.helper(
        Helper.BOUND,
        e.get(e.i.reg(), w),
        e.addressForHelper(2 * e.i.opSize(), false),
        e.konst(e.i.opSize()));
  }
}
