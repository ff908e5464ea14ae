package io.github.bitterling.vmx.fpu;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.cpu.LazyFlags;

/**
 * One x87 instruction at work on the register stack (SDM volume 1, chapter 8). Memory operands come
 * in and go out as bits; nothing of the status word changes before {@link #finish}, so a store that
 * faults leaves no trace.
 */
public final class X87 {
  private static final int C0 = 0x100;
  private static final int C1 = 0x200;
  private static final int C2 = 0x400;
  private static final int C3 = 0x4000;
  private static final int STACK_FAULT = 0x40;
  private static final int SUMMARY = 0x8080;

  private final Cpu cpu;
  private final FpuState f;
  private final FloatEnv env;
  private int set;
  private int changed = C1;
  private boolean pops;

  public X87(Cpu cpu) {
    this.cpu = cpu;
    this.f = cpu.fpu;
    this.env = FloatEnv.x87(f.control);
  }

  // The stack

  private boolean empty(int i) {
    return (f.valid >> f.physical(i) & 1) == 0;
  }

  private Num st(int i) {
    int p = f.physical(i);
    return Format.unpack(f.signExponent[p], f.significand[p]);
  }

  private void put(int i, Num n) {
    int p = f.physical(i);
    f.signExponent[p] = Format.packSignExponent(n);
    f.significand[p] = Format.packSignificand(n);
    f.valid |= 1 << p;
  }

  private void copy(int from, int to) {
    int a = f.physical(from);
    int b = f.physical(to);
    f.signExponent[b] = f.signExponent[a];
    f.significand[b] = f.significand[a];
    f.valid |= 1 << b;
  }

  private void pop() {
    f.valid &= ~(1 << f.top);
    f.top = f.top + 1 & 7;
  }

  /** Records a stack underflow; true when it is masked. */
  private boolean underflow() {
    changed |= C1;
    env.flags |= FloatEnv.IE;
    set |= STACK_FAULT;
    return !env.unmasked(FloatEnv.IE);
  }

  /** Room for a push, or the masked response to having none; false when nothing is to be pushed. */
  private boolean pushable() {
    if (empty(7)) {
      return true;
    }
    env.flags |= FloatEnv.IE;
    set |= STACK_FAULT | C1;
    if (!env.unmasked(FloatEnv.IE)) {
      f.top = f.top - 1 & 7;
      put(0, Num.DEFAULT);
    }
    return false;
  }

  private void push(Num n) {
    f.top = f.top - 1 & 7;
    put(0, n);
  }

  /** Writes condition bits and exceptions to the status word, and pops if that was still to do. */
  public void finish() {
    f.status = f.status & ~changed | set | env.flags;
    summarize(f);
    if (pops) {
      pop();
    }
  }

  /** ES and B follow from flags and masks. */
  public static void summarize(FpuState f) {
    boolean unmasked = (f.status & ~f.control & 0x3F) != 0;
    f.status = unmasked ? f.status | SUMMARY : f.status & ~SUMMARY;
  }

  private void roundedUp() {
    if (env.roundedUp) {
      set |= C1;
    }
  }

  // NaNs

  /** The NaN two operands give, or null when both are numbers (SDM volume 1, table 4-7). */
  private Num nan(Num a, Num b) {
    if (a.kind == Num.Kind.UNSUPPORTED || b.kind == Num.Kind.UNSUPPORTED) {
      return env.invalid();
    }
    if (!a.isNan() && !b.isNan()) {
      return null;
    }
    boolean sa = a.kind == Num.Kind.SIGNALING;
    boolean sb = b.kind == Num.Kind.SIGNALING;
    if (sa || sb) {
      env.flags |= FloatEnv.IE;
    }
    if (!a.isNan() || !b.isNan()) {
      return a.isNan() ? a.quieted() : b.quieted();
    }
    if (sa != sb) {
      return sa ? b : a;
    }
    int order = Long.compareUnsigned(a.quieted().hi, b.quieted().hi);
    if (order != 0) {
      return order > 0 ? a.quieted() : b.quieted();
    }
    return a.negative ? b.quieted() : a.quieted();
  }

  private Num nan(Num a) {
    return nan(a, a);
  }

  /** Raises DE for denormal operands unless something of higher priority was found. */
  private void denormals(Num a, Num b) {
    if ((a.denormal || b.denormal) && (env.flags & (FloatEnv.IE | FloatEnv.ZE)) == 0) {
      env.flags |= FloatEnv.DE;
    }
  }

  // Arithmetic

  /**
   * Result of operation 0-7 as numbered in ModRM.reg, or null when an unmasked exception forbids
   * one.
   */
  private Num compute(int op, Num a, Num b) {
    Num n = nan(a, b);
    if (n == null) {
      n =
          switch (op) {
            case 0 -> SoftFloat.add(env, a, b);
            case 1 -> SoftFloat.multiply(env, a, b);
            case 4 -> SoftFloat.subtract(env, a, b);
            case 5 -> SoftFloat.subtract(env, b, a);
            case 6 -> SoftFloat.divide(env, a, b);
            default -> SoftFloat.divide(env, b, a);
          };
      denormals(a, b);
    }
    return rounded(n);
  }

  private Num rounded(Num n) {
    return rounded(n, env.precision);
  }

  private Num rounded(Num n, int bits) {
    if (env.unmasked(FloatEnv.PRE)) {
      return null;
    }
    Num r = env.round(n, Format.EXTENDED, bits);
    roundedUp();
    return r;
  }

  private void arithmetic(int op, int to, Num b, boolean missing) {
    if (op == 2 || op == 3) {
      compare(missing, b, false);
      pops = op == 3 && !env.unmasked(FloatEnv.PRE);
      return;
    }
    if (missing) {
      if (underflow()) {
        put(to, Num.DEFAULT);
      } else {
        pops = false;
      }
      return;
    }
    Num r = compute(op, st(0), b);
    if (r != null) {
      put(to, r);
    } else {
      pops = false;
    }
  }

  private void arithmetic(int op, int i, boolean toStack, boolean pop) {
    pops = pop;
    arithmetic(op, toStack ? i : 0, st(i), empty(0) || empty(i));
  }

  /** FADD and its like with a memory operand: 4 or 8 bytes of floating point, or an integer. */
  public void arithmetic(int op, long bits, int bytes, boolean integer) {
    arithmetic(op, 0, integer ? Num.of(bits) : unpack(bits, bytes), empty(0));
  }

  private static Num unpack(long bits, int bytes) {
    return (bytes == 4 ? Format.SINGLE : Format.DOUBLE).unpack(bits, false);
  }

  // Comparison

  private static final int LESS = C0;
  private static final int EQUAL = C3;
  private static final int UNORDERED = C0 | C2 | C3;

  /** Condition bits, or -1 when an unmasked exception leaves them as they were. */
  private int order(boolean missing, Num a, Num b, boolean quiet) {
    if (missing) {
      return underflow() ? UNORDERED : -1;
    }
    if (a.isNan()
        || b.isNan()
        || a.kind == Num.Kind.UNSUPPORTED
        || b.kind == Num.Kind.UNSUPPORTED) {
      if (!quiet
          || a.kind != Num.Kind.QUIET && a.isNan()
          || b.kind != Num.Kind.QUIET && b.isNan()
          || a.kind == Num.Kind.UNSUPPORTED
          || b.kind == Num.Kind.UNSUPPORTED) {
        env.flags |= FloatEnv.IE;
      }
      return env.unmasked(FloatEnv.PRE) ? -1 : UNORDERED;
    }
    denormals(a, b);
    int c = SoftFloat.compare(a, b);
    return c < 0 ? LESS : c == 0 ? EQUAL : 0;
  }

  private void compare(boolean missing, Num b, boolean quiet) {
    int c = order(missing, st(0), b, quiet);
    if (c >= 0) {
      changed |= C0 | C2 | C3;
      set |= c;
    }
  }

  private void compare(int i, boolean quiet, int popCount) {
    compare(empty(0) || empty(i), st(i), quiet);
    if (!env.unmasked(FloatEnv.PRE)) {
      if (popCount == 2) {
        pop();
      }
      pops = popCount > 0;
    }
  }

  /** FCOMI and its like: ZF, PF and CF as C3, C2 and C0. */
  private void compareFlags(int i, boolean quiet, boolean pop) {
    changed = 0;
    int c = order(empty(0) || empty(i), st(0), st(i), quiet);
    if (c >= 0) {
      cpu.setStatus(
          ((c & C3) != 0 ? LazyFlags.ZF : 0)
              | ((c & C2) != 0 ? LazyFlags.PF : 0)
              | ((c & C0) != 0 ? LazyFlags.CF : 0));
      pops = pop && !env.unmasked(FloatEnv.PRE);
    }
  }

  // Loads and stores

  /** FLD of 4 or 8 bytes. */
  public void load(long bits, int bytes) {
    Num n = unpack(bits, bytes);
    if (!pushable()) {
      return;
    }
    Num quiet = nan(n);
    denormals(n, n);
    if (!env.unmasked(FloatEnv.IE)) {
      push(quiet == null ? n : quiet);
    }
  }

  public void loadInteger(long value) {
    if (pushable()) {
      push(Num.of(value));
    }
  }

  /** FLD of 10 bytes: no exception but a stack fault. */
  public void load(int signExponent, long significand) {
    if (pushable()) {
      f.top = f.top - 1 & 7;
      int p = f.top;
      f.valid |= 1 << p;
      f.signExponent[p] = signExponent & 0xFFFF;
      f.significand[p] = significand;
    }
  }

  /** FBLD: 18 digits and a sign. */
  public void loadDecimal(long digits, int top) {
    long value = 0;
    for (int shift = 4; shift >= 0; shift -= 4) {
      value = value * 10 + (top >> shift & 0xF);
    }
    for (int shift = 60; shift >= 0; shift -= 4) {
      value = value * 10 + (digits >>> shift & 0xF);
    }
    if (pushable()) {
      push(Num.of(value).withSign((top & 0x8000) != 0));
    }
  }

  /** Bits for FST, or null when an unmasked exception forbids the store. */
  public Long store(int bytes, boolean pop) {
    Format format = bytes == 4 ? Format.SINGLE : Format.DOUBLE;
    Num n = Num.DEFAULT;
    if (empty(0)) {
      underflow();
    } else {
      Num a = st(0);
      Num quiet = nan(a);
      n = quiet == null ? env.round(a, format) : quiet;
      if (quiet == null) {
        roundedUp();
      }
    }
    return stored(format.pack(inRange(n, format)), pop);
  }

  /**
   * After an unmasked overflow or underflow there is no result that could be packed; it is not
   * stored either.
   */
  private static Num inRange(Num n, Format format) {
    boolean outside =
        n.isFinite() && (n.exp > format.emax || n.exp < format.emin - format.precision);
    return outside ? Num.zero(false) : n;
  }

  private Long stored(long bits, boolean pop) {
    if (env.unmasked(FloatEnv.IE | FloatEnv.OE | FloatEnv.UE)) {
      if (env.unmasked(FloatEnv.OE | FloatEnv.UE)) {
        // Nothing was stored, so nothing was lost
        set &= ~C1;
        env.flags &= ~FloatEnv.PE;
      }
      return null;
    }
    pops = pop;
    return bits;
  }

  /** Value for FIST, or null when there is nothing to store. */
  public Long storeInteger(int bytes, boolean truncate, boolean pop) {
    int rounding = env.rounding;
    env.rounding = truncate ? FloatEnv.ZERO : rounding;
    Long v = null;
    if (empty(0)) {
      underflow();
    } else {
      v = env.integer(st(0), 8 * bytes);
      if (v == null) {
        env.flags |= FloatEnv.IE;
      } else {
        roundedUp();
      }
    }
    return stored(v == null ? 1L << 8 * bytes - 1 : v, pop);
  }

  private static final long MOST_DIGITS = 999_999_999_999_999_999L;

  /** Low 8 bytes of packed decimal and, shifted by 64, its top two: {low, top}, or null. */
  public long[] storeDecimal() {
    long[] indefinite = {0xC000000000000000L, 0xFFFF};
    if (empty(0)) {
      return underflow() ? popping(indefinite) : null;
    }
    Num n = st(0);
    Long v = env.integer(n, 64);
    if (v == null || Math.abs(v) > MOST_DIGITS || v == Long.MIN_VALUE) {
      env.flags = FloatEnv.IE;
      return env.unmasked(FloatEnv.IE) ? null : popping(indefinite);
    }
    roundedUp();
    long magnitude = Math.abs(v);
    long[] image = {0, n.negative ? 0x8000 : 0};
    for (int shift = 0; shift < 64; shift += 4) {
      image[0] |= magnitude % 10 << shift;
      magnitude /= 10;
    }
    image[1] |= magnitude % 10 | magnitude / 10 << 4;
    return popping(image);
  }

  private long[] popping(long[] image) {
    pops = true;
    return image;
  }

  /**
   * FSTP of 10 bytes: whether there is something to store, see {@link #significand} and {@link
   * #signExponent}.
   */
  public boolean storeExtended() {
    boolean store = !empty(0) || underflow();
    pops = store;
    return store;
  }

  /** Of ST(0), or of the default NaN when it is empty. */
  public long significand() {
    return empty(0) ? Num.DEFAULT.hi : f.significand[f.top];
  }

  public int signExponent() {
    return empty(0) ? 0xFFFF : f.signExponent[f.top] & 0xFFFF;
  }

  // Register forms

  /**
   * An instruction without memory operand.
   *
   * @param key (first byte & 7) << 8 | ModRM
   * @return false when there is no such instruction
   */
  public boolean register(int key) {
    int i = key & 7;
    int op = key >> 3 & 7;
    switch (key >> 8) {
      case 0 -> arithmetic(op, i, false, false);
      case 1 -> {
        return one(key, op, i);
      }
      case 2 -> {
        if (key == 0x2E9) {
          compare(1, true, 2);
        } else if (op < 4) {
          move(op, false, i);
        } else {
          return false;
        }
      }
      case 3 -> {
        if (op < 4) {
          move(op, true, i);
        } else if (op == 5 || op == 6) {
          compareFlags(i, op == 5, false);
        } else {
          return false;
        }
      }
      case 4 -> arithmetic(op, i, true, false);
      case 5 -> {
        return five(op, i);
      }
      case 6 -> six(key, op, i);
      default -> {
        return seven(op, i);
      }
    }
    return true;
  }

  private boolean one(int key, int op, int i) {
    switch (op) {
      case 0 -> duplicate(i);
      case 1 -> exchange(i);
      case 2 -> changed = 0;
      case 3 -> {
        // The alias D9 D8 sees no stack fault
        if (!empty(0)) {
          copy(0, i);
        }
        pops = true;
      }
      default -> {
        return Functions.run(this, key);
      }
    }
    return true;
  }

  private boolean five(int op, int i) {
    switch (op) {
      case 0 -> free(i);
      case 1 -> exchange(i);
      case 2, 3 -> storeRegister(i, op == 3);
      case 4, 5 -> compare(i, true, op - 4);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void six(int key, int op, int i) {
    if (key == 0x6D9) {
      compare(1, false, 2);
    } else if (op == 2) {
      compare(i, false, 1);
    } else {
      arithmetic(op, i, true, true);
    }
  }

  private boolean seven(int op, int i) {
    switch (op) {
      case 0 -> {
        free(i);
        pops = true;
      }
      case 1 -> exchange(i);
      case 2, 3 -> storeRegister(i, true);
      case 5, 6 -> compareFlags(i, op == 5, true);
      default -> {
        return false;
      }
    }
    return true;
  }

  private void free(int i) {
    f.valid &= ~(1 << f.physical(i));
  }

  private void duplicate(int i) {
    int p = f.physical(i);
    if (empty(i)) {
      if (underflow()) {
        push(Num.DEFAULT);
      }
      return;
    }
    if (pushable()) {
      load(f.signExponent[p], f.significand[p]);
    }
  }

  private void exchange(int i) {
    if (empty(0) || empty(i)) {
      if (!underflow()) {
        return;
      }
      if (empty(0)) {
        put(0, Num.DEFAULT);
      }
      if (empty(i)) {
        put(i, Num.DEFAULT);
      }
    }
    int a = f.physical(0);
    int b = f.physical(i);
    int signExponent = f.signExponent[a];
    long significand = f.significand[a];
    copy(i, 0);
    f.signExponent[b] = signExponent;
    f.significand[b] = significand;
  }

  private void storeRegister(int i, boolean pop) {
    if (!empty(0)) {
      copy(0, i);
    } else if (underflow()) {
      put(i, Num.DEFAULT);
    } else {
      return;
    }
    pops = pop;
  }

  /** FCMOVcc: conditions below, equal, below or equal, unordered. */
  private void move(int condition, boolean negated, int i) {
    changed = 0;
    if (empty(0) || empty(i)) {
      if (underflow()) {
        put(0, Num.DEFAULT);
      }
      return;
    }
    int mask =
        switch (condition) {
          case 0 -> LazyFlags.CF;
          case 1 -> LazyFlags.ZF;
          case 2 -> LazyFlags.CF | LazyFlags.ZF;
          default -> LazyFlags.PF;
        };
    if ((cpu.flags() & mask) != 0 != negated) {
      copy(i, 0);
    }
  }

  // For Functions

  FloatEnv env() {
    return env;
  }

  /** Masked stack underflow of ST(0) (and ST(1)) gives the default NaN in ST(to). */
  boolean present(boolean both, int to, boolean pop) {
    if (!empty(0) && (!both || !empty(1))) {
      return true;
    }
    if (underflow()) {
      put(to, Num.DEFAULT);
      pops = pop;
    }
    return false;
  }

  boolean isEmpty(int i) {
    return empty(i);
  }

  Num value(int i) {
    return st(i);
  }

  Num nanOf(Num a, Num b) {
    return nan(a, b);
  }

  void raiseDenormals(Num a, Num b) {
    denormals(a, b);
  }

  boolean room() {
    return empty(7);
  }

  /** Rounds and replaces ST(to) unless an unmasked exception forbids it. */
  boolean replace(int to, Num exact, int bits, boolean pop) {
    Num r = rounded(exact, bits);
    if (r != null) {
      put(to, r);
      pops = pop;
    }
    return r != null;
  }

  void replaceRaw(int to, Num n) {
    put(to, n);
  }

  void pushNew(Num n) {
    push(n);
  }

  boolean pushRoom() {
    return pushable();
  }

  void conditions(int bits, int mask) {
    changed |= mask;
    set = set & ~mask | bits;
  }

  void turn(int by) {
    f.top = f.top + by & 7;
  }

  void changeSign(boolean absolute) {
    int p = f.top;
    f.signExponent[p] = absolute ? f.signExponent[p] & 0x7FFF : f.signExponent[p] ^ 0x8000;
  }

  void compareWithZero() {
    compare(empty(0), Num.zero(false), false);
  }

  void examine() {
    int sign = (f.signExponent[f.top] & 0x8000) != 0 ? C1 : 0;
    changed = C0 | C1 | C2 | C3;
    if (empty(0)) {
      set |= sign | C3 | C0;
      return;
    }
    Num n = st(0);
    int kind =
        switch (n.kind) {
          case UNSUPPORTED -> 0;
          case QUIET, SIGNALING -> C0;
          case INFINITE -> C2 | C0;
          case ZERO -> C3;
          case FINITE -> n.denormal ? C3 | C2 : C2;
        };
    set |= sign | kind;
  }
}
