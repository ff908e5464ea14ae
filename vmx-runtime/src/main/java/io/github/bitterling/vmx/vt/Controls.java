package io.github.bitterling.vmx.vt;

/**
 * The controls of the guest that runs, as VM entry read them. In non-root operation a processor may
 * use cached VMCS data (25.11.1), so later changes in memory count from the next entry.
 */
final class Controls {
  /** A TSC multiplier of 1. */
  static final long ONE = 1L << 48;

  int pin;
  int primary;
  int secondary;
  int exit;
  int entry;
  int exceptionBitmap;
  int pageFaultMask;
  int pageFaultMatch;
  long cr0Mask;
  long cr0Shadow;
  long cr4Mask;
  long cr4Shadow;
  int cr3Targets;
  final long[] cr3Target = new long[4];
  long ioBitmapA;
  long ioBitmapB;
  long msrBitmaps;
  long tscOffset;
  long virtualApic;
  int tprThreshold;
  long eptPointer;
  int vpid;
  int pleGap;
  int pleWindow;

  /** Page whose linear accesses are virtualized, or -1. */
  long apicAccess;

  int postedVector;
  long postedDescriptor;
  final long[] eoiExit = new long[4];
  long vmFunctions;
  long eptpList;
  long vmreadBitmap;
  long vmwriteBitmap;
  long exceptionInformation;
  long xssExiting;
  long pmlAddress;

  /** 16.48 fixed point; 1 without TSC scaling. */
  long tscMultiplier;

  void load(Vmcs v) {
    loadControlWords(v);
    exceptionBitmap = v.get32(Field.EXCEPTION_BITMAP);
    pageFaultMask = v.get32(Field.PAGE_FAULT_MASK);
    pageFaultMatch = v.get32(Field.PAGE_FAULT_MATCH);
    loadControlRegisters(v);
    ioBitmapA = v.get(Field.IO_BITMAP_A);
    ioBitmapB = v.get(Field.IO_BITMAP_B);
    msrBitmaps = v.get(Field.MSR_BITMAPS);
    tscOffset = primary(Bits.TSC_OFFSETTING) ? v.get(Field.TSC_OFFSET) : 0;
    virtualApic = v.get(Field.VIRTUAL_APIC_ADDRESS);
    tprThreshold = v.get32(Field.TPR_THRESHOLD) & 15;
    eptPointer = secondary(Bits.EPT) ? v.get(Field.EPT_POINTER) : 0;
    vpid = secondary(Bits.ENABLE_VPID) ? v.get32(Field.VPID) : 0;
    pleGap = v.get32(Field.PLE_GAP);
    pleWindow = v.get32(Field.PLE_WINDOW);
    loadOptional(v);
  }

  /** Fields of controls that few guests use. */
  private void loadOptional(Vmcs v) {
    apicAccess = secondary(Bits.VIRTUALIZE_APIC) ? v.get(Field.APIC_ACCESS_ADDRESS) : -1;
    boolean scaling = primary(Bits.TSC_OFFSETTING) && secondary(Bits.TSC_SCALING);
    tscMultiplier = scaling ? v.get(Field.TSC_MULTIPLIER) : ONE;
    if (pin(Bits.POSTED_INTERRUPTS)) {
      postedVector = v.get32(Field.POSTED_INTERRUPT_VECTOR);
      postedDescriptor = v.get(Field.POSTED_INTERRUPT_DESCRIPTOR);
    }
    if (secondary(Bits.VIRTUAL_INTERRUPTS)) {
      for (int i = 0; i < eoiExit.length; i++) {
        eoiExit[i] = v.get(Field.EOI_EXIT_BITMAP0.plus(i));
      }
    }
    if (secondary(Bits.VM_FUNCTIONS)) {
      vmFunctions = v.get(Field.VM_FUNCTION_CONTROLS);
      eptpList = v.get(Field.EPTP_LIST_ADDRESS);
    }
    if (secondary(Bits.VMCS_SHADOWING)) {
      vmreadBitmap = v.get(Field.VMREAD_BITMAP);
      vmwriteBitmap = v.get(Field.VMWRITE_BITMAP);
    }
    xssExiting = v.get(Field.XSS_EXITING_BITMAP);
    exceptionInformation = v.get(Field.VIRTUALIZATION_EXCEPTION_ADDRESS);
    pmlAddress = v.get(Field.PML_ADDRESS);
  }

  private void loadControlWords(Vmcs v) {
    pin = v.get32(Field.PIN_CONTROLS);
    primary = v.get32(Field.PRIMARY_CONTROLS);
    secondary = primary(Bits.SECONDARY) ? v.get32(Field.SECONDARY_CONTROLS) : 0;
    exit = v.get32(Field.EXIT_CONTROLS);
    entry = v.get32(Field.ENTRY_CONTROLS);
  }

  private void loadControlRegisters(Vmcs v) {
    cr0Mask = v.get(Field.CR0_MASK);
    cr0Shadow = v.get(Field.CR0_READ_SHADOW);
    cr4Mask = v.get(Field.CR4_MASK);
    cr4Shadow = v.get(Field.CR4_READ_SHADOW);
    cr3Targets = v.get32(Field.CR3_TARGET_COUNT);
    for (int i = 0; i < 4; i++) {
      cr3Target[i] = v.get(Field.CR3_TARGET0.plus(i));
    }
  }

  boolean pin(int bit) {
    return (pin & bit) != 0;
  }

  boolean primary(int bit) {
    return (primary & bit) != 0;
  }

  boolean secondary(int bit) {
    return (secondary & bit) != 0;
  }

  boolean exit(int bit) {
    return (exit & bit) != 0;
  }

  boolean entry(int bit) {
    return (entry & bit) != 0;
  }
}
