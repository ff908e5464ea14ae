package io.github.bitterling.vmx.vt;

import static io.github.bitterling.vmx.vt.EntryCheck.row;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;

/** Checks on the guest-state area but for segments (SDM volume 3, 27.3.1). */
final class GuestChecks {
  private static final String REGISTERS = "27.3.1.1";
  private static final String TABLES = "27.3.1.3";
  private static final String RIP_FLAGS = "27.3.1.4";
  private static final String NON_REGISTER = "27.3.1.5";
  private static final String PDPTES = "27.3.1.6";

  // Exit qualifications, 27.8
  private static final int BAD_PDPTE = 2;
  private static final int BAD_LINK = 4;

  private static final long DEBUGCTL_ALL = 0x1FC3;
  private static final long BNDCFGS_RESERVED = 0xFFC;
  private static final long RFLAGS_RESERVED = 0xFFFF_FFFF_FFC0_8028L;
  private static final long PENDING_DEBUG_ALL = 0x500F;
  private static final long PENDING_BS = 1 << 14;
  private static final int DEBUGCTL_BTF = 2;
  private static final int SHUTDOWN = 2;
  private static final int HALT = 1;
  private static final int WAIT_FOR_SIPI = 3;

  static final List<EntryCheck> ROWS = rows();

  private GuestChecks() {}

  private static List<EntryCheck> rows() {
    List<EntryCheck> rows = new ArrayList<>();
    controlRegisters(rows);
    msrs(rows);
    GuestSegmentChecks.addTo(rows);
    tables(rows);
    ripAndFlags(rows);
    activity(rows);
    interruptibility(rows);
    pendingDebugAndLink(rows);
    for (int i = 0; i < 4; i++) {
      int n = i;
      rows.add(
          new EntryCheck(
              "pdpte" + n,
              PDPTES,
              Field.GUEST_PDPTE0.plus(n),
              BAD_PDPTE,
              c -> !c.pae() || c.pdpteValid(n),
              "with PAE paging not present, or bits 2:1, 8:5 and above MAXPHYADDR 0 (from memory at CR3 without EPT)"));
    }
    return List.copyOf(rows);
  }

  private static void controlRegisters(List<EntryCheck> rows) {
    rows.add(
        row(
            "guest-cr0",
            REGISTERS,
            Field.GUEST_CR0,
            GuestChecks::cr0Fixed,
            "bits of MSR 486h set (PE and PG free for an unrestricted guest), only bits of MSR 487h"));
    rows.add(
        row(
            "guest-cr0-pg",
            REGISTERS,
            Field.GUEST_CR0,
            c -> !c.guestCr0(Bits.CR0_PG) || c.guestCr0(Bits.CR0_PE),
            "PE is 1 when PG is"));
    rows.add(
        row(
            "guest-cr4",
            REGISTERS,
            Field.GUEST_CR4,
            c -> HostChecks.fixed(c.get(Field.GUEST_CR4), c.caps.cr4Fixed0(), c.caps.cr4Fixed1()),
            "bits of MSR 488h set, only bits of MSR 489h"));
    rows.add(
        row(
            "guest-debugctl",
            REGISTERS,
            Field.GUEST_DEBUGCTL,
            c ->
                !c.entry(Bits.ENTRY_LOAD_DEBUG)
                    || (c.get(Field.GUEST_DEBUGCTL) & ~DEBUGCTL_ALL) == 0,
            "only bits 12:6, 1:0"));
    rows.add(
        row(
            "guest-ia32e-paging",
            REGISTERS,
            Field.GUEST_CR0,
            c -> !c.ia32e() || c.guestCr0(Bits.CR0_PG),
            "PG is 1 for an IA-32e mode guest"));
    rows.add(
        row(
            "guest-ia32e-pae",
            REGISTERS,
            Field.GUEST_CR4,
            c -> !c.ia32e() || (c.get(Field.GUEST_CR4) & Bits.CR4_PAE) != 0,
            "PAE is 1 for an IA-32e mode guest"));
    rows.add(
        row(
            "guest-pcide",
            REGISTERS,
            Field.GUEST_CR4,
            c -> c.ia32e() || (c.get(Field.GUEST_CR4) & Bits.CR4_PCIDE) == 0,
            "PCIDE is 0 outside IA-32e mode"));
    rows.add(
        row(
            "guest-cr3",
            REGISTERS,
            Field.GUEST_CR3,
            c -> c.caps.withinAddress(c.get(Field.GUEST_CR3)),
            "bits at and above MAXPHYADDR are 0"));
    rows.add(
        row(
            "guest-dr7",
            REGISTERS,
            Field.GUEST_DR7,
            c -> !c.entry(Bits.ENTRY_LOAD_DEBUG) || Bits.high32Zero(c.get(Field.GUEST_DR7)),
            "bits 63:32 are 0"));
  }

  private static boolean cr0Fixed(EntryContext c) {
    long free = c.unrestricted() ? Bits.CR0_PE | Bits.CR0_PG : 0;
    return HostChecks.fixed(c.get(Field.GUEST_CR0), c.caps.cr0Fixed0() & ~free, c.caps.cr0Fixed1());
  }

  private static void msrs(List<EntryCheck> rows) {
    rows.add(HostChecks.canonical("guest-sysenter-esp", REGISTERS, Field.GUEST_SYSENTER_ESP));
    rows.add(HostChecks.canonical("guest-sysenter-eip", REGISTERS, Field.GUEST_SYSENTER_EIP));
    rows.add(
        row(
            "guest-perf-global",
            REGISTERS,
            Field.GUEST_PERF_GLOBAL_CTRL,
            c ->
                !c.entry(Bits.ENTRY_LOAD_PERF)
                    || (c.get(Field.GUEST_PERF_GLOBAL_CTRL) & ~HostChecks.PERF_ALL) == 0,
            "only bits 34:32 and 1:0"));
    rows.add(
        row(
            "guest-pat",
            REGISTERS,
            Field.GUEST_PAT,
            c -> !c.entry(Bits.ENTRY_LOAD_PAT) || EntryContext.patValid(c.get(Field.GUEST_PAT)),
            "each byte is 0, 1, 4, 5, 6 or 7"));
    rows.add(
        row(
            "guest-efer-reserved",
            REGISTERS,
            Field.GUEST_EFER,
            c -> !c.entry(Bits.ENTRY_LOAD_EFER) || (c.get(Field.GUEST_EFER) & ~Bits.EFER_ALL) == 0,
            "only SCE, LME, LMA, NXE"));
    rows.add(
        row(
            "guest-efer-lma",
            REGISTERS,
            Field.GUEST_EFER,
            c -> !c.entry(Bits.ENTRY_LOAD_EFER) || eferBit(c, Bits.EFER_LMA) == c.ia32e(),
            "LMA equals IA-32e mode guest"));
    rows.add(
        row(
            "guest-efer-lme",
            REGISTERS,
            Field.GUEST_EFER,
            c ->
                !c.entry(Bits.ENTRY_LOAD_EFER)
                    || !c.guestCr0(Bits.CR0_PG)
                    || eferBit(c, Bits.EFER_LME) == eferBit(c, Bits.EFER_LMA),
            "LME equals LMA when CR0.PG is 1"));
    rows.add(
        row(
            "guest-bndcfgs-reserved",
            REGISTERS,
            Field.GUEST_BNDCFGS,
            c ->
                !c.entry(Bits.ENTRY_LOAD_BNDCFGS)
                    || (c.get(Field.GUEST_BNDCFGS) & BNDCFGS_RESERVED) == 0,
            "bits 11:2 are 0"));
    rows.add(
        row(
            "guest-bndcfgs-base",
            REGISTERS,
            Field.GUEST_BNDCFGS,
            c -> !c.entry(Bits.ENTRY_LOAD_BNDCFGS) || Bits.canonical(c.get(Field.GUEST_BNDCFGS)),
            "base of the bound directory (bits 63:12) is canonical"));
  }

  private static boolean eferBit(EntryContext c, long bit) {
    return (c.get(Field.GUEST_EFER) & bit) != 0;
  }

  private static void tables(List<EntryCheck> rows) {
    rows.add(HostChecks.canonical("guest-gdtr-base", TABLES, Field.GUEST_GDTR_BASE));
    rows.add(HostChecks.canonical("guest-idtr-base", TABLES, Field.GUEST_IDTR_BASE));
    rows.add(
        row(
            "guest-gdtr-limit",
            TABLES,
            Field.GUEST_GDTR_LIMIT,
            c -> c.get(Field.GUEST_GDTR_LIMIT) >>> 16 == 0,
            "bits 31:16 are 0"));
    rows.add(
        row(
            "guest-idtr-limit",
            TABLES,
            Field.GUEST_IDTR_LIMIT,
            c -> c.get(Field.GUEST_IDTR_LIMIT) >>> 16 == 0,
            "bits 31:16 are 0"));
  }

  private static void ripAndFlags(List<EntryCheck> rows) {
    rows.add(
        row(
            "guest-rip",
            RIP_FLAGS,
            Field.GUEST_RIP,
            GuestChecks::rip,
            "bits 63:32 are 0 outside 64-bit mode, canonical in it"));
    rows.add(
        row(
            "guest-rflags-reserved",
            RIP_FLAGS,
            Field.GUEST_RFLAGS,
            c ->
                (c.get(Field.GUEST_RFLAGS) & RFLAGS_RESERVED) == 0
                    && (c.get(Field.GUEST_RFLAGS) & 2) != 0,
            "bits 63:22, 15, 5, 3 are 0, bit 1 is 1"));
    rows.add(
        row(
            "guest-rflags-vm",
            RIP_FLAGS,
            Field.GUEST_RFLAGS,
            c -> !c.v86() || !c.ia32e() && c.guestCr0(Bits.CR0_PE),
            "VM is 0 in IA-32e mode and when CR0.PE is 0"));
    rows.add(
        row(
            "guest-rflags-if",
            RIP_FLAGS,
            Field.GUEST_RFLAGS,
            c -> !c.injecting(Bits.TYPE_EXTERNAL) || c.guestFlag(Cpu.IF),
            "IF is 1 to inject an external interrupt"));
  }

  private static boolean rip(EntryContext c) {
    long rip = c.get(Field.GUEST_RIP);
    boolean code64 = c.ia32e() && (c.rights(GuestSegmentChecks.CS) >> 13 & 1) != 0;
    return code64 ? Bits.canonical(rip) : Bits.high32Zero(rip);
  }

  private static void activity(List<EntryCheck> rows) {
    rows.add(
        row(
            "activity",
            NON_REGISTER,
            Field.GUEST_ACTIVITY_STATE,
            c -> c.caps.activitySupported(c.get(Field.GUEST_ACTIVITY_STATE)),
            "0 active, 1 HLT, 2 shutdown, 3 wait-for-SIPI"));
    rows.add(
        row(
            "activity-hlt-cpl",
            NON_REGISTER,
            Field.GUEST_ACTIVITY_STATE,
            c -> c.get(Field.GUEST_ACTIVITY_STATE) != HALT || c.dpl(GuestSegmentChecks.SS) == 0,
            "HLT only when SS.DPL is 0"));
    rows.add(
        row(
            "activity-blocking",
            NON_REGISTER,
            Field.GUEST_ACTIVITY_STATE,
            c ->
                c.get(Field.GUEST_ACTIVITY_STATE) == 0
                    || !c.interruptibility(Bits.BLOCKED_STI | Bits.BLOCKED_MOV_SS),
            "active when blocking by STI or MOV SS"));
    rows.add(
        row(
            "activity-injection",
            NON_REGISTER,
            Field.GUEST_ACTIVITY_STATE,
            GuestChecks::injectionFitsActivity,
            "HLT: external interrupt, NMI, #DB, #MC, MTF; shutdown: NMI, #MC; wait-for-SIPI: nothing"));
  }

  private static boolean injectionFitsActivity(EntryContext c) {
    long state = c.get(Field.GUEST_ACTIVITY_STATE);
    if (!c.injecting() || state == 0) {
      return true;
    }
    boolean nmi = c.type() == Bits.TYPE_NMI;
    boolean machineCheck = c.type() == Bits.TYPE_HARDWARE && c.vector() == 18;
    if (state == SHUTDOWN) {
      return nmi || machineCheck;
    }
    boolean debug = c.type() == Bits.TYPE_HARDWARE && c.vector() == 1;
    boolean other = c.type() == Bits.TYPE_EXTERNAL || c.type() == Bits.TYPE_OTHER;
    return state != WAIT_FOR_SIPI && (nmi || machineCheck || debug || other);
  }

  private static void interruptibility(List<EntryCheck> rows) {
    Field f = Field.GUEST_INTERRUPTIBILITY;
    rows.add(
        row(
            "interruptibility-reserved",
            NON_REGISTER,
            f,
            c -> c.get(f) >>> 4 == 0,
            "bits 31:4 are 0"));
    rows.add(
        row(
            "interruptibility-both",
            NON_REGISTER,
            f,
            c -> !c.interruptibility(Bits.BLOCKED_STI) || !c.interruptibility(Bits.BLOCKED_MOV_SS),
            "not both STI (0) and MOV SS (1)"));
    rows.add(
        row(
            "interruptibility-sti",
            NON_REGISTER,
            f,
            c -> !c.interruptibility(Bits.BLOCKED_STI) || c.guestFlag(Cpu.IF),
            "blocking by STI only when RFLAGS.IF is 1"));
    rows.add(
        row(
            "interruptibility-external",
            NON_REGISTER,
            f,
            c ->
                !c.injecting(Bits.TYPE_EXTERNAL)
                    || !c.interruptibility(Bits.BLOCKED_STI | Bits.BLOCKED_MOV_SS),
            "no blocking by STI or MOV SS to inject an external interrupt"));
    // Qualification 3 (27.8) is for blocking by STI, which this processor lets NMIs pass.
    rows.add(
        row(
            "interruptibility-nmi",
            NON_REGISTER,
            f,
            c -> !c.injecting(Bits.TYPE_NMI) || !c.interruptibility(Bits.BLOCKED_MOV_SS),
            "no blocking by MOV SS to inject an NMI"));
    rows.add(
        row(
            "interruptibility-smi",
            NON_REGISTER,
            f,
            c -> !c.interruptibility(Bits.BLOCKED_SMI),
            "blocking by SMI is 0 outside SMM"));
    rows.add(
        row(
            "interruptibility-virtual-nmi",
            NON_REGISTER,
            f,
            c ->
                !c.injecting(Bits.TYPE_NMI)
                    || !c.pin(Bits.VIRTUAL_NMIS)
                    || !c.interruptibility(Bits.BLOCKED_NMI),
            "no blocking by NMI to inject an NMI with virtual NMIs"));
  }

  private static void pendingDebugAndLink(List<EntryCheck> rows) {
    rows.add(
        row(
            "pending-debug-reserved",
            NON_REGISTER,
            Field.GUEST_PENDING_DEBUG,
            c -> (c.get(Field.GUEST_PENDING_DEBUG) & ~PENDING_DEBUG_ALL) == 0,
            "only bits 14, 12, 3:0"));
    rows.add(
        row(
            "pending-debug-bs",
            NON_REGISTER,
            Field.GUEST_PENDING_DEBUG,
            GuestChecks::singleStep,
            "when blocking by STI or MOV SS or halted, BS (14) is 1 exactly when RFLAGS.TF = 1 and"
                + " IA32_DEBUGCTL.BTF = 0"));
    rows.add(
        link(
            "link-address",
            c -> c.caps.page(c.get(Field.VMCS_LINK_POINTER)),
            "FFFFFFFF_FFFFFFFFh, or 4-KByte aligned and within MAXPHYADDR"));
    rows.add(
        link(
            "link-revision",
            GuestChecks::linkRevision,
            "region starts with the VMCS revision identifier; bit 31 is 1 exactly with VMCS shadowing"));
    rows.add(
        link(
            "link-current",
            c -> c.get(Field.VMCS_LINK_POINTER) != c.vmcs.address(),
            "not the current VMCS"));
  }

  private static boolean linkRevision(EntryContext c) {
    int shadow = c.secondary(Bits.VMCS_SHADOWING) ? Bits.SHADOW_VMCS : 0;
    return (int) c.physical(c.get(Field.VMCS_LINK_POINTER), 4) == (c.caps.revision() | shadow);
  }

  private static EntryCheck link(
      String id, java.util.function.Predicate<EntryContext> ok, String allowed) {
    return new EntryCheck(
        id,
        NON_REGISTER,
        Field.VMCS_LINK_POINTER,
        BAD_LINK,
        c -> c.get(Field.VMCS_LINK_POINTER) == -1 || ok.test(c),
        allowed);
  }

  private static boolean singleStep(EntryContext c) {
    boolean blocked =
        c.interruptibility(Bits.BLOCKED_STI | Bits.BLOCKED_MOV_SS)
            || c.get(Field.GUEST_ACTIVITY_STATE) == HALT;
    boolean step = c.guestFlag(Cpu.TF) && (c.get(Field.GUEST_DEBUGCTL) & DEBUGCTL_BTF) == 0;
    return !blocked || (c.get(Field.GUEST_PENDING_DEBUG) & PENDING_BS) != 0 == step;
  }
}
