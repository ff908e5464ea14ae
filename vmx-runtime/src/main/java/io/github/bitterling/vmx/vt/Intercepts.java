package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/** Instructions that cause VM exits, by the controls (SDM volume 3, 26.1). */
final class Intercepts {
  private static final int UD = 6;
  private static final int GP = 13;

  // MSR bitmaps, 25.6.9
  private static final int MSR_HIGH = 0xC000_0000;
  private static final int MSR_RANGE = 0x2000;

  // Exit qualification of control-register accesses, table 28-3
  private static final int ACCESS_FROM = 1 << 4;
  private static final int ACCESS_CLTS = 2 << 4;
  private static final int ACCESS_LMSW = 3 << 4;
  private static final int LMSW_MEMORY = 1 << 6;

  private final VmxState state;
  private final VirtualApic apic;

  Intercepts(VmxState state, VirtualApic apic) {
    this.state = state;
    this.apic = apic;
  }

  /** 26.3: the product of the TSC and a multiplier of 16.48 bits, then the offset. */
  long guestTsc(long tsc) {
    Controls c = state.controls;
    if (c.tscMultiplier == Controls.ONE) {
      return tsc + c.tscOffset;
    }
    long high = Math.unsignedMultiplyHigh(tsc, c.tscMultiplier);
    return (high << 16 | tsc * c.tscMultiplier >>> 48) + c.tscOffset;
  }

  private static boolean exit(Cpu cpu, ExitReason reason, long qualification) {
    cpu.vmExit(reason.number(), qualification);
    return true;
  }

  /** 26.3: without their controls, as if they did not exist. */
  boolean exists(ExitReason row) {
    return switch (row) {
      case RDTSCP -> state.controls.secondary(Bits.ENABLE_RDTSCP);
      case INVPCID -> state.controls.secondary(Bits.ENABLE_INVPCID);
      case XSAVES, XRSTORS -> state.controls.secondary(Bits.ENABLE_XSAVES);
      default -> true;
    };
  }

  boolean instruction(Cpu cpu, int reason, long qualification) {
    ExitReason row = ExitReason.of(reason);
    if (!exists(row)) {
      cpu.raise(UD);
      return true;
    }
    if (row == ExitReason.PAUSE ? !pauseExits(cpu) : !exits(row)) {
      return false;
    }
    cpu.vmExit(reason, qualification);
    return true;
  }

  private boolean exits(ExitReason row) {
    Controls c = state.controls;
    return switch (row) {
      case HLT -> c.primary(Bits.HLT_EXITING);
      case INVLPG, INVPCID -> c.primary(Bits.INVLPG_EXITING);
      case RDPMC -> c.primary(Bits.RDPMC_EXITING);
      case RDTSC, RDTSCP -> c.primary(Bits.RDTSC_EXITING);
      case MWAIT -> c.primary(Bits.MWAIT_EXITING);
      case MONITOR -> c.primary(Bits.MONITOR_EXITING);
      case WBINVD -> c.secondary(Bits.WBINVD_EXITING);
      case RDRAND -> c.secondary(Bits.RDRAND_EXITING);
      case RDSEED -> c.secondary(Bits.RDSEED_EXITING);
      case GDTR_IDTR, LDTR_TR -> c.secondary(Bits.DESCRIPTOR_TABLE_EXITING);
      case RSM -> false; // outside SMM it is #UD
      default -> true;
    };
  }

  /** 26.1.3: XSAVES and XRSTORS by the XSS-exiting bitmap. */
  boolean states(Cpu cpu, ExitReason row, long components) {
    return (components & state.controls.xssExiting) != 0 && exit(cpu, row, 0);
  }

  /** 26.1.3: PAUSE exiting, or a loop of PAUSEs at CPL 0 for longer than PLE_Window. */
  private boolean pauseExits(Cpu cpu) {
    if (state.controls.primary(Bits.PAUSE_EXITING)) {
      return true;
    }
    if (!state.controls.secondary(Bits.PAUSE_LOOP) || cpu.cpl != 0) {
      return false;
    }
    long now = cpu.cycles();
    boolean firstOfLoop = now - state.lastPause > (state.controls.pleGap & 0xFFFF_FFFFL);
    state.lastPause = now;
    if (firstOfLoop) {
      state.firstPause = now;
      return false;
    }
    return now - state.firstPause > (state.controls.pleWindow & 0xFFFF_FFFFL);
  }

  boolean port(
      Cpu cpu,
      int port,
      int bytes,
      boolean in,
      boolean string,
      boolean rep,
      boolean immediate,
      long linear) {
    Controls c = state.controls;
    boolean exits =
        c.primary(Bits.IO_BITMAPS) ? anyPort(port, bytes) : c.primary(Bits.UNCONDITIONAL_IO);
    if (!exits) {
      return false;
    }
    state.exitLinear = string ? linear : 0;
    long qualification =
        bytes - 1
            | (in ? 1 << 3 : 0)
            | (string ? 1 << 4 : 0)
            | (rep ? 1 << 5 : 0)
            | (immediate ? 1 << 6 : 0)
            | (port & 0xFFFFL) << 16;
    return exit(cpu, ExitReason.IO_INSTRUCTION, qualification);
  }

  private boolean anyPort(int port, int bytes) {
    if (port + bytes > 0x10000) {
      return true; // 26.1.3: wraps around the port space
    }
    for (int p = port; p < port + bytes; p++) {
      long bitmap = p < 0x8000 ? state.controls.ioBitmapA : state.controls.ioBitmapB;
      if (bit(bitmap, p & 0x7FFF)) {
        return true;
      }
    }
    return false;
  }

  private boolean bit(long bitmap, int number) {
    return (state.memory.readPhysical(bitmap + (number >> 3), 1) >> (number & 7) & 1) != 0;
  }

  boolean msr(Cpu cpu, int msr, boolean write) {
    return msrExits(msr, write) && exit(cpu, write ? ExitReason.WRMSR : ExitReason.RDMSR, 0);
  }

  private boolean msrExits(int msr, boolean write) {
    if (!state.controls.primary(Bits.MSR_BITMAPS)) {
      return true;
    }
    boolean low = Integer.compareUnsigned(msr, MSR_RANGE) < 0;
    boolean high = Integer.compareUnsigned(msr - MSR_HIGH, MSR_RANGE) < 0;
    if (!low && !high) {
      return true;
    }
    long part = (write ? 0x800 : 0) + (high ? 0x400 : 0);
    return bit(state.controls.msrBitmaps + part, msr & MSR_RANGE - 1);
  }

  // Control registers

  boolean movToCr(Cpu cpu, int cr, long value, int gpr) {
    boolean exits =
        switch (cr) {
          case 0 -> ((value ^ state.controls.cr0Shadow) & state.controls.cr0Mask) != 0;
          case 3 -> state.controls.primary(Bits.CR3_LOAD_EXITING) && !cr3Target(value);
          case 4 -> ((value ^ state.controls.cr4Shadow) & state.controls.cr4Mask) != 0;
          case 8 -> state.controls.primary(Bits.CR8_LOAD_EXITING);
          default -> false;
        };
    if (exits) {
      return exit(cpu, ExitReason.CR_ACCESS, cr | gpr << 8);
    }
    return cr == 8 && state.controls.primary(Bits.TPR_SHADOW) && virtualTpr(cpu, value);
  }

  private boolean cr3Target(long value) {
    for (int i = 0; i < state.controls.cr3Targets; i++) {
      if (state.controls.cr3Target[i] == value) {
        return true;
      }
    }
    return false;
  }

  /** 30.3: MOV to CR8 goes to VTPR, done here; the caller's own write must not happen. */
  private boolean virtualTpr(Cpu cpu, long value) {
    if ((value & ~15L) != 0) {
      cpu.raise(GP, 0);
    } else {
      apic.writeCr8(cpu, value);
    }
    return true;
  }

  boolean movFromCr(Cpu cpu, int cr, int gpr) {
    boolean exits =
        cr == 3 && state.controls.primary(Bits.CR3_STORE_EXITING)
            || cr == 8 && state.controls.primary(Bits.CR8_STORE_EXITING);
    return exits && exit(cpu, ExitReason.CR_ACCESS, cr | ACCESS_FROM | gpr << 8);
  }

  boolean clts(Cpu cpu) {
    boolean exits = (state.controls.cr0Mask & state.controls.cr0Shadow & Bits.CR0_TS) != 0;
    return exits && exit(cpu, ExitReason.CR_ACCESS, ACCESS_CLTS);
  }

  /** 26.1.3: LMSW cannot clear PE, so PE counts only when it would be set. */
  boolean lmsw(Cpu cpu, long value, boolean memory, long linear) {
    long changed = (value ^ state.controls.cr0Shadow) & state.controls.cr0Mask;
    boolean setsPe = (changed & value & Bits.CR0_PE) != 0;
    if (!setsPe && (changed & 0xE) == 0) {
      return false;
    }
    state.exitLinear = memory ? linear : 0;
    return exit(
        cpu,
        ExitReason.CR_ACCESS,
        ACCESS_LMSW | (memory ? LMSW_MEMORY : 0) | (value & 0xFFFF) << 16);
  }

  boolean movDr(Cpu cpu, int dr, boolean toDr, int gpr) {
    return state.controls.primary(Bits.MOV_DR_EXITING)
        && exit(cpu, ExitReason.MOV_DR, dr & 7 | (toDr ? 0 : ACCESS_FROM) | gpr << 8);
  }

  boolean taskSwitch(Cpu cpu, int selector, int source) {
    return exit(cpu, ExitReason.TASK_SWITCH, selector & 0xFFFF | (long) source << 30);
  }

  long readShadowed(int cr, long real) {
    Controls c = state.controls;
    return switch (cr) {
      case 0 -> real & ~c.cr0Mask | c.cr0Shadow & c.cr0Mask;
      case 4 -> real & ~c.cr4Mask | c.cr4Shadow & c.cr4Mask;
      case 8 -> c.primary(Bits.TPR_SHADOW) ? apic.readCr8() : real;
      default -> real;
    };
  }

  long mergeHostOwned(int cr, long real, long written) {
    long mask = cr == 0 ? state.controls.cr0Mask : cr == 4 ? state.controls.cr4Mask : 0;
    return written & ~mask | real & mask;
  }

  boolean validInVmx(Cpu cpu, int cr, long value) {
    Capabilities c = state.caps;
    if (cr == 4) {
      return HostChecks.fixed(value, c.cr4Fixed0(), c.cr4Fixed1());
    }
    boolean free = cpu.nonRoot && state.controls.secondary(Bits.UNRESTRICTED_GUEST);
    long fixed0 = c.cr0Fixed0() & ~(free ? Bits.CR0_PE | Bits.CR0_PG : 0);
    return cr != 0 || HostChecks.fixed(value, fixed0, c.cr0Fixed1());
  }
}
