package io.github.bitterling.ir;

import java.util.Arrays;

/** Writes a block operation by operation; reusable after {@link #finish}. */
public final class IrBuilder {
  byte[] op = new byte[256];
  byte[] width = new byte[256];
  int[] a = new int[256];
  int[] b = new int[256];
  int[] c = new int[256];
  long[] imm = new long[256];
  private int n;
  private int instructions;
  private boolean ended;

  /** Operations so far. */
  public int size() {
    return n;
  }

  public int instructions() {
    return instructions;
  }

  /** True once a terminator was added. */
  public boolean ended() {
    return ended;
  }

  /** Starts the guest instruction at {@code ip} of {@code length} bytes. */
  public void insn(long ip, int length) {
    instructions++;
    add(Op.INSN, Width.W64, length, 0, 0, ip);
  }

  public int constant(long value) {
    return add(Op.CONST, Width.W64, 0, 0, 0, value);
  }

  /** Adds any operation; returns the index that names its value. */
  public int add(Op what, int w, int first, int second, int third, long immediate) {
    if (ended) {
      throw new IllegalStateException("operation " + what + " after the block's end");
    }
    if (n == op.length) {
      grow();
    }
    op[n] = (byte) what.ordinal();
    width[n] = (byte) w;
    a[n] = first;
    b[n] = second;
    c[n] = third;
    imm[n] = immediate;
    ended = what.endsBlock();
    return n++;
  }

  public int op0(Op what, int w, long immediate) {
    return add(what, w, 0, 0, 0, immediate);
  }

  public int op1(Op what, int w, int first) {
    return add(what, w, first, 0, 0, 0);
  }

  public int op1(Op what, int w, int first, long immediate) {
    return add(what, w, first, 0, 0, immediate);
  }

  public int op2(Op what, int w, int first, int second) {
    return add(what, w, first, second, 0, 0);
  }

  public int op3(Op what, int w, int first, int second, int third) {
    return add(what, w, first, second, third, 0);
  }

  public void flags(FlagKind kind, int w, int first, int second, int result) {
    add(Op.FLAGS, w, first, second, result, kind.ordinal());
  }

  /** Calls a helper; unused arguments must name any value (for example one constant 0). */
  public int helper(int number, int first, int second, int third) {
    return add(Op.HELPER, Width.W64, first, second, third, number);
  }

  /** Position for {@link #rollback}. */
  public int mark() {
    return n;
  }

  /** Forgets operations from {@code mark} on; used when an instruction turns out not to fit. */
  public void rollback(int mark, int instructionsThen) {
    n = mark;
    instructions = instructionsThen;
    ended = false;
  }

  /** Makes the block and empties the builder. */
  public IrBlock finish(long ip, long nextIp, IrBlock.Flow flow) {
    if (!ended) {
      throw new IllegalStateException("block at " + Long.toHexString(ip) + " has no terminator");
    }
    IrBlock block = new IrBlock(ip, nextIp, instructions, flow, this);
    rollback(0, 0);
    return block;
  }

  private void grow() {
    int size = n * 2;
    op = Arrays.copyOf(op, size);
    width = Arrays.copyOf(width, size);
    a = Arrays.copyOf(a, size);
    b = Arrays.copyOf(b, size);
    c = Arrays.copyOf(c, size);
    imm = Arrays.copyOf(imm, size);
  }
}
