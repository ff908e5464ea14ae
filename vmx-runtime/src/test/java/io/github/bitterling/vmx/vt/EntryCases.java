package io.github.bitterling.vmx.vt;

import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * For every row of the VM-entry check table a state that meets it and one that does not. {@link
 * EntryCheckTests} looks at the rows with them, {@link EntryProgramTests} makes entries.
 */
final class EntryCases {
  /**
   * One row's states, as changes of one that passes all checks.
   *
   * @param meet what the row looks at is there, and right
   * @param fail the same and the mistake
   */
  record EntryCase(Consumer<EntryState> meet, Consumer<EntryState> fail) {}

  private static final long BAD_ADDRESS = 1L << 50;

  /** The first address that the E3845 does not have. */
  private static final long BEYOND = 1L << 36;

  private static final long INTR = 0x8000_0000L;

  /** Rows about controls that the E3845 does not have: made on the full model. */
  static final Set<String> FULL = new HashSet<>();

  static final Map<String, EntryCase> CASES = new TreeMap<>();

  static {
    controls();
    injection();
    host();
    guestRegisters();
    guestSegments();
    virtual8086();
    guestOther();
    fullModel();
  }

  private static void full(String id, Consumer<EntryState> meet, Consumer<EntryState> change) {
    FULL.add(id);
    put(id, meet, change);
  }

  private static void secondary(EntryState m, int bits) {
    m.or(Field.SECONDARY_CONTROLS, bits);
  }

  private static void noEpt(EntryState m, int bits) {
    m.clear(Field.SECONDARY_CONTROLS, Bits.EPT | Bits.UNRESTRICTED_GUEST);
    secondary(m, bits);
  }

  /** A page field of a secondary control. */
  private static void fullPage(String id, int control, Field field) {
    full(
        id,
        m -> {
          secondary(m, control);
          m.set(field, m.msrArea());
        },
        m -> m.set(field, m.msrArea() + 8));
  }

  private static void delivery(EntryState m) {
    m.or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING);
    tprShadow(m, m.virtualApic(), 0);
    secondary(m, Bits.VIRTUAL_INTERRUPTS);
  }

  private static void posted(EntryState m) {
    delivery(m);
    m.or(Field.PIN_CONTROLS, Bits.POSTED_INTERRUPTS);
    m.or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE);
    m.set(Field.POSTED_INTERRUPT_DESCRIPTOR, m.msrArea());
  }

  private static void bounds(EntryState m, long configuration) {
    m.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_BNDCFGS);
    m.set(Field.GUEST_BNDCFGS, configuration);
  }

  private static void fullModel() {
    fullPage("apic-access", Bits.VIRTUALIZE_APIC, Field.APIC_ACCESS_ADDRESS);
    fullPage("pml-address", Bits.PAGE_MODIFICATION_LOG, Field.PML_ADDRESS);
    fullPage("vmread-bitmap", Bits.VMCS_SHADOWING, Field.VMREAD_BITMAP);
    fullPage("vmwrite-bitmap", Bits.VMCS_SHADOWING, Field.VMWRITE_BITMAP);
    fullPage(
        "virtualization-exception",
        Bits.VIRTUALIZATION_EXCEPTIONS,
        Field.VIRTUALIZATION_EXCEPTION_ADDRESS);
    full("guest-bndcfgs-reserved", m -> bounds(m, 0x7003), m -> bounds(m, 0x7005));
    full("guest-bndcfgs-base", m -> bounds(m, 1L << 46 | 1), m -> bounds(m, 1L << 47 | 1));
    full(
        "virtual-apic-controls",
        EntryCases::apicRegisters,
        m -> m.clear(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW));
    full(
        "x2apic-or-page",
        m -> {
          tprShadow(m, m.virtualApic(), 0);
          secondary(m, Bits.VIRTUALIZE_X2APIC);
        },
        m -> secondary(m, Bits.VIRTUALIZE_APIC));
    postedRows();
    full(
        "pml-ept",
        m -> {
          secondary(m, Bits.PAGE_MODIFICATION_LOG);
          m.set(Field.PML_ADDRESS, m.msrArea());
        },
        m -> noEpt(m, Bits.PAGE_MODIFICATION_LOG));
    full(
        "mode-based-execute",
        m -> secondary(m, Bits.MODE_BASED_EXECUTE),
        m -> noEpt(m, Bits.MODE_BASED_EXECUTE));
    full(
        "vm-functions",
        m -> {
          secondary(m, Bits.VM_FUNCTIONS);
          m.set(Field.VM_FUNCTION_CONTROLS, 0);
        },
        m -> m.set(Field.VM_FUNCTION_CONTROLS, 2));
    full("eptp-switching", EntryCases::eptpSwitching, m -> noEpt(m, 0));
    full(
        "eptp-list",
        EntryCases::eptpSwitching,
        m -> m.set(Field.EPTP_LIST_ADDRESS, m.msrArea() + 8));
  }

  private static void apicRegisters(EntryState m) {
    tprShadow(m, m.virtualApic(), 0);
    secondary(m, Bits.APIC_REGISTERS);
  }

  private static void eptpSwitching(EntryState m) {
    secondary(m, Bits.VM_FUNCTIONS);
    m.set(Field.VM_FUNCTION_CONTROLS, 1);
    m.set(Field.EPTP_LIST_ADDRESS, m.msrArea());
  }

  private static void postedRows() {
    full(
        "virtual-interrupts",
        EntryCases::delivery,
        m -> m.clear(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING));
    full(
        "posted-controls",
        EntryCases::posted,
        m -> m.clear(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE));
    full("posted-vector", EntryCases::posted, m -> m.set(Field.POSTED_INTERRUPT_VECTOR, 0x100));
    full(
        "posted-descriptor",
        EntryCases::posted,
        m -> m.set(Field.POSTED_INTERRUPT_DESCRIPTOR, m.msrArea() + 0x20));
  }

  private static void put(String id, Consumer<EntryState> change) {
    put(id, m -> {}, change);
  }

  private static void put(String id, Consumer<EntryState> meet, Consumer<EntryState> change) {
    if (CASES.put(id, new EntryCase(meet, meet.andThen(change))) != null) {
      throw new AssertionError(id);
    }
  }

  private static void set(String id, Field f, long value) {
    put(id, m -> m.set(f, value));
  }

  private static void or(String id, Field f, long bits) {
    put(id, m -> m.or(f, bits));
  }

  private static void controls() {
    set("pin-reserved", Field.PIN_CONTROLS, 0x96);
    set("primary-reserved", Field.PRIMARY_CONTROLS, 0);
    or("secondary-reserved", Field.SECONDARY_CONTROLS, 1L << 31);
    set("cr3-target-count", Field.CR3_TARGET_COUNT, 5);
    or("io-bitmap-a", Field.IO_BITMAP_A, 1);
    or("io-bitmap-b", Field.IO_BITMAP_B, BAD_ADDRESS);
    or("msr-bitmaps", Field.MSR_BITMAPS, 0x800);
    put(
        "virtual-apic",
        m -> tprShadow(m, m.virtualApic(), 0),
        m -> m.set(Field.VIRTUAL_APIC_ADDRESS, m.virtualApic() + 4));
    put(
        "tpr-threshold-reserved",
        m -> tprShadow(m, m.virtualApic(), 2),
        m -> m.set(Field.TPR_THRESHOLD, 0x10));
    put("tpr-threshold", m -> tprShadow(m, m.virtualApic(), 2), m -> m.set(Field.TPR_THRESHOLD, 3));
    put(
        "virtual-nmis",
        EntryCases::virtualNmis,
        m -> m.clear(Field.PIN_CONTROLS, Bits.NMI_EXITING));
    put(
        "nmi-window",
        m -> {
          virtualNmis(m);
          m.or(Field.PRIMARY_CONTROLS, Bits.NMI_WINDOW);
        },
        m -> m.clear(Field.PIN_CONTROLS, Bits.VIRTUAL_NMIS));
    set("vpid", Field.VPID, 0);
    put("ept-pointer", m -> m.set(Field.EPT_POINTER, m.eptRoot() | 0x1C));
    put("unrestricted-guest", m -> m.clear(Field.SECONDARY_CONTROLS, Bits.EPT));
    set("exit-reserved", Field.EXIT_CONTROLS, 0);
    put(
        "save-timer",
        m -> {
          m.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER);
          m.or(Field.EXIT_CONTROLS, Bits.EXIT_SAVE_TIMER);
        },
        m -> m.clear(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER));
    area("exit-msr-store", Field.EXIT_MSR_STORE_COUNT, Field.EXIT_MSR_STORE_ADDRESS);
    area("exit-msr-load", Field.EXIT_MSR_LOAD_COUNT, Field.EXIT_MSR_LOAD_ADDRESS);
    area("entry-msr-load", Field.ENTRY_MSR_LOAD_COUNT, Field.ENTRY_MSR_LOAD_ADDRESS);
    set("entry-reserved", Field.ENTRY_CONTROLS, 0);
    or("entry-smm", Field.ENTRY_CONTROLS, Bits.ENTRY_TO_SMM);
  }

  private static void tprShadow(EntryState m, long page, int threshold) {
    m.or(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW);
    m.set(Field.VIRTUAL_APIC_ADDRESS, page);
    m.put8(m.virtualApic() + 0x80, 0x20);
    m.set(Field.TPR_THRESHOLD, threshold);
  }

  private static void virtualNmis(EntryState m) {
    m.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
  }

  /**
   * No MSR, then a misaligned area; the end beyond MAXPHYADDR is {@link EntryCheckTests}' affair.
   */
  private static void area(String id, Field count, Field address) {
    put(id, m -> m.set(address, m.msrArea() + 8), m -> m.set(count, 2));
  }

  private static void injection() {
    inject("inject-type", 0, 0x100);
    inject("inject-vector", 0x202, 0x203);
    inject("inject-error", 0xB0D, 0x30D);
    inject("inject-reserved", 0x306, 0x1306);
    put(
        "inject-error-code",
        m -> m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0xB0D),
        m -> m.set(Field.ENTRY_EXCEPTION_ERROR_CODE, 0x10000));
    put(
        "inject-length",
        m -> {
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x403);
          m.set(Field.ENTRY_INSTRUCTION_LENGTH, 2);
        },
        m -> m.set(Field.ENTRY_INSTRUCTION_LENGTH, 16));
  }

  private static void inject(String id, long good, long bad) {
    put(
        id,
        m -> m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | good),
        m -> m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | bad));
  }

  private static void host() {
    set("host-cr0", Field.HOST_CR0, 0x31);
    or("host-cr4", Field.HOST_CR4, 1 << 30);
    set("host-cr3", Field.HOST_CR3, BAD_ADDRESS);
    set("host-sysenter-esp", Field.HOST_SYSENTER_ESP, BAD_ADDRESS);
    set("host-sysenter-eip", Field.HOST_SYSENTER_EIP, BAD_ADDRESS);
    put(
        "host-perf-global",
        m -> {
          m.or(Field.EXIT_CONTROLS, Bits.EXIT_LOAD_PERF);
          m.set(Field.HOST_PERF_GLOBAL_CTRL, 3);
        },
        m -> m.set(Field.HOST_PERF_GLOBAL_CTRL, 1L << 40));
    put(
        "host-pat",
        m -> {
          m.or(Field.EXIT_CONTROLS, Bits.EXIT_LOAD_PAT);
          m.set(Field.HOST_PAT, 0x0706_0504_0106L);
        },
        m -> m.set(Field.HOST_PAT, 0x0207));
    or("host-efer-reserved", Field.HOST_EFER, 2);
    put("host-efer-mode", m -> m.clear(Field.HOST_EFER, Bits.EFER_LME));
    for (String s : new String[] {"es", "cs", "ss", "ds", "fs", "gs", "tr"}) {
      or(
          "host-" + s + "-selector",
          Field.valueOf("HOST_" + s.toUpperCase(Locale.ROOT) + "_SELECTOR"),
          3);
    }
    set("host-cs-null", Field.HOST_CS_SELECTOR, 0);
    set("host-tr-null", Field.HOST_TR_SELECTOR, 0);
    put(
        "host-ss-null",
        m -> {
          host32(m);
          m.set(Field.HOST_SS_SELECTOR, 0);
        });
    for (String s : new String[] {"fs", "gs", "tr", "gdtr", "idtr"}) {
      set(
          "host-" + s + "-base",
          Field.valueOf("HOST_" + s.toUpperCase(Locale.ROOT) + "_BASE"),
          BAD_ADDRESS);
    }
    put("host64-now", EntryCases::host32);
    put("ia32e-now", EntryCases::host32);
    put(
        "host-pcide",
        m -> {
          host32(m);
          m.or(Field.HOST_CR4, Bits.CR4_PCIDE);
        });
    put("host-pae", m -> m.clear(Field.HOST_CR4, Bits.CR4_PAE));
    set("host-rip", Field.HOST_RIP, BAD_ADDRESS);
  }

  private static void host32(EntryState m) {
    m.clear(Field.EXIT_CONTROLS, Bits.EXIT_HOST64);
    m.set(Field.HOST_EFER, 0);
  }

  private static void guestRegisters() {
    put("guest-cr0", m -> m.clear(Field.GUEST_CR0, 0x20));
    put("guest-cr0-pg", m -> m.clear(Field.GUEST_CR0, Bits.CR0_PE));
    put("guest-cr4", m -> m.clear(Field.GUEST_CR4, Bits.CR4_VMXE));
    set("guest-debugctl", Field.GUEST_DEBUGCTL, 4);
    put("guest-ia32e-paging", m -> m.clear(Field.GUEST_CR0, Bits.CR0_PG));
    put("guest-ia32e-pae", m -> m.clear(Field.GUEST_CR4, Bits.CR4_PAE));
    put(
        "guest-pcide",
        m -> {
          m.guest32();
          m.or(Field.GUEST_CR4, Bits.CR4_PCIDE);
        });
    set("guest-cr3", Field.GUEST_CR3, BAD_ADDRESS);
    set("guest-dr7", Field.GUEST_DR7, 1L << 32);
    set("guest-sysenter-esp", Field.GUEST_SYSENTER_ESP, BAD_ADDRESS);
    set("guest-sysenter-eip", Field.GUEST_SYSENTER_EIP, BAD_ADDRESS);
    put(
        "guest-perf-global",
        m -> {
          m.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PERF);
          m.set(Field.GUEST_PERF_GLOBAL_CTRL, 3);
        },
        m -> m.set(Field.GUEST_PERF_GLOBAL_CTRL, 1L << 40));
    put(
        "guest-pat",
        m -> {
          m.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PAT);
          m.set(Field.GUEST_PAT, 0x0706_0504_0106L);
        },
        m -> m.set(Field.GUEST_PAT, 0x03));
    or("guest-efer-reserved", Field.GUEST_EFER, 1 << 12);
    put("guest-efer-lma", m -> m.clear(Field.GUEST_EFER, Bits.EFER_LMA));
    put("guest-efer-lme", m -> m.clear(Field.GUEST_EFER, Bits.EFER_LME));
  }

  private static void guestSegments() {
    or("guest-tr-ti", Field.GUEST_TR_SELECTOR, 4);
    put("guest-ldtr-ti", EntryCases::ldtr, m -> m.set(Field.GUEST_LDTR_SELECTOR, 4));
    put("guest-ss-rpl", EntryCases::restricted, m -> m.or(Field.GUEST_SS_SELECTOR, 1));
    set("guest-tr-canonical", Field.GUEST_TR_BASE, BAD_ADDRESS);
    set("guest-fs-canonical", Field.GUEST_FS_BASE, BAD_ADDRESS);
    set("guest-gs-canonical", Field.GUEST_GS_BASE, BAD_ADDRESS);
    put("guest-ldtr-canonical", EntryCases::ldtr, m -> m.set(Field.GUEST_LDTR_BASE, BAD_ADDRESS));
    for (int i = 0; i < 4; i++) {
      set(
          "guest-" + new String[] {"es", "cs", "ss", "ds"}[i] + "-high",
          Field.GUEST_ES_BASE.plus(i),
          1L << 32);
    }
    set("guest-cs-type", Field.GUEST_CS_ACCESS_RIGHTS, 0xA098);
    set("guest-cs-dpl", Field.GUEST_CS_ACCESS_RIGHTS, 0xA0FB);
    set("guest-cs-db", Field.GUEST_CS_ACCESS_RIGHTS, 0xE09B);
    set("guest-ss-type", Field.GUEST_SS_ACCESS_RIGHTS, 0xC09B);
    put(
        "guest-ss-dpl",
        EntryCases::restricted,
        m -> {
          m.set(Field.GUEST_SS_ACCESS_RIGHTS, 0xC0F3);
          m.set(Field.GUEST_CS_ACCESS_RIGHTS, 0xA0FB);
        });
    put(
        "guest-ss-dpl-real",
        m -> {
          m.guest32();
          m.set(Field.GUEST_CR0, 0x30);
        },
        m -> {
          m.set(Field.GUEST_SS_ACCESS_RIGHTS, 0xC0F3);
          m.set(Field.GUEST_CS_ACCESS_RIGHTS, 0xC0FB);
        });
    int[] numbers = {0, 1, 2, 3, 4, 5};
    String[] names = {"es", "cs", "ss", "ds", "fs", "gs"};
    for (int i : numbers) {
      if (i != 1 && i != 2) {
        set("guest-" + names[i] + "-type", Field.GUEST_ES_ACCESS_RIGHTS.plus(i), 0xC099);
        put(
            "guest-" + names[i] + "-dpl",
            EntryCases::restricted,
            m -> m.or(Field.GUEST_ES_SELECTOR.plus(i), 3));
      }
      common(names[i], i, m -> {});
    }
    set("guest-tr-type", Field.GUEST_TR_ACCESS_RIGHTS, 0x83);
    common("tr", 7, m -> {});
    or("guest-tr-usable", Field.GUEST_TR_ACCESS_RIGHTS, 0x10000);
    put("guest-ldtr-type", EntryCases::ldtr, m -> m.set(Field.GUEST_LDTR_ACCESS_RIGHTS, 0x83));
    common("ldtr", 6, EntryCases::ldtr);
  }

  private static void restricted(EntryState m) {
    m.clear(Field.SECONDARY_CONTROLS, Bits.UNRESTRICTED_GUEST);
  }

  private static void ldtr(EntryState m) {
    m.segment(6, 0x20, 0, 0xFF, 0x82);
  }

  /** S, P, reserved bits and granularity of one register. */
  private static void common(String name, int index, Consumer<EntryState> meet) {
    Field f = Field.GUEST_ES_ACCESS_RIGHTS.plus(index);
    put("guest-" + name + "-s", meet, m -> m.set(f, m.get(f) ^ 0x10));
    put("guest-" + name + "-present", meet, m -> m.clear(f, 0x80));
    put("guest-" + name + "-reserved", meet, m -> m.or(f, 0x100));
    put(
        "guest-" + name + "-granularity",
        meet,
        m -> {
          m.or(f, 0x8000);
          m.set(Field.GUEST_ES_LIMIT.plus(index), 0x10_0000);
        });
  }

  private static void virtual8086() {
    String[] names = {"es", "cs", "ss", "ds", "fs", "gs"};
    for (int i = 0; i < 6; i++) {
      int n = i;
      v86("guest-" + names[i] + "-v86", m -> m.set(Field.GUEST_ES_BASE.plus(n), 0x10010));
      v86("guest-" + names[i] + "-v86-limit", m -> m.set(Field.GUEST_ES_LIMIT.plus(n), 0x1FFFF));
      v86(
          "guest-" + names[i] + "-v86-rights",
          m -> m.set(Field.GUEST_ES_ACCESS_RIGHTS.plus(n), 0x93));
    }
    v86("guest-rflags-vm", m -> m.clear(Field.GUEST_CR0, Bits.CR0_PE | Bits.CR0_PG));
  }

  private static void v86(String id, Consumer<EntryState> change) {
    put(id, EntryState::guestV86, change);
  }

  private static void guestOther() {
    set("guest-gdtr-base", Field.GUEST_GDTR_BASE, BAD_ADDRESS);
    set("guest-idtr-base", Field.GUEST_IDTR_BASE, BAD_ADDRESS);
    set("guest-gdtr-limit", Field.GUEST_GDTR_LIMIT, 0x10000);
    set("guest-idtr-limit", Field.GUEST_IDTR_LIMIT, 0x10000);
    set("guest-rip", Field.GUEST_RIP, BAD_ADDRESS);
    set("guest-rflags-reserved", Field.GUEST_RFLAGS, 0x200);
    put(
        "guest-rflags-if",
        m -> m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x20),
        m -> m.set(Field.GUEST_RFLAGS, 2));
    set("activity", Field.GUEST_ACTIVITY_STATE, 4);
    put(
        "activity-hlt-cpl",
        m -> {
          m.set(Field.GUEST_ACTIVITY_STATE, 1);
          m.set(Field.GUEST_SS_ACCESS_RIGHTS, 0xC0F3);
          m.set(Field.GUEST_CS_ACCESS_RIGHTS, 0xA0FB);
        });
    put(
        "activity-blocking",
        m -> {
          m.set(Field.GUEST_ACTIVITY_STATE, 1);
          m.set(Field.GUEST_INTERRUPTIBILITY, 1);
        });
    put(
        "activity-injection",
        m -> {
          m.set(Field.GUEST_ACTIVITY_STATE, 3);
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x202);
        });
    set("interruptibility-reserved", Field.GUEST_INTERRUPTIBILITY, 0x10);
    set("interruptibility-both", Field.GUEST_INTERRUPTIBILITY, 3);
    put(
        "interruptibility-sti",
        m -> {
          m.set(Field.GUEST_RFLAGS, 2);
          m.set(Field.GUEST_INTERRUPTIBILITY, 1);
        });
    blocked("interruptibility-external", 0x20, 2);
    blocked("interruptibility-nmi", 0x202, 2);
    set("interruptibility-smi", Field.GUEST_INTERRUPTIBILITY, 4);
    put(
        "interruptibility-virtual-nmi",
        m -> {
          virtualNmis(m);
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x202);
        },
        m -> m.set(Field.GUEST_INTERRUPTIBILITY, 8));
    set("pending-debug-reserved", Field.GUEST_PENDING_DEBUG, 0x10);
    put(
        "pending-debug-bs",
        m -> {
          m.or(Field.GUEST_RFLAGS, 0x100);
          m.set(Field.GUEST_INTERRUPTIBILITY, 1);
        });
    set("link-address", Field.VMCS_LINK_POINTER, 0x9001);
    set("link-revision", Field.VMCS_LINK_POINTER, 0x9000);
    put("link-current", m -> m.set(Field.VMCS_LINK_POINTER, m.vmcs()));
    for (int i = 0; i < 4; i++) {
      int n = i;
      put("pdpte" + i, EntryState::guestPae, m -> m.set(Field.GUEST_PDPTE0.plus(n), 0x9003));
    }
  }

  private static void blocked(String id, long information, int blocking) {
    put(
        id,
        m -> m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | information),
        m -> m.set(Field.GUEST_INTERRUPTIBILITY, blocking));
  }

  private EntryCases() {}
}
