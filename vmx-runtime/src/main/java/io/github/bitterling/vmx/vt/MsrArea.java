package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;

/**
 * MSR areas: 16-byte entries of index, 0, value (SDM volume 3, 25.7.2, 25.8.2, 27.4, 28.4, 28.6).
 */
final class MsrArea {
  private static final int FS_BASE = 0xC000_0100;
  private static final int GS_BASE = 0xC000_0101;
  private static final int SMM_MONITOR_CTL = 0x9B;
  private static final int SMBASE = 0x9E;

  private final VmxState state;

  MsrArea(VmxState state) {
    this.state = state;
  }

  /** Loads an area; 0, or the number (from 1) of the entry that cannot be loaded. */
  int load(Cpu cpu, long address, long count) {
    for (int i = 0; i < count; i++) {
      long at = address + 16L * i;
      int msr = (int) state.memory.readPhysical(at, 4);
      boolean barred = msr == FS_BASE || msr == GS_BASE || msr == SMM_MONITOR_CTL;
      if (barred
          || x2apic(msr)
          || reserved(at)
          || i >= state.caps.msrListMaximum()
          || !state.msrs.write(cpu, msr, state.memory.readPhysical(at + 8, 8))) {
        return i + 1;
      }
    }
    return 0;
  }

  /** Stores MSRs into an area; 0, or the number of the entry that cannot be stored. */
  int store(Cpu cpu, long address, long count) {
    for (int i = 0; i < count; i++) {
      long at = address + 16L * i;
      int msr = (int) state.memory.readPhysical(at, 4);
      boolean barred = x2apic(msr) || msr == SMBASE || reserved(at);
      Long value = barred ? null : state.msrs.read(cpu, msr);
      if (value == null || i >= state.caps.msrListMaximum()) {
        return i + 1;
      }
      state.memory.writePhysical(at + 8, 8, value);
    }
    return 0;
  }

  /** MSRs of the local APIC in x2APIC mode are in no area (27.4, 28.4, 28.6). */
  private static boolean x2apic(int msr) {
    return msr >>> 8 == 8;
  }

  private boolean reserved(long entry) {
    return state.memory.readPhysical(entry + 4, 4) != 0;
  }
}
