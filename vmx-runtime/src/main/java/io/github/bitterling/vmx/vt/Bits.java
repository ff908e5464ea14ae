package io.github.bitterling.vmx.vt;

/**
 * Bits of control registers, MSRs and the VMX controls (SDM volume 3, 2.5, 2.2.1, 25.6 to 25.8).
 */
final class Bits {
  static final long CR0_PE = 1;
  static final long CR0_TS = 8;
  static final long CR0_PG = 1L << 31;

  /**
   * Bits of CR0 VM entries and exits leave alone: 15:6 and 28:19, 17, ET, CD, NW, 63:32 (27.3.2.1,
   * 28.5.1).
   */
  static final long CR0_KEPT = 0xFFFF_FFFF_7FFA_FFD0L;

  static final long CR4_PAE = 1 << 5;
  static final long CR4_VMXE = 1 << 13;
  static final long CR4_PCIDE = 1 << 17;

  static final long EFER_SCE = 1;
  static final long EFER_LME = 1 << 8;
  static final long EFER_LMA = 1 << 10;
  static final long EFER_NXE = 1 << 11;
  static final long EFER_ALL = EFER_SCE | EFER_LME | EFER_LMA | EFER_NXE;

  // Pin-based, 25.6.1
  static final int EXTERNAL_INTERRUPT_EXITING = 1;
  static final int NMI_EXITING = 1 << 3;
  static final int VIRTUAL_NMIS = 1 << 5;
  static final int PREEMPTION_TIMER = 1 << 6;
  static final int POSTED_INTERRUPTS = 1 << 7;

  // Primary processor-based, 25.6.2
  static final int INTERRUPT_WINDOW = 1 << 2;
  static final int TSC_OFFSETTING = 1 << 3;
  static final int HLT_EXITING = 1 << 7;
  static final int INVLPG_EXITING = 1 << 9;
  static final int MWAIT_EXITING = 1 << 10;
  static final int RDPMC_EXITING = 1 << 11;
  static final int RDTSC_EXITING = 1 << 12;
  static final int CR3_LOAD_EXITING = 1 << 15;
  static final int CR3_STORE_EXITING = 1 << 16;
  static final int CR8_LOAD_EXITING = 1 << 19;
  static final int CR8_STORE_EXITING = 1 << 20;
  static final int TPR_SHADOW = 1 << 21;
  static final int NMI_WINDOW = 1 << 22;
  static final int MOV_DR_EXITING = 1 << 23;
  static final int UNCONDITIONAL_IO = 1 << 24;
  static final int IO_BITMAPS = 1 << 25;
  static final int MONITOR_TRAP_FLAG = 1 << 27;
  static final int MSR_BITMAPS = 1 << 28;
  static final int MONITOR_EXITING = 1 << 29;
  static final int PAUSE_EXITING = 1 << 30;
  static final int SECONDARY = 1 << 31;

  // Secondary, 25.6.2
  static final int VIRTUALIZE_APIC = 1;
  static final int EPT = 1 << 1;
  static final int DESCRIPTOR_TABLE_EXITING = 1 << 2;
  static final int ENABLE_RDTSCP = 1 << 3;
  static final int VIRTUALIZE_X2APIC = 1 << 4;
  static final int ENABLE_VPID = 1 << 5;
  static final int WBINVD_EXITING = 1 << 6;
  static final int UNRESTRICTED_GUEST = 1 << 7;
  static final int APIC_REGISTERS = 1 << 8;
  static final int VIRTUAL_INTERRUPTS = 1 << 9;
  static final int PAUSE_LOOP = 1 << 10;
  static final int RDRAND_EXITING = 1 << 11;
  static final int ENABLE_INVPCID = 1 << 12;
  static final int VM_FUNCTIONS = 1 << 13;
  static final int VMCS_SHADOWING = 1 << 14;
  static final int RDSEED_EXITING = 1 << 16;
  static final int PAGE_MODIFICATION_LOG = 1 << 17;
  static final int VIRTUALIZATION_EXCEPTIONS = 1 << 18;
  static final int ENABLE_XSAVES = 1 << 20;
  static final int MODE_BASED_EXECUTE = 1 << 22;
  static final int TSC_SCALING = 1 << 25;

  // VM exit, 25.7.1
  static final int EXIT_SAVE_DEBUG = 1 << 2;
  static final int EXIT_HOST64 = 1 << 9;
  static final int EXIT_LOAD_PERF = 1 << 12;
  static final int EXIT_ACKNOWLEDGE = 1 << 15;
  static final int EXIT_SAVE_PAT = 1 << 18;
  static final int EXIT_LOAD_PAT = 1 << 19;
  static final int EXIT_SAVE_EFER = 1 << 20;
  static final int EXIT_LOAD_EFER = 1 << 21;
  static final int EXIT_SAVE_TIMER = 1 << 22;
  static final int EXIT_CLEAR_BNDCFGS = 1 << 23;

  // VM entry, 25.8.1
  static final int ENTRY_LOAD_DEBUG = 1 << 2;
  static final int ENTRY_IA32E = 1 << 9;
  static final int ENTRY_TO_SMM = 1 << 10;
  static final int ENTRY_DEACTIVATE_DUAL_MONITOR = 1 << 11;
  static final int ENTRY_LOAD_PERF = 1 << 13;
  static final int ENTRY_LOAD_PAT = 1 << 14;
  static final int ENTRY_LOAD_EFER = 1 << 15;
  static final int ENTRY_LOAD_BNDCFGS = 1 << 16;

  // Interruption information, 25.8.3 and 25.9.2
  static final int INTR_VALID = 1 << 31;
  static final int INTR_ERROR = 1 << 11;
  static final int TYPE_EXTERNAL = 0;
  static final int TYPE_NMI = 2;
  static final int TYPE_HARDWARE = 3;
  static final int TYPE_SOFTWARE_INTERRUPT = 4;
  static final int TYPE_PRIVILEGED = 5;
  static final int TYPE_SOFTWARE_EXCEPTION = 6;
  static final int TYPE_OTHER = 7;

  // Interruptibility, 25.4.2
  static final int BLOCKED_STI = 1;
  static final int BLOCKED_MOV_SS = 2;
  static final int BLOCKED_SMI = 4;
  static final int BLOCKED_NMI = 8;

  /** Bit 31 of the first word of a region: a shadow VMCS (25.2). */
  static final int SHADOW_VMCS = 1 << 31;

  // MSRs
  static final int MSR_FEATURE_CONTROL = 0x3A;
  static final int MSR_SYSENTER_CS = 0x174;
  static final int MSR_SYSENTER_ESP = 0x175;
  static final int MSR_SYSENTER_EIP = 0x176;
  static final int MSR_DEBUGCTL = 0x1D9;
  static final int MSR_PAT = 0x277;
  static final int MSR_PERF_GLOBAL = 0x38F;
  static final int MSR_EFER = 0xC000_0080;

  private Bits() {}

  /** 48-bit canonical. */
  static boolean canonical(long address) {
    return address << 16 >> 16 == address;
  }

  static boolean high32Zero(long value) {
    return value >>> 32 == 0;
  }
}
