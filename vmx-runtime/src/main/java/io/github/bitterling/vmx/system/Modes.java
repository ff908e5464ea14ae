package io.github.bitterling.vmx.system;

import io.github.bitterling.frontend.ModeKey;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;

/** Derives {@link Cpu#mode} from the state it depends on. */
public final class Modes {
  private static final int SEGMENT_TYPE = Segment.UNUSABLE | Segment.P | Segment.S | 0xE;
  private static final int FLAT_DATA = Segment.P | Segment.S | 2;

  private static final long XCR0_SSE_AVX = 6;

  private Modes() {}

  /**
   * Recomputes the mode and picks the TLB: after changes of CS, SS, DS, ES, CPL, CR0, CR4, XCR0,
   * EFER.LMA, VM, BNDCFGU or IA32_BNDCFGS.
   */
  public static void update(Cpu cpu) {
    int key = codeSize(cpu);
    if (key != ModeKey.CODE64 && cpu.ss.is(Segment.DB)) {
      key |= ModeKey.STACK32;
    }
    if (key == ModeKey.CODE64 || flat(cpu)) {
      key |= ModeKey.FLAT;
    }
    if (cpu.cs.limit >= 0xFFFF) {
      key |= ModeKey.CODE_64K;
    }
    if (cpu.cpl == 3) {
      key |= ModeKey.USER;
    }
    if ((cpu.cr0 & Bits.CR0_PE) != 0) {
      key |= cpu.flag(Cpu.VM) ? ModeKey.V86 : ModeKey.PROTECTED;
    }
    if ((cpu.efer & Bits.EFER_LMA) != 0) {
      key |= ModeKey.LONG;
    }
    cpu.mode = key | units(cpu) | (avx(cpu) ? ModeKey.AVX : 0) | Bounds.mode(cpu);
    cpu.memory.switchContext(cpu);
  }

  private static int codeSize(Cpu cpu) {
    if ((cpu.efer & Bits.EFER_LMA) != 0 && cpu.cs.is(Segment.L)) {
      return ModeKey.CODE64;
    }
    return cpu.cs.is(Segment.DB) ? ModeKey.CODE32 : ModeKey.CODE16;
  }

  private static int units(Cpu cpu) {
    if ((cpu.cr0 & (Bits.CR0_EM | Bits.CR0_TS)) != 0) {
      return 0;
    }
    return (cpu.cr4 & Bits.CR4_OSFXSR) != 0 ? ModeKey.FPU | ModeKey.SSE : ModeKey.FPU;
  }

  /** Not in real and virtual-8086 mode, where VEX prefixes do not exist; CR0.EM does not matter. */
  private static boolean avx(Cpu cpu) {
    return (cpu.cr4 & Bits.CR4_OSXSAVE) != 0
        && (cpu.xcr0 & XCR0_SSE_AVX) == XCR0_SSE_AVX
        && (cpu.cr0 & (Bits.CR0_TS | Bits.CR0_PE)) == Bits.CR0_PE
        && !cpu.flag(Cpu.VM);
  }

  private static boolean flat(Cpu cpu) {
    return cpu.cs.base == 0
        && cpu.cs.limit == 0xFFFFFFFFL
        && flatData(cpu.ss)
        && flatData(cpu.ds)
        && flatData(cpu.es);
  }

  private static boolean flatData(Segment s) {
    return s.base == 0 && s.limit == 0xFFFFFFFFL && (s.attributes & SEGMENT_TYPE) == FLAT_DATA;
  }

  static boolean real(Cpu cpu) {
    return (cpu.cr0 & Bits.CR0_PE) == 0;
  }

  static boolean v86(Cpu cpu) {
    return (cpu.mode & ModeKey.V86) != 0;
  }

  /** CR0.PE = 1 and not virtual-8086. */
  static boolean isProtected(Cpu cpu) {
    return (cpu.mode & ModeKey.PROTECTED) != 0;
  }

  static boolean code64(Cpu cpu) {
    return (cpu.mode & ModeKey.CODE_MASK) == ModeKey.CODE64;
  }

  /** EFER.LMA: 64-bit or compatibility mode. */
  static boolean isLong(Cpu cpu) {
    return (cpu.mode & ModeKey.LONG) != 0;
  }

  static void requireCpl0(Cpu cpu) {
    if (cpu.cpl != 0) {
      throw GuestFault.gp(cpu);
    }
  }

  /** SGDT, SIDT, SLDT, SMSW and STR under user-mode instruction prevention. */
  static void requireStoreAllowed(Cpu cpu) {
    if ((cpu.cr4 & Bits.CR4_UMIP) != 0) {
      requireCpl0(cpu);
    }
  }

  /** Instructions that exist in protected mode only. */
  static void requireProtected(Cpu cpu) {
    if (!isProtected(cpu)) {
      throw GuestFault.ud(cpu);
    }
  }

  static int iopl(Cpu cpu) {
    return (int) cpu.rflags >> 12 & 3;
  }
}
