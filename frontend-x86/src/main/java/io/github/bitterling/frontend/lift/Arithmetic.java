package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.COND_B;
import static io.github.bitterling.frontend.lift.Emit.RAX;
import static io.github.bitterling.frontend.lift.Emit.RDX;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Integer arithmetic and logic. */
final class Arithmetic {
  private final Emit e;

  Arithmetic(Emit e) {
    this.e = e;
  }

  /** ADD, SUB, AND, OR, XOR. */
  void binary(Op op, FlagKind kind) {
    int w = e.width(0);
    int b = e.read(1);
    int a = e.readForUpdate(0);
    int r = e.op(op, w, a, b);
    e.update(0, r);
    e.flags(kind, w, a, b, r);
  }

  /** CMP, TEST: flags only. */
  void compare(Op op, FlagKind kind) {
    int w = e.width(0);
    int b = e.read(1);
    int a = e.read(0);
    e.flags(kind, w, a, b, e.op(op, w, a, b));
  }

  /** ADC, SBB. */
  void withCarry(Op op, FlagKind kind) {
    int w = e.width(0);
    int b = e.read(1);
    int a = e.readForUpdate(0);
    int r = e.op(op, w, e.op(op, w, a, b), e.cond(COND_B));
    e.update(0, r);
    e.flags(kind, w, a, b, r);
  }

  /** INC, DEC: CF stays. */
  void step(Op op, FlagKind kind) {
    int w = e.width(0);
    int a = e.readForUpdate(0);
    int r = e.opk(op, w, a, 1);
    int carry = e.cond(COND_B);
    e.update(0, r);
    e.flags(kind, w, a, carry, r);
  }

  void not() {
    int a = e.readForUpdate(0);
    e.update(0, e.op(Op.NOT, e.width(0), a));
  }

  void neg() {
    int w = e.width(0);
    int a = e.readForUpdate(0);
    int zero = e.konst(0);
    int r = e.op(Op.SUB, w, zero, a);
    e.update(0, r);
    e.flags(FlagKind.SUB, w, zero, a, r);
  }

  /** MUL, one-operand IMUL. */
  void multiplyAccumulator(boolean signed) {
    int w = e.width(0);
    int src = e.read(0);
    int acc = e.get(RAX, w);
    if (w == Width.W8) {
      multiplyByte(signed, acc, src);
      return;
    }
    int low = e.op(Op.MUL, w, acc, src);
    int high = e.op(signed ? Op.SMULH : Op.UMULH, w, acc, src);
    int lost = signed ? e.op(Op.NE, w, high, signs(w, low)) : e.opk(Op.NE, w, high, 0);
    e.put(RAX, w, low);
    e.put(RDX, w, high);
    productFlags(w, lost, low);
  }

  private void multiplyByte(boolean signed, int acc, int src) {
    int a = signed ? e.op(Op.SEXT, Width.W8, acc) : acc;
    int b = signed ? e.op(Op.SEXT, Width.W8, src) : src;
    int product = e.op(Op.MUL, Width.W16, a, b);
    int low = e.op(Op.ZEXT, Width.W8, product);
    int extended = signed ? e.op(Op.SEXT, Width.W8, product) : low;
    int lost = e.op(Op.NE, Width.W16, extended, product);
    e.put(RAX, Width.W16, product);
    productFlags(Width.W8, lost, low);
  }

  private int signs(int w, int value) {
    return e.opk(Op.SAR, w, value, Width.bits(w) - 1);
  }

  /** CF = OF = lost; SF, ZF, PF of the low half and AF = 0, where the SDM leaves them undefined. */
  private void productFlags(int w, int lost, int low) {
    int bits = e.select(lost, e.konst(Emit.CF | Emit.OF), e.konst(0));
    e.flags(FlagKind.RESULT, w, low, bits, low);
  }

  /** IMUL with two and three operands. */
  void multiply() {
    int w = e.width(0);
    boolean three = e.i.operandCount() == 3;
    int a = e.read(three ? 1 : 0);
    int b = e.read(three ? 2 : 1);
    int low = e.op(Op.MUL, w, a, b);
    int high = e.op(Op.SMULH, w, a, b);
    int lost = e.op(Op.NE, w, high, signs(w, low));
    e.update(0, low);
    productFlags(w, lost, low);
  }

  /** DIV, IDIV; the flags, undefined by the SDM, stay. */
  void divide(Op quotient, Op remainder) {
    int w = e.width(0);
    int divisor = e.read(0);
    int low = e.get(RAX, w);
    int high = w == Width.W8 ? e.ir.op0(Op.GETHIGH, w, RAX) : e.get(RDX, w);
    int q = e.ir.op3(quotient, w, high, low, divisor);
    int r = e.ir.op3(remainder, w, high, low, divisor);
    e.put(RAX, w, q);
    if (w == Width.W8) {
      e.ir.op1(Op.PUTHIGH, w, r, RAX);
    } else {
      e.put(RDX, w, r);
    }
  }

  /** DAA, DAS, AAA, AAS: the helper works on AX and sets the flags. */
  void decimal(Helper h) {
    e.put(RAX, Width.W16, e.helper(h, e.get(RAX, Width.W16)));
  }

  /** AAM, AAD with their base. */
  void decimalBase(Helper h) {
    e.put(RAX, Width.W16, e.helper(h, e.get(RAX, Width.W16), e.konst(e.i.imm() & 0xFF)));
  }

  /** CBW, CWDE, CDQE. */
  void extendAccumulator() {
    int w = e.opWidth();
    e.put(RAX, w, e.op(Op.SEXT, w - 1, e.get(RAX, w - 1)));
  }

  /** CWD, CDQ, CQO. */
  void extendToData() {
    int w = e.opWidth();
    e.put(RDX, w, signs(w, e.get(RAX, w)));
  }
}
