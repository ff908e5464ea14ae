package io.github.bitterling.frontend.lift;

import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * Lane-wise operations that are a few operations on 64 bits: cheaper than calls for both engines,
 * and open to the JIT. The meaning is {@link Packed}'s.
 */
final class PackedExpressions {
  private static final int Q = Width.W64;
  private static final long LOW = 0xFFFF_FFFFL;

  private PackedExpressions() {}

  /** Emits an operation; -1 when it has no short form. */
  static int emit(Emit e, PackedOp op, int a, int b) {
    int bits = op.bits();
    return switch (op) {
      case PADDQ -> e.op(Op.ADD, Q, a, b);
      case PSUBQ -> e.op(Op.SUB, Q, a, b);
      case PADDB, PADDW, PADDD -> add(e, bits, a, b);
      case PSUBB, PSUBW, PSUBD -> subtract(e, bits, a, b);
      case PCMPEQB, PCMPEQW, PCMPEQD -> equal(e, bits, a, b);
      case PMULUDQ -> e.op(Op.MUL, Q, e.opk(Op.AND, Q, a, LOW), e.opk(Op.AND, Q, b, LOW));
      case PUNPCKLDQ -> e.op(Op.OR, Q, e.opk(Op.AND, Q, a, LOW), e.opk(Op.SHL, Q, b, 32));
      case PUNPCKHDQ -> e.op(Op.OR, Q, e.opk(Op.SHR, Q, a, 32), e.opk(Op.AND, Q, b, ~LOW));
      case PMOVMSKB -> signs(e, a);
      default -> -1;
    };
  }

  /** The same value in every lane. */
  private static long lanes(int bits, long value) {
    long r = 0;
    for (int at = 0; at < 64; at += bits) {
      r |= value << at;
    }
    return r;
  }

  private static long tops(int bits) {
    return lanes(bits, 1L << bits - 1);
  }

  /** Adds without the top bits, which then come in without a carry out of the lane. */
  private static int add(Emit e, int bits, int a, int b) {
    long top = tops(bits);
    int sum = e.op(Op.ADD, Q, e.opk(Op.AND, Q, a, ~top), e.opk(Op.AND, Q, b, ~top));
    return e.op(Op.XOR, Q, sum, e.opk(Op.AND, Q, e.op(Op.XOR, Q, a, b), top));
  }

  /** Subtracts from lanes whose top bits are set, so that no lane borrows from the next. */
  private static int subtract(Emit e, int bits, int a, int b) {
    long top = tops(bits);
    int difference = e.op(Op.SUB, Q, e.opk(Op.OR, Q, a, top), e.opk(Op.AND, Q, b, ~top));
    int same = e.op(Op.NOT, Q, e.op(Op.XOR, Q, a, b));
    return e.op(Op.XOR, Q, difference, e.opk(Op.AND, Q, same, top));
  }

  /** A lane's top bit where the lanes are equal, then spread over the lane. */
  private static int equal(Emit e, int bits, int a, int b) {
    long top = tops(bits);
    int different = e.op(Op.XOR, Q, a, b);
    int carried = e.opk(Op.ADD, Q, e.opk(Op.AND, Q, different, ~top), ~top);
    int unequal = e.op(Op.OR, Q, carried, different);
    int equal = e.opk(Op.AND, Q, e.op(Op.NOT, Q, unequal), top);
    int rest = e.op(Op.SUB, Q, equal, e.opk(Op.SHR, Q, equal, bits - 1));
    return e.op(Op.OR, Q, equal, rest);
  }

  /** Gathers the eight top bits in the highest byte by a product. */
  private static int signs(Emit e, int a) {
    int bits = e.opk(Op.AND, Q, e.opk(Op.SHR, Q, a, 7), lanes(8, 1));
    return e.opk(Op.SHR, Q, e.opk(Op.MUL, Q, bits, 0x0102_0408_1020_4080L), 56);
  }

  /** Emits a shift by a constant. */
  static int shift(Emit e, PackedOp op, int a, int count) {
    int bits = op.bits();
    return switch (op) {
      case PSRLQ -> count >= bits ? e.konst(0) : e.opk(Op.SHR, Q, a, count);
      case PSLLQ -> count >= bits ? e.konst(0) : e.opk(Op.SHL, Q, a, count);
      case PSRLW, PSRLD ->
          count >= bits
              ? e.konst(0)
              : e.opk(Op.AND, Q, e.opk(Op.SHR, Q, a, count), lanes(bits, mask(bits) >>> count));
      case PSLLW, PSLLD ->
          count >= bits
              ? e.konst(0)
              : e.opk(Op.AND, Q, e.opk(Op.SHL, Q, a, count), lanes(bits, left(bits, count)));
      default -> arithmetic(e, bits, a, Math.min(count, bits - 1));
    };
  }

  private static long mask(int bits) {
    return -1L >>> 64 - bits;
  }

  private static long left(int bits, int count) {
    return mask(bits) << count & mask(bits);
  }

  /** Shifts with the sign bit moved along, then extends from there. */
  private static int arithmetic(Emit e, int bits, int a, int count) {
    long sign = lanes(bits, 1L << bits - 1 - count);
    int moved = e.opk(Op.AND, Q, e.opk(Op.SHR, Q, a, count), lanes(bits, mask(bits) >>> count));
    int flipped = e.opk(Op.XOR, Q, moved, sign);
    return subtract(e, bits, flipped, e.konst(sign));
  }
}
