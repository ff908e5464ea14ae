package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.cpu.Segment;

/** Loading of the host-state area (SDM volume 3, 28.5). */
final class HostState {
  private static final int DATA = Segment.P | Segment.S | Segment.DB | Segment.G | 3;
  private static final int CODE = Segment.P | Segment.S | Segment.G | 11;
  private static final int BUSY_TSS = Segment.P | 11;
  private static final long FLAT = 0xFFFF_FFFFL;

  private final VmxState state;

  HostState(VmxState state) {
    this.state = state;
  }

  /** False when the PDPTEs of a PAE host are invalid. */
  boolean load(Cpu cpu) {
    Vmcs v = state.vmcs;
    loadControlRegisters(cpu, v);
    loadMsrs(cpu, v);
    loadSegments(cpu, v);
    cpu.gdtrBase = v.get(Field.HOST_GDTR_BASE);
    cpu.gdtrLimit = 0xFFFF;
    cpu.idtrBase = v.get(Field.HOST_IDTR_BASE);
    cpu.idtrLimit = 0xFFFF;
    cpu.rip = v.get(Field.HOST_RIP);
    cpu.nextRip = cpu.rip;
    cpu.r[4] = v.get(Field.HOST_RSP);
    cpu.setFlags(2);
    cpu.activity = Cpu.Activity.ACTIVE;
    cpu.interruptShadow = 0;
    cpu.monitor.disarm(); // 28.5.6
    cpu.stepping = false;
    cpu.attention = true;
    state.events.setPendingDebug(cpu, 0);
    return switchContext(cpu);
  }

  private void loadControlRegisters(Cpu cpu, Vmcs v) {
    cpu.cr0 = v.get(Field.HOST_CR0) & ~Bits.CR0_KEPT | cpu.cr0 & Bits.CR0_KEPT;
    cpu.cr3 = v.get(Field.HOST_CR3);
    boolean host64 = state.controls.exit(Bits.EXIT_HOST64);
    long cr4 = v.get(Field.HOST_CR4);
    cpu.cr4 = host64 ? cr4 | Bits.CR4_PAE : cr4 & ~Bits.CR4_PCIDE;
    cpu.dr[7] = 0x400;
    if (state.controls.exit(Bits.EXIT_LOAD_EFER)) {
      cpu.efer = v.get(Field.HOST_EFER);
    } else {
      long mode = Bits.EFER_LMA | Bits.EFER_LME;
      cpu.efer = cpu.efer & ~mode | (host64 ? mode : 0);
    }
  }

  private void loadMsrs(Cpu cpu, Vmcs v) {
    MsrUnit msrs = state.msrs;
    msrs.write(cpu, Bits.MSR_DEBUGCTL, 0);
    msrs.write(cpu, Bits.MSR_SYSENTER_CS, v.get(Field.HOST_SYSENTER_CS));
    msrs.write(cpu, Bits.MSR_SYSENTER_ESP, v.get(Field.HOST_SYSENTER_ESP));
    msrs.write(cpu, Bits.MSR_SYSENTER_EIP, v.get(Field.HOST_SYSENTER_EIP));
    if (state.controls.exit(Bits.EXIT_LOAD_PAT)) {
      msrs.write(cpu, Bits.MSR_PAT, v.get(Field.HOST_PAT));
    }
    if (state.controls.exit(Bits.EXIT_LOAD_PERF)) {
      msrs.write(cpu, Bits.MSR_PERF_GLOBAL, v.get(Field.HOST_PERF_GLOBAL_CTRL));
    }
    if (state.controls.exit(Bits.EXIT_CLEAR_BNDCFGS)) {
      cpu.bndcfgs = 0;
    }
  }

  private void loadSegments(Cpu cpu, Vmcs v) {
    boolean host64 = state.controls.exit(Bits.EXIT_HOST64);
    cpu.cs.set(v.get32(Field.HOST_CS_SELECTOR), 0, FLAT, CODE | (host64 ? Segment.L : Segment.DB));
    data(cpu.es, v.get32(Field.HOST_ES_SELECTOR), 0);
    data(cpu.ss, v.get32(Field.HOST_SS_SELECTOR), 0);
    data(cpu.ds, v.get32(Field.HOST_DS_SELECTOR), 0);
    data(cpu.fs, v.get32(Field.HOST_FS_SELECTOR), v.get(Field.HOST_FS_BASE));
    data(cpu.gs, v.get32(Field.HOST_GS_SELECTOR), v.get(Field.HOST_GS_BASE));
    cpu.ldtr.set(0, 0, 0, Segment.UNUSABLE);
    cpu.tr.set(v.get32(Field.HOST_TR_SELECTOR), v.get(Field.HOST_TR_BASE), 0x67, BUSY_TSS);
    cpu.cpl = 0;
  }

  private static void data(Segment s, int selector, long base) {
    s.set(selector, base, FLAT, selector == 0 ? Segment.UNUSABLE | Segment.DB | Segment.G : DATA);
  }

  private boolean switchContext(Cpu cpu) {
    if (!state.controls.secondary(Bits.ENABLE_VPID)) {
      state.memory.flushVpid(cpu, 0, false);
    }
    boolean valid = !GuestState.pae(cpu) || Pdptes.load(cpu, state);
    state.events.modeChanged(cpu);
    return valid;
  }
}
