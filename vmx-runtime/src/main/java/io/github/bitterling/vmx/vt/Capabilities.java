package io.github.bitterling.vmx.vt;

import io.github.bitterling.vmx.model.CpuModel;

/**
 * The VMX capability MSRs 480h-491h of a processor model as data (SDM volume 3, appendix A), and
 * what follows from them. Allowed settings are as the TRUE MSRs say where IA32_VMX_BASIC bit 55 is
 * set.
 */
public final class Capabilities {
  /** IA32_VMX_BASIC. */
  public static final int FIRST_MSR = 0x480;

  /** IA32_VMX_VMFUNC. */
  public static final int LAST_MSR = 0x491;

  private static final int BASIC = 0x480;
  private static final int MISC = 0x485;
  private static final int CR0_FIXED0 = 0x486;
  private static final int CR0_FIXED1 = 0x487;
  private static final int CR4_FIXED0 = 0x488;
  private static final int CR4_FIXED1 = 0x489;
  private static final int SECONDARY = 0x48B;
  private static final int EPT_VPID = 0x48C;
  private static final int TRUE_PIN = 0x48D;
  private static final int TRUE_PRIMARY = 0x48E;
  private static final int TRUE_EXIT = 0x48F;
  private static final int TRUE_ENTRY = 0x490;
  private static final int VMFUNC = 0x491;

  private final long[] msr;
  private final int addressBits;

  private Capabilities(int addressBits, long... msr) {
    this.addressBits = addressBits;
    this.msr = msr;
  }

  /** The capabilities of a processor model. */
  public static Capabilities of(CpuModel model) {
    int number = FIRST_MSR;
    while (model.vmx().containsKey(number)) {
      number++;
    }
    long[] msr = new long[number - FIRST_MSR];
    for (int i = 0; i < msr.length; i++) {
      msr[i] = model.vmx().get(FIRST_MSR + i);
    }
    return new Capabilities(model.physicalBits(), msr);
  }

  /** Those of the Atom E3845. */
  public static Capabilities e3845() {
    return of(CpuModel.e3845(1));
  }

  /** Value, or null where the model has no such MSR. */
  public Long msr(int number) {
    int i = number - FIRST_MSR;
    return i >= 0 && i < msr.length ? Long.valueOf(msr[i]) : null;
  }

  private long raw(int number) {
    return msr[number - FIRST_MSR];
  }

  /** VMCS revision identifier, 31 bits. */
  public int revision() {
    return (int) raw(BASIC) & 0x7FFF_FFFF;
  }

  /** MAXPHYADDR. */
  public int addressBits() {
    return addressBits;
  }

  /** Bytes of a VMCS region in use. */
  public int regionBytes() {
    return (int) (raw(BASIC) >>> 32) & 0x1FFF;
  }

  /** TSC cycles per tick of the VMX-preemption timer are 1 << rate. */
  public int timerRate() {
    return (int) raw(MISC) & 31;
  }

  public int cr3Targets() {
    return (int) (raw(MISC) >>> 16) & 0x1FF;
  }

  /** Entries an MSR area may have. */
  public int msrListMaximum() {
    return ((int) (raw(MISC) >>> 25 & 7) + 1) * 512;
  }

  /** Whether guest activity state 1 (HLT), 2 (shutdown) or 3 (wait-for-SIPI) may be entered. */
  public boolean activitySupported(long state) {
    return state == 0 || state <= 3 && (raw(MISC) >>> (5 + state) & 1) != 0;
  }

  public long cr0Fixed0() {
    return raw(CR0_FIXED0);
  }

  public long cr0Fixed1() {
    return raw(CR0_FIXED1);
  }

  public long cr4Fixed0() {
    return raw(CR4_FIXED0);
  }

  public long cr4Fixed1() {
    return raw(CR4_FIXED1);
  }

  public boolean pinAllowed(long value) {
    return allowed(raw(TRUE_PIN), value);
  }

  public boolean primaryAllowed(long value) {
    return allowed(raw(TRUE_PRIMARY), value);
  }

  public boolean secondaryAllowed(long value) {
    return allowed(raw(SECONDARY), value);
  }

  public boolean exitAllowed(long value) {
    return allowed(raw(TRUE_EXIT), value);
  }

  public boolean entryAllowed(long value) {
    return allowed(raw(TRUE_ENTRY), value);
  }

  /** A.3 to A.5: bits 31:0 must be 1, bits that are 0 in 63:32 must be 0. */
  static boolean allowed(long msr, long value) {
    long must = msr & 0xFFFF_FFFFL;
    long may = msr >>> 32;
    return (value & must) == must && (value & ~may) == 0;
  }

  public boolean executeOnly() {
    return ept(0);
  }

  public boolean ept2Megabyte() {
    return ept(16);
  }

  public boolean ept1Gigabyte() {
    return ept(17);
  }

  /** Bit 6 of the EPT pointer may be 1. */
  public boolean eptAccessedDirty() {
    return ept(21);
  }

  /** Types 1 (single-context) and 2 (global). */
  public boolean inveptType(long type) {
    return ept(20) && (type == 1 && ept(25) || type == 2 && ept(26));
  }

  /** Types 0 to 3. */
  public boolean invvpidType(long type) {
    return ept(32) && Long.compareUnsigned(type, 3) <= 0 && ept(40 + (int) type);
  }

  private boolean ept(int bit) {
    return (raw(EPT_VPID) >>> bit & 1) != 0;
  }

  private boolean secondarySupported(int bit) {
    return (raw(SECONDARY) >>> 32 & bit) != 0;
  }

  /** Bit 31 of a VMCS region's first word may be 1. */
  public boolean vmcsShadowing() {
    return secondarySupported(Bits.VMCS_SHADOWING);
  }

  /** VMWRITE may write VM-exit information fields. */
  public boolean writesExitInformation() {
    return (raw(MISC) >>> 29 & 1) != 0;
  }

  /** VM-function controls that may be 1. */
  public long vmFunctions() {
    return VMFUNC - FIRST_MSR < msr.length ? raw(VMFUNC) : 0;
  }

  /**
   * Whether the model has a field: some exist only with the control they belong to (appendix B).
   */
  public boolean has(Field field) {
    return switch (field) {
      case POSTED_INTERRUPT_VECTOR, POSTED_INTERRUPT_DESCRIPTOR ->
          (raw(TRUE_PIN) >>> 32 & Bits.POSTED_INTERRUPTS) != 0;
      case EPTP_INDEX, VIRTUALIZATION_EXCEPTION_ADDRESS ->
          secondarySupported(Bits.VIRTUALIZATION_EXCEPTIONS);
      case GUEST_INTERRUPT_STATUS,
          EOI_EXIT_BITMAP0,
          EOI_EXIT_BITMAP1,
          EOI_EXIT_BITMAP2,
          EOI_EXIT_BITMAP3 ->
          secondarySupported(Bits.VIRTUAL_INTERRUPTS);
      case PML_INDEX, PML_ADDRESS -> secondarySupported(Bits.PAGE_MODIFICATION_LOG);
      case PLE_GAP, PLE_WINDOW -> secondarySupported(Bits.PAUSE_LOOP);
      case VM_FUNCTION_CONTROLS -> secondarySupported(Bits.VM_FUNCTIONS);
      case EPTP_LIST_ADDRESS -> (vmFunctions() & 1) != 0;
      case VMREAD_BITMAP, VMWRITE_BITMAP -> vmcsShadowing();
      case GUEST_BNDCFGS ->
          (raw(TRUE_ENTRY) >>> 32 & Bits.ENTRY_LOAD_BNDCFGS) != 0
              || (raw(TRUE_EXIT) >>> 32 & Bits.EXIT_CLEAR_BNDCFGS) != 0;
      case XSS_EXITING_BITMAP -> secondarySupported(Bits.ENABLE_XSAVES);
      case TSC_MULTIPLIER -> secondarySupported(Bits.TSC_SCALING);
      default -> true;
    };
  }

  /** 25.6.11: memory type UC or WB, walk length 4, no reserved bit. */
  public boolean eptPointerValid(long value) {
    long type = value & 7;
    boolean typeKnown = type == 0 && ept(8) || type == 6 && ept(14);
    return typeKnown
        && (value & 0x38) == 0x18
        && (value & (eptAccessedDirty() ? 0xF80 : 0xFC0)) == 0
        && withinAddress(value);
  }

  /** No bit at or above MAXPHYADDR. */
  public boolean withinAddress(long physical) {
    return physical >>> addressBits == 0;
  }

  /** 4-KByte aligned and within MAXPHYADDR. */
  public boolean page(long physical) {
    return (physical & 0xFFF) == 0 && withinAddress(physical);
  }
}
