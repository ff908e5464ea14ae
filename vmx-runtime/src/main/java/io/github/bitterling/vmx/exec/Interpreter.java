package io.github.bitterling.vmx.exec;

import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.LazyFlags;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.mem.GuestMemory;

/**
 * Tier 0: runs the code of blocks. Stops between instructions when the budget is used up or
 * attention is set, before an instruction when it faults. Registers and flags are exact between
 * instructions; instruction pointer and count only where something may look: at the end and in what
 * {@link TierZeroCalls} does. HotSpot compiles no method over 8,000 bytecodes, so {@link #run}
 * holds the frequent operations.
 */
public final class Interpreter {
  private static final int STATE_ADD = LazyFlags.ADD << 2;
  private static final int STATE_SUB = LazyFlags.SUB << 2;
  private static final int STATE_LOGIC = LazyFlags.LOGIC << 2;
  private static final int STATE_INC = LazyFlags.INC << 2;
  private static final int STATE_DEC = LazyFlags.DEC << 2;

  private Interpreter() {}

  /**
   * Runs at most {@code max} instructions of a block whose instruction pointer is {@code cpu.rip};
   * leaves {@code cpu.rip} and {@code cpu.retired} current.
   *
   * @param max at least 1; one instruction is run when attention is set already
   */
  public static void run(Cpu cpu, Block block, int max) {
    TierZeroCode tier = block.code;
    long[] code = tier.code;
    long[] s = cpu.r;
    long base = cpu.retired;
    int limit = cpu.attention ? 1 : max;
    int end = tier.start(limit);
    int p = 0;
    while (p < end) {
      int at = p;
      long x = code[p++];
      long host;
      switch ((int) x & 0xFF) {
        case Key.MOV:
          s[Word.d(x)] = s[Word.a(x)] & Word.mask(x);
          continue;
        case Key.PUT8:
          s[Word.d(x)] = s[Word.d(x)] & ~0xFFL | s[Word.a(x)] & 0xFF;
          continue;
        case Key.PUT16:
          s[Word.d(x)] = s[Word.d(x)] & ~0xFFFFL | s[Word.a(x)] & 0xFFFF;
          continue;
        case Key.PUTHIGH:
          s[Word.d(x)] = s[Word.d(x)] & ~0xFF00L | (s[Word.a(x)] & 0xFF) << 8;
          continue;
        case Key.GETHIGH:
          s[Word.d(x)] = s[Word.a(x)] >>> 8 & 0xFF;
          continue;
        case Key.SEGBASE:
          s[Word.d(x)] = cpu.segments[Word.a(x)].base;
          continue;
        case Key.ADD:
          s[Word.d(x)] = s[Word.a(x)] + s[Word.b(x)] & Word.mask(x);
          continue;
        case Key.ADDI:
          s[Word.d(x)] = s[Word.a(x)] + Word.immediate(x) & Word.mask(x);
          continue;
        case Key.SUB:
          s[Word.d(x)] = s[Word.a(x)] - s[Word.b(x)] & Word.mask(x);
          continue;
        case Key.SUBI:
          s[Word.d(x)] = s[Word.a(x)] - Word.immediate(x) & Word.mask(x);
          continue;
        case Key.AND:
          s[Word.d(x)] = s[Word.a(x)] & s[Word.b(x)] & Word.mask(x);
          continue;
        case Key.ANDI:
          s[Word.d(x)] = s[Word.a(x)] & Word.immediate(x) & Word.mask(x);
          continue;
        case Key.OR:
          s[Word.d(x)] = (s[Word.a(x)] | s[Word.b(x)]) & Word.mask(x);
          continue;
        case Key.ORI:
          s[Word.d(x)] = (s[Word.a(x)] | Word.immediate(x)) & Word.mask(x);
          continue;
        case Key.XOR:
          s[Word.d(x)] = (s[Word.a(x)] ^ s[Word.b(x)]) & Word.mask(x);
          continue;
        case Key.XORI:
          s[Word.d(x)] = (s[Word.a(x)] ^ Word.immediate(x)) & Word.mask(x);
          continue;
        case Key.NOT:
          s[Word.d(x)] = ~s[Word.a(x)] & Word.mask(x);
          continue;
        case Key.NEG:
          s[Word.d(x)] = -s[Word.a(x)] & Word.mask(x);
          continue;
        case Key.MUL:
          s[Word.d(x)] = s[Word.a(x)] * s[Word.b(x)] & Word.mask(x);
          continue;
        case Key.SEXT:
          s[Word.d(x)] = Word.signed(x, s[Word.a(x)]);
          continue;
        case Key.SHL:
          s[Word.d(x)] = shl(x, s[Word.a(x)], s[Word.b(x)]);
          continue;
        case Key.SHLI:
          s[Word.d(x)] = shl(x, s[Word.a(x)], Word.immediate(x));
          continue;
        case Key.SHR:
          s[Word.d(x)] = (s[Word.a(x)] & Word.mask(x)) >>> s[Word.b(x)];
          continue;
        case Key.SHRI:
          s[Word.d(x)] = (s[Word.a(x)] & Word.mask(x)) >>> Word.immediate(x);
          continue;
        case Key.SAR:
          s[Word.d(x)] = Word.signed(x, s[Word.a(x)]) >> s[Word.b(x)] & Word.mask(x);
          continue;
        case Key.SARI:
          s[Word.d(x)] = Word.signed(x, s[Word.a(x)]) >> Word.immediate(x) & Word.mask(x);
          continue;
        case Key.EQ:
          s[Word.d(x)] = ((s[Word.a(x)] ^ s[Word.b(x)]) & Word.mask(x)) == 0 ? 1 : 0;
          continue;
        case Key.EQI:
          s[Word.d(x)] = ((s[Word.a(x)] ^ Word.immediate(x)) & Word.mask(x)) == 0 ? 1 : 0;
          continue;
        case Key.NE:
          s[Word.d(x)] = ((s[Word.a(x)] ^ s[Word.b(x)]) & Word.mask(x)) != 0 ? 1 : 0;
          continue;
        case Key.NEI:
          s[Word.d(x)] = ((s[Word.a(x)] ^ Word.immediate(x)) & Word.mask(x)) != 0 ? 1 : 0;
          continue;
        case Key.ULT:
          s[Word.d(x)] = below(x, s[Word.a(x)], s[Word.b(x)]) ? 1 : 0;
          continue;
        case Key.ULTI:
          s[Word.d(x)] = below(x, s[Word.a(x)], Word.immediate(x)) ? 1 : 0;
          continue;
        case Key.ULE:
          s[Word.d(x)] = below(x, s[Word.b(x)], s[Word.a(x)]) ? 0 : 1;
          continue;
        case Key.ULEI:
          s[Word.d(x)] = below(x, Word.immediate(x), s[Word.a(x)]) ? 0 : 1;
          continue;
        case Key.SLT:
          s[Word.d(x)] = less(x, s[Word.a(x)], s[Word.b(x)]) ? 1 : 0;
          continue;
        case Key.SLTI:
          s[Word.d(x)] = less(x, s[Word.a(x)], Word.immediate(x)) ? 1 : 0;
          continue;
        case Key.SLE:
          s[Word.d(x)] = less(x, s[Word.b(x)], s[Word.a(x)]) ? 0 : 1;
          continue;
        case Key.SLEI:
          s[Word.d(x)] = less(x, Word.immediate(x), s[Word.a(x)]) ? 0 : 1;
          continue;
        case Key.LEA:
          s[Word.d(x)] = s[Word.a(x)] + (s[Word.b(x)] << Word.c(x)) & Word.mask(x);
          continue;
        case Key.SELECT:
          s[Word.d(x)] = s[Word.a(x)] != 0 ? s[Word.b(x)] : s[Word.c(x)];
          continue;
        case Key.ADD_FLAGS:
          add(cpu, x, s, s[Word.b(x)]);
          continue;
        case Key.ADDI_FLAGS:
          add(cpu, x, s, Word.immediate(x));
          continue;
        case Key.SUB_FLAGS:
          subtract(cpu, x, s, s[Word.b(x)]);
          continue;
        case Key.SUBI_FLAGS:
          subtract(cpu, x, s, Word.immediate(x));
          continue;
        case Key.AND_FLAGS:
          logic(cpu, x, s, s[Word.b(x)], s[Word.a(x)] & s[Word.b(x)]);
          continue;
        case Key.ANDI_FLAGS:
          logic(cpu, x, s, Word.immediate(x), s[Word.a(x)] & Word.immediate(x));
          continue;
        case Key.OR_FLAGS:
          logic(cpu, x, s, s[Word.b(x)], s[Word.a(x)] | s[Word.b(x)]);
          continue;
        case Key.ORI_FLAGS:
          logic(cpu, x, s, Word.immediate(x), s[Word.a(x)] | Word.immediate(x));
          continue;
        case Key.XOR_FLAGS:
          logic(cpu, x, s, s[Word.b(x)], s[Word.a(x)] ^ s[Word.b(x)]);
          continue;
        case Key.XORI_FLAGS:
          logic(cpu, x, s, Word.immediate(x), s[Word.a(x)] ^ Word.immediate(x));
          continue;
        case Key.INC_FLAGS:
          step(cpu, x, s, STATE_INC, 1);
          continue;
        case Key.DEC_FLAGS:
          step(cpu, x, s, STATE_DEC, -1);
          continue;
        case Key.FLAGSIF:
          if (s[Word.b(x)] == 0) {
            continue;
          }
          setFlags(cpu, Word.d(x), s[Word.a(x)], s[Word.b(x)], s[Word.c(x)]);
          continue;
        case Key.FLAGS:
          setFlags(cpu, Word.d(x), s[Word.a(x)], s[Word.b(x)], s[Word.c(x)]);
          continue;
        case Key.COND:
          s[Word.d(x)] = condition(cpu, Word.b(x)) ? 1 : 0;
          continue;
        case Key.LINEAR:
          {
            Segment segment = cpu.segments[(int) Word.immediate(x) & 7];
            long offset = s[Word.a(x)] & Word.mask(x);
            if (Word.width(x) == 3
                || !segment.holds(offset, ((int) Word.immediate(x) >> 8 & 0xFFFF) - 1)) {
              break;
            }
            s[Word.d(x)] = segment.base + offset & 0xFFFFFFFFL;
            continue;
          }
        case Key.TARGET:
          if (s[Word.a(x)] > cpu.cs.limit) {
            break;
          }
          continue;
        case Key.TARGET64:
          if (s[Word.a(x)] << 16 >> 16 != s[Word.a(x)]) {
            break;
          }
          continue;
        case Key.LOAD8:
          host = Access.readable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 0);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get8(host);
          continue;
        case Key.LOAD16:
          host = Access.readable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 1);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get16(host);
          continue;
        case Key.LOAD32:
          host = Access.readable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 3);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get32(host);
          continue;
        case Key.LOAD64:
          host = Access.readable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 7);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get64(host);
          continue;
        case Key.STORE8:
          host = Access.writable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 0);
          if (host == 0) {
            break;
          }
          GuestMemory.put8(host, s[Word.d(x)]);
          continue;
        case Key.STORE16:
          host = Access.writable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 1);
          if (host == 0) {
            break;
          }
          GuestMemory.put16(host, s[Word.d(x)]);
          continue;
        case Key.STORE32:
          host = Access.writable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 3);
          if (host == 0) {
            break;
          }
          GuestMemory.put32(host, s[Word.d(x)]);
          continue;
        case Key.STORE64:
          host = Access.writable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 7);
          if (host == 0) {
            break;
          }
          GuestMemory.put64(host, s[Word.d(x)]);
          continue;
        case Key.LOADW8:
          host = Access.changeable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 0);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get8(host);
          continue;
        case Key.LOADW16:
          host = Access.changeable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 1);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get16(host);
          continue;
        case Key.LOADW32:
          host = Access.changeable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 3);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get32(host);
          continue;
        case Key.LOADW64:
          host = Access.changeable(cpu.tlb, s[Word.a(x)] + Word.immediate(x), 7);
          if (host == 0) {
            break;
          }
          s[Word.d(x)] = GuestMemory.get64(host);
          continue;
        case Key.CONST:
          s[Word.d(x)] = code[p++];
          continue;
        case Key.GOTO:
          leave(cpu, base + tier.instructions, code[p]);
          return;
        case Key.BRANCH:
          leave(cpu, base + tier.instructions, s[Word.a(x)] != 0 ? code[p] : tier.nextIp);
          return;
        case Key.BRANCH_COND:
          leave(cpu, base + tier.instructions, condition(cpu, Word.b(x)) ? code[p] : tier.nextIp);
          return;
        case Key.BRANCH_ZERO:
          branch(cpu, base, tier, code[p], cpu.flagR == 0, x);
          return;
        case Key.BRANCH_ULT:
          branch(cpu, base, tier, code[p], Long.compareUnsigned(cpu.flagA, cpu.flagB) < 0, x);
          return;
        case Key.BRANCH_ULE:
          branch(cpu, base, tier, code[p], Long.compareUnsigned(cpu.flagA, cpu.flagB) <= 0, x);
          return;
        case Key.BRANCH_SLT:
          branch(cpu, base, tier, code[p], less(x, cpu.flagA, cpu.flagB), x);
          return;
        case Key.BRANCH_SLE:
          branch(cpu, base, tier, code[p], !less(x, cpu.flagB, cpu.flagA), x);
          return;
        case Key.JUMP:
          leave(cpu, base + tier.instructions, s[Word.a(x)]);
          tier.jumped(cpu.rip);
          return;
        case Key.EXIT:
          leave(cpu, base + tier.instructions, cpu.nextRip);
          return;
        default:
          if (Word.key(x) < Key.FIRST_CALL) {
            RareOperations.run(cpu, x, code[p++]);
            continue;
          }
          p += Key.words(Word.key(x)) - 1;
          if (Word.key(x) >= Key.FIRST_SHARED && SharedOperations.run(cpu, x, code, at + 1)) {
            continue;
          }
          break;
      }
      int done = TierZeroCalls.run(cpu, tier, at, base);
      if (done == TierZeroCalls.FAULTED) {
        return;
      }
      base = cpu.retired - done;
      if (cpu.attention) {
        limit = done;
        end = tier.start(done);
      }
    }
    leave(cpu, base + limit, tier.ip(limit));
  }

  private static void leave(Cpu cpu, long retired, long rip) {
    cpu.retired = retired;
    cpu.rip = rip;
  }

  private static void branch(
      Cpu cpu, long base, TierZeroCode tier, long target, boolean condition, long x) {
    leave(cpu, base + tier.instructions, condition ^ Word.c(x) != 0 ? target : tier.nextIp);
  }

  private static long shl(long x, long value, long count) {
    long mask = Word.mask(x);
    return value << count & mask;
  }

  private static boolean below(long x, long a, long b) {
    return Long.compareUnsigned(a & Word.mask(x), b & Word.mask(x)) < 0;
  }

  private static boolean less(long x, long a, long b) {
    return Word.signed(x, a) < Word.signed(x, b);
  }

  private static boolean condition(Cpu cpu, int condition) {
    return LazyFlags.condition(condition, cpu.flagState, cpu.flagA, cpu.flagB, cpu.flagR);
  }

  private static void setFlags(Cpu cpu, int state, long a, long b, long r) {
    cpu.flagState = state;
    cpu.flagA = a;
    cpu.flagB = b;
    cpu.flagR = r;
  }

  private static void add(Cpu cpu, long x, long[] s, long second) {
    long mask = Word.mask(x);
    long a = s[Word.a(x)] & mask;
    long b = second & mask;
    long r = a + b & mask;
    setFlags(cpu, STATE_ADD | Word.width(x), a, b, r);
    s[Word.d(x)] = r;
  }

  private static void subtract(Cpu cpu, long x, long[] s, long second) {
    long mask = Word.mask(x);
    long a = s[Word.a(x)] & mask;
    long b = second & mask;
    long r = a - b & mask;
    setFlags(cpu, STATE_SUB | Word.width(x), a, b, r);
    s[Word.d(x)] = r;
  }

  private static void logic(Cpu cpu, long x, long[] s, long second, long result) {
    long mask = Word.mask(x);
    long r = result & mask;
    setFlags(cpu, STATE_LOGIC | Word.width(x), s[Word.a(x)] & mask, second & mask, r);
    s[Word.d(x)] = r;
  }

  private static void step(Cpu cpu, long x, long[] s, int state, int by) {
    long a = s[Word.a(x)] & Word.mask(x);
    long r = a + by & Word.mask(x);
    long carry = LazyFlags.carry(cpu.flagState, cpu.flagA, cpu.flagB, cpu.flagR) ? 1 : 0;
    setFlags(cpu, state | Word.width(x), a, carry, r);
    s[Word.d(x)] = r;
  }
}
