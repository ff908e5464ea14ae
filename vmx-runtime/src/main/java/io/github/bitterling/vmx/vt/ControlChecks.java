package io.github.bitterling.vmx.vt;

import static io.github.bitterling.vmx.vt.EntryCheck.row;

import java.util.List;

/** Checks on VMX controls (SDM volume 3, 27.2.1). */
final class ControlChecks {
  private static final String EXECUTION = "27.2.1.1";
  private static final String EXIT = "27.2.1.2";
  private static final String ENTRY = "27.2.1.3";

  /** Vectors with an error code: #DF #TS #NP #SS #GP #PF #AC. */
  private static final int ERROR_VECTORS =
      1 << 8 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13 | 1 << 14 | 1 << 17;

  static final List<EntryCheck> ROWS =
      List.of(
          row(
              "pin-reserved",
              EXECUTION,
              Field.PIN_CONTROLS,
              c -> c.caps.pinAllowed(c.get(Field.PIN_CONTROLS)),
              "the settings in MSR 48Dh"),
          row(
              "primary-reserved",
              EXECUTION,
              Field.PRIMARY_CONTROLS,
              c -> c.caps.primaryAllowed(c.get(Field.PRIMARY_CONTROLS)),
              "the settings in MSR 48Eh"),
          row(
              "secondary-reserved",
              EXECUTION,
              Field.SECONDARY_CONTROLS,
              c ->
                  !c.primary(Bits.SECONDARY)
                      || c.caps.secondaryAllowed(c.get(Field.SECONDARY_CONTROLS)),
              "the settings in MSR 48Bh"),
          row(
              "cr3-target-count",
              EXECUTION,
              Field.CR3_TARGET_COUNT,
              c -> c.get(Field.CR3_TARGET_COUNT) <= c.caps.cr3Targets(),
              "at most 4"),
          page("io-bitmap-a", Field.IO_BITMAP_A, Bits.IO_BITMAPS),
          page("io-bitmap-b", Field.IO_BITMAP_B, Bits.IO_BITMAPS),
          page("msr-bitmaps", Field.MSR_BITMAPS, Bits.MSR_BITMAPS),
          page("virtual-apic", Field.VIRTUAL_APIC_ADDRESS, Bits.TPR_SHADOW),
          row(
              "tpr-threshold-reserved",
              EXECUTION,
              Field.TPR_THRESHOLD,
              c ->
                  !c.primary(Bits.TPR_SHADOW)
                      || c.secondary(Bits.VIRTUAL_INTERRUPTS)
                      || c.get(Field.TPR_THRESHOLD) >>> 4 == 0,
              "bits 31:4 are 0 without virtual-interrupt delivery"),
          row(
              "tpr-threshold",
              EXECUTION,
              Field.TPR_THRESHOLD,
              ControlChecks::tprThreshold,
              "at most bits 7:4 of VTPR in the virtual-APIC page, unless APIC accesses are virtualized or"
                  + " virtual interrupts delivered"),
          row(
              "virtual-nmis",
              EXECUTION,
              Field.PIN_CONTROLS,
              c -> c.pin(Bits.NMI_EXITING) || !c.pin(Bits.VIRTUAL_NMIS),
              "virtual NMIs only with NMI exiting"),
          row(
              "nmi-window",
              EXECUTION,
              Field.PRIMARY_CONTROLS,
              c -> c.pin(Bits.VIRTUAL_NMIS) || !c.primary(Bits.NMI_WINDOW),
              "NMI-window exiting only with virtual NMIs"),
          secondaryPage("apic-access", Field.APIC_ACCESS_ADDRESS, Bits.VIRTUALIZE_APIC),
          row(
              "virtual-apic-controls",
              EXECUTION,
              Field.SECONDARY_CONTROLS,
              c ->
                  c.primary(Bits.TPR_SHADOW)
                      || !c.secondary(
                          Bits.VIRTUALIZE_X2APIC | Bits.APIC_REGISTERS | Bits.VIRTUAL_INTERRUPTS),
              "virtualize x2APIC mode, APIC-register virtualization and virtual-interrupt delivery only with"
                  + " use TPR shadow"),
          row(
              "x2apic-or-page",
              EXECUTION,
              Field.SECONDARY_CONTROLS,
              c -> !c.secondary(Bits.VIRTUALIZE_X2APIC) || !c.secondary(Bits.VIRTUALIZE_APIC),
              "not both virtualize x2APIC mode and virtualize APIC accesses"),
          row(
              "virtual-interrupts",
              EXECUTION,
              Field.PIN_CONTROLS,
              c -> !c.secondary(Bits.VIRTUAL_INTERRUPTS) || c.pin(Bits.EXTERNAL_INTERRUPT_EXITING),
              "external-interrupt exiting with virtual-interrupt delivery"),
          row(
              "posted-controls",
              EXECUTION,
              Field.PIN_CONTROLS,
              c ->
                  !c.pin(Bits.POSTED_INTERRUPTS)
                      || c.secondary(Bits.VIRTUAL_INTERRUPTS) && c.exit(Bits.EXIT_ACKNOWLEDGE),
              "process posted interrupts only with virtual-interrupt delivery and acknowledge interrupt on"
                  + " exit"),
          row(
              "posted-vector",
              EXECUTION,
              Field.POSTED_INTERRUPT_VECTOR,
              c ->
                  !c.pin(Bits.POSTED_INTERRUPTS) || c.get(Field.POSTED_INTERRUPT_VECTOR) >>> 8 == 0,
              "bits 15:8 are 0"),
          row(
              "posted-descriptor",
              EXECUTION,
              Field.POSTED_INTERRUPT_DESCRIPTOR,
              c ->
                  !c.pin(Bits.POSTED_INTERRUPTS)
                      || (c.get(Field.POSTED_INTERRUPT_DESCRIPTOR) & 63) == 0
                          && c.caps.withinAddress(c.get(Field.POSTED_INTERRUPT_DESCRIPTOR)),
              "64-byte aligned, within MAXPHYADDR"),
          row(
              "vpid",
              EXECUTION,
              Field.VPID,
              c -> !c.secondary(Bits.ENABLE_VPID) || c.get(Field.VPID) != 0,
              "not 0000h when VPIDs are enabled"),
          row(
              "ept-pointer",
              EXECUTION,
              Field.EPT_POINTER,
              c -> !c.secondary(Bits.EPT) || c.caps.eptPointerValid(c.get(Field.EPT_POINTER)),
              "memory type 0 or 6, page-walk length 4, bits 11:7 and above MAXPHYADDR 0, bit 6 only where MSR 48Ch has"
                  + " accessed and dirty flags"),
          row(
              "unrestricted-guest",
              EXECUTION,
              Field.SECONDARY_CONTROLS,
              c -> !c.unrestricted() || c.secondary(Bits.EPT),
              "unrestricted guest only with EPT"),
          row(
              "pml-ept",
              EXECUTION,
              Field.SECONDARY_CONTROLS,
              c -> !c.secondary(Bits.PAGE_MODIFICATION_LOG) || c.secondary(Bits.EPT),
              "PML only with EPT"),
          secondaryPage("pml-address", Field.PML_ADDRESS, Bits.PAGE_MODIFICATION_LOG),
          row(
              "mode-based-execute",
              EXECUTION,
              Field.SECONDARY_CONTROLS,
              c -> !c.secondary(Bits.MODE_BASED_EXECUTE) || c.secondary(Bits.EPT),
              "mode-based execute control only with EPT"),
          row(
              "vm-functions",
              EXECUTION,
              Field.VM_FUNCTION_CONTROLS,
              c ->
                  !c.secondary(Bits.VM_FUNCTIONS)
                      || (c.get(Field.VM_FUNCTION_CONTROLS) & ~c.caps.vmFunctions()) == 0,
              "the bits of MSR 491h"),
          row(
              "eptp-switching",
              EXECUTION,
              Field.VM_FUNCTION_CONTROLS,
              c -> !eptpSwitching(c) || c.secondary(Bits.EPT),
              "EPTP switching only with EPT"),
          row(
              "eptp-list",
              EXECUTION,
              Field.EPTP_LIST_ADDRESS,
              c -> !eptpSwitching(c) || c.caps.page(c.get(Field.EPTP_LIST_ADDRESS)),
              "4-KByte aligned, within MAXPHYADDR"),
          secondaryPage("vmread-bitmap", Field.VMREAD_BITMAP, Bits.VMCS_SHADOWING),
          secondaryPage("vmwrite-bitmap", Field.VMWRITE_BITMAP, Bits.VMCS_SHADOWING),
          secondaryPage(
              "virtualization-exception",
              Field.VIRTUALIZATION_EXCEPTION_ADDRESS,
              Bits.VIRTUALIZATION_EXCEPTIONS),
          row(
              "exit-reserved",
              EXIT,
              Field.EXIT_CONTROLS,
              c -> c.caps.exitAllowed(c.get(Field.EXIT_CONTROLS)),
              "the settings in MSR 48Fh"),
          row(
              "save-timer",
              EXIT,
              Field.EXIT_CONTROLS,
              c -> c.pin(Bits.PREEMPTION_TIMER) || !c.exit(Bits.EXIT_SAVE_TIMER),
              "save VMX-preemption timer value only with the timer active"),
          row(
              "exit-msr-store",
              EXIT,
              Field.EXIT_MSR_STORE_ADDRESS,
              c -> c.msrArea(Field.EXIT_MSR_STORE_COUNT, Field.EXIT_MSR_STORE_ADDRESS),
              "16-byte aligned, the area within MAXPHYADDR"),
          row(
              "exit-msr-load",
              EXIT,
              Field.EXIT_MSR_LOAD_ADDRESS,
              c -> c.msrArea(Field.EXIT_MSR_LOAD_COUNT, Field.EXIT_MSR_LOAD_ADDRESS),
              "16-byte aligned, the area within MAXPHYADDR"),
          row(
              "entry-reserved",
              ENTRY,
              Field.ENTRY_CONTROLS,
              c -> c.caps.entryAllowed(c.get(Field.ENTRY_CONTROLS)),
              "the settings in MSR 490h"),
          row(
              "inject-type",
              ENTRY,
              Field.ENTRY_INTERRUPTION_INFORMATION,
              c -> !c.injecting() || c.type() != 1,
              "interruption type (bits 10:8) not 1"),
          row(
              "inject-vector",
              ENTRY,
              Field.ENTRY_INTERRUPTION_INFORMATION,
              ControlChecks::vectorFits,
              "vector 2 for an NMI, 0-31 for a hardware exception, 0 for other event"),
          row(
              "inject-error",
              ENTRY,
              Field.ENTRY_INTERRUPTION_INFORMATION,
              ControlChecks::errorFits,
              "bit 11 exactly for hardware exceptions 8, 10-14 and 17, and 0 when an unrestricted guest has"
                  + " CR0.PE = 0"),
          row(
              "inject-reserved",
              ENTRY,
              Field.ENTRY_INTERRUPTION_INFORMATION,
              c ->
                  !c.injecting()
                      || (c.get(Field.ENTRY_INTERRUPTION_INFORMATION) & 0x7FFF_F000L) == 0,
              "bits 30:12 are 0"),
          row(
              "inject-error-code",
              ENTRY,
              Field.ENTRY_EXCEPTION_ERROR_CODE,
              c -> !c.injectsError() || c.get(Field.ENTRY_EXCEPTION_ERROR_CODE) >>> 16 == 0,
              "bits 31:16 are 0"),
          row(
              "inject-length",
              ENTRY,
              Field.ENTRY_INSTRUCTION_LENGTH,
              ControlChecks::lengthFits,
              "1-15 for software interrupts and exceptions"),
          row(
              "entry-msr-load",
              ENTRY,
              Field.ENTRY_MSR_LOAD_ADDRESS,
              c -> c.msrArea(Field.ENTRY_MSR_LOAD_COUNT, Field.ENTRY_MSR_LOAD_ADDRESS),
              "16-byte aligned, the area within MAXPHYADDR"),
          row(
              "entry-smm",
              ENTRY,
              Field.ENTRY_CONTROLS,
              c -> !c.entry(Bits.ENTRY_TO_SMM) && !c.entry(Bits.ENTRY_DEACTIVATE_DUAL_MONITOR),
              "entry to SMM and deactivate dual-monitor treatment are 0 outside SMM"));

  private ControlChecks() {}

  private static EntryCheck page(String id, Field field, int primary) {
    return row(
        id,
        EXECUTION,
        field,
        c -> !c.primary(primary) || c.caps.page(c.get(field)),
        "4-KByte aligned, within MAXPHYADDR");
  }

  private static EntryCheck secondaryPage(String id, Field field, int secondary) {
    return row(
        id,
        EXECUTION,
        field,
        c -> !c.secondary(secondary) || c.caps.page(c.get(field)),
        "4-KByte aligned, within MAXPHYADDR");
  }

  private static boolean eptpSwitching(EntryContext c) {
    return c.secondary(Bits.VM_FUNCTIONS) && (c.get(Field.VM_FUNCTION_CONTROLS) & 1) != 0;
  }

  private static boolean tprThreshold(EntryContext c) {
    if (!c.primary(Bits.TPR_SHADOW)
        || c.secondary(Bits.VIRTUAL_INTERRUPTS | Bits.VIRTUALIZE_APIC)) {
      return true;
    }
    long vtpr = c.physical(c.get(Field.VIRTUAL_APIC_ADDRESS) + 0x80, 1);
    return (c.get(Field.TPR_THRESHOLD) & 15) <= vtpr >>> 4;
  }

  private static boolean vectorFits(EntryContext c) {
    if (!c.injecting()) {
      return true;
    }
    return switch (c.type()) {
      case Bits.TYPE_NMI -> c.vector() == 2;
      case Bits.TYPE_HARDWARE -> c.vector() <= 31;
      case Bits.TYPE_OTHER -> c.vector() == 0;
      default -> true;
    };
  }

  private static boolean errorFits(EntryContext c) {
    if (!c.injecting()) {
      return true;
    }
    boolean hasOne =
        (!c.unrestricted() || c.guestCr0(Bits.CR0_PE))
            && c.type() == Bits.TYPE_HARDWARE
            && c.vector() < 32
            && (ERROR_VECTORS >> c.vector() & 1) != 0;
    return hasOne == c.injectsError();
  }

  private static boolean lengthFits(EntryContext c) {
    boolean software =
        c.injecting()
            && c.type() >= Bits.TYPE_SOFTWARE_INTERRUPT
            && c.type() <= Bits.TYPE_SOFTWARE_EXCEPTION;
    long length = c.get(Field.ENTRY_INSTRUCTION_LENGTH);
    return !software || length >= 1 && length <= 15;
  }
}
