package io.github.bitterling.frontend.lift;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.frontend.Seg;
import io.github.bitterling.frontend.decode.Insn;
import io.github.bitterling.frontend.decode.Operand;
import io.github.bitterling.frontend.decode.Sem;
import io.github.bitterling.ir.FlagKind;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.IrBuilder;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * What all families of instructions share: registers, memory operands, stack, flags and terminators
 * of the instruction being lifted. A method that yields an {@code int} yields the index of an IR
 * value.
 */
final class Emit {
  static final int RAX = 0;
  static final int RCX = 1;
  static final int RDX = 2;
  static final int RBX = 3;
  static final int RSP = 4;
  static final int RBP = 5;

  static final int CF = 1;
  static final int PF = 1 << 2;
  static final int AF = 1 << 4;
  static final int ZF = 1 << 6;
  static final int SF = 1 << 7;
  static final int OF = 1 << 11;

  /** Conditions as numbered in Jcc. */
  static final int COND_B = 2;

  static final int COND_Z = 4;

  private static final int NONE = -1;

  // Immediate of LOAD, LOADW and STORE
  private static final int STACK = 1;
  private static final int UNCHECKED = 16;
  private static final int SHARED = 32;

  final IrBuilder ir = new IrBuilder();
  Insn i;
  IrBlock.Flow flow;
  private int mode;
  private long next;
  private int linear;

  /** The address of the memory operand is an unchecked offset in a flat segment. */
  private boolean direct;

  private int stackPointer;

  /** Of every access: {@link #SHARED} where processors run at once, else 0. */
  private final int sharing;

  /** Value that {@link #readForUpdate} read from memory. */
  private int old;

  /**
   * @param shared other processors run at the same time, not in turns
   */
  Emit(boolean shared) {
    sharing = shared ? SHARED : 0;
  }

  /** Starts a block. */
  void block(int modeKey) {
    mode = modeKey;
    flow = IrBlock.Flow.PLAIN;
  }

  /** Starts an instruction; {@code nextIp} is the offset of the one after it. */
  void instruction(Insn insn, long ip, long nextIp) {
    i = insn;
    next = nextIp;
    linear = NONE;
    direct = false;
    stackPointer = NONE;
    ir.insn(ip, insn.length());
  }

  // Mode

  boolean mode(int bit) {
    return ModeKey.is(mode, bit);
  }

  boolean code64() {
    return i.code64();
  }

  /** Operand size as a width. */
  int opWidth() {
    return Width.ofBytes(i.opSize());
  }

  /** Address size as a width. */
  int addrWidth() {
    return Width.ofBytes(i.addrSize());
  }

  /** Offset in CS of the next instruction. */
  long next() {
    return next;
  }

  // Values

  int konst(long value) {
    return ir.constant(value);
  }

  int op(Op what, int w, int a, int b) {
    return ir.op2(what, w, a, b);
  }

  int op(Op what, int w, int a) {
    return ir.op1(what, w, a);
  }

  /** a op constant. */
  int opk(Op what, int w, int a, long constant) {
    return ir.op2(what, w, a, konst(constant));
  }

  int select(int condition, int yes, int no) {
    return ir.op3(Op.SELECT, Width.W64, condition, yes, no);
  }

  /** Top bit of a w-bit value, as 0 or 1. */
  int sign(int w, int value) {
    return opk(Op.SHR, w, value, Width.bits(w) - 1);
  }

  // Registers

  int get(int reg, int w) {
    return w == Width.W8 && isHigh(reg) ? ir.op0(Op.GETHIGH, w, reg - 4) : ir.op0(Op.GET, w, reg);
  }

  void put(int reg, int w, int value) {
    if (w == Width.W8 && isHigh(reg)) {
      ir.op1(Op.PUTHIGH, w, value, reg - 4);
    } else {
      ir.op1(Op.PUT, w, value, reg);
    }
  }

  private boolean isHigh(int reg) {
    return !i.hasRex() && reg >= 4 && reg < 8;
  }

  /**
   * Writes {@code value} when the condition holds, else leaves the whole register, also its upper
   * half (unlike CMOV).
   */
  void putIf(int condition, int reg, int w, int value) {
    int full = w == Width.W32 && code64() ? Width.W64 : w;
    put(reg, full, select(condition, value, get(reg, full)));
  }

  // Operands

  /** Width of operand k. */
  int width(int k) {
    return Width.ofBytes(i.bytes(i.operand(k).size()));
  }

  boolean isMemory(int k) {
    Operand o = i.operand(k);
    return o.kind() == Operand.Kind.MOFFS || i.isMemory() && o.mayBeMemory();
  }

  /** Value of operand k, zero-extended from its width. */
  int read(int k) {
    if (isMemory(k)) {
      return load(width(k), address(Width.bytes(width(k)), false));
    }
    Operand o = i.operand(k);
    int w = width(k);
    return switch (o.kind()) {
      // Four immediate bytes are sign-extended when the operand size is eight.
      case IMM, IMM_SIGNED ->
          konst(i.imm() & Width.mask(o.size() == Operand.Size.Z ? opWidth() : w));
      case ONE -> konst(1);
      default -> get(register(k), w);
    };
  }

  /** As {@link #read} for an operand that is then written with {@link #update}. */
  int readForUpdate(int k) {
    if (isMemory(k)) {
      int w = width(k);
      old = ir.op1(Op.LOADW, w, address(Width.bytes(w), true), operandKind());
      return old;
    }
    return read(k);
  }

  /**
   * Second half of {@link #readForUpdate}: a STORE can fault, so no register or flag may be written
   * before it.
   */
  void update(int k, int value) {
    if (!isMemory(k)) {
      put(register(k), width(k), value);
    } else if (locked()) {
      ir.add(Op.REPLACE, width(k), linear, value, old, operandKind());
    } else {
      store(width(k), linear, value);
    }
  }

  /**
   * The instruction reads and writes memory as one operation, and processors run at once: LOCK, and
   * XCHG without it. Where processors take turns every instruction is one operation.
   */
  boolean locked() {
    return sharing != 0 && (i.lock() || i.semantics() == Sem.XCHG);
  }

  /** Processors run at the same time, not in turns. */
  boolean shared() {
    return sharing != 0;
  }

  /** Writes operand k. */
  void write(int k, int value) {
    if (isMemory(k)) {
      int w = width(k);
      store(w, address(Width.bytes(w), true), value);
    } else {
      put(register(k), width(k), value);
    }
  }

  /** Register number of operand k. */
  int register(int k) {
    return switch (i.operand(k).kind()) {
      case REG -> i.reg();
      case RM, RM_IS_REG -> i.rm();
      case OPREG -> i.opcode() & 7 | i.rexB();
      case ACC -> RAX;
      case REG_VVVV -> i.vvvv();
      case COUNT -> RCX;
      case PORT -> RDX;
      default ->
          throw new IllegalStateException("operand " + i.operand(k) + " is not a general register");
    };
  }

  // Memory

  /**
   * Linear address of the memory operand, checked for an access of so many bytes; computed once an
   * instruction.
   */
  int address(int bytes, boolean write) {
    if (linear == NONE) {
      addressFrom(effectiveAddress(), bytes, write);
    }
    return linear;
  }

  /** As {@link #address} for what looks at the segment's limit before anything else. */
  int addressForHelper(int bytes, boolean write) {
    return linearForHelper(effectiveAddress(), segmentOfOperand(), addrWidth(), bytes, write);
  }

  /** As {@link #address} for an effective address that was changed first (bit offsets). */
  int addressFrom(int effective, int bytes, boolean write) {
    int segment = segmentOfOperand();
    direct = !code64() && isFlat(segment);
    linear = linear(effective, segment, addrWidth(), bytes, write);
    return linear;
  }

  private int segmentOfOperand() {
    return i.modrm() >= 0 ? i.segment() : dataSegment();
  }

  /** DS or the override. */
  int dataSegment() {
    return i.override() >= 0 ? i.override() : Seg.DS;
  }

  /** Offset of the memory operand, wrapped at the address size. */
  int effectiveAddress() {
    return effectiveAddress(addrWidth());
  }

  /** The same with another address size. */
  int effectiveAddress(int w) {
    if (i.modrm() < 0) {
      return konst(i.disp() & Width.mask(w));
    }
    if (i.base() == Insn.RIP) {
      return konst(next + i.disp() & Width.mask(w));
    }
    int ea = NONE;
    if (i.base() != Insn.NO_REGISTER) {
      ea = i.base() == RSP && stackPointer != NONE ? stackPointer : get16(i.base(), w);
    }
    if (i.index() != Insn.NO_REGISTER) {
      int index = get16(i.index(), w);
      if (i.scale() > 0) {
        index = opk(Op.SHL, w, index, i.scale());
      }
      ea = ea == NONE ? index : op(Op.ADD, w, ea, index);
    }
    if (ea == NONE) {
      return konst(i.disp() & Width.mask(w));
    }
    return i.disp() == 0 ? ea : opk(Op.ADD, w, ea, i.disp() & Width.mask(w));
  }

  /** Offset of a memory operand with a vector as index, without that index. */
  int baseAddress() {
    int w = addrWidth();
    int displacement = konst(i.disp() & Width.mask(w));
    return i.base() == Insn.NO_REGISTER
        ? displacement
        : op(Op.ADD, w, get16(i.base(), w), displacement);
  }

  private int get16(int reg, int w) {
    return ir.op0(Op.GET, w, reg);
  }

  /** An offset in a segment becomes a linear address, checked where segments mean something. */
  int linear(int effective, int segment, int w, int bytes, boolean write) {
    if (code64()) {
      return segment == Seg.FS || segment == Seg.GS
          ? op(Op.ADD, Width.W64, effective, ir.op0(Op.SEGBASE, Width.W64, segment))
          : effective;
    }
    return isFlat(segment) ? effective : checked(effective, segment, w, bytes, write);
  }

  /** As {@link #linear}, checked in flat code too, where otherwise LOAD and STORE check. */
  int linearForHelper(int effective, int segment, int w, int bytes, boolean write) {
    return code64()
        ? linear(effective, segment, w, bytes, write)
        : checked(effective, segment, w, bytes, write);
  }

  private boolean isFlat(int segment) {
    return mode(ModeKey.FLAT) && (segment == Seg.ES || segment == Seg.SS || segment == Seg.DS);
  }

  private int checked(int effective, int segment, int w, int bytes, boolean write) {
    return ir.op1(Op.LINEAR, w, effective, segment | (write ? 8 : 0) | (long) bytes << 8);
  }

  /** Linear address of the memory operand without limit check (INVLPG). */
  int uncheckedAddress() {
    return unchecked(effectiveAddress());
  }

  /** The same of another offset in the operand's segment. */
  int unchecked(int ea) {
    int segment = i.segment();
    if (code64() && segment != Seg.FS && segment != Seg.GS) {
      return ea;
    }
    return op(Op.ADD, linearWidth(), ea, ir.op0(Op.SEGBASE, Width.W64, segment));
  }

  /** Linear addresses wrap at 32 bits outside 64-bit mode. */
  int linearWidth() {
    return code64() ? Width.W64 : Width.W32;
  }

  /** Address of a part of the memory operand. Unchecked ones do not wrap: the access faults. */
  int offset(int address, int bytes) {
    return opk(Op.ADD, direct ? Width.W64 : linearWidth(), address, bytes);
  }

  int load(int w, int address) {
    return ir.op1(Op.LOAD, w, address, operandKind());
  }

  /**
   * 64 bits of a vector.
   *
   * @param part bits above bit 0 of the immediate of LOAD, STORE and LOADW
   */
  int loadPart(int address, int part) {
    return ir.op1(Op.LOAD, Width.W64, address, operandKind() | part);
  }

  void storePart(int address, int value, int part) {
    ir.add(Op.STORE, Width.W64, address, value, 0, operandKind() | part);
  }

  /** A load that faults as the store would. */
  void probePart(int address, int part) {
    ir.op1(Op.LOADW, Width.W64, address, operandKind() | part);
  }

  void store(int w, int address, int value) {
    ir.add(Op.STORE, w, address, value, 0, operandKind());
  }

  /** A load that faults as a store would. */
  int loadForWrite(int w, int address) {
    return ir.op1(Op.LOADW, w, address, operandKind());
  }

  /** Immediate of LOAD, LOADW and STORE for the memory operand. */
  private int operandKind() {
    return sharing | (segmentOfOperand() == Seg.SS ? STACK : 0) | (direct ? UNCHECKED : 0);
  }

  private int stackKind() {
    return sharing | STACK | (!code64() && isDirectStack() ? UNCHECKED : 0);
  }

  // Stack

  /** Width of implicit stack addresses. */
  int stackWidth() {
    return code64() ? Width.W64 : mode(ModeKey.STACK32) ? Width.W32 : Width.W16;
  }

  int stackPointer() {
    return ir.op0(Op.GET, stackWidth(), RSP);
  }

  /** Stack pointer moved by so many bytes. */
  int stackPlus(int pointer, long bytes) {
    return opk(Op.ADD, stackWidth(), pointer, bytes & Width.mask(stackWidth()));
  }

  /** From here on memory operands based on RSP use this value (POP to memory). */
  void useStackPointer(int value) {
    stackPointer = value;
  }

  private int stackAddress(int pointer, int bytes, boolean write) {
    return isDirectStack() ? pointer : checked(pointer, Seg.SS, stackWidth(), bytes, write);
  }

  private boolean isDirectStack() {
    return code64() || mode(ModeKey.FLAT) && mode(ModeKey.STACK32);
  }

  /**
   * Stores below the stack and returns the new stack pointer, which the caller PUTs after
   * everything that can fault.
   */
  int pushed(int w, int value) {
    return pushed(w, w, value);
  }

  /** As {@link #pushed(int, int)} with room of another width than the store. */
  int pushed(int room, int w, int value) {
    int pointer = stackPlus(stackPointer(), -Width.bytes(room));
    int address = stackAddress(pointer, Width.bytes(w), true);
    ir.add(Op.STORE, w, address, value, 0, stackKind());
    return pointer;
  }

  /** Value at a stack pointer. */
  int popped(int w, int pointer) {
    return ir.op1(Op.LOAD, w, stackAddress(pointer, Width.bytes(w), false), stackKind());
  }

  void putStackPointer(int pointer) {
    ir.op1(Op.PUT, stackWidth(), pointer, RSP);
  }

  // Flags

  void flags(FlagKind kind, int w, int a, int b, int result) {
    ir.flags(kind, w, a, b, result);
  }

  int cond(int condition) {
    return ir.op0(Op.COND, Width.W64, condition);
  }

  int getFlags() {
    return ir.op0(Op.GETFLAGS, Width.W64, 0);
  }

  void setFlags(int value) {
    ir.op1(Op.SETFLAGS, Width.W64, value);
  }

  /** Replaces CF by a value of 0 or 1. */
  void setCarry(int bit) {
    setFlags(op(Op.OR, Width.W64, opk(Op.AND, Width.W64, getFlags(), ~CF), bit));
  }

  // Helpers and ends

  /** Calls a helper after which the block goes on. */
  int helper(Helper h, int... args) {
    int first = args.length > 0 ? args[0] : konst(0);
    int second = args.length > 1 ? args[1] : args.length > 0 ? konst(0) : first;
    int third = args.length > 2 ? args[2] : second;
    if (args.length == 2) {
      third = konst(0);
    }
    return ir.helper(h.ordinal(), first, second, third);
  }

  /** Calls a helper that ends the block. */
  void ends(Helper h, int... args) {
    helper(h, args);
    ir.op0(Op.EXIT, Width.W64, 0);
  }

  /** Raises an exception instead of the instruction. */
  void raise(int vector, boolean hasCode) {
    ends(Helper.RAISE, konst(vector), konst(0), konst(hasCode ? 1 : 0));
  }

  void undefined() {
    raise(6, false);
  }

  /** Ends the block at an instruction pointer. */
  void go(long ip) {
    ir.op0(Op.GOTO, Width.W64, ip);
  }

  /** Instruction pointer as the operand size leaves it. */
  long branchTarget(long ip) {
    return ip & Width.mask(opWidth());
  }
}
