package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.ir.Op;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.paging.AlignmentChecks;
import io.github.bitterling.vmx.paging.SegmentChecks;
import io.github.bitterling.vmx.system.HelperAccess;
import io.github.bitterling.vmx.system.HelperTable;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Runs a trial through lifter, an engine and helpers, with one page of memory. */
final class Ours implements AutoCloseable {
  private static final int DATA_SEGMENT = 0xF3;
  private static final int CODE_SEGMENT = 0xFB;

  /** Instructions of a block that is not the first. */
  private static final int MOST = 8;

  private final X86Lifter lifter = new X86Lifter();
  private final GuestMemory page = new GuestMemory(4096);
  private final HelperTable helpers = HelperAccess.user(CpuModel.e3845(4));
  private final Engine engine;
  private Trial trial;
  private long faultEnd;

  Ours(Engine engine) {
    this.engine = engine;
  }

  Outcome run(Trial t) {
    trial = t;
    faultEnd = 0;
    fill(t);
    Cpu cpu = new Cpu(0);
    cpu.memory = new OnePage(cpu);
    cpu.helpers = helpers;
    System.arraycopy(t.reg, 0, cpu.r, 0, 16);
    System.arraycopy(t.xmm, 0, cpu.xmm, 0, 32);
    System.arraycopy(t.ymm, 0, cpu.ymm, 0, 32);
    cpu.fpu.control = t.control;
    cpu.fpu.setStatusWord(t.status);
    cpu.fpu.valid = t.tags;
    cpu.mxcsr = t.mxcsr;
    for (int i = 0; i < 8; i++) {
      cpu.fpu.significand[cpu.fpu.physical(i)] = t.mmx[i];
      cpu.fpu.signExponent[cpu.fpu.physical(i)] = t.signExponent[i];
    }
    cpu.setFlags(t.flags & (UndefinedFlags.ALL | Cpu.AC) | 0x202);
    cpu.rip = t.ip();
    cpu.mode = t.modeKey();
    cpu.cpl = 3;
    cpu.cr0 = 0x80050033L; // with AM, as Linux has it
    cpu.cr4 = 0x406A0;
    cpu.xcr0 = 7;
    cpu.efer = 0xD01;
    segments(cpu, t);
    execute(cpu, t);
    return outcome(cpu);
  }

  private void execute(Cpu cpu, Trial t) {
    int left = Math.max(t.steps, 1);
    long at;
    do {
      long before = cpu.retired;
      engine.run(cpu, blocks(t, (int) (cpu.rip - t.ip()), left), left);
      left -= Math.max(1, (int) (cpu.retired - before));
      at = cpu.rip - t.ip();
    } while (left > 0 && cpu.fault == Cpu.FAULT_NONE && at >= 0 && at < t.code.length);
  }

  /** The block at an offset, then all that can be reached from it without leaving the code. */
  private List<IrBlock> blocks(Trial t, int offset, int most) {
    Map<Integer, IrBlock> blocks = new LinkedHashMap<>();
    Deque<Integer> open = new ArrayDeque<>(List.of(offset));
    while (!open.isEmpty()) {
      int at = open.remove();
      if (at >= 0 && at < t.code.length && !blocks.containsKey(at)) {
        IrBlock ir =
            lifter.lift(
                p -> p + at < t.code.length ? t.code[p + at] & 0xFF : -1,
                t.ip() + at,
                t.modeKey(),
                blocks.isEmpty() ? most : MOST);
        if (ir != null) {
          blocks.put(at, ir);
          open.add((int) (ir.nextIp() - t.ip()));
          Op last = ir.op(ir.size() - 1);
          if (last == Op.GOTO || last == Op.BRANCH) {
            open.add((int) (ir.imm(ir.size() - 1) - t.ip()));
          }
        }
      }
    }
    return List.copyOf(blocks.values());
  }

  private void fill(Trial t) {
    long[] words = t.memory();
    for (int i = 0; i < words.length; i++) {
      GuestMemory.put64(page.base() + 8L * i, words[i]);
    }
  }

  /** As silicon.c sets them up. */
  private static void segments(Cpu cpu, Trial t) {
    for (Segment s : cpu.segments) {
      int wide = t.mode == Trial.CODE16 ? 0 : Segment.DB;
      s.set(0x17, t.dataBase(), t.segmented() ? 0xFFF : 0xFFFFFFFFL, DATA_SEGMENT | wide);
    }
    switch (t.mode) {
      case Trial.LONG -> cpu.cs.set(0x33, 0, 0xFFFFFFFFL, CODE_SEGMENT | Segment.L);
      case Trial.CODE16 -> cpu.cs.set(0x07, Trial.CODE, 0xFFFF, CODE_SEGMENT);
      default -> cpu.cs.set(0x23, 0, 0xFFFFFFFFL, CODE_SEGMENT | Segment.DB);
    }
  }

  private Outcome outcome(Cpu cpu) {
    Outcome o = new Outcome();
    o.vector =
        cpu.fault == Cpu.FAULT_NONE
            ? -1
            : cpu.fault == Cpu.FAULT_EXCEPTION ? cpu.faultVector : 1000 + cpu.fault;
    System.arraycopy(cpu.r, 0, o.reg, 0, 16);
    if (trial.mode == Trial.CODE16) {
      o.reg[4] &= 0xFFFF;
    }
    System.arraycopy(cpu.xmm, 0, o.xmm, 0, 32);
    System.arraycopy(cpu.ymm, 0, o.ymm, 0, 32);
    for (int i = 0; i < 8; i++) {
      o.mmx[i] = cpu.fpu.significand[cpu.fpu.physical(i)];
      o.signExponent[i] = cpu.fpu.signExponent[cpu.fpu.physical(i)] & 0xFFFF;
    }
    o.control = cpu.fpu.control;
    o.status = cpu.fpu.statusWord();
    o.tags = cpu.fpu.valid;
    o.mxcsr = cpu.mxcsr;
    for (int i = 0; i < 16 && trial.operandAt >= 0; i++) {
      o.window[i] = GuestMemory.get64(page.base() + trial.operandAt + 8L * i);
    }
    o.rip = cpu.rip;
    o.faultEnd = faultEnd;
    o.flags = cpu.flags();
    o.page = trial.operandAt >= 0 ? new long[512] : null;
    for (int i = 0; i < 512; i++) {
      if (o.page != null) {
        o.page[i] = GuestMemory.get64(page.base() + 8L * i);
      }
      o.hash = (o.hash ^ GuestMemory.get64(page.base() + 8L * i)) * 0x9E3779B97F4A7C15L;
    }
    return o;
  }

  @Override
  public void close() {
    page.close();
  }

  /** Trial.DATA is a page of read-write memory, all else faults. */
  private final class OnePage implements MemoryUnit {
    private final Cpu cpu;

    OnePage(Cpu cpu) {
      this.cpu = cpu;
    }

    private boolean faults(long linear, int bytes, int flags, boolean write) {
      if (SegmentChecks.beyondFlat(cpu, linear, bytes, flags)) {
        return true;
      }
      if (!SegmentChecks.canonical(linear) || !SegmentChecks.canonical(linear + bytes - 1)) {
        cpu.raise((flags & STACK) != 0 ? 12 : 13, 0);
        return true;
      }
      if (AlignmentChecks.active(cpu) && AlignmentChecks.fault(cpu, linear, bytes, flags)) {
        return true;
      }
      if (linear < Trial.DATA || linear + bytes > Trial.DATA + 4096) {
        cpu.raise(14, write ? 6 : 4);
        faultEnd = linear + bytes;
        return true;
      }
      return false;
    }

    private long at(long linear) {
      return page.base() + linear - Trial.DATA;
    }

    @Override
    public long load(Cpu who, long linear, int bytes, int flags) {
      if (faults(linear, bytes, flags, (flags & WRITE_INTENT) != 0)) {
        return 0;
      }
      long v = 0;
      for (int k = 0; k < bytes; k++) {
        v |= GuestMemory.get8(at(linear) + k) << 8 * k;
      }
      return v;
    }

    @Override
    public void store(Cpu who, long linear, int bytes, long value, int flags) {
      if (faults(linear, bytes, flags, true)) {
        return;
      }
      for (int k = 0; k < bytes; k++) {
        GuestMemory.put8(at(linear) + k, value >>> 8 * k);
      }
    }

    @Override
    public void replace(Cpu who, long linear, int bytes, long expected, long value, int flags) {
      store(who, linear, bytes, value, flags); // nobody else runs
    }

    @Override
    public long linear(
        Cpu who, int segment, long offset, int bytes, boolean write, int addressBits) {
      return SegmentChecks.linear(who, segment, offset, bytes, write, addressBits);
    }

    @Override
    public long host(long linear, boolean write) {
      return AlignmentChecks.active(cpu) || faults(linear, 1, 0, write) ? 0 : at(linear);
    }

    @Override
    public long fetch(Cpu who, long linear) {
      throw new UnsupportedOperationException("trials bring their bytes");
    }

    @Override
    public void switchContext(Cpu who) {}

    @Override
    public void flushAll() {}

    @Override
    public void flushNonGlobal() {}

    @Override
    public void flushPage(long linear) {}

    @Override
    public void flushEverything() {}

    @Override
    public boolean loadPdptes(Cpu who, long cr3) {
      return true;
    }
  }
}
