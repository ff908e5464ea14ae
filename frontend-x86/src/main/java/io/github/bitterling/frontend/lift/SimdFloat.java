package io.github.bitterling.frontend.lift;

import static io.github.bitterling.ir.FloatOp.DOUBLE;
import static io.github.bitterling.ir.FloatOp.PAIR;
import static io.github.bitterling.ir.FloatOp.SINGLE;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.ir.FloatOp;
import io.github.bitterling.ir.Op;
import io.github.bitterling.ir.Width;
import java.util.Locale;

/**
 * SSE and AVX floating point: an instruction becomes one FLOAT operation an element (or pair of
 * singles), faults put off to the last one. Mnemonics end in the format: ss, sd, ps, pd.
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
    String name = e.i.operation();
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
      case "cmp" -> arithmetic(FloatOp.COMPARE, format, (int) e.i.imm() & (e.i.vex() ? 31 : 7));
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

  /** Last source as 32 or 64 bits of memory or the low half of a register. */
  private int scalar(int w) {
    return e.isMemory(simd.source())
        ? e.load(w, e.address(Width.bytes(w), false))
        : simd.xmm(e.i.rm(), 0);
  }

  /** Last source of half the vector's bytes, a word of 64 bits for each two parts. */
  private int[] halfVector() {
    return simd.parts() == 4 ? simd.second(16) : new int[] {scalar(Q)};
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

  // Element by element

  private void arithmetic(FloatOp op, String format, int parameter) {
    switch (format) {
      case "ss" -> {
        int b = scalar(Width.W32);
        simd.putSingle(operation(op, SINGLE, parameter, false, simd.first(0), b));
      }
      case "sd" -> {
        int b = scalar(Q);
        simd.putPart(0, operation(op, DOUBLE, parameter, false, simd.first(0), b));
      }
      default -> {
        int[] b = simd.second();
        int f = format.equals("ps") ? PAIR : DOUBLE;
        int[] r = new int[b.length];
        for (int k = 0; k < r.length; k++) {
          r[k] = operation(op, f, parameter, k < r.length - 1, simd.first(k), b[k]);
        }
        simd.put(r);
      }
    }
  }

  private void compare(FloatOp op, String format) {
    boolean single = format.equals("ss");
    int b = scalar(single ? Width.W32 : Q);
    e.setFlags(operation(op, single ? SINGLE : DOUBLE, false, simd.first(0), b));
  }

  /** HADD, HSUB: low half of each 16 bytes from the first source's, high half from the second's. */
  private void horizontal(FloatOp op, String format) {
    int[] b = simd.second();
    int[] a = simd.first();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      int[] from = (k & 1) == 0 ? a : b;
      int x = from[k & 2];
      int y = from[(k & 2) + 1];
      boolean more = k < r.length - 1;
      r[k] =
          format.equals("pd")
              ? operation(op, DOUBLE, more, x, y)
              : operation(op, PAIR, more, evens(x, y), odds(x, y));
    }
    simd.put(r);
  }

  private int evens(int x, int y) {
    return join(low(x), y);
  }

  private int odds(int x, int y) {
    return e.op(Op.OR, Q, high(x), e.opk(Op.AND, Q, y, ~LOW));
  }

  /** ADDSUBPS, ADDSUBPD: even elements are subtracted. */
  private void addSubtract(String format) {
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      boolean more = k < r.length - 1;
      FloatOp op = (k & 1) == 0 ? FloatOp.SUB : FloatOp.ADD;
      r[k] =
          format.equals("pd")
              ? operation(op, DOUBLE, more, simd.first(k), b[k])
              : addSubtract(simd.first(k), b[k], more);
    }
    simd.put(r);
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

  /** All products first, then sums of neighbours, then their sums. */
  private void dotProduct(String format) {
    int imm = (int) e.i.imm() & 0xFF;
    int[] b = simd.second();
    int[] a = simd.first();
    int bits = format.equals("pd") ? 64 : 32;
    int f = bits == 64 ? DOUBLE : PAIR;
    int[] m = new int[b.length];
    for (int k = 0; k < m.length; k++) {
      int products = imm >> 4 + (k & 1) * 64 / bits;
      int x = selected(a[k], products, bits);
      int y = selected(b[k], products, bits);
      m[k] = operation(FloatOp.MUL, f, k < m.length - 1, x, y);
    }
    int[] r = new int[m.length];
    for (int k = 0; k < m.length; k += 2) {
      boolean more = k < m.length - 2;
      int x = bits == 64 ? m[k] : evens(m[k], m[k + 1]);
      int y = bits == 64 ? m[k + 1] : odds(m[k], m[k + 1]);
      r[k] = operation(FloatOp.ADD, f, more, x, y);
    }
    for (int k = 0; k < m.length; k += 2) {
      int sum = r[k];
      if (bits == 32) {
        int single = operation(FloatOp.ADD, SINGLE, k < m.length - 2, sum, high(sum));
        sum = join(single, single);
      }
      r[k] = selected(sum, imm, bits);
      r[k + 1] = selected(sum, imm >> 64 / bits, bits);
    }
    simd.put(r);
  }

  /**
   * INSERTPS: an element from the source to a place in the first source, then some elements
   * cleared.
   */
  void insert() {
    int imm = (int) e.i.imm() & 0xFF;
    int value;
    if (e.isMemory(simd.source())) {
      value = e.load(Width.W32, e.address(4, false));
    } else {
      int from = simd.xmm(e.i.rm(), imm >> 7 & 1);
      value = (imm >> 6 & 1) != 0 ? high(from) : low(from);
    }
    int[] r = {simd.first(0), simd.first(1)};
    int to = imm >> 4 & 3;
    int h = to >> 1;
    r[h] =
        (to & 1) != 0
            ? join(low(r[h]), value)
            : e.op(Op.OR, Q, e.opk(Op.AND, Q, r[h], ~LOW), value);
    simd.put(selected(r[0], ~imm, 32), selected(r[1], ~imm >> 2, 32));
  }

  // Fused multiply-add

  /**
   * VFMADD and its like: the digits of the mnemonic name the operands that are multiplied, 1 being
   * the destination, and the one that is added.
   */
  void fused() {
    String name = e.i.operation();
    int digits = name.indexOf("132") + name.indexOf("213") + name.indexOf("231") + 2;
    FloatOp op = FloatOp.valueOf(name.substring(0, digits).toUpperCase(Locale.ROOT));
    String order = name.substring(digits, digits + 3);
    switch (name.substring(digits + 3)) {
      case "ss" -> {
        int b = scalar(Width.W32);
        int r = fused(op, SINGLE, false, order, simd.xmm(e.i.reg(), 0), simd.first(0), b);
        int kept = e.opk(Op.AND, Q, simd.xmm(e.i.reg(), 0), ~LOW);
        simd.put(e.op(Op.OR, Q, kept, r), simd.xmm(e.i.reg(), 1));
      }
      case "sd" -> {
        int b = scalar(Q);
        int r = fused(op, DOUBLE, false, order, simd.xmm(e.i.reg(), 0), simd.first(0), b);
        simd.put(r, simd.xmm(e.i.reg(), 1));
      }
      case "ps" -> fusedVectors(op, PAIR, order);
      default -> fusedVectors(op, DOUBLE, order);
    }
  }

  private void fusedVectors(FloatOp op, int format, String order) {
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      FloatOp element = format == PAIR ? op : alternating(op, k);
      int destination = simd.xmm(e.i.reg(), k);
      r[k] = fused(element, format, k < r.length - 1, order, destination, simd.first(k), b[k]);
    }
    simd.put(r);
  }

  /** Operation of a double of VFMADDSUB and VFMSUBADD. */
  private static FloatOp alternating(FloatOp op, int element) {
    boolean odd = (element & 1) != 0;
    return switch (op) {
      case FMADDSUB -> odd ? FloatOp.FMADD : FloatOp.FMSUB;
      case FMSUBADD -> odd ? FloatOp.FMSUB : FloatOp.FMADD;
      default -> op;
    };
  }

  private int fused(
      FloatOp op, int format, boolean more, String order, int first, int second, int third) {
    long immediate = op.with(format, 0, more);
    return switch (order) {
      case "132" -> e.ir.add(Op.FUSED, Q, first, third, second, immediate);
      case "213" -> e.ir.add(Op.FUSED, Q, second, first, third, immediate);
      default -> e.ir.add(Op.FUSED, Q, second, third, first, immediate);
    };
  }

  // Conversions

  private void convert(String name) {
    switch (name) {
      case "cvtsi2ss", "cvtsi2sd" -> fromGeneral(name.endsWith("ss"));
      case "cvttss2si", "cvtss2si", "cvttsd2si", "cvtsd2si" ->
          toGeneral(name.contains("ss2"), truncates(name));
      case "cvtss2sd" ->
          simd.putPart(
              0, operation(FloatOp.TO_DOUBLE, SINGLE, false, e.konst(0), scalar(Width.W32)));
      case "cvtsd2ss" ->
          simd.putSingle(operation(FloatOp.TO_SINGLE, DOUBLE, false, e.konst(0), scalar(Q)));
      case "cvtps2pd" -> widen(FloatOp.TO_DOUBLE, SINGLE);
      case "cvtdq2pd" -> widen(FloatOp.FROM_INT, DOUBLE);
      case "cvtpd2ps" -> narrow(FloatOp.TO_SINGLE, false);
      case "cvtpd2dq", "cvttpd2dq" -> narrow(FloatOp.TO_INT, truncates(name));
      case "cvtdq2ps" -> same(FloatOp.FROM_INT, false);
      case "cvtps2dq", "cvttps2dq" -> same(FloatOp.TO_INT, truncates(name));
      case "cvtph2ps" -> fromHalves();
      case "cvtps2ph" -> toHalves();
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
    int from = simd.source();
    FloatOp op = e.width(from) == Q ? FloatOp.FROM_LONG : FloatOp.FROM_INT;
    int v = e.read(from);
    int r = operation(op, single ? SINGLE : DOUBLE, false, e.konst(0), v);
    if (single) {
      simd.putSingle(r);
    } else {
      simd.putPart(0, r);
    }
  }

  private void toGeneral(boolean single, boolean truncate) {
    FloatOp op = e.width(0) == Q ? FloatOp.TO_LONG : FloatOp.TO_INT;
    int v = scalar(single ? Width.W32 : Q);
    e.write(0, operation(op, single ? SINGLE : DOUBLE, truncate ? 1 : 0, false, e.konst(0), v));
  }

  private void widen(FloatOp op, int format) {
    int[] b = halfVector();
    int[] r = new int[simd.parts()];
    for (int k = 0; k < r.length; k++) {
      int value = (k & 1) == 0 ? low(b[k / 2]) : high(b[k / 2]);
      r[k] = operation(op, format, k < r.length - 1, e.konst(0), value);
    }
    simd.put(r);
  }

  /** Each two doubles of the source as 64 bits. */
  private int[] narrowed(FloatOp op, boolean truncate) {
    int[] b = simd.second();
    int[] r = new int[b.length / 2];
    int parameter = truncate ? 1 : 0;
    for (int k = 0; k < r.length; k++) {
      boolean more = k < r.length - 1;
      int first = operation(op, DOUBLE, parameter, true, e.konst(0), b[2 * k]);
      r[k] = join(first, operation(op, DOUBLE, parameter, more, e.konst(0), b[2 * k + 1]));
    }
    return r;
  }

  private void narrow(FloatOp op, boolean truncate) {
    int[] r = narrowed(op, truncate);
    simd.put(r[0], r.length == 1 ? e.konst(0) : r[1]);
  }

  private void same(FloatOp op, boolean truncate) {
    int[] b = simd.second();
    int[] r = new int[b.length];
    for (int k = 0; k < r.length; k++) {
      r[k] = operation(op, PAIR, truncate ? 1 : 0, k < r.length - 1, e.konst(0), b[k]);
    }
    simd.put(r);
  }

  /** VCVTPH2PS: a pair of halves gives a part. */
  private void fromHalves() {
    int[] b = halfVector();
    int[] r = new int[simd.parts()];
    for (int k = 0; k < r.length; k++) {
      int halves = (k & 1) == 0 ? low(b[k / 2]) : high(b[k / 2]);
      r[k] = operation(FloatOp.FROM_HALF, PAIR, k < r.length - 1, e.konst(0), halves);
    }
    simd.put(r);
  }

  /** VCVTPS2PH: to 64 or 128 bits of register or memory, rounded as the immediate says. */
  private void toHalves() {
    int n = simd.parts();
    if (e.isMemory(0)) {
      // Before the conversion changes MXCSR
      simd.locate(false, true, 4 * n);
      simd.probe(n / 2);
    }
    int[] pairs = new int[n];
    for (int k = 0; k < n; k++) {
      int v = simd.xmm(e.i.reg(), k);
      int rounding = (int) e.i.imm() & 7;
      pairs[k] = operation(FloatOp.TO_HALF, PAIR, rounding, k < n - 1, e.konst(0), v);
    }
    int low = join(pairs[0], pairs[1]);
    if (!e.isMemory(0)) {
      simd.put(low, n == 2 ? e.konst(0) : join(pairs[2], pairs[3]));
    } else if (n == 2) {
      simd.storeParts(true, low);
    } else {
      simd.storeParts(true, low, join(pairs[2], pairs[3]));
    }
  }

  /** Only a register operand makes x87's registers MMX registers. */
  private void fromMmxToSingles() {
    boolean memory = e.isMemory(1);
    int v = simd.readMmx(1);
    int r = operation(FloatOp.FROM_INT, PAIR, false, e.konst(0), v);
    if (!memory) {
      e.helper(Helper.MMX_ENTER);
    }
    simd.putPart(0, r);
  }

  private void fromMmxToDoubles() {
    boolean memory = e.isMemory(1);
    int v = simd.readMmx(1);
    int first = operation(FloatOp.FROM_INT, DOUBLE, true, e.konst(0), low(v));
    int second = operation(FloatOp.FROM_INT, DOUBLE, false, e.konst(0), high(v));
    if (!memory) {
      e.helper(Helper.MMX_ENTER);
    }
    simd.put(first, second);
  }

  private void singlesToMmx(boolean truncate) {
    int v = scalar(Q);
    pendingX87();
    simd.putMmx(
        e.i.reg() & 7, operation(FloatOp.TO_INT, PAIR, truncate ? 1 : 0, false, e.konst(0), v));
  }

  private void doublesToMmx(boolean truncate) {
    pendingX87();
    simd.putMmx(e.i.reg() & 7, narrowed(FloatOp.TO_INT, truncate)[0]);
  }

  /** A pending x87 exception comes before any of the conversion's own. */
  private void pendingX87() {
    simd.mmx(e.i.reg() & 7);
  }
}
