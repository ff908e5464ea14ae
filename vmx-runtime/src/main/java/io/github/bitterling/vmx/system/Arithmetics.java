package io.github.bitterling.vmx.system;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;

/** Rotates through carry, decimal adjustment, wide compare-and-exchange (SDM volume 2). */
final class Arithmetics {
  private static final int RAX = 0;
  private static final int RCX = 1;
  private static final int RDX = 2;
  private static final int RBX = 3;

  private Arithmetics() {}

  /** RCL or RCR; count is masked and not 0, but may exceed the width for 8 and 16 bits. */
  static long rotate(Cpu cpu, long value, int count, int width, boolean left) {
    int bits = 8 << width;
    int n = bits <= 16 ? count % (bits + 1) : count;
    long v = value & mask(bits);
    long carry = cpu.flags() & 1;
    for (int i = 0; i < n; i++) {
      long out = left ? v >>> bits - 1 & 1 : v & 1;
      v = left ? v << 1 & mask(bits) | carry : v >>> 1 | carry << bits - 1;
      carry = out;
    }
    long top = v >>> bits - 1 & 1;
    long overflow = left ? top ^ carry : top ^ v >>> bits - 2 & 1;
    long status = cpu.flags() & LazyFlags.STATUS & ~(LazyFlags.CF | LazyFlags.OF);
    cpu.setStatus(status | carry | overflow * LazyFlags.OF);
    return v;
  }

  private static long mask(int bits) {
    return bits == 64 ? -1L : (1L << bits) - 1;
  }

  static long daa(Cpu cpu, long ax, boolean subtract) {
    long flags = cpu.flags();
    int al = (int) ax & 0xFF;
    int old = al;
    boolean carry = (flags & LazyFlags.CF) != 0;
    boolean low = (al & 15) > 9 || (flags & LazyFlags.AF) != 0;
    boolean high = old > 0x99 || carry;
    boolean borrow = false;
    if (low) {
      borrow = subtract && al < 6;
      al = subtract ? al - 6 : al + 6;
    }
    if (high) {
      al = subtract ? al - 0x60 : al + 0x60;
    }
    al &= 0xFF;
    results(cpu, al, high || borrow, low);
    return ax & 0xFF00 | al;
  }

  static long aaa(Cpu cpu, long ax, boolean subtract) {
    boolean adjust = (ax & 15) > 9 || (cpu.flags() & LazyFlags.AF) != 0;
    long result = ax;
    if (adjust) {
      result = subtract ? ax - 0x106 : ax + 0x106;
    }
    result &= 0xFF0F;
    results(cpu, (int) result & 0xFF, adjust, adjust);
    return result;
  }

  static long aam(Cpu cpu, long ax, int base) {
    if (base == 0) {
      throw GuestFault.exception(cpu, Vector.DE);
    }
    int al = (int) ax & 0xFF;
    results(cpu, al % base, false, false);
    return al / base << 8 | al % base;
  }

  static long aad(Cpu cpu, long ax, int base) {
    int al = (int) ((ax & 0xFF) + (ax >> 8 & 0xFF) * base) & 0xFF;
    results(cpu, al, false, false);
    return al;
  }

  private static void results(Cpu cpu, int al, boolean carry, boolean adjust) {
    long status = carry ? LazyFlags.CF : 0;
    status |= adjust ? LazyFlags.AF : 0;
    status |= al == 0 ? LazyFlags.ZF : 0;
    status |= al & LazyFlags.SF;
    status |= (Integer.bitCount(al) & 1) == 0 ? LazyFlags.PF : 0;
    cpu.setStatus(status);
  }

  static void compareExchange8(Cpu cpu, long linear) {
    long old = Mem.loadForWrite(cpu, linear, 8);
    long expected = cpu.r[RAX] & 0xFFFFFFFFL | cpu.r[RDX] << 32;
    boolean equal = old == expected;
    Mem.store(cpu, linear, 8, equal ? cpu.r[RBX] & 0xFFFFFFFFL | cpu.r[RCX] << 32 : old);
    if (!equal) {
      cpu.r[RAX] = old & 0xFFFFFFFFL;
      cpu.r[RDX] = old >>> 32;
    }
    zero(cpu, equal);
  }

  static void compareExchange16(Cpu cpu, long linear) {
    if ((linear & 15) != 0) {
      throw GuestFault.gp(cpu);
    }
    long low = Mem.loadForWrite(cpu, linear, 8);
    long high = Mem.loadForWrite(cpu, linear + 8, 8);
    boolean equal = low == cpu.r[RAX] && high == cpu.r[RDX];
    Mem.store(cpu, linear, 8, equal ? cpu.r[RBX] : low);
    Mem.store(cpu, linear + 8, 8, equal ? cpu.r[RCX] : high);
    if (!equal) {
      cpu.r[RAX] = low;
      cpu.r[RDX] = high;
    }
    zero(cpu, equal);
  }

  private static void zero(Cpu cpu, boolean set) {
    long status = cpu.flags() & LazyFlags.STATUS;
    cpu.setStatus(set ? status | LazyFlags.ZF : status & ~LazyFlags.ZF);
  }
}
