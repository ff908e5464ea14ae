package io.github.bitterling.ir;

import java.util.Arrays;

/**
 * A straight line of guest instructions as flat arrays. The value an operation defines is named by
 * the operation's index. The last operation, and only it, ends the block.
 */
public final class IrBlock {
  /** How control leaves, as a hint for region forming. */
  public enum Flow {
    PLAIN,
    CALL,
    RETURN
  }

  private final long ip;
  private final long nextIp;
  private final int instructions;
  private final Flow flow;
  private final byte[] op;
  private final byte[] width;
  private final int[] a;
  private final int[] b;
  private final int[] c;
  private final long[] imm;

  IrBlock(long ip, long nextIp, int instructions, Flow flow, IrBuilder from) {
    this.ip = ip;
    this.nextIp = nextIp;
    this.instructions = instructions;
    this.flow = flow;
    int n = from.size();
    this.op = Arrays.copyOf(from.op, n);
    this.width = Arrays.copyOf(from.width, n);
    this.a = Arrays.copyOf(from.a, n);
    this.b = Arrays.copyOf(from.b, n);
    this.c = Arrays.copyOf(from.c, n);
    this.imm = Arrays.copyOf(from.imm, n);
  }

  /** Instruction pointer (offset in CS) of the first instruction. */
  public long ip() {
    return ip;
  }

  /** Instruction pointer after the last instruction: fall-through and return address. */
  public long nextIp() {
    return nextIp;
  }

  /** Guest instructions in the block, at least 1. */
  public int instructions() {
    return instructions;
  }

  public Flow flow() {
    return flow;
  }

  public int size() {
    return op.length;
  }

  public Op op(int i) {
    return Op.of(op[i]);
  }

  public int width(int i) {
    return width[i];
  }

  /** First argument: index of the operation that defines it; for INSN the length. */
  public int a(int i) {
    return a[i];
  }

  public int b(int i) {
    return b[i];
  }

  public int c(int i) {
    return c[i];
  }

  public long imm(int i) {
    return imm[i];
  }

  /** Argument k (0..2) of operation i. */
  public int arg(int i, int k) {
    return k == 0 ? a[i] : k == 1 ? b[i] : c[i];
  }

  /** The first {@code count} instructions alone, fewer than there are; goes on at the next one. */
  public IrBlock prefix(int count) {
    IrBuilder out = new IrBuilder();
    int left = count;
    for (int i = 0; ; i++) {
      if (op(i) != Op.INSN) {
        out.add(op(i), width[i], a[i], b[i], c[i], imm[i]);
      } else if (left-- > 0) {
        out.insn(imm[i], a[i]);
      } else {
        out.op0(Op.GOTO, Width.W64, imm[i]);
        return out.finish(ip, imm[i], Flow.PLAIN);
      }
    }
  }
}
