package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.FpuState;
import io.github.bitterling.vmx.cpu.LazyFlags;

/**
 * The x87 instructions that compute (SDM volume 1, chapter 8; volume 2). One object per instruction. Not there: transcendental
 * functions, FPREM, FSCALE, FXTRACT, packed decimals, and results that overflow or underflow unmasked; they stop with the opcode.
 */
final class X87 {
  private static final int STACK_FAULT = 0x40;
  private static final int C1 = 0x200;
  private static final int CONDITIONS = 0x4700;
  private static final int SUMMARY = 0x8080;
  private static final int BEFORE = Float80.INVALID | Float80.DENORMAL | Float80.ZERO_DIVIDE;
  private static final int SCALED = Float80.OVERFLOW | Float80.UNDERFLOW;

  private final Cpu cpu;
  private final FpuState f;
  private final int key;
  private final X87Math math;

  /** A stack underflow was met: the invalid flag comes with the stack-fault flag. */
  private boolean underflow;

  X87(Cpu cpu, int key) {
    this.cpu = cpu;
    this.f = cpu.fpu;
    this.key = key;
    this.math = new X87Math(f.control);
  }

  private GuestFault stop() {
    return GuestFault.unimplemented(cpu, (0xD8 | key >> 8) << 8 | key & 0xFF);
  }

  private void track() {
    f.opcode = key & 0x7FF;
    f.instruction = cpu.rip;
  }

  // Registers

  private boolean holds(int i) {
    return (f.valid >> f.physical(i) & 1) != 0;
  }

  /** ST(i); an empty register is an invalid operation and counts as the default NaN. */
  private Float80 st(int i) {
    int p = f.physical(i);
    if (!holds(i)) {
      underflow = true;
      return Float80.INDEFINITE;
    }
    return new Float80(f.signExponent[p], f.significand[p]);
  }

  private void set(int i, Float80 value) {
    int p = f.physical(i);
    f.significand[p] = value.significand();
    f.signExponent[p] = value.signExponent();
    f.valid |= 1 << p;
  }

  private void pop(int times) {
    for (int i = 0; i < times; i++) {
      f.valid &= ~(1 << f.top);
      f.top = f.top + 1 & 7;
    }
  }

  /** Records exceptions; true when one that forbids the result is unmasked. */
  private boolean raise() {
    int raised = underflow ? Float80.INVALID : math.flags;
    int unmasked = raised & ~f.control & 0x3F;
    if ((unmasked & SCALED) != 0) {
      throw stop();
    }
    f.status &= ~C1;
    f.status |= raised | (underflow ? STACK_FAULT : 0) | (math.up && !underflow ? C1 : 0);
    if (unmasked != 0) {
      f.status |= SUMMARY;
    }
    track();
    return (unmasked & BEFORE) != 0;
  }

  private void finish(int destination, Float80 result, int pops) {
    Float80 stored = underflow ? Float80.INDEFINITE : result;
    if (!raise()) {
      set(destination, stored);
      pop(pops);
    }
  }

  private void push(Float80 value) {
    boolean full = (f.valid >> f.physical(7) & 1) != 0;
    if (full) {
      track();
      f.status |= Float80.INVALID | STACK_FAULT | C1;
      if ((f.control & Float80.INVALID) == 0) {
        f.status |= SUMMARY;
        return;
      }
    } else if (raise()) {
      return;
    }
    f.top = f.top - 1 & 7;
    set(0, full ? Float80.INDEFINITE : value);
  }

  // Dispatch

  void register() {
    int i = key & 7;
    int group = key >> 8;
    int operation = key >> 3 & 7;
    switch (group) {
      case 0 -> arithmetic(operation, i, 0, 0);
      case 1 -> single(operation, i);
      case 2, 3 -> conditional(group, operation, i);
      case 4 -> arithmetic(operation, i, i, 0);
      case 5 -> moves(operation, i);
      case 6 -> popping(operation, i);
      default -> last(operation, i);
    }
  }

  /** ST(0) op ST(i) into a destination; comparisons for 2 and 3. */
  private void arithmetic(int operation, int i, int destination, int pops) {
    if (operation == 2 || operation == 3) {
      compare(i, false, operation - 2);
      return;
    }
    Float80 a = st(0);
    Float80 b = st(i);
    finish(destination, compute(operation, a, b), pops);
  }

  private Float80 compute(int operation, Float80 a, Float80 b) {
    if (underflow) {
      return Float80.INDEFINITE;
    }
    return switch (operation) {
      case 0 -> math.add(a, b);
      case 1 -> math.multiply(a, b);
      case 4 -> math.subtract(a, b);
      case 5 -> math.subtract(b, a);
      case 6 -> math.divide(a, b);
      default -> math.divide(b, a);
    };
  }

  private void popping(int operation, int i) {
    if (operation == 3) {
      if (i != 1) {
        throw GuestFault.ud(cpu);
      }
      compare(1, false, 2);
    } else if (operation == 2) {
      compare(i, false, 1);
    } else {
      arithmetic(operation, i, i, 1);
    }
  }

  private void compare(int i, boolean quiet, int pops) {
    Float80 a = st(0);
    conditions(a, st(i), quiet, pops);
  }

  private void conditions(Float80 a, Float80 b, boolean quiet, int pops) {
    int codes = underflow ? X87Math.UNORDERED : math.compare(a, b, quiet);
    if (!raise()) {
      f.status = f.status & ~CONDITIONS | codes;
      pop(pops);
    }
  }

  /** FCOMI, FUCOMI and their popping forms: ZF, PF, CF. */
  private void compareFlags(int i, boolean quiet, int pops) {
    Float80 a = st(0);
    Float80 b = st(i);
    int codes = underflow ? X87Math.UNORDERED : math.compare(a, b, quiet);
    if (!raise()) {
      long zero = (codes & X87Math.EQUAL) != 0 ? LazyFlags.ZF : 0;
      long parity = (codes & 0x400) != 0 ? LazyFlags.PF : 0;
      long carry = (codes & X87Math.LESS) != 0 ? LazyFlags.CF : 0;
      cpu.setStatus(zero | parity | carry);
      pop(pops);
    }
  }

  private void single(int operation, int i) {
    switch (operation) {
      case 0 -> push(copyOf(i));
      case 1 -> exchange(i);
      case 2 -> {
        if (i != 0) {
          throw GuestFault.ud(cpu);
        }
      }
      case 4 -> signs(i);
      case 5 -> constant(i);
      case 6, 7 -> functions();
      default -> throw stop();
    }
  }

  private Float80 copyOf(int i) {
    return st(i);
  }

  private void exchange(int i) {
    Float80 a = st(0);
    boolean missing = underflow;
    Float80 b = st(i);
    if (missing || underflow) {
      underflow = true;
      if (raise()) {
        return;
      }
    } else {
      raise();
    }
    set(0, b);
    set(i, a);
  }

  private void signs(int i) {
    switch (i) {
      case 0 -> finish(0, st(0).negated(), 0);
      case 1 -> finish(0, st(0).absolute(), 0);
      case 4 -> conditions(st(0), Float80.ZERO, false, 0);
      case 5 -> examine();
      default -> throw GuestFault.ud(cpu);
    }
  }

  private void examine() {
    boolean empty = !holds(0);
    int p = f.physical(0);
    Float80 a = new Float80(f.signExponent[p], f.significand[p]);
    int codes;
    if (empty) {
      codes = 0x4100;
    } else if (a.unsupported()) {
      codes = 0;
    } else if (a.nan()) {
      codes = 0x100;
    } else if (a.infinite()) {
      codes = 0x500;
    } else if (a.zero()) {
      codes = 0x4000;
    } else {
      codes = a.denormal() ? 0x4400 : 0x400;
    }
    f.status = f.status & ~CONDITIONS | codes | (a.negative() ? C1 : 0);
    track();
  }

  private void constant(int i) {
    if (i == 7) {
      throw GuestFault.ud(cpu);
    }
    push(
        switch (i) {
          case 0 -> Float80.ONE;
          case 1 -> rounded(0x4000, 0xD49A784BCD1B8AFEL, false);
          case 2 -> rounded(0x3FFF, 0xB8AA3B295C17F0BBL, true);
          case 3 -> rounded(0x4000, 0xC90FDAA22168C234L, true);
          case 4 -> rounded(0x3FFD, 0x9A209A84FBCFF798L, true);
          case 5 -> rounded(0x3FFE, 0xB17217F7D1CF79ABL, true);
          default -> Float80.ZERO;
        });
  }

  /** A constant given truncated: goes up when rounding control says so. */
  private Float80 rounded(int exponent, long truncated, boolean aboveHalf) {
    int mode = f.control >> 10 & 3;
    boolean up = mode == 2 || mode == 0 && aboveHalf;
    return new Float80(exponent, up ? truncated + 1 : truncated);
  }

  private void functions() {
    switch (key) {
      case 0x1F6 -> turn(-1);
      case 0x1F7 -> turn(1);
      case 0x1FA -> finish(0, underflowOr(st(0), true), 0);
      case 0x1FC -> finish(0, underflowOr(st(0), false), 0);
      default -> throw stop();
    }
  }

  private Float80 underflowOr(Float80 a, boolean root) {
    if (underflow) {
      return a;
    }
    return root ? math.squareRoot(a) : math.toInteger(a);
  }

  private void turn(int by) {
    f.top = f.top + by & 7;
    f.status &= ~C1;
  }

  /** FCMOVcc, FUCOMPP, FUCOMI, FCOMI. */
  private void conditional(int group, int operation, int i) {
    if (operation < 4) {
      boolean met = LazyFlags.condition(new int[] {2, 4, 6, 10}[operation], cpu.flagState, cpu.flagA, cpu.flagB, cpu.flagR);
      Float80 from = st(i);
      Float80 old = st(0);
      finish(0, met == (group == 2) ? from : old, 0);
    } else if (group == 2 && operation == 5 && i == 1) {
      compare(1, true, 2);
    } else if (group == 3 && operation >= 5 && operation <= 6) {
      compareFlags(i, operation == 5, 0);
    } else {
      throw GuestFault.ud(cpu);
    }
  }

  /** FFREE, FST, FSTP, FUCOM, FUCOMP. */
  private void moves(int operation, int i) {
    switch (operation) {
      case 0 -> f.valid &= ~(1 << f.physical(i));
      case 2 -> finish(i, st(0), 0);
      case 3 -> finish(i, st(0), 1);
      case 4 -> compare(i, true, 0);
      case 5 -> compare(i, true, 1);
      default -> throw GuestFault.ud(cpu);
    }
  }

  private void last(int operation, int i) {
    if (operation == 5 || operation == 6) {
      compareFlags(i, operation == 5, 1);
    } else {
      throw GuestFault.ud(cpu);
    }
  }

  // Memory operands

  void memory(long linear) {
    int group = key >> 8;
    int operation = key >> 3 & 7;
    switch (group) {
      case 0, 4 -> withMemory(operation, real(linear, group == 0));
      case 2 -> withMemory(operation, Float80.of((int) Mem.load(cpu, linear, 4)));
      case 6 -> withMemory(operation, Float80.of((short) Mem.load(cpu, linear, 2)));
      default -> transfer(group, operation, linear);
    }
  }

  private Float80 real(long linear, boolean single) {
    long bits = Mem.load(cpu, linear, single ? 4 : 8);
    if (Float80.denormal(bits, single)) {
      math.flags |= Float80.DENORMAL;
    }
    return Float80.widen(bits, single);
  }

  private void withMemory(int operation, Float80 b) {
    Float80 a = st(0);
    if (a.nan() || a.unsupported()) {
      // NaN operands come before the denormal-operand exception
      math.flags = 0;
    }
    if (operation == 2 || operation == 3) {
      conditions(a, b, false, operation - 2);
    } else {
      finish(0, compute(operation, a, b), 0);
    }
  }

  private void transfer(int group, int operation, long linear) {
    switch (group << 4 | operation) {
      case 0x10, 0x50 -> loadReal(linear, group == 1);
      case 0x12, 0x52 -> storeReal(linear, group == 1, 0);
      case 0x13, 0x53 -> storeReal(linear, group == 1, 1);
      case 0x30 -> push(Float80.of((int) Mem.load(cpu, linear, 4)));
      case 0x70 -> push(Float80.of((short) Mem.load(cpu, linear, 2)));
      case 0x75 -> push(Float80.of(Mem.load(cpu, linear, 8)));
      case 0x31, 0x51, 0x71 -> storeInteger(linear, width(group), true, 1);
      case 0x32, 0x72 -> storeInteger(linear, width(group), false, 0);
      case 0x33, 0x73 -> storeInteger(linear, width(group), false, 1);
      case 0x77 -> storeInteger(linear, 8, false, 1);
      case 0x35 -> loadExtended(linear);
      case 0x37 -> storeExtended(linear);
      default -> throw stop();
    }
  }

  private static int width(int group) {
    return group == 3 ? 4 : group == 5 ? 8 : 2;
  }

  private void loadReal(long linear, boolean single) {
    Float80 value = real(linear, single);
    if (value.signalling()) {
      math.flags |= Float80.INVALID;
      value = value.quiet();
    }
    push(value);
  }

  private void loadExtended(long linear) {
    long significand = Mem.load(cpu, linear, 8);
    push(new Float80((int) Mem.load(cpu, linear + 8, 2), significand));
  }

  private void storeReal(long linear, boolean single, int pops) {
    Float80 a = st(0);
    int bytes = single ? 4 : 8;
    store(linear, bytes, math.narrow(a, single), pops);
  }

  private void storeInteger(long linear, int bytes, boolean truncate, int pops) {
    Float80 a = st(0);
    store(linear, bytes, math.integer(a, 8 * bytes, truncate), pops);
  }

  /** Memory first: a page fault leaves the x87 state alone. */
  private void store(long linear, int bytes, long value, int pops) {
    int raised = underflow ? Float80.INVALID : math.flags;
    boolean kept = (raised & ~f.control & (BEFORE | SCALED)) == 0;
    if (kept) {
      Mem.store(cpu, linear, bytes, value);
    } else {
      Mem.loadForWrite(cpu, linear, bytes);
    }
    if (!raise()) {
      pop(pops);
    }
  }

  private void storeExtended(long linear) {
    Float80 a = st(0);
    Mem.loadForWrite(cpu, linear + 8, 2);
    if (!underflow || (f.control & Float80.INVALID) != 0) {
      Mem.store(cpu, linear, 8, a.significand());
      Mem.store(cpu, linear + 8, 2, a.signExponent());
    }
    if (!raise()) {
      pop(1);
    }
  }
}
