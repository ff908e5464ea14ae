package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.Feature;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;

/**
 * XSAVE, XSAVEOPT, XSAVEC, XRSTOR, XGETBV, XSETBV and what CPUID leaf D says of them (SDM volume 1,
 * chapter 13). Components are x87 (bit 0 of XCR0), SSE (1) and the upper halves of the YMM
 * registers (2), which have the same place in both formats.
 */
final class Xsave {
  static final int X87 = 1;
  static final int SSE = 2;
  static final int AVX = 4;

  private static final int XSTATE_BV = SaveArea.HEADER;
  private static final int XCOMP_BV = SaveArea.HEADER + 8;
  private static final int LEGACY_AND_HEADER = SaveArea.YMM;
  private static final int YMM_BYTES = 256;
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
    long value = cpu.r[0] & 0xFFFFFFFFL | cpu.r[2] << 32;
    boolean avxWithoutSse = (value & (AVX | SSE)) == AVX;
    if ((int) cpu.r[1] != 0
        || (value & ~model.xcr0Bits()) != 0
        || (value & X87) == 0
        || avxWithoutSse) {
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

  private static long inUse(Cpu cpu) {
    return (SaveArea.x87InUse(cpu) ? X87 : 0)
        | (SaveArea.inUse(cpu, cpu.xmm) ? SSE : 0)
        | (SaveArea.inUse(cpu, cpu.ymm) ? AVX : 0);
  }

  /**
   * As {@link #inUse}, with SSE where only MXCSR differs from its initial value: the compacted
   * format has MXCSR as a part of SSE.
   */
  private static long saved(Cpu cpu) {
    return inUse(cpu) | (cpu.mxcsr != MXCSR_INITIAL ? SSE : 0);
  }

  // CPUID

  /** Bytes of an area in standard format for these components. */
  static int bytes(long components) {
    return LEGACY_AND_HEADER + ((components & AVX) != 0 ? YMM_BYTES : 0);
  }

  // Saving

  /**
   * @param info operand size in bytes | segment << 8
   */
  void save(Cpu cpu, long linear, int info) {
    long wanted = prepare(cpu, linear, info, true);
    long old = Mem.load(cpu, linear + XSTATE_BV, 8);
    store(cpu, linear, info & 0xFF, wanted);
    mxcsr(cpu, linear, wanted);
    Mem.store(cpu, linear + XSTATE_BV, 8, old & ~wanted | inUse(cpu) & wanted);
  }

  /** XSAVEOPT leaves out what is in its initial configuration. */
  void saveOptimized(Cpu cpu, long linear, int info) {
    long wanted = prepare(cpu, linear, info, true);
    long old = Mem.load(cpu, linear + XSTATE_BV, 8);
    store(cpu, linear, info & 0xFF, wanted & inUse(cpu));
    mxcsr(cpu, linear, wanted);
    Mem.store(cpu, linear + XSTATE_BV, 8, old & ~wanted | inUse(cpu) & wanted);
  }

  void saveCompacted(Cpu cpu, long linear, int info) {
    long wanted = prepare(cpu, linear, info, true);
    long stored = wanted & saved(cpu);
    store(cpu, linear, info & 0xFF, stored);
    mxcsr(cpu, linear, stored & SSE);
    Mem.store(cpu, linear + XSTATE_BV, 8, stored);
    Mem.store(cpu, linear + XCOMP_BV, 8, wanted | COMPACTED);
  }

  private static void store(Cpu cpu, long linear, int size, long components) {
    if ((components & X87) != 0) {
      SaveArea.saveX87(cpu, linear, size);
    }
    if ((components & SSE) != 0) {
      SaveArea.saveXmm(cpu, linear);
    }
    if ((components & AVX) != 0) {
      SaveArea.save(cpu, cpu.ymm, linear + SaveArea.YMM);
    }
  }

  private static void mxcsr(Cpu cpu, long linear, long components) {
    if ((components & (SSE | AVX)) != 0) {
      SaveArea.saveMxcsr(cpu, linear);
    }
  }

  /** Checks, and a touch of both ends; returns the components that are asked for and enabled. */
  private static long prepare(Cpu cpu, long linear, int info, boolean write) {
    enabled(cpu);
    if ((cpu.cr0 & Bits.CR0_TS) != 0) {
      throw GuestFault.exception(cpu, Vector.NM);
    }
    if ((linear & ALIGNMENT - 1) != 0) {
      throw GuestFault.gp(cpu);
    }
    long wanted = cpu.xcr0 & (cpu.r[0] & 0xFFFFFFFFL | cpu.r[2] << 32);
    int bytes = bytes(wanted);
    if (bytes > LEGACY_AND_HEADER && !Modes.code64(cpu)) {
      // The lifter asked for legacy region and header only
      int segment = info >> 8;
      long offset = linear - cpu.segments[segment].base & 0xFFFFFFFFL;
      Mem.linear(cpu, segment, offset + SaveArea.YMM, YMM_BYTES / 2, write, 32);
    }
    if (write) {
      Mem.loadForWrite(cpu, linear, 1);
      Mem.loadForWrite(cpu, linear + bytes - 1, 1);
    } else {
      Mem.load(cpu, linear, 1);
      Mem.load(cpu, linear + bytes - 1, 1);
    }
    return wanted;
  }

  // Restoring

  void restore(Cpu cpu, long linear, int info) {
    long wanted = prepare(cpu, linear, info, false);
    long present = Mem.load(cpu, linear + XSTATE_BV, 8);
    long format = Mem.load(cpu, linear + XCOMP_BV, 8);
    boolean compacted = format < 0;
    if (compacted
        ? !compactedHeader(cpu, linear, present, format)
        : !header(cpu, linear, present)) {
      throw GuestFault.gp(cpu);
    }
    // The standard format has MXCSR whatever XSTATE_BV says, the compacted one as a part of SSE
    boolean loads = (compacted ? wanted & present & SSE : wanted & (SSE | AVX)) != 0;
    int mxcsr = loads ? SaveArea.mxcsr(cpu, linear) : MXCSR_INITIAL;
    load(cpu, linear, info & 0xFF, wanted & present);
    initialize(cpu, wanted & ~present);
    if (loads || compacted && (wanted & SSE) != 0) {
      cpu.mxcsr = mxcsr;
    }
  }

  private static boolean header(Cpu cpu, long linear, long present) {
    long reserved =
        Mem.load(cpu, linear + XCOMP_BV, 8) | Mem.load(cpu, linear + SaveArea.HEADER + 16, 8);
    return (present & ~cpu.xcr0) == 0 && reserved == 0;
  }

  private boolean compactedHeader(Cpu cpu, long linear, long present, long format) {
    long reserved = 0;
    for (int i = 16; i < 64; i += 8) {
      reserved |= Mem.load(cpu, linear + SaveArea.HEADER + i, 8);
    }
    long components = format & ~COMPACTED;
    return model.has(Feature.XSAVEC)
        && (components & ~cpu.xcr0) == 0
        && (present & ~components) == 0
        && reserved == 0;
  }

  private static void load(Cpu cpu, long linear, int size, long components) {
    if ((components & X87) != 0) {
      SaveArea.loadX87(cpu, linear, size);
    }
    if ((components & SSE) != 0) {
      SaveArea.loadXmm(cpu, linear);
    }
    if ((components & AVX) != 0) {
      SaveArea.load(cpu, cpu.ymm, linear + SaveArea.YMM);
    }
  }

  private static void initialize(Cpu cpu, long components) {
    if ((components & X87) != 0) {
      SaveArea.initX87(cpu);
    }
    if ((components & SSE) != 0) {
      SaveArea.init(cpu, cpu.xmm);
    }
    if ((components & AVX) != 0) {
      SaveArea.init(cpu, cpu.ymm);
    }
  }
}
