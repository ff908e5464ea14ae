package io.github.bitterling.vmx.silicon;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.frontend.lift.PureHelpers;
import io.github.bitterling.frontend.lift.X86Lifter;
import io.github.bitterling.ir.IrBlock;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.HelperUnit;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.exec.BlockAccess;
import io.github.bitterling.vmx.exec.Interpreter;

/** Runs a trial through lifter and interpreter, with one page of memory and only the helpers that need no machine. */
final class Ours {
  private final X86Lifter lifter = new X86Lifter();
  private long[] page;
  private Trial trial;

  Outcome run(Trial t) {
    trial = t;
    page = t.memory();
    Cpu cpu = new Cpu(0);
    cpu.memory = new OnePage();
    cpu.helpers = this::helper;
    System.arraycopy(t.reg, 0, cpu.r, 0, 16);
    System.arraycopy(t.xmm, 0, cpu.xmm, 0, 32);
    System.arraycopy(t.mmx, 0, cpu.fpu.significand, 0, 8);
    cpu.setFlags(t.flags & 0xCD5 | 0x202);
    cpu.rip = t.ip();
    cpu.mode = t.modeKey();
    IrBlock ir = lifter.lift(p -> p < t.code.length ? t.code[p] & 0xFF : -1, t.ip(), cpu.mode, 1);
    Interpreter.run(cpu, BlockAccess.of(ir, cpu.mode), 1);
    return outcome(cpu);
  }

  private Outcome outcome(Cpu cpu) {
    Outcome o = new Outcome();
    o.vector = cpu.fault == Cpu.FAULT_NONE ? -1 : cpu.fault == Cpu.FAULT_EXCEPTION ? cpu.faultVector : 1000 + cpu.fault;
    System.arraycopy(cpu.r, 0, o.reg, 0, 16);
    if (trial.mode == Trial.CODE16) {
      o.reg[4] &= 0xFFFF;
    }
    System.arraycopy(cpu.xmm, 0, o.xmm, 0, 32);
    System.arraycopy(cpu.fpu.significand, 0, o.mmx, 0, 8);
    o.rip = cpu.rip;
    o.flags = cpu.flags();
    for (long word : page) {
      o.hash = (o.hash ^ word) * 0x9E3779B97F4A7C15L;
    }
    return o;
  }

  private long helper(Cpu cpu, int number, long a, long b, long c) {
    Helper h = Helper.of(number);
    if (h.kind() == Helper.Kind.PURE) {
      return PureHelpers.call(h, a, b, c);
    }
    switch (h) {
      case ALIGN16 -> {
        if ((a & 15) != 0) {
          cpu.raise(13, 0);
        }
      }
      case RAISE -> {
        if (c != 0) {
          cpu.raise((int) a, b);
        } else {
          cpu.raise((int) a);
        }
      }
      case MMX_GET -> {
        return cpu.fpu.significand[(int) a];
      }
      case MMX_PUT -> cpu.fpu.significand[(int) a] = b;
      case MMX_ENTER -> {}
      case CLD -> cpu.rflags &= ~Cpu.DF;
      case STD -> cpu.rflags |= Cpu.DF;
      default -> cpu.fault = Cpu.FAULT_UNIMPLEMENTED;
    }
    return 0;
  }

  /** Trial.DATA is a page of read-write memory, all else faults. */
  private final class OnePage implements MemoryUnit {
    private boolean faults(Cpu cpu, long linear, int bytes, int flags, boolean write) {
      if (linear << 16 >> 16 != linear || linear + bytes - 1 << 16 >> 16 != linear + bytes - 1) {
        cpu.raise((flags & STACK) != 0 ? 12 : 13, 0);
        return true;
      }
      if (linear < Trial.DATA || linear + bytes > Trial.DATA + 4096) {
        cpu.raise(14, write ? 6 : 4);
        return true;
      }
      return false;
    }

    @Override
    public long load(Cpu cpu, long linear, int bytes, int flags) {
      if (faults(cpu, linear, bytes, flags, (flags & WRITE_INTENT) != 0)) {
        return 0;
      }
      long v = 0;
      for (int k = 0; k < bytes; k++) {
        int at = (int) (linear - Trial.DATA) + k;
        v |= (page[at >> 3] >>> 8 * (at & 7) & 0xFF) << 8 * k;
      }
      return v;
    }

    @Override
    public void store(Cpu cpu, long linear, int bytes, long value, int flags) {
      if (faults(cpu, linear, bytes, flags, true)) {
        return;
      }
      for (int k = 0; k < bytes; k++) {
        int at = (int) (linear - Trial.DATA) + k;
        int shift = 8 * (at & 7);
        page[at >> 3] = page[at >> 3] & ~(0xFFL << shift) | (value >>> 8 * k & 0xFF) << shift;
      }
    }

    @Override
    public long linear(Cpu cpu, int segment, long offset, int bytes, boolean write, int addressBits) {
      long mask = addressBits == 64 ? -1 : (1L << addressBits) - 1;
      long at = offset & mask;
      if (at > 4096 - bytes) {
        cpu.raise(segment == 2 ? 12 : 13, 0);
        return 0;
      }
      return at + trial.dataBase();
    }

    @Override
    public long fetch(Cpu cpu, long linear) {
      throw new UnsupportedOperationException("trials bring their bytes");
    }

    @Override
    public void switchContext(Cpu cpu) {}

    @Override
    public long host(long linear, boolean write) {
      return 0;
    }

    @Override
    public void flushAll() {}

    @Override
    public void flushNonGlobal() {}

    @Override
    public void flushPage(long linear) {}

    @Override
    public void flushEverything() {}

    @Override
    public boolean loadPdptes(Cpu cpu, long cr3) {
      throw new UnsupportedOperationException("trials do not page");
    }
  }
}
