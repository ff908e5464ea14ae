package io.github.bitterling.vmx.vt;

import java.util.ArrayList;
import java.util.List;

/** The controls this processor lets software set, one row each (SDM volume 3, 25.6 to 25.8). */
public enum Control {
  PIN_EXTERNAL_INTERRUPT_EXITING(Word.PIN, 0, "External-interrupt exiting"),
  PIN_NMI_EXITING(Word.PIN, 3, "NMI exiting"),
  PIN_VIRTUAL_NMIS(Word.PIN, 5, "Virtual NMIs"),
  PIN_ACTIVATE_VMX_PREEMPTION_TIMER(Word.PIN, 6, "Activate VMX-preemption timer"),
  PIN_PROCESS_POSTED_INTERRUPTS(Word.PIN, 7, "Process posted interrupts"),
  PRIMARY_INTERRUPT_WINDOW_EXITING(Word.PRIMARY, 2, "Interrupt-window exiting"),
  PRIMARY_USE_TSC_OFFSETTING(Word.PRIMARY, 3, "Use TSC offsetting"),
  PRIMARY_HLT_EXITING(Word.PRIMARY, 7, "HLT exiting"),
  PRIMARY_INVLPG_EXITING(Word.PRIMARY, 9, "INVLPG exiting"),
  PRIMARY_MWAIT_EXITING(Word.PRIMARY, 10, "MWAIT exiting"),
  PRIMARY_RDPMC_EXITING(Word.PRIMARY, 11, "RDPMC exiting"),
  PRIMARY_RDTSC_EXITING(Word.PRIMARY, 12, "RDTSC exiting"),
  PRIMARY_CR3_LOAD_EXITING(Word.PRIMARY, 15, "CR3-load exiting"),
  PRIMARY_CR3_STORE_EXITING(Word.PRIMARY, 16, "CR3-store exiting"),
  PRIMARY_CR8_LOAD_EXITING(Word.PRIMARY, 19, "CR8-load exiting"),
  PRIMARY_CR8_STORE_EXITING(Word.PRIMARY, 20, "CR8-store exiting"),
  PRIMARY_USE_TPR_SHADOW(Word.PRIMARY, 21, "Use TPR shadow"),
  PRIMARY_NMI_WINDOW_EXITING(Word.PRIMARY, 22, "NMI-window exiting"),
  PRIMARY_MOV_DR_EXITING(Word.PRIMARY, 23, "MOV-DR exiting"),
  PRIMARY_UNCONDITIONAL_I_O_EXITING(Word.PRIMARY, 24, "Unconditional I/O exiting"),
  PRIMARY_USE_I_O_BITMAPS(Word.PRIMARY, 25, "Use I/O bitmaps"),
  PRIMARY_MONITOR_TRAP_FLAG(Word.PRIMARY, 27, "Monitor trap flag"),
  PRIMARY_USE_MSR_BITMAPS(Word.PRIMARY, 28, "Use MSR bitmaps"),
  PRIMARY_MONITOR_EXITING(Word.PRIMARY, 29, "MONITOR exiting"),
  PRIMARY_PAUSE_EXITING(Word.PRIMARY, 30, "PAUSE exiting"),
  PRIMARY_ACTIVATE_SECONDARY_CONTROLS(Word.PRIMARY, 31, "Activate secondary controls"),
  SECONDARY_VIRTUALIZE_APIC_ACCESSES(Word.SECONDARY, 0, "Virtualize APIC accesses"),
  SECONDARY_ENABLE_EPT(Word.SECONDARY, 1, "Enable EPT"),
  SECONDARY_DESCRIPTOR_TABLE_EXITING(Word.SECONDARY, 2, "Descriptor-table exiting"),
  SECONDARY_ENABLE_RDTSCP(Word.SECONDARY, 3, "Enable RDTSCP"),
  SECONDARY_VIRTUALIZE_X2APIC_MODE(Word.SECONDARY, 4, "Virtualize x2APIC mode"),
  SECONDARY_ENABLE_VPID(Word.SECONDARY, 5, "Enable VPID"),
  SECONDARY_WBINVD_EXITING(Word.SECONDARY, 6, "WBINVD exiting"),
  SECONDARY_UNRESTRICTED_GUEST(Word.SECONDARY, 7, "Unrestricted guest"),
  SECONDARY_APIC_REGISTER_VIRTUALIZATION(Word.SECONDARY, 8, "APIC-register virtualization"),
  SECONDARY_VIRTUAL_INTERRUPT_DELIVERY(Word.SECONDARY, 9, "Virtual-interrupt delivery"),
  SECONDARY_PAUSE_LOOP_EXITING(Word.SECONDARY, 10, "PAUSE-loop exiting"),
  SECONDARY_RDRAND_EXITING(Word.SECONDARY, 11, "RDRAND exiting"),
  SECONDARY_ENABLE_INVPCID(Word.SECONDARY, 12, "Enable INVPCID"),
  SECONDARY_ENABLE_VM_FUNCTIONS(Word.SECONDARY, 13, "Enable VM functions"),
  SECONDARY_VMCS_SHADOWING(Word.SECONDARY, 14, "VMCS shadowing"),
  SECONDARY_RDSEED_EXITING(Word.SECONDARY, 16, "RDSEED exiting"),
  SECONDARY_ENABLE_PML(Word.SECONDARY, 17, "Enable PML"),
  SECONDARY_EPT_VIOLATION_VE(Word.SECONDARY, 18, "EPT-violation #VE"),
  SECONDARY_ENABLE_XSAVES_XRSTORS(Word.SECONDARY, 20, "Enable XSAVES/XRSTORS"),
  SECONDARY_MODE_BASED_EXECUTE_CONTROL(Word.SECONDARY, 22, "Mode-based execute control for EPT"),
  SECONDARY_USE_TSC_SCALING(Word.SECONDARY, 25, "Use TSC scaling"),
  EXIT_SAVE_DEBUG_CONTROLS(Word.EXIT, 2, "Save debug controls"),
  EXIT_HOST_ADDRESS_SPACE_SIZE(Word.EXIT, 9, "Host address-space size"),
  EXIT_LOAD_IA32_PERF_GLOBAL_CTRL(Word.EXIT, 12, "Load IA32_PERF_GLOBAL_CTRL"),
  EXIT_ACKNOWLEDGE_INTERRUPT_ON_EXIT(Word.EXIT, 15, "Acknowledge interrupt on exit"),
  EXIT_SAVE_IA32_PAT(Word.EXIT, 18, "Save IA32_PAT"),
  EXIT_LOAD_IA32_PAT(Word.EXIT, 19, "Load IA32_PAT"),
  EXIT_SAVE_IA32_EFER(Word.EXIT, 20, "Save IA32_EFER"),
  EXIT_LOAD_IA32_EFER(Word.EXIT, 21, "Load IA32_EFER"),
  EXIT_SAVE_VMX_PREEMPTION_TIMER_VALUE(Word.EXIT, 22, "Save VMX-preemption timer value"),
  EXIT_CLEAR_IA32_BNDCFGS(Word.EXIT, 23, "Clear IA32_BNDCFGS"),
  ENTRY_LOAD_DEBUG_CONTROLS(Word.ENTRY, 2, "Load debug controls"),
  ENTRY_IA_32E_MODE_GUEST(Word.ENTRY, 9, "IA-32e mode guest"),
  ENTRY_LOAD_IA32_PERF_GLOBAL_CTRL(Word.ENTRY, 13, "Load IA32_PERF_GLOBAL_CTRL"),
  ENTRY_LOAD_IA32_PAT(Word.ENTRY, 14, "Load IA32_PAT"),
  ENTRY_LOAD_IA32_EFER(Word.ENTRY, 15, "Load IA32_EFER"),
  ENTRY_LOAD_IA32_BNDCFGS(Word.ENTRY, 16, "Load IA32_BNDCFGS");

  /** The five words of controls. */
  public enum Word {
    PIN(Field.PIN_CONTROLS, 0x48D, "25.6.1"),
    PRIMARY(Field.PRIMARY_CONTROLS, 0x48E, "25.6.2"),
    SECONDARY(Field.SECONDARY_CONTROLS, 0x48B, "25.6.2"),
    EXIT(Field.EXIT_CONTROLS, 0x48F, "25.7.1"),
    ENTRY(Field.ENTRY_CONTROLS, 0x490, "25.8.1");

    private final Field field;
    private final int capabilityMsr;
    private final String section;

    Word(Field field, int capabilityMsr, String section) {
      this.field = field;
      this.capabilityMsr = capabilityMsr;
      this.section = section;
    }

    /** VMCS field that holds the word. */
    public Field field() {
      return field;
    }

    /** MSR with the allowed settings. */
    public int capabilityMsr() {
      return capabilityMsr;
    }

    /** SDM volume 3 section. */
    public String section() {
      return section;
    }
  }

  private final Word word;
  private final int bit;
  private final String sdmName;

  Control(Word word, int bit, String sdmName) {
    this.word = word;
    this.bit = bit;
    this.sdmName = sdmName;
  }

  public Word word() {
    return word;
  }

  /** Bit number in the word. */
  public int bit() {
    return bit;
  }

  public String sdmName() {
    return sdmName;
  }

  /**
   * Controls of a word that have no allowed setting, in words; empty for fields that are no
   * controls.
   */
  static String wrong(Field field, long value, Capabilities caps) {
    List<String> all = new ArrayList<>();
    for (Word word : Word.values()) {
      if (word.field == field) {
        long msr = caps.msr(word.capabilityMsr);
        for (int bit = 0; bit < 32; bit++) {
          boolean set = (value >>> bit & 1) != 0;
          boolean must = (msr >>> bit & 1) != 0;
          boolean may = (msr >>> 32 + bit & 1) != 0;
          if (must && !set || set && !may) {
            all.add("bit " + bit + name(word, bit) + " must be " + (must ? 1 : 0));
          }
        }
      }
    }
    return String.join(", ", all);
  }

  private static String name(Word word, int bit) {
    for (Control control : values()) {
      if (control.word == word && control.bit == bit) {
        return " (" + control.sdmName + ")";
      }
    }
    return "";
  }

  /** Names of the controls that are 1 in a word; empty for fields that are no controls. */
  static List<String> names(Field field, long value) {
    List<String> names = new ArrayList<>();
    for (Control control : values()) {
      if (control.word.field == field && (value >>> control.bit & 1) != 0) {
        names.add(control.sdmName);
      }
    }
    return names;
  }
}
