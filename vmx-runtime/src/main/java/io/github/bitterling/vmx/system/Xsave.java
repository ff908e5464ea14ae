package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;

/**
 * XSAVE, XSAVEOPT, XSAVEC, XSAVES, XRSTOR, XRSTORS, XGETBV and XSETBV (SDM volume 1, chapter 13),
 * on the components that {@link StateComponent} has.
 */
final class Xsave {
  private static final long X87 = StateComponent.X87.bit();
  private static final long SSE = StateComponent.SSE.bit();
  private static final long AVX = StateComponent.AVX.bit();

  private static final long MPX = StateComponent.BNDREGS.bit() | StateComponent.BNDCSR.bit();

  private static final int XSTATE_BV = SaveArea.HEADER;
  private static final int XCOMP_BV = SaveArea.HEADER + 8;

  /** Of the upper YMM halves that 16- and 32-bit code reaches. */
  private static final int NARROW_YMM_BYTES = 128;

  private static final int ALIGNMENT = 64;
  private static final long COMPACTED = 1L << 63;
  private static final int MXCSR_INITIAL = 0x1F80;

  private final CpuModel model;

  Xsave(CpuModel model) {
    this.model = model;
  }

  // Control register

  /** XGETBV: XCR0, or with ECX = 1 those of its components that are in use. */
  void get(Cpu cpu) {
    enabled(cpu);
    long value =
        switch ((int) cpu.r[1]) {
          case 0 -> cpu.xcr0;
          case 1 -> {
            if (!model.has(Feature.XGETBV_1)) {
              throw GuestFault.gp(cpu);
            }
            yield cpu.xcr0 & saved(cpu);
          }
          default -> throw GuestFault.gp(cpu);
        };
    cpu.r[0] = value & 0xFFFFFFFFL;
    cpu.r[2] = value >>> 32;
  }

  void set(Cpu cpu) {
    enabled(cpu);
    Modes.requireCpl0(cpu);
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptInstruction(cpu, ExitReason.XSETBV, 0));
    }
    long value = asked(cpu);
    boolean avxWithoutSse = (value & (AVX | SSE)) == AVX;
    boolean halfOfMpx = (value & MPX) != 0 && (value & MPX) != MPX;
    if ((int) cpu.r[1] != 0
        || (value & ~model.xcr0Bits()) != 0
        || (value & X87) == 0
        || avxWithoutSse
        || halfOfMpx) {
      throw GuestFault.gp(cpu);
    }
    cpu.xcr0 = value;
    Modes.update(cpu);
  }

  private static void enabled(Cpu cpu) {
    if ((cpu.cr4 & Bits.CR4_OSXSAVE) == 0) {
      throw GuestFault.ud(cpu);
    }
  }

  /** EDX:EAX. */
  private static long asked(Cpu cpu) {
    return cpu.r[0] & 0xFFFFFFFFL | cpu.r[2] << 32;
  }

  /**
   * As {@link StateComponent#inUse}, with SSE where only MXCSR differs from its initial value: the
   * compacted format has MXCSR as a part of SSE.
   */
  private static long saved(Cpu cpu) {
    return StateComponent.inUse(cpu) | (cpu.mxcsr != MXCSR_INITIAL ? SSE : 0);
  }

  // Saving

  /**
   * @param info operand size in bytes | segment << 8
   */
  void save(Cpu cpu, long linear, int info) {
    enabled(cpu);
    long wanted = cpu.xcr0 & asked(cpu);
    prepare(cpu, linear, info, true, StateComponent.standardBytes(wanted));
    long old = Mem.load(cpu, linear + XSTATE_BV, 8);
    long inUse = StateComponent.inUse(cpu);
    StateComponent.save(cpu, linear, info & 0xFF, wanted, 0);
    mxcsr(cpu, linear, wanted);
    Mem.store(cpu, linear + XSTATE_BV, 8, old & ~wanted | inUse & wanted);
  }

  /** XSAVEOPT leaves out what is in its initial configuration. */
  void saveOptimized(Cpu cpu, long linear, int info) {
    enabled(cpu);
    long wanted = cpu.xcr0 & asked(cpu);
    prepare(cpu, linear, info, true, StateComponent.standardBytes(wanted));
    long old = Mem.load(cpu, linear + XSTATE_BV, 8);
    long inUse = StateComponent.inUse(cpu);
    StateComponent.save(cpu, linear, info & 0xFF, wanted & inUse, 0);
    mxcsr(cpu, linear, wanted);
    Mem.store(cpu, linear + XSTATE_BV, 8, old & ~wanted | inUse & wanted);
  }

  void saveCompacted(Cpu cpu, long linear, int info) {
    enabled(cpu);
    saveCompacted(cpu, linear, info, cpu.xcr0 & asked(cpu));
  }

  /** XSAVES: those of IA32_XSS too. */
  void saveSupervisor(Cpu cpu, long linear, int info) {
    saveCompacted(cpu, linear, info, supervisor(cpu, ExitReason.XSAVES));
  }

  private static void saveCompacted(Cpu cpu, long linear, int info, long wanted) {
    prepare(cpu, linear, info, true, StateComponent.compactedBytes(wanted));
    long stored = wanted & saved(cpu);
    StateComponent.save(cpu, linear, info & 0xFF, stored, wanted | COMPACTED);
    mxcsr(cpu, linear, stored & SSE);
    Mem.store(cpu, linear + XSTATE_BV, 8, stored);
    Mem.store(cpu, linear + XCOMP_BV, 8, wanted | COMPACTED);
  }

  private static void mxcsr(Cpu cpu, long linear, long components) {
    if ((components & (SSE | AVX)) != 0) {
      SaveArea.saveMxcsr(cpu, linear);
    }
  }

  // Checks

  /**
   * What XSAVES and XRSTORS look at before the area; privilege comes before a VM exit, and that
   * before everything else (SDM volume 3, 26.1.1).
   *
   * @return the components that are asked for and enabled
   */
  private static long supervisor(Cpu cpu, int reason) {
    SystemOps.requireExists(cpu, reason);
    enabled(cpu);
    Modes.requireCpl0(cpu);
    if (cpu.nonRoot) {
      GuestFault.exit(cpu.vmx.interceptStates(cpu, reason, asked(cpu) & cpu.xss));
    }
    return (cpu.xcr0 | cpu.xss) & asked(cpu);
  }

  /** CR0.TS, alignment, limits, and a touch of both ends. */
  private static void prepare(Cpu cpu, long linear, int info, boolean write, int bytes) {
    if ((cpu.cr0 & Bits.CR0_TS) != 0) {
      throw GuestFault.exception(cpu, Vector.NM);
    }
    if ((linear & ALIGNMENT - 1) != 0) {
      throw GuestFault.gp(cpu);
    }
    if (bytes > StateComponent.HEAD && !Modes.code64(cpu)) {
      // The lifter asked for legacy region and header only
      int segment = info >> 8;
      long offset = linear - cpu.segments[segment].base & 0xFFFFFFFFL;
      int more = bytes - StateComponent.HEAD;
      int reached = more == StateComponent.AVX.bytes() ? NARROW_YMM_BYTES : more;
      Mem.linear(cpu, segment, offset + StateComponent.HEAD, reached, write, 32);
    }
    if (write) {
      Mem.loadForWrite(cpu, linear, 1);
      Mem.loadForWrite(cpu, linear + bytes - 1, 1);
    } else {
      Mem.load(cpu, linear, 1);
      Mem.load(cpu, linear + bytes - 1, 1);
    }
  }

  // Restoring

  void restore(Cpu cpu, long linear, int info) {
    enabled(cpu);
    long wanted = cpu.xcr0 & asked(cpu);
    prepare(cpu, linear, info, false, StateComponent.HEAD);
    long format = Mem.load(cpu, linear + XCOMP_BV, 8);
    if (format < 0) {
      if (!model.has(Feature.XSAVEC)) {
        throw GuestFault.gp(cpu);
      }
      restoreCompacted(cpu, linear, info, wanted, cpu.xcr0);
    } else {
      restoreStandard(cpu, linear, info, wanted);
    }
  }

  /** XRSTORS: those of IA32_XSS too, from a compacted area only. */
  void restoreSupervisor(Cpu cpu, long linear, int info) {
    long wanted = supervisor(cpu, ExitReason.XRSTORS);
    prepare(cpu, linear, info, false, StateComponent.HEAD);
    if (Mem.load(cpu, linear + XCOMP_BV, 8) >= 0) {
      throw GuestFault.gp(cpu);
    }
    restoreCompacted(cpu, linear, info, wanted, cpu.xcr0 | cpu.xss);
  }

  /** The standard format has MXCSR whatever XSTATE_BV says. */
  private static void restoreStandard(Cpu cpu, long linear, int info, long wanted) {
    long present = Mem.load(cpu, linear + XSTATE_BV, 8);
    long reserved =
        Mem.load(cpu, linear + XCOMP_BV, 8) | Mem.load(cpu, linear + SaveArea.HEADER + 16, 8);
    if ((present & ~cpu.xcr0) != 0 || reserved != 0) {
      throw GuestFault.gp(cpu);
    }
    prepare(cpu, linear, info, false, StateComponent.standardBytes(wanted));
    boolean loads = (wanted & (SSE | AVX)) != 0;
    int mxcsr = loads ? SaveArea.mxcsr(cpu, linear) : cpu.mxcsr;
    StateComponent.load(cpu, linear, info & 0xFF, wanted & present, 0);
    StateComponent.initialize(cpu, wanted & ~present);
    cpu.mxcsr = mxcsr;
  }

  /** The compacted format has MXCSR as a part of SSE. */
  private static void restoreCompacted(Cpu cpu, long linear, int info, long wanted, long allowed) {
    long present = Mem.load(cpu, linear + XSTATE_BV, 8);
    long format = Mem.load(cpu, linear + XCOMP_BV, 8);
    long components = format & ~COMPACTED;
    if ((components & ~allowed) != 0
        || (present & ~components) != 0
        || !reservedZero(cpu, linear)) {
      throw GuestFault.gp(cpu);
    }
    prepare(cpu, linear, info, false, StateComponent.compactedBytes(components));
    long loaded = wanted & present;
    int mxcsr = (loaded & SSE) != 0 ? SaveArea.mxcsr(cpu, linear) : MXCSR_INITIAL;
    if (!StateComponent.loadable(cpu, linear, loaded, format)) {
      throw GuestFault.gp(cpu);
    }
    StateComponent.load(cpu, linear, info & 0xFF, loaded, format);
    StateComponent.initialize(cpu, wanted & ~present);
    if ((wanted & SSE) != 0) {
      cpu.mxcsr = mxcsr;
    }
  }

  private static boolean reservedZero(Cpu cpu, long linear) {
    long reserved = 0;
    for (int i = 16; i < 64; i += 8) {
      reserved |= Mem.load(cpu, linear + SaveArea.HEADER + i, 8);
    }
    return reserved == 0;
  }
}
