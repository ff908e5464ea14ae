package io.github.bitterling.frontend.lift;

import static io.github.bitterling.frontend.lift.Emit.COND_Z;
import static io.github.bitterling.frontend.lift.Emit.RAX;
import static io.github.bitterling.frontend.lift.Emit.RDX;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.StringOp;
import io.github.bitterling.frontend.decode.Attr;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/** Strings, ports, system registers, descriptor tables, VMX: operands to helper arguments. */
final class SystemOps {
  private final Emit e;
  private final Moves moves;

  SystemOps(Emit e, Moves moves) {
    this.e = e;
    this.moves = moves;
  }

  void string(Helper h) {
    Operand o = e.i.operand(0);
    int w = e.width(o.kind() == Operand.Kind.PORT ? 1 : 0);
    int packed = StringOp.pack(w, e.addrWidth(), e.dataSegment(), e.i.repeat());
    e.ends(h, e.konst(packed));
  }

  /** IN, OUT: the port is an immediate byte or DX. */
  void port(Helper h, int portOperand) {
    boolean immediate = e.i.operand(portOperand).kind() == Operand.Kind.IMM;
    int port = immediate ? e.konst(e.i.imm() & 0xFF) : e.get(RDX, Width.W16);
    e.ends(h, port, e.konst(e.width(1 - portOperand)), e.konst(immediate ? 1 : 0));
  }

  /** SLDT, STR. */
  void storeSelector(Helper h) {
    moves.storeSelector(e.helper(h));
  }

  /** LLDT, LTR. */
  void loadSelector(Helper h) {
    requireCpl0();
    e.ends(h, e.read(0));
  }

  /** Privilege is checked before a memory operand is read. */
  private void requireCpl0() {
    if (e.i.isMemory() && e.mode(ModeKey.PROTECTED)) {
      e.helper(Helper.REQUIRE_CPL0);
    }
  }

  /** VERR, VERW. */
  void verify(Helper h) {
    e.helper(h, e.read(0));
  }

  /** LAR, LSL: the destination stays when ZF comes out 0. */
  void access(Helper h) {
    int selector = e.read(1);
    int value = e.helper(h, selector, e.konst(e.i.opSize()));
    e.putIf(e.cond(COND_Z), e.i.reg(), e.opWidth(), value);
  }

  /** ARPL: raises the destination's RPL to the source's; ZF says whether it did. */
  void adjustRpl() {
    int w = Width.W16;
    int src = e.opk(Op.AND, w, e.read(1), 3);
    int a = e.readForUpdate(0);
    int lower = e.op(Op.ULT, w, e.opk(Op.AND, w, a, 3), src);
    int raised = e.op(Op.OR, w, e.opk(Op.AND, w, a, 0xFFFC), src);
    e.update(0, e.select(lower, raised, a));
    int kept = e.opk(Op.AND, Width.W64, e.getFlags(), ~Emit.ZF);
    e.setFlags(e.op(Op.OR, Width.W64, kept, e.opk(Op.SHL, Width.W64, lower, 6)));
  }

  /** LGDT, LIDT end the block, SGDT, SIDT do not. */
  void table(Helper h, boolean write) {
    int bytes = e.code64() ? 10 : 6;
    if (!write) {
      requireCpl0();
    }
    int address = e.addressForHelper(bytes, write);
    int size = e.konst(e.code64() ? 8 : e.i.opSize());
    if (write) {
      e.helper(h, address, e.konst(bytes), size);
    } else {
      e.ends(h, address, e.konst(bytes), size);
    }
  }

  void smsw() {
    int cr0 = e.helper(Helper.SMSW);
    moves.storeSelector(e.op(Op.ZEXT, e.i.isMemory() ? Width.W16 : e.opWidth(), cr0));
  }

  void lmsw() {
    boolean memory = e.i.isMemory();
    requireCpl0();
    if (memory && e.mode(ModeKey.V86)) {
      e.helper(Helper.REQUIRE_CPL0);
    }
    int value = e.read(0);
    int address = memory ? e.addressForHelper(2, false) : e.konst(0);
    e.ends(Helper.LMSW, value, address, e.konst(memory ? 1 : 0));
  }

  void invlpg() {
    e.ends(Helper.INVLPG, e.uncheckedAddress());
  }

  void clflush() {
    e.helper(Helper.CLFLUSH, e.addressForHelper(1, false));
  }

  void monitor() {
    int w = e.addrWidth();
    int address = e.linear(e.get(RAX, w), e.dataSegment(), w, 1, false);
    e.ends(Helper.MONITOR, address);
  }

  /** CR0, 2, 3, 4 and, in 64-bit mode, 8 exist. */
  private boolean controlRegister(int n) {
    return n == 0 || n == 2 || n == 3 || n == 4 || n == 8 && e.code64();
  }

  private int systemWidth() {
    return e.code64() ? Width.W64 : Width.W32;
  }

  void fromControl() {
    int n = e.i.reg();
    if (!controlRegister(n)) {
      e.undefined();
      return;
    }
    e.put(e.i.rm(), systemWidth(), e.helper(Helper.MOV_FROM_CR, e.konst(n), e.konst(e.i.rm())));
  }

  void toControl() {
    int n = e.i.reg();
    if (!controlRegister(n)) {
      e.undefined();
      return;
    }
    e.ends(Helper.MOV_TO_CR, e.konst(n), e.get(e.i.rm(), systemWidth()), e.konst(e.i.rm()));
  }

  void fromDebug() {
    int n = e.i.reg();
    if (n > 7) {
      e.undefined();
      return;
    }
    e.put(e.i.rm(), systemWidth(), e.helper(Helper.MOV_FROM_DR, e.konst(n), e.konst(e.i.rm())));
  }

  void toDebug() {
    int n = e.i.reg();
    if (n > 7) {
      e.undefined();
      return;
    }
    e.ends(Helper.MOV_TO_DR, e.konst(n), e.get(e.i.rm(), systemWidth()), e.konst(e.i.rm()));
  }

  /** RDRAND, RDSEED. */
  void random(Helper h) {
    e.put(e.i.rm(), e.opWidth(), e.helper(h, e.konst(0)));
  }

  // VMX

  /** VMXON, VMCLEAR, VMPTRLD, VMPTRST: the address of their 64-bit operand. */
  void vmxPointer(Helper h) {
    e.ends(h, e.addressForHelper(8, e.i.has(Attr.MW)));
  }

  void vmread() {
    boolean memory = e.i.isMemory();
    int w = systemWidth();
    int field = e.get(e.i.reg(), w);
    int destination = memory ? e.addressForHelper(Width.bytes(w), true) : e.konst(e.i.rm());
    e.ends(Helper.VMREAD, field, destination, e.konst(memory ? 1 : 0));
  }

  void vmwrite() {
    int field = e.get(e.i.reg(), systemWidth());
    e.ends(Helper.VMWRITE, field, e.read(1));
  }

  /** INVEPT, INVVPID, INVPCID: type in a register, 16-byte descriptor in memory. */
  void invalidate(Helper h) {
    e.ends(h, e.get(e.i.reg(), systemWidth()), e.addressForHelper(16, false));
  }

  // x87

  void x87() {
    boolean memory = e.i.isMemory();
    int address = e.konst(0);
    if (memory) {
      int bytes = e.i.bytes(e.i.operand(0).size());
      address = e.addressForHelper(bytes, e.i.has(Attr.MW));
    }
    int key = (e.i.opcode() & 7) << 8 | e.i.modrm();
    int info = e.i.opSize() | (memory ? e.i.segment() : 0) << 8;
    e.helper(Helper.X87, e.konst(key), address, e.konst(info));
  }

  void fxsave(Helper h, boolean write) {
    e.helper(h, e.addressForHelper(512, write), e.konst(e.i.opSize()));
  }

  /** XSAVE and its like: what lies behind the header is the helper's to check. */
  void xsave(Helper h, boolean write) {
    int info = e.konst(e.i.opSize() | e.i.segment() << 8);
    int address = e.addressForHelper(576, write);
    if (h.kind() == Helper.Kind.ENDS) {
      e.ends(h, address, info);
    } else {
      e.helper(h, address, info);
    }
  }

  // FS and GS base

  void readBase(int segment) {
    e.put(e.i.rm(), e.opWidth(), e.helper(Helper.READ_BASE, e.konst(segment)));
  }

  void writeBase(int segment) {
    e.helper(Helper.WRITE_BASE, e.konst(segment), e.get(e.i.rm(), e.opWidth()));
  }

  /** LDMXCSR, STMXCSR; with a VEX prefix what they need has been looked at. */
  void mxcsr(Helper h, boolean write) {
    int address = e.addressForHelper(4, write);
    if (e.i.vex()) {
      e.helper(h, address, e.konst(1));
    } else {
      e.helper(h, address);
    }
  }
}
