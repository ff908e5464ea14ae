package io.github.bitterling.vmx.fpu;

import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;

/**
 * One element of an SSE instruction with all of MXCSR's modes and exceptions (SDM volume 1, 11.5).
 */
final class SseElement {
  private static final int XM = 19;
  private static final int UD = 6;
  private static final long OSXMMEXCPT = 1 << 10;
  private static final int DAZ = 0x40;

  /** Least count of leading bits an approximation shares with the true value. */
  private static final int APPROXIMATE_BITS = 12;

  private SseElement() {}

  static long run(Cpu cpu, int code, long a, long b) {
    boolean more = (code & FloatOp.MORE) != 0;
    int format = FloatOp.format(code);
    FloatOp op = FloatOp.of(code);
    int parameter = FloatOp.parameter(code);
    if (op == FloatOp.FROM_HALF) {
      return fromHalf(cpu, b, true) | fromHalf(cpu, b >>> 16, more) << 32;
    }
    if (op == FloatOp.TO_HALF) {
      return toHalf(cpu, b, parameter, true) | toHalf(cpu, b >>> 32, parameter, more) << 16;
    }
    if (format == FloatOp.PAIR) {
      long low = one(cpu, op, Format.SINGLE, a, b, parameter, true);
      return low & 0xFFFFFFFFL
          | one(cpu, op, Format.SINGLE, a >>> 32, b >>> 32, parameter, more) << 32;
    }
    return one(
        cpu, op, format == FloatOp.DOUBLE ? Format.DOUBLE : Format.SINGLE, a, b, parameter, more);
  }

  private static long one(
      Cpu cpu, FloatOp op, Format f, long a, long b, int parameter, boolean more) {
    return switch (op) {
      case ADD, SUB, MUL, DIV, SQRT -> arithmetic(cpu, op, f, a, b, more);
      case MIN, MAX -> extreme(cpu, op == FloatOp.MIN, f, a, b, more);
      case COMPARE -> compare(cpu, f, a, b, parameter, more);
      case COMI, UCOMI -> flags(cpu, f, a, b, op == FloatOp.COMI, more);
      case ROUND -> integral(cpu, f, b, parameter, more);
      case TO_DOUBLE -> convert(cpu, f, Format.DOUBLE, b, more);
      case TO_SINGLE -> convert(cpu, f, Format.SINGLE, b, more);
      case TO_INT -> toInteger(cpu, f, b, 32, parameter != 0, more) & 0xFFFFFFFFL;
      case TO_LONG -> toInteger(cpu, f, b, 64, parameter != 0, more);
      case FROM_INT -> fromInteger(cpu, f, (int) b, more);
      case FROM_LONG -> fromInteger(cpu, f, b, more);
      case RCP -> reciprocal((int) b, false);
      case RSQRT -> reciprocal((int) b, true);
      default -> throw new IllegalArgumentException(op + " is not of one element");
    };
  }

  /**
   * Merges an element's exceptions into MXCSR. With some unmasked they are collected until the last
   * element; an unmasked one found before computing hides those found after (SDM volume 1,
   * 11.5.3.1).
   */
  private static void commit(Cpu cpu, int flags, boolean more) {
    int masks = cpu.mxcsr >> 7 & 0x3F;
    if (masks == 0x3F) {
      cpu.mxcsr |= flags;
      return;
    }
    cpu.floatFlags |= flags;
    if (more) {
      return;
    }
    int all = cpu.floatFlags;
    cpu.floatFlags = 0;
    if ((all & ~masks & FloatEnv.PRE) != 0) {
      all &= FloatEnv.PRE;
    }
    cpu.mxcsr |= all;
    if ((all & ~masks) != 0) {
      cpu.raise((cpu.cr4 & OSXMMEXCPT) != 0 ? XM : UD);
    }
  }

  private static Num unpack(Cpu cpu, Format f, long bits) {
    return f.unpack(bits, (cpu.mxcsr & DAZ) != 0);
  }

  /** The NaN two operands give, the first one's if it is one; null for numbers. */
  private static Num nan(FloatEnv env, Num a, Num b) {
    if (a.kind == Num.Kind.SIGNALING || b.kind == Num.Kind.SIGNALING) {
      env.flags |= FloatEnv.IE;
    }
    return a.isNan() ? a.quieted() : b.isNan() ? b.quieted() : null;
  }

  private static void denormals(FloatEnv env, Num a, Num b) {
    if ((a.denormal || b.denormal) && (env.flags & (FloatEnv.IE | FloatEnv.ZE)) == 0) {
      env.flags |= FloatEnv.DE;
    }
  }

  private static long finish(Cpu cpu, FloatEnv env, Format f, Num n, boolean more) {
    long bits = 0;
    if (!env.unmasked(FloatEnv.PRE)) {
      Num r = env.round(n, f);
      bits = env.unmasked(FloatEnv.OE | FloatEnv.UE) ? 0 : f.pack(r);
    }
    commit(cpu, env.flags, more);
    return bits;
  }

  static long arithmetic(Cpu cpu, FloatOp op, Format f, long first, long second, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    Num b = unpack(cpu, f, second);
    Num a = op == FloatOp.SQRT ? b : unpack(cpu, f, first);
    Num n = nan(env, a, b);
    if (n == null) {
      n =
          switch (op) {
            case ADD -> SoftFloat.add(env, a, b);
            case SUB -> SoftFloat.subtract(env, a, b);
            case MUL -> SoftFloat.multiply(env, a, b);
            case DIV -> SoftFloat.divide(env, a, b);
            default -> SoftFloat.squareRoot(env, a);
          };
      denormals(env, a, b);
    }
    return finish(cpu, env, f, n, more);
  }

  /**
   * a * b + c with one rounding; kind bit 0: c is subtracted, bit 1: the product is negated. NaNs
   * are the operands' own, the first of a, b, c (SDM volume 1, 14.5.2).
   */
  static long fused(
      Cpu cpu, int kind, Format f, long first, long second, long third, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    Num a = unpack(cpu, f, first);
    Num b = unpack(cpu, f, second);
    Num c = unpack(cpu, f, third);
    Num n = nan(env, a, b);
    Num last = nan(env, c, c);
    if (n == null) {
      n = last;
    }
    if (n == null) {
      Num product = SoftFloat.multiply(env, a, b);
      Num signed = (kind & 2) != 0 && !product.isNan() ? product.negated() : product;
      n = product.isNan() ? product : SoftFloat.add(env, signed, (kind & 1) != 0 ? c.negated() : c);
      denormals(env, a, b);
      denormals(env, c, c);
    }
    return finish(cpu, env, f, n, more);
  }

  /** Denormal halves are numbers whatever DAZ says, and raise nothing (SDM volume 2, VCVTPH2PS). */
  private static long fromHalf(Cpu cpu, long bits, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    Num a = Format.HALF.unpack(bits & 0xFFFF, false);
    Num n = nan(env, a, a);
    return finish(cpu, env, Format.SINGLE, n == null ? a : n, more) & 0xFFFFFFFFL;
  }

  /** FTZ does not matter (SDM volume 2, VCVTPS2PH). */
  private static long toHalf(Cpu cpu, long bits, int control, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    env.flushToZero = false;
    if ((control & 4) == 0) {
      env.rounding = control & 3;
    }
    Num a = unpack(cpu, Format.SINGLE, bits & 0xFFFFFFFFL);
    Num n = nan(env, a, a);
    if (n == null) {
      n = a;
      denormals(env, a, a);
    }
    return finish(cpu, env, Format.HALF, n, more) & 0xFFFF;
  }

  /** MIN, MAX: the second operand for NaNs and for two zeros. */
  static long extreme(Cpu cpu, boolean least, Format f, long first, long second, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    Num a = unpack(cpu, f, first);
    Num b = unpack(cpu, f, second);
    Num r = b;
    if (a.isNan() || b.isNan()) {
      env.flags |= FloatEnv.IE;
    } else {
      denormals(env, a, b);
      int c = SoftFloat.compare(a, b);
      r = (least ? c < 0 : c > 0) ? a : b;
    }
    commit(cpu, env.flags, more);
    return f.pack(r);
  }

  private static final int LESS = 1;
  private static final int EQUAL = 2;
  private static final int GREATER = 4;
  private static final int UNORDERED = 8;

  private static int order(
      Cpu cpu, Format f, long first, long second, boolean signaling, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    Num a = unpack(cpu, f, first);
    Num b = unpack(cpu, f, second);
    int r = UNORDERED;
    if (nan(env, a, b) != null) {
      env.flags |= signaling ? FloatEnv.IE : 0;
    } else {
      denormals(env, a, b);
      int c = SoftFloat.compare(a, b);
      r = c < 0 ? LESS : c == 0 ? EQUAL : GREATER;
    }
    commit(cpu, env.flags, more);
    return r;
  }

  /** When each of the predicates 0-3 and 8-11 holds; 4 more are their opposites. */
  private static final int[] PREDICATES = {
    EQUAL,
    LESS,
    LESS | EQUAL,
    UNORDERED,
    EQUAL | UNORDERED,
    LESS | UNORDERED,
    LESS | EQUAL | UNORDERED,
    0
  };

  /**
   * CMPPS with the 32 predicates of AVX: bit 4 has quiet NaNs signal where they would not, and the
   * other way round (SDM volume 2, table 3-1).
   */
  private static long compare(Cpu cpu, Format f, long a, long b, int predicate, boolean more) {
    int kind = predicate & 3;
    boolean signaling = (kind == 1 || kind == 2) != ((predicate & 16) != 0);
    int order = order(cpu, f, a, b, signaling, more);
    int holding = PREDICATES[predicate >> 1 & 4 | kind];
    boolean holds = (order & holding) != 0 != ((predicate & 4) != 0);
    return holds ? f == Format.SINGLE ? 0xFFFFFFFFL : -1L : 0;
  }

  static long flags(Cpu cpu, Format f, long a, long b, boolean signaling, boolean more) {
    return switch (order(cpu, f, a, b, signaling, more)) {
      case LESS -> LazyFlags.CF;
      case EQUAL -> LazyFlags.ZF;
      case GREATER -> 0;
      default -> LazyFlags.ZF | LazyFlags.PF | LazyFlags.CF;
    };
  }

  private static long integral(Cpu cpu, Format f, long bits, int control, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    if ((control & 4) == 0) {
      env.rounding = control & 3;
    }
    Num a = unpack(cpu, f, bits);
    Num n = nan(env, a, a);
    if (n == null) {
      n = env.integral(a);
      if ((control & 8) != 0) {
        env.flags &= ~FloatEnv.PE;
      }
    }
    commit(cpu, env.flags, more);
    return f.pack(n);
  }

  static long convert(Cpu cpu, Format from, Format to, long bits, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    Num a = unpack(cpu, from, bits);
    Num n = nan(env, a, a);
    if (n == null) {
      n = a;
      denormals(env, a, a);
    }
    return finish(cpu, env, to, n, more);
  }

  static long toInteger(Cpu cpu, Format f, long bits, int width, boolean truncate, boolean more) {
    FloatEnv env = FloatEnv.sse(cpu.mxcsr);
    if (truncate) {
      env.rounding = FloatEnv.ZERO;
    }
    Long v = env.integer(unpack(cpu, f, bits), width);
    if (v == null) {
      env.flags |= FloatEnv.IE;
      v = 1L << width - 1;
    }
    commit(cpu, env.flags, more);
    return v;
  }

  static long fromInteger(Cpu cpu, Format f, long value, boolean more) {
    return finish(cpu, FloatEnv.sse(cpu.mxcsr), f, Num.of(value), more);
  }

  /**
   * RCPSS, RSQRTSS: exact to 1.5 * 2^-12, no exceptions, denormals are zeros (SDM volume 2, RCPPS).
   * The bits beyond those are the processor's own.
   */
  private static long reciprocal(int bits, boolean root) {
    Num a = Format.SINGLE.unpack(bits, true);
    Num r;
    if (a.isNan()) {
      r = a.quieted();
    } else if (a.isZero()) {
      r = Num.infinite(a.negative);
    } else if (root && a.negative) {
      r = Num.DEFAULT;
    } else if (a.isInfinite()) {
      r = Num.zero(a.negative);
    } else {
      FloatEnv env = new FloatEnv();
      Num exact = SoftFloat.divide(env, Num.of(1), root ? SoftFloat.squareRoot(env, a) : a);
      boolean tiny = exact.exp < Format.SINGLE.emin;
      r = tiny ? Num.zero(a.negative) : env.round(exact, Format.SINGLE, APPROXIMATE_BITS);
    }
    return Format.SINGLE.pack(r) & 0xFFFFFFFFL;
  }
}
