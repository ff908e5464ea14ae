package io.github.bitterling.vmx.vt;

/**
 * Where Bochs 2.7 leaves something else than Bitterling, with the section of SDM volume 3 that
 * decides.
 */
enum BochsDifference {
  LENGTH("28.2.5", false, "instruction length where it is undefined: ours 0, Bochs the length"),
  INFORMATION("28.2.5", false, "instruction information: bits that are undefined differ"),
  LINEAR("28.2.1", false, "guest-linear address of an EPT misconfiguration is undefined: ours 0"),
  RESUME_FLAG(
      "28.3.3", false, "saved RF: 1 for faults and EPT violations, what it is for a triple fault"),
  HLT_WAKE("26.2, 26.5, 30.2", true, "Bochs sleeps on in HLT: windows, traps, virtual interrupts"),
  INACTIVE(
      "28.1, 28.3.4",
      false,
      "signals that exit: Bochs leaves the activity state before it saves it; in shutdown and"
          + " wait-for-SIPI it has cleared IF, in the latter it says that NMIs and SMIs are blocked"),
  NMI_BLOCKING("28.1", false, "an NMI that exits blocks NMIs after the exit; Bochs saves it"),
  NMI_HANDLER(
      "28.3.3", false, "an exit at the first instruction of an NMI's handler has the RIP before"),
  HLT_STATE("28.1", true, "Bochs leaves HLT before it saves the activity state"),
  MTF_PENDING_DEBUG(
      "28.3.4", true, "Bochs forgets pending debug exceptions at a monitor-trap-flag exit"),
  BROKEN_OFF(
      "28.3.4",
      true,
      "data breakpoints of an instruction that exits are not pending; Bochs saves them as such"),
  NMI_UNBLOCKING(
      "27.7.1", true, "an entry whose interruptibility state says so unblocks NMIs; not on Bochs"),
  NOT_CHECKED("27.3.1", true, "Bochs does not make the check and enters"),
  MASKED_INTERRUPT(
      "26.2",
      true,
      "external interrupts exit whatever RFLAGS.IF says; on Bochs only where it is 1"),
  MODE_ABORT(
      "28.5, 28.7", true, "a guest in IA-32e mode cannot exit to a 32-bit host; on Bochs it does"),
  WAIT_BLOCKING(
      "27.7.1", true, "NMIs and SMIs stay blocked after wait-for-SIPI, whatever entries say"),
  PERF_GLOBAL(
      "27.2.2, 27.3.1.1", true, "Bochs does not look at reserved bits of IA32_PERF_GLOBAL_CTRL"),
  VIRTUAL_8086("27.6.1.1", true, "IOPL below 3 does not fault injection without VME; Bochs does"),
  GUEST_ACCESSED(
      "29.3.3.2", true, "Bochs sets the guest's accessed flag without EPT write permission"),
  LARGE_RESERVED("29.3.2", true, "Bochs ignores reserved bits 20:12 of a large leaf"),
  TABLE_ACCESS(
      "28.2.1",
      true,
      "with accessed and dirty flags, walks set bits 0 and 1; Bochs sets bit 1 alone"),
  APIC_FETCH(
      "30.4.1", true, "a fetch from the APIC-access page exits; Bochs does not come to an end"),
  APIC_TABLE("28.2.1", true, "access type of a paging-structure access is 15; Bochs says 0"),
  MTF_MISSED(
      "26.5.2",
      true,
      "the monitor trap flag exits after the first instruction; on Bochs only an injected one"),
  KEPT(
      "29.4.1",
      true,
      "translations of a VPID may be used after VM exit and entry, and are here; Bochs drops them"),
  FIXED_CR0(
      "24.8",
      true,
      "MOV to CR0 cannot clear PE or PG without unrestricted guest; in a guest on Bochs it can"),
  FEATURE_CONTROL(
      "volume 4, table 2-2",
      true,
      "reserved bits of IA32_FEATURE_CONTROL fault; Bochs looks at the lock alone"),
  SHADOW_ENTRY(
      "31.3, VMLAUNCH",
      true,
      "an entry of a shadow VMCS is VMfailInvalid; Bochs checks its fields"),
  VMCALL_IN_ROOT("31.3, VMCALL", true, "error 1 without the dual monitor; Bochs ends there"),
  INIT_LOST(
      "24.8", true, "INIT in root operation is blocked and comes after VMXOFF; Bochs drops it"),
  SMI_ACTIVITY(
      "32.10, 32.14.2", true, "RSM returns to HLT and shutdown; on Bochs the guest is active then"),
  SMI_VMXE(
      "32.14.1",
      true,
      "CR4.VMXE outlives SMM outside VMX operation too; on Bochs only in VMX operation"),
  INVALIDATION_ORDER(
      "31.3, INVEPT, INVVPID", true, "the type comes before the descriptor; Bochs reads it first"),
  INVEPT_RESERVED(
      "31.3, figure 31-1", true, "bits 127:64 of the descriptor must be 0; Bochs does not look"),
  MODEL("A", true, "Bochs's processor has other features or widths"),
  POPS("no section", true, "the order in which IRET reads its frame is the processor's own"),
  FORMAT(
      "25.2", false, "the VMCS region's format is the processor's own, the program looks into it"),
  TIME("26.5.1", false, "the program measures time");

  private final String section;
  private final boolean always;
  private final String what;

  BochsDifference(String section, boolean always, String what) {
    this.section = section;
    this.always = always;
    this.what = what;
  }

  /** Programs that name the difference must show it. */
  boolean always() {
    return always;
  }

  @Override
  public String toString() {
    return name() + " (SDM 3, " + section + "): " + what;
  }
}
