package io.github.bitterling.jit;

import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.HelperUnit;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.exec.Block;
import io.github.bitterling.vmx.exec.CompiledRegion;
import io.github.bitterling.vmx.exec.Interpreter;
import io.github.bitterling.vmx.exec.TestBlocks;
import io.github.bitterling.vmx.mem.GuestMemory;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A processor with 64 KiB of memory at {@link #BASE}, page faults elsewhere, and a few helpers;
 * runs blocks in tier 0 or with a region at the first.
 */
final class Rig implements AutoCloseable {
  static final long BASE = 0x10000;
  static final int SIZE = 0x10000;
  static final int PURE = 0;
  static final int STATE = 1;
  static final int ENDS = 2;

  final Cpu cpu = new Cpu(0);
  final GuestMemory memory = new GuestMemory(SIZE);
  private final Map<Long, Block> blocks = new HashMap<>();
  private final long entry;
  private CompiledRegion region;
  private long log = 1;
  int regionEntries;

  Rig(List<IrBlock> code) {
    code.forEach(ir -> blocks.put(ir.ip(), TestBlocks.of(ir)));
    entry = code.getFirst().ip();
    cpu.rip = entry;
    cpu.memory = new Memory();
    cpu.helpers = new Helpers();
    for (int i = 0; i < SIZE; i++) {
      GuestMemory.put8(memory.base() + i, i * 37 >> 2);
    }
  }

  static boolean pure(int helper) {
    return helper == PURE;
  }

  /** Lets the region run where it begins. */
  Rig with(CompiledRegion compiled) {
    region = compiled;
    return this;
  }

  /** Runs so many instructions, fewer on a fault, attention or where there is no code. */
  void run(int budget) {
    long end = cpu.retired + budget;
    while (cpu.fault == 0 && !cpu.attention && cpu.retired < end) {
      Block block = blocks.get(cpu.rip);
      if (block == null) {
        return;
      }
      int left = (int) (end - cpu.retired);
      if (region != null && cpu.rip == entry && left >= block.instructions) {
        cpu.retiredEnd = end;
        cpu.inRegion = true;
        cpu.retired = end - region.run(cpu, left);
        cpu.inRegion = false;
        regionEntries++;
      } else {
        Interpreter.run(cpu, block, left);
      }
    }
  }

  private long memoryHash() {
    byte[] bytes = new byte[SIZE];
    GuestMemory.toArray(memory.base(), bytes, 0, SIZE);
    return Arrays.hashCode(bytes);
  }

  /** Everything a guest could tell. */
  String state() {
    return String.format(
        "rip %x retired %d flags %x fault %d vector %d error %x attention %b log %x memory %x r %s xmm %s ymm %s mxcsr %x %x",
        cpu.rip,
        cpu.retired,
        cpu.flags(),
        cpu.fault,
        cpu.faultVector,
        cpu.faultError,
        cpu.attention,
        log,
        memoryHash(),
        Arrays.toString(Arrays.copyOf(cpu.r, Cpu.REGISTERS)),
        Arrays.toString(cpu.xmm),
        Arrays.toString(cpu.ymm),
        cpu.mxcsr,
        cpu.floatFlags);
  }

  @Override
  public void close() {
    memory.close();
  }

  private final class Memory implements MemoryUnit {
    private boolean bad(Cpu c, long linear, int bytes, int error) {
      if (linear < BASE || linear > BASE + SIZE - bytes) {
        c.raise(14, error);
        c.faultLinear = linear;
        return true;
      }
      if ((linear & 0x1000) == 0) {
        long page = linear & -4096L;
        c.tlb.fill(page, memory.base() + page - BASE, true, (linear & 0x2000) == 0);
      }
      return false;
    }

    @Override
    public long load(Cpu c, long linear, int bytes, int flags) {
      if (bad(c, linear, bytes, flags & WRITE_INTENT)) {
        return 0;
      }
      long value = 0;
      for (int i = bytes - 1; i >= 0; i--) {
        value = value << 8 | GuestMemory.get8(memory.base() + linear - BASE + i);
      }
      return value;
    }

    @Override
    public void store(Cpu c, long linear, int bytes, long value, int flags) {
      if (!bad(c, linear, bytes, 2)) {
        for (int i = 0; i < bytes; i++) {
          GuestMemory.put8(memory.base() + linear - BASE + i, value >> i * 8);
        }
      }
    }

    @Override
    public void replace(Cpu c, long linear, int bytes, long expected, long value, int flags) {
      store(c, linear, bytes, value, flags); // nobody else runs
    }

    @Override
    public boolean loadPdptes(Cpu c, long cr3) {
      throw new AssertionError("no generated code reaches the page tables");
    }

    /** Nothing: bulk operations fall back to single accesses. */
    @Override
    public long host(long linear, boolean write) {
      return 0;
    }

    @Override
    public void flushAll() {
      throw new AssertionError("no generated code flushes");
    }

    @Override
    public void flushNonGlobal() {
      throw new AssertionError("no generated code flushes");
    }

    @Override
    public void flushPage(long page) {
      throw new AssertionError("no generated code flushes");
    }

    @Override
    public void flushEverything() {
      throw new AssertionError("no generated code flushes");
    }

    @Override
    public long linear(Cpu c, int segment, long offset, int bytes, boolean write, int bits) {
      long at = bits == 64 ? offset : offset & (1L << bits) - 1;
      if ((at & 0x3F) == 0x3F) {
        c.raise(13, 0);
        return 0;
      }
      return c.segments[segment].base + at + (write ? 8 : 0);
    }

    @Override
    public void switchContext(Cpu c) {}

    @Override
    public long fetch(Cpu c, long linear) {
      return linear;
    }
  }

  private final class Helpers implements HelperUnit {
    @Override
    public long call(Cpu c, int number, long a, long b, long d) {
      if (number == PURE) {
        return a * 31 + b ^ d;
      }
      note(
          c.rip, c.nextRip, c.flags(), a, b, d, Arrays.hashCode(Arrays.copyOf(c.r, Cpu.REGISTERS)));
      if ((a & 7) == 3) {
        c.raise(13, b & 0xFFFF);
        return 0;
      }
      c.r[(int) b & 15] = a ^ d;
      c.xmm[(int) d & 7] = b;
      c.mxcsr ^= (a & 0x30) == 0 ? 1 << 7 + (b & 7) : 0;
      c.setStatus(a + b);
      if (number == ENDS) {
        note(c.retired);
        c.attention = (d & 3) == 1;
        if ((d & 4) != 0) {
          c.nextRip = entry;
        }
      }
      return a + 3 * b + 5 * d;
    }

    private void note(long... values) {
      for (long value : values) {
        log = log * 0x5DEECE66DL + value;
      }
    }
  }
}
