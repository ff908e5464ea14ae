package io.github.bitterling.vmx.exec;

import io.github.bitterling.ir.Width;
import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Arithmetic;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.fpu.Sse;

/**
 * Tier 0: runs predecoded blocks. Stops between instructions when the budget is used up or
 * attention is set, before an instruction when it faults. HotSpot compiles no method over 8,000
 * bytecodes, so {@link #run} holds the frequent operations and leaves the rest to {@link #rare}.
 */
public final class Interpreter {
  private static final long M32 = 0xFFFFFFFFL;

  private Interpreter() {}

  /**
   * Runs at most {@code max} instructions of a block whose instruction pointer is {@code cpu.rip};
   * leaves {@code cpu.rip} and {@code cpu.retired} current.
   */
  public static void run(Cpu cpu, Block block, int max) {
    TierZeroCode tier = block.code;
    int[] code = tier.code;
    long[] imm = tier.imm;
    long[] s = tier.slots;
    long[] r = cpu.r;
    int left = max;
    int p = 0;
    for (int n = 0; ; n++, p += TierZeroCode.STRIDE) {
      int key = code[p];
      int d = code[p + 1];
      int a = code[p + 2];
      int b = code[p + 3];
      int c = code[p + 4];
      switch (key & 0xFF) {
        case Key.INSN:
          cpu.rip = imm[n];
          if (left-- == 0 || cpu.attention && left + 1 != max) {
            return;
          }
          cpu.retired++;
          continue;
        case Key.GET8:
          s[d] = r[c] & 0xFF;
          continue;
        case Key.GET16:
          s[d] = r[c] & 0xFFFF;
          continue;
        case Key.GET32:
          s[d] = r[c] & M32;
          continue;
        case Key.GET64:
          s[d] = r[c];
          continue;
        case Key.GETHIGH:
          s[d] = r[c] >>> 8 & 0xFF;
          continue;
        case Key.PUT8:
          r[c] = r[c] & ~0xFFL | s[a] & 0xFF;
          continue;
        case Key.PUT16:
          r[c] = r[c] & ~0xFFFFL | s[a] & 0xFFFF;
          continue;
        case Key.PUT32:
          r[c] = s[a] & M32;
          continue;
        case Key.PUT64:
          r[c] = s[a];
          continue;
        case Key.PUTHIGH:
          r[c] = r[c] & ~0xFF00L | (s[a] & 0xFF) << 8;
          continue;
        case Key.SEGBASE:
          s[d] = cpu.segments[c].base;
          continue;
        case Key.ADD:
          s[d] = s[a] + s[b] & imm[n];
          continue;
        case Key.SUB:
          s[d] = s[a] - s[b] & imm[n];
          continue;
        case Key.AND:
          s[d] = s[a] & s[b] & imm[n];
          continue;
        case Key.OR:
          s[d] = (s[a] | s[b]) & imm[n];
          continue;
        case Key.XOR:
          s[d] = (s[a] ^ s[b]) & imm[n];
          continue;
        case Key.NOT:
          s[d] = ~s[a] & imm[n];
          continue;
        case Key.NEG:
          s[d] = -s[a] & imm[n];
          continue;
        case Key.MUL:
          s[d] = s[a] * s[b] & imm[n];
          continue;
        case Key.SHL:
          s[d] = Arithmetic.shl((int) imm[n], s[a], s[b]);
          continue;
        case Key.SHR:
          s[d] = Arithmetic.shr((int) imm[n], s[a], s[b]);
          continue;
        case Key.SAR:
          s[d] = Arithmetic.sar((int) imm[n], s[a], s[b]);
          continue;
        case Key.SEXT:
          s[d] = Width.signExtend((int) imm[n], s[a]);
          continue;
        case Key.ZEXT:
          s[d] = s[a] & imm[n];
          continue;
        case Key.EQ:
          s[d] = ((s[a] ^ s[b]) & imm[n]) == 0 ? 1 : 0;
          continue;
        case Key.NE:
          s[d] = ((s[a] ^ s[b]) & imm[n]) != 0 ? 1 : 0;
          continue;
        case Key.ULT:
          s[d] = Long.compareUnsigned(s[a] & imm[n], s[b] & imm[n]) < 0 ? 1 : 0;
          continue;
        case Key.ULE:
          s[d] = Long.compareUnsigned(s[a] & imm[n], s[b] & imm[n]) <= 0 ? 1 : 0;
          continue;
        case Key.SLT:
          s[d] =
              Width.signExtend((int) imm[n], s[a]) < Width.signExtend((int) imm[n], s[b]) ? 1 : 0;
          continue;
        case Key.SLE:
          s[d] =
              Width.signExtend((int) imm[n], s[a]) <= Width.signExtend((int) imm[n], s[b]) ? 1 : 0;
          continue;
        case Key.SELECT:
          s[d] = s[a] != 0 ? s[b] : s[c];
          continue;
        case Key.FLAGSIF:
          if (s[b] == 0) {
            continue;
          }
          cpu.flagState = d;
          cpu.flagA = s[a];
          cpu.flagB = s[b];
          cpu.flagR = s[c];
          continue;
        case Key.FLAGS:
          cpu.flagState = d;
          cpu.flagA = s[a];
          cpu.flagB = s[b];
          cpu.flagR = s[c];
          continue;
        case Key.COND:
          s[d] = LazyFlags.condition(c, cpu.flagState, cpu.flagA, cpu.flagB, cpu.flagR) ? 1 : 0;
          continue;
        case Key.GETFLAGS:
          s[d] = LazyFlags.status(cpu.flagState, cpu.flagA, cpu.flagB, cpu.flagR);
          continue;
        case Key.SETFLAGS:
          cpu.setStatus(s[a]);
          continue;
        case Key.LINEAR:
          s[d] = linear(cpu, (int) imm[n], s[a], b);
          break;
        case Key.LOAD8:
          s[d] = Access.load8(cpu, s[a], MemoryUnit.flags(c));
          break;
        case Key.LOAD16:
          s[d] = Access.load16(cpu, s[a], MemoryUnit.flags(c));
          break;
        case Key.LOAD32:
          s[d] = Access.load32(cpu, s[a], MemoryUnit.flags(c));
          break;
        case Key.LOAD64:
          s[d] = Access.load64(cpu, s[a], MemoryUnit.flags(c));
          break;
        case Key.STORE8:
          Access.store8(cpu, s[a], s[b], MemoryUnit.flags(c));
          break;
        case Key.STORE16:
          Access.store16(cpu, s[a], s[b], MemoryUnit.flags(c));
          break;
        case Key.STORE32:
          Access.store32(cpu, s[a], s[b], MemoryUnit.flags(c));
          break;
        case Key.STORE64:
          Access.store64(cpu, s[a], s[b], MemoryUnit.flags(c));
          break;
        case Key.HELPER:
          cpu.nextRip = imm[n];
          s[d] = cpu.helpers.call(cpu, key >> 8, s[a], s[b], s[c]);
          break;
        case Key.GOTO:
          cpu.rip = imm[n];
          return;
        case Key.BRANCH:
          cpu.rip = s[a] != 0 ? imm[n] : tier.nextIp;
          return;
        case Key.JUMP:
          cpu.rip = s[a];
          if (tier.targets != null) {
            tier.targets[(int) (s[a] ^ s[a] >>> 4 ^ s[a] >>> 8) & 15] = s[a];
          }
          return;
        case Key.EXIT:
          cpu.rip = cpu.nextRip;
          return;
        default:
          rare(cpu, key, d, s, imm[n], a, b, c);
          break;
      }
      if (cpu.fault != 0) {
        cpu.retired--;
        return;
      }
    }
  }

  private static long linear(Cpu cpu, int imm, long offset, int width) {
    return width == Width.W64
        ? cpu.memory.linear(cpu, imm & 7, offset, imm >> 8 & 0xFFFF, (imm & 8) != 0, 64)
        : Access.linear(cpu, cpu.segments[imm & 7], offset, Width.mask(width), imm);
  }

  private static void rare(Cpu cpu, int key, int d, long[] s, long imm, int a, int b, int c) {
    int w = (int) imm;
    switch (key & 0xFF) {
      case Key.SELECTOR -> s[d] = cpu.segments[c].selector & 0xFFFF;
      case Key.VGET -> s[d] = c < 32 ? cpu.xmm[c] : cpu.ymm[c - 32];
      case Key.VPUT -> {
        if (c < 32) {
          cpu.xmm[c] = s[a];
        } else {
          cpu.ymm[c - 32] = s[a];
        }
      }
      case Key.UMULH -> s[d] = Arithmetic.mulHighUnsigned(w, s[a], s[b]);
      case Key.SMULH -> s[d] = Arithmetic.mulHighSigned(w, s[a], s[b]);
      case Key.ROL -> s[d] = Arithmetic.rol(w, s[a], s[b]);
      case Key.ROR -> s[d] = Arithmetic.ror(w, s[a], s[b]);
      case Key.BSWAP -> s[d] = Arithmetic.bswap(w, s[a]);
      case Key.CTZ -> s[d] = Arithmetic.ctz(w, s[a]);
      case Key.CLZ -> s[d] = Arithmetic.clz(w, s[a]);
      case Key.POPCNT -> s[d] = Long.bitCount(s[a] & imm);
      case Key.FUSED -> s[d] = Sse.fused(cpu, w, s[a], s[b], s[c]);
      case Key.TARGET -> Access.target(cpu, s[a]);
      case Key.TARGET64 -> Access.target64(cpu, s[a]);
      case Key.ALIGN -> Access.align(cpu, s[a], imm);
      case Key.VCLEAR -> Sse.clear(cpu, w);
      case Key.FLOAT -> s[d] = Sse.run(cpu, w, s[a], s[b]);
      case Key.UDIV -> s[d] = Arithmetic.udiv(cpu, w, s[a], s[b], s[c]);
      case Key.UREM -> s[d] = Arithmetic.urem(cpu, w, s[a], s[b], s[c]);
      case Key.SDIV -> s[d] = Arithmetic.sdiv(cpu, w, s[a], s[b], s[c]);
      case Key.SREM -> s[d] = Arithmetic.srem(cpu, w, s[a], s[b], s[c]);
      case Key.LOADW8 -> s[d] = Access.loadForWrite(cpu, s[a], 1, MemoryUnit.flags(c));
      case Key.LOADW16 -> s[d] = Access.loadForWrite(cpu, s[a], 2, MemoryUnit.flags(c));
      case Key.LOADW32 -> s[d] = Access.loadForWrite(cpu, s[a], 4, MemoryUnit.flags(c));
      case Key.LOADW64 -> s[d] = Access.loadForWrite(cpu, s[a], 8, MemoryUnit.flags(c));
      default -> throw new IllegalStateException("tier 0 met key " + (key & 0xFF));
    }
  }
}
