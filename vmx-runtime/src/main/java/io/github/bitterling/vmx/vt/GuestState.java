package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MsrUnit;
import io.github.bitterling.vmx.cpu.Segment;

/** Loading (SDM volume 3, 27.3.2) and saving (28.3) of the guest-state area. */
final class GuestState {
  private static final long DR7_ZERO = 0xD000;
  private static final long DR7_ONE = 0x400;
  private static final int UNDEFINED_RIGHTS = ~0x1F0FF;

  private final VmxState state;
  private final boolean hasBounds;

  GuestState(VmxState state) {
    this.state = state;
    hasBounds = state.caps.has(Field.GUEST_BNDCFGS);
  }

  // Loading

  /** Everything but MSR areas, activity and events; the checks have passed. */
  void load(Cpu cpu) {
    Vmcs v = state.vmcs;
    loadControlRegisters(cpu, v);
    loadMsrs(cpu, v);
    for (int i = 0; i < 8; i++) {
      loadSegment(segment(cpu, i), v, i);
    }
    cpu.cpl = cpu.ss.dpl();
    cpu.gdtrBase = v.get(Field.GUEST_GDTR_BASE);
    cpu.gdtrLimit = v.get32(Field.GUEST_GDTR_LIMIT);
    cpu.idtrBase = v.get(Field.GUEST_IDTR_BASE);
    cpu.idtrLimit = v.get32(Field.GUEST_IDTR_LIMIT);
    cpu.r[4] = v.get(Field.GUEST_RSP);
    cpu.rip = v.get(Field.GUEST_RIP);
    cpu.setFlags(v.get(Field.GUEST_RFLAGS));
  }

  private void loadControlRegisters(Cpu cpu, Vmcs v) {
    cpu.cr0 = v.get(Field.GUEST_CR0) & ~Bits.CR0_KEPT | cpu.cr0 & Bits.CR0_KEPT;
    cpu.cr3 = v.get(Field.GUEST_CR3);
    cpu.cr4 = v.get(Field.GUEST_CR4);
    Controls c = state.controls;
    if (c.entry(Bits.ENTRY_LOAD_DEBUG)) {
      cpu.dr[7] = v.get(Field.GUEST_DR7) & ~DR7_ZERO | DR7_ONE;
      state.msrs.write(cpu, Bits.MSR_DEBUGCTL, v.get(Field.GUEST_DEBUGCTL));
    }
    cpu.efer = efer(cpu, v, c);
  }

  private static long efer(Cpu cpu, Vmcs v, Controls c) {
    if (c.entry(Bits.ENTRY_LOAD_EFER)) {
      return v.get(Field.GUEST_EFER);
    }
    boolean long64 = c.entry(Bits.ENTRY_IA32E);
    boolean paging = (cpu.cr0 & Bits.CR0_PG) != 0;
    long changed = Bits.EFER_LMA | (paging ? Bits.EFER_LME : 0);
    return cpu.efer & ~changed | (long64 ? changed : 0);
  }

  private void loadMsrs(Cpu cpu, Vmcs v) {
    MsrUnit msrs = state.msrs;
    msrs.write(cpu, Bits.MSR_SYSENTER_CS, v.get(Field.GUEST_SYSENTER_CS));
    msrs.write(cpu, Bits.MSR_SYSENTER_ESP, v.get(Field.GUEST_SYSENTER_ESP));
    msrs.write(cpu, Bits.MSR_SYSENTER_EIP, v.get(Field.GUEST_SYSENTER_EIP));
    if (state.controls.entry(Bits.ENTRY_LOAD_PAT)) {
      msrs.write(cpu, Bits.MSR_PAT, v.get(Field.GUEST_PAT));
    }
    if (state.controls.entry(Bits.ENTRY_LOAD_PERF)) {
      msrs.write(cpu, Bits.MSR_PERF_GLOBAL, v.get(Field.GUEST_PERF_GLOBAL_CTRL));
    }
    if (state.controls.entry(Bits.ENTRY_LOAD_BNDCFGS)) {
      cpu.bndcfgs = v.get(Field.GUEST_BNDCFGS);
    }
  }

  private static void loadSegment(Segment s, Vmcs v, int index) {
    s.set(
        v.get32(SegmentFields.SELECTOR[index]),
        v.get(SegmentFields.BASE[index]),
        v.get(SegmentFields.LIMIT[index]),
        v.get32(SegmentFields.RIGHTS[index]) & ~UNDEFINED_RIGHTS);
  }

  /** PDPTE registers of a PAE guest, after the address space is the guest's. */
  void loadPdptes(Cpu cpu) {
    if (!pae(cpu)) {
      return;
    }
    if (!state.controls.secondary(Bits.EPT)) {
      Pdptes.load(cpu, state);
      return;
    }
    for (int i = 0; i < 4; i++) {
      cpu.pdpte[i] = state.vmcs.get(Field.GUEST_PDPTE0.plus(i));
    }
  }

  // Saving

  /**
   * Saves the guest.
   *
   * @param resume RFLAGS.RF to be saved
   */
  void save(Cpu cpu, boolean resume) {
    Vmcs v = state.vmcs;
    saveControlRegisters(cpu, v);
    saveMsrs(cpu, v);
    for (int i = 0; i < 8; i++) {
      saveSegment(segment(cpu, i), v, i);
    }
    v.set(Field.GUEST_GDTR_BASE, cpu.gdtrBase);
    v.set(Field.GUEST_GDTR_LIMIT, cpu.gdtrLimit);
    v.set(Field.GUEST_IDTR_BASE, cpu.idtrBase);
    v.set(Field.GUEST_IDTR_LIMIT, cpu.idtrLimit);
    v.set(Field.GUEST_RSP, cpu.r[4]);
    v.set(Field.GUEST_RIP, cpu.rip);
    v.set(Field.GUEST_RFLAGS, cpu.flags() & ~(long) Cpu.RF | (resume ? Cpu.RF : 0));
    saveNonRegister(cpu, v);
  }

  private void saveControlRegisters(Cpu cpu, Vmcs v) {
    v.set(Field.GUEST_CR0, cpu.cr0);
    v.set(Field.GUEST_CR3, cpu.cr3);
    v.set(Field.GUEST_CR4, cpu.cr4);
    if (state.controls.exit(Bits.EXIT_SAVE_DEBUG)) {
      v.set(Field.GUEST_DR7, cpu.dr[7]);
      saveMsr(cpu, Bits.MSR_DEBUGCTL, Field.GUEST_DEBUGCTL);
    }
    if (state.controls.exit(Bits.EXIT_SAVE_EFER)) {
      v.set(Field.GUEST_EFER, cpu.efer);
    }
    int entry = v.get32(Field.ENTRY_CONTROLS) & ~Bits.ENTRY_IA32E;
    boolean long64 = (cpu.efer & Bits.EFER_LMA) != 0;
    v.set(Field.ENTRY_CONTROLS, entry | (long64 ? Bits.ENTRY_IA32E : 0));
    if (pae(cpu) && state.controls.secondary(Bits.EPT)) {
      for (int i = 0; i < 4; i++) {
        v.set(Field.GUEST_PDPTE0.plus(i), cpu.pdpte[i]);
      }
    }
  }

  private void saveMsrs(Cpu cpu, Vmcs v) {
    saveMsr(cpu, Bits.MSR_SYSENTER_CS, Field.GUEST_SYSENTER_CS);
    saveMsr(cpu, Bits.MSR_SYSENTER_ESP, Field.GUEST_SYSENTER_ESP);
    saveMsr(cpu, Bits.MSR_SYSENTER_EIP, Field.GUEST_SYSENTER_EIP);
    if (state.controls.exit(Bits.EXIT_SAVE_PAT)) {
      saveMsr(cpu, Bits.MSR_PAT, Field.GUEST_PAT);
    }
    if (hasBounds) {
      v.set(Field.GUEST_BNDCFGS, cpu.bndcfgs);
    }
    if (state.controls.exit(Bits.EXIT_SAVE_TIMER)) {
      v.set(Field.PREEMPTION_TIMER_VALUE, PreemptionTimer.remaining(state, cpu));
    }
  }

  private void saveMsr(Cpu cpu, int msr, Field field) {
    Long value = state.msrs.read(cpu, msr);
    if (value != null) {
      state.vmcs.set(field, value);
    }
  }

  private static void saveSegment(Segment s, Vmcs v, int index) {
    v.set(SegmentFields.SELECTOR[index], s.selector);
    v.set(SegmentFields.BASE[index], s.base);
    v.set(SegmentFields.LIMIT[index], s.limit);
    v.set(SegmentFields.RIGHTS[index], s.attributes & ~UNDEFINED_RIGHTS);
  }

  private void saveNonRegister(Cpu cpu, Vmcs v) {
    boolean nmi =
        state.controls.pin(Bits.VIRTUAL_NMIS)
            ? state.virtualNmiBlocked
            : state.events.nmiBlocked(cpu);
    int shadow = cpu.interruptShadow & (Bits.BLOCKED_STI | Bits.BLOCKED_MOV_SS);
    v.set(Field.GUEST_INTERRUPTIBILITY, shadow | (nmi ? Bits.BLOCKED_NMI : 0));
    boolean active = cpu.activity == Cpu.Activity.MONITOR_WAIT;
    v.set(Field.GUEST_ACTIVITY_STATE, active ? 0 : cpu.activity.ordinal());
    v.set(Field.GUEST_PENDING_DEBUG, state.events.pendingDebug(cpu));
  }

  static boolean pae(Cpu cpu) {
    return (cpu.cr0 & Bits.CR0_PG) != 0
        && (cpu.cr4 & Bits.CR4_PAE) != 0
        && (cpu.efer & Bits.EFER_LMA) == 0;
  }

  private static Segment segment(Cpu cpu, int index) {
    return switch (index) {
      case 6 -> cpu.ldtr;
      case 7 -> cpu.tr;
      default -> cpu.segments[index];
    };
  }
}
