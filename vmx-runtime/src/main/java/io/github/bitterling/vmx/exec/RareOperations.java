package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Arithmetic;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.fpu.Sse;

/** Operations of tier 0 that are not frequent enough for its own method and cannot fault. */
final class RareOperations {
  private RareOperations() {}

  /**
   * Runs one.
   *
   * @param imm the second word
   */
  static void run(Cpu cpu, long x, long imm) {
    long[] s = cpu.r;
    switch (Word.key(x)) {
      case Key.SELECTOR -> s[Word.d(x)] = cpu.segments[(int) imm].selector & 0xFFFF;
      case Key.VGET -> s[Word.d(x)] = imm < 32 ? cpu.xmm[(int) imm] : cpu.ymm[(int) imm - 32];
      case Key.VPUT -> putVector(cpu, (int) imm, s[Word.a(x)]);
      case Key.VCLEAR -> Sse.clear(cpu, (int) imm);
      case Key.GETFLAGS ->
          s[Word.d(x)] = LazyFlags.status(cpu.flagState, cpu.flagA, cpu.flagB, cpu.flagR);
      case Key.SETFLAGS -> cpu.setStatus(s[Word.a(x)]);
      default -> s[Word.d(x)] = bits(x, s[Word.a(x)], s[Word.b(x)]);
    }
  }

  private static void putVector(Cpu cpu, int part, long value) {
    if (part < 32) {
      cpu.xmm[part] = value;
    } else {
      cpu.ymm[part - 32] = value;
    }
  }

  private static long bits(long x, long a, long b) {
    int width = Word.width(x);
    return switch (Word.key(x)) {
      case Key.UMULH -> Arithmetic.mulHighUnsigned(width, a, b);
      case Key.SMULH -> Arithmetic.mulHighSigned(width, a, b);
      case Key.ROL -> Arithmetic.rol(width, a, b);
      case Key.ROR -> Arithmetic.ror(width, a, b);
      case Key.BSWAP -> Arithmetic.bswap(width, a);
      case Key.CTZ -> Arithmetic.ctz(width, a);
      case Key.CLZ -> Arithmetic.clz(width, a);
      case Key.POPCNT -> Long.bitCount(a & Word.mask(x));
      default -> throw new IllegalStateException("tier 0 met key " + Word.key(x));
    };
  }
}
