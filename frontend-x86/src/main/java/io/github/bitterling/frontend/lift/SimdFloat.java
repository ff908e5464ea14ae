package io.github.bitterling.frontend.lift;

import static io.github.bitterling.ir.FloatOp.DOUBLE;
import static io.github.bitterling.ir.FloatOp.PAIR;
import static io.github.bitterling.ir.FloatOp.SINGLE;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;

/**
 * SSE floating point: an instruction becomes one FLOAT operation an element (or pair of singles),
 * faults put off to the last one. Mnemonics end in the format: ss, sd, ps, pd.
 */
final class SimdFloat {
  private static final int Q = Width.W64;
  private static final long LOW = 0xFFFF_FFFFL;

  private final Emit e;
  private final Simd simd;

  SimdFloat(Emit e, Simd simd) {
    this.e = e;
    this.simd = simd;
  }

  void lift() {
    String name = e.i.mnemonic();
    if (name.startsWith("cvt")) {
      convert(name);
      return;
    }
    String base = name.substring(0, name.length() - 2);
    String format = name.substring(name.length() - 2);
    switch (base) {
      case "add" -> arithmetic(FloatOp.ADD, format, 0);
      case "sub" -> arithmetic(FloatOp.SUB, format, 0);
      case "mul" -> arithmetic(FloatOp.MUL, format, 0);
      case "div" -> arithmetic(FloatOp.DIV, format, 0);
      case "min" -> arithmetic(FloatOp.MIN, format, 0);
      case "max" -> arithmetic(FloatOp.MAX, format, 0);
      case "sqrt" -> arithmetic(FloatOp.SQRT, format, 0);
      case "rcp" -> arithmetic(FloatOp.RCP, format, 0);
      case "rsqrt" -> arithmetic(FloatOp.RSQRT, format, 0);
      case "cmp" -> arithmetic(FloatOp.COMPARE, format, (int) e.i.imm() & 7);
      case "round" -> arithmetic(FloatOp.ROUND, format, (int) e.i.imm() & 15);
      case "comi" -> compare(FloatOp.COMI, format);
      case "ucomi" -> compare(FloatOp.UCOMI, format);
      case "hadd" -> horizontal(FloatOp.ADD, format);
      case "hsub" -> horizontal(FloatOp.SUB, format);
      case "addsub" -> addSubtract(format);
      case "dp" -> dotProduct(format);
      default -> throw new IllegalStateException("no floating-point operation " + name);
    }
  }

  private int operation(FloatOp op, int format, int parameter, boolean more, int a, int b) {
    return e.ir.add(Op.FLOAT, Q, a, b, 0, op.with(format, parameter, more));
  }

  private int operation(FloatOp op, int format, boolean more, int a, int b) {
    return operation(op, format, 0, more, a, b);
  }

  // Operands

  private int destination(int half) {
    return simd.xmm(e.i.reg(), half);
  }

  private void put(int low, int high) {
    simd.putXmm(e.i.reg(), 0, low);
    simd.putXmm(e.i.reg(), 1, high);
  }

  private int[] source() {
    simd.locate(true, false);
    int low = simd.half(1, 0);
    return new int[] {low, simd.half(1, 1)};
  }

  /** Operand 1 as 32 or 64 bits of memory or the low half of a register. */
  private int scalar(int w) {
    return e.isMemory(1) ? e.load(w, e.address(Width.bytes(w), false)) : simd.xmm(e.i.rm(), 0);
  }

  private int low(int value) {
    return e.opk(Op.AND, Q, value, LOW);
  }

  private int high(int value) {
    return e.opk(Op.SHR, Q, value, 32);
  }

  /** Low and high 32 bits; the low one has nothing above. */
  private int join(int low, int high) {
    return e.op(Op.OR, Q, low, e.opk(Op.SHL, Q, high, 32));
  }

  /** A single into the low 32 bits of the destination. */
  private void putSingle(int value) {
    int kept = e.opk(Op.AND, Q, destination(0), ~LOW);
    simd.putXmm(e.i.reg(), 0, e.op(Op.OR, Q, kept, value));
  }

  // Element by element

  private void arithmetic(FloatOp op, String format, int parameter) {
    switch (format) {
      case "ss" -> {
        int b = scalar(Width.W32);
        putSingle(operation(op, SINGLE, parameter, false, destination(0), b));
      }
      case "sd" -> {
        int b = scalar(Q);
        simd.putXmm(e.i.reg(), 0, operation(op, DOUBLE, parameter, false, destination(0), b));
      }
      default -> {
        int[] b = source();
        int f = format.equals("ps") ? PAIR : DOUBLE;
        int first = operation(op, f, parameter, true, destination(0), b[0]);
        put(first, operation(op, f, parameter, false, destination(1), b[1]));
      }
    }
  }

  private void compare(FloatOp op, String format) {
    boolean single = format.equals("ss");
    int b = scalar(single ? Width.W32 : Q);
    e.setFlags(operation(op, single ? SINGLE : DOUBLE, false, destination(0), b));
  }

  private void horizontal(FloatOp op, String format) {
    int[] b = source();
    int a0 = destination(0);
    int a1 = destination(1);
    if (format.equals("pd")) {
      int first = operation(op, DOUBLE, true, a0, a1);
      put(first, operation(op, DOUBLE, false, b[0], b[1]));
      return;
    }
    int first = operation(op, PAIR, true, evens(a0, a1), odds(a0, a1));
    put(first, operation(op, PAIR, false, evens(b[0], b[1]), odds(b[0], b[1])));
  }

  private int evens(int x, int y) {
    return join(low(x), y);
  }

  private int odds(int x, int y) {
    return e.op(Op.OR, Q, high(x), e.opk(Op.AND, Q, y, ~LOW));
  }

  /** ADDSUBPS, ADDSUBPD: even elements are subtracted. */
  private void addSubtract(String format) {
    int[] b = source();
    int a0 = destination(0);
    int a1 = destination(1);
    if (format.equals("pd")) {
      int first = operation(FloatOp.SUB, DOUBLE, true, a0, b[0]);
      put(first, operation(FloatOp.ADD, DOUBLE, false, a1, b[1]));
      return;
    }
    int first = addSubtract(a0, b[0], true);
    put(first, addSubtract(a1, b[1], false));
  }

  private int addSubtract(int a, int b, boolean more) {
    int even = operation(FloatOp.SUB, SINGLE, true, a, b);
    return join(even, operation(FloatOp.ADD, SINGLE, more, high(a), high(b)));
  }

  // DPPS, DPPD

  /** Both factors where the immediate selects the product, else zeros. */
  private int selected(int value, int elements, int bits) {
    long mask = 0;
    for (int k = 0; k < 64 / bits; k++) {
      mask |= (elements >> k & 1) != 0 ? (bits == 64 ? -1 : LOW) << k * bits : 0;
    }
    return e.opk(Op.AND, Q, value, mask);
  }

  private void dotProduct(String format) {
    int imm = (int) e.i.imm() & 0xFF;
    int[] b = source();
    int a0 = destination(0);
    int a1 = destination(1);
    int bits = format.equals("pd") ? 64 : 32;
    int f = bits == 64 ? DOUBLE : PAIR;
    int step = 64 / bits;
    int products = imm >> 4;
    int m0 =
        operation(
            FloatOp.MUL, f, true, selected(a0, products, bits), selected(b[0], products, bits));
    int m1 =
        operation(
            FloatOp.MUL,
            f,
            false,
            selected(a1, products >> step, bits),
            selected(b[1], products >> step, bits));
    if (bits == 64) {
      int sum = operation(FloatOp.ADD, DOUBLE, false, m0, m1);
      put(selected(sum, imm, 64), selected(sum, imm >> 1, 64));
      return;
    }
    int pairs = operation(FloatOp.ADD, PAIR, false, evens(m0, m1), odds(m0, m1));
    int sum = operation(FloatOp.ADD, SINGLE, false, pairs, high(pairs));
    int both = join(sum, sum);
    put(selected(both, imm, 32), selected(both, imm >> 2, 32));
  }

  /**
   * INSERTPS: an element from the source to a place in the destination, then some elements cleared.
   */
  void insert() {
    int imm = (int) e.i.imm() & 0xFF;
    int value;
    if (e.isMemory(1)) {
      value = e.load(Width.W32, e.address(4, false));
    } else {
      int from = simd.xmm(e.i.rm(), imm >> 7 & 1);
      value = (imm >> 6 & 1) != 0 ? high(from) : low(from);
    }
    int[] r = {destination(0), destination(1)};
    int to = imm >> 4 & 3;
    int h = to >> 1;
    r[h] =
        (to & 1) != 0
            ? join(low(r[h]), value)
            : e.op(Op.OR, Q, e.opk(Op.AND, Q, r[h], ~LOW), value);
    put(selected(r[0], ~imm, 32), selected(r[1], ~imm >> 2, 32));
  }

  // Conversions

  private void convert(String name) {
    switch (name) {
      case "cvtsi2ss", "cvtsi2sd" -> fromGeneral(name.endsWith("ss"));
      case "cvttss2si", "cvtss2si", "cvttsd2si", "cvtsd2si" ->
          toGeneral(name.contains("ss2"), truncates(name));
      case "cvtss2sd" ->
          simd.putXmm(
              e.i.reg(),
              0,
              operation(FloatOp.TO_DOUBLE, SINGLE, false, e.konst(0), scalar(Width.W32)));
      case "cvtsd2ss" ->
          putSingle(operation(FloatOp.TO_SINGLE, DOUBLE, false, e.konst(0), scalar(Q)));
      case "cvtps2pd" -> widen(FloatOp.TO_DOUBLE, SINGLE, scalar(Q));
      case "cvtdq2pd" -> widen(FloatOp.FROM_INT, DOUBLE, scalar(Q));
      case "cvtpd2ps" -> narrow(FloatOp.TO_SINGLE, false);
      case "cvtpd2dq", "cvttpd2dq" -> narrow(FloatOp.TO_INT, truncates(name));
      case "cvtdq2ps" -> same(FloatOp.FROM_INT, false);
      case "cvtps2dq", "cvttps2dq" -> same(FloatOp.TO_INT, truncates(name));
      case "cvtpi2ps" -> fromMmxToSingles();
      case "cvtpi2pd" -> fromMmxToDoubles();
      case "cvtps2pi", "cvttps2pi" -> singlesToMmx(truncates(name));
      case "cvtpd2pi", "cvttpd2pi" -> doublesToMmx(truncates(name));
      default -> throw new IllegalStateException("no conversion " + name);
    }
  }

  private static boolean truncates(String name) {
    return name.startsWith("cvtt");
  }

  private void fromGeneral(boolean single) {
    FloatOp op = e.width(1) == Q ? FloatOp.FROM_LONG : FloatOp.FROM_INT;
    int v = e.read(1);
    int r = operation(op, single ? SINGLE : DOUBLE, false, e.konst(0), v);
    if (single) {
      putSingle(r);
    } else {
      simd.putXmm(e.i.reg(), 0, r);
    }
  }

  private void toGeneral(boolean single, boolean truncate) {
    FloatOp op = e.width(0) == Q ? FloatOp.TO_LONG : FloatOp.TO_INT;
    int v = scalar(single ? Width.W32 : Q);
    e.write(0, operation(op, single ? SINGLE : DOUBLE, truncate ? 1 : 0, false, e.konst(0), v));
  }

  private void widen(FloatOp op, int format, int value) {
    int first = operation(op, format, true, e.konst(0), low(value));
    put(first, operation(op, format, false, e.konst(0), high(value)));
  }

  private int narrowed(FloatOp op, boolean truncate) {
    int[] b = source();
    int first = operation(op, DOUBLE, truncate ? 1 : 0, true, e.konst(0), b[0]);
    return join(first, operation(op, DOUBLE, truncate ? 1 : 0, false, e.konst(0), b[1]));
  }

  private void narrow(FloatOp op, boolean truncate) {
    int r = narrowed(op, truncate);
    put(r, e.konst(0));
  }

  private void same(FloatOp op, boolean truncate) {
    int[] b = source();
    int first = operation(op, PAIR, truncate ? 1 : 0, true, e.konst(0), b[0]);
    put(first, operation(op, PAIR, truncate ? 1 : 0, false, e.konst(0), b[1]));
  }

  /** Only a register operand makes x87's registers MMX registers. */
  private void fromMmxToSingles() {
    boolean memory = e.isMemory(1);
    int v = simd.readMmx(1);
    int r = operation(FloatOp.FROM_INT, PAIR, false, e.konst(0), v);
    if (!memory) {
      e.helper(Helper.MMX_ENTER);
    }
    simd.putXmm(e.i.reg(), 0, r);
  }

  private void fromMmxToDoubles() {
    boolean memory = e.isMemory(1);
    int v = simd.readMmx(1);
    int first = operation(FloatOp.FROM_INT, DOUBLE, true, e.konst(0), low(v));
    int second = operation(FloatOp.FROM_INT, DOUBLE, false, e.konst(0), high(v));
    if (!memory) {
      e.helper(Helper.MMX_ENTER);
    }
    put(first, second);
  }

  private void singlesToMmx(boolean truncate) {
    int v = scalar(Q);
    pendingX87();
    simd.putMmx(
        e.i.reg() & 7, operation(FloatOp.TO_INT, PAIR, truncate ? 1 : 0, false, e.konst(0), v));
  }

  private void doublesToMmx(boolean truncate) {
    pendingX87();
    simd.putMmx(e.i.reg() & 7, narrowed(FloatOp.TO_INT, truncate));
  }

  /** A pending x87 exception comes before any of the conversion's own. */
  private void pendingX87() {
    simd.mmx(e.i.reg() & 7);
  }
}
