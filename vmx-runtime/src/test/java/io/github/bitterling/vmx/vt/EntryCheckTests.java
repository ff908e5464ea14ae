package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.model.CpuModel;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every row of the VM-entry check table, met and not met. */
class EntryCheckTests {
  private static final long BAD_ADDRESS = 1L << 50;
  private static final long BEYOND = 1L << 36;
  private static final long INTR = 0x8000_0000L;

  /** Rows that an earlier row always hides on this model: looked at alone. */
  private static final Set<String> HIDDEN =
      Set.of(
          "entry-smm", // the bits are not in the allowed settings
          "host-pcide",
          "guest-pcide", // no PCIDE in CR4's fixed bits
          "ia32e-now"); // a 32-bit host cannot be set up from 64-bit mode

  /** Rows about controls that the E3845 does not have: made on the full model. */
  private static final Set<String> FULL = new HashSet<>();

  private static final Map<String, Consumer<Machine>> BREAK = new TreeMap<>();

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

  private static void full(String id, Consumer<Machine> change) {
    FULL.add(id);
    put(id, change);
  }

  private static void secondary(Machine m, int bits) {
    m.or(Field.SECONDARY_CONTROLS, bits);
  }

  private static void noEpt(Machine m, int bits) {
    m.clear(Field.SECONDARY_CONTROLS, Bits.EPT | Bits.UNRESTRICTED_GUEST);
    secondary(m, bits);
  }

  /** A page field of a secondary control. */
  private static void fullPage(String id, int control, Field field) {
    full(
        id,
        m -> {
          secondary(m, control);
          m.set(field, 0x9008);
        });
  }

  private static void posted(Machine m) {
    m.or(Field.PIN_CONTROLS, Bits.POSTED_INTERRUPTS | Bits.EXTERNAL_INTERRUPT_EXITING);
    m.or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE);
    tprShadow(m, Machine.VIRTUAL_APIC, 0);
    secondary(m, Bits.VIRTUAL_INTERRUPTS);
  }

  private static void bounds(Machine m, long configuration) {
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
    full("guest-bndcfgs-reserved", m -> bounds(m, 0x7005));
    full("guest-bndcfgs-base", m -> bounds(m, 1L << 47 | 1));
    full("virtual-apic-controls", m -> secondary(m, Bits.APIC_REGISTERS));
    full(
        "x2apic-or-page",
        m -> {
          tprShadow(m, Machine.VIRTUAL_APIC, 0);
          secondary(m, Bits.VIRTUALIZE_X2APIC | Bits.VIRTUALIZE_APIC);
        });
    full(
        "virtual-interrupts",
        m -> {
          posted(m);
          m.clear(Field.PIN_CONTROLS, Bits.POSTED_INTERRUPTS | Bits.EXTERNAL_INTERRUPT_EXITING);
        });
    full(
        "posted-controls",
        m -> {
          posted(m);
          m.clear(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE);
        });
    full(
        "posted-vector",
        m -> {
          posted(m);
          m.set(Field.POSTED_INTERRUPT_VECTOR, 0x100);
        });
    full(
        "posted-descriptor",
        m -> {
          posted(m);
          m.set(Field.POSTED_INTERRUPT_DESCRIPTOR, 0x9020);
        });
    full("pml-ept", m -> noEpt(m, Bits.PAGE_MODIFICATION_LOG));
    full("mode-based-execute", m -> noEpt(m, Bits.MODE_BASED_EXECUTE));
    full(
        "vm-functions",
        m -> {
          secondary(m, Bits.VM_FUNCTIONS);
          m.set(Field.VM_FUNCTION_CONTROLS, 2);
        });
    full(
        "eptp-switching",
        m -> {
          noEpt(m, Bits.VM_FUNCTIONS);
          m.set(Field.VM_FUNCTION_CONTROLS, 1);
        });
    full(
        "eptp-list",
        m -> {
          secondary(m, Bits.VM_FUNCTIONS);
          m.set(Field.VM_FUNCTION_CONTROLS, 1);
          m.set(Field.EPTP_LIST_ADDRESS, 0x9008);
        });
  }

  private static Machine machine(String id) {
    Capabilities all = Capabilities.of(CpuModel.of("x86-64-full", 1));
    return FULL.contains(id) ? new Machine(all) : new Machine();
  }

  private static void put(String id, Consumer<Machine> change) {
    if (BREAK.put(id, change) != null) {
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
    or("secondary-reserved", Field.SECONDARY_CONTROLS, Bits.ENABLE_INVPCID);
    set("cr3-target-count", Field.CR3_TARGET_COUNT, 5);
    or("io-bitmap-a", Field.IO_BITMAP_A, 1);
    or("io-bitmap-b", Field.IO_BITMAP_B, BEYOND);
    or("msr-bitmaps", Field.MSR_BITMAPS, 0x800);
    put("virtual-apic", m -> tprShadow(m, Machine.VIRTUAL_APIC + 4, 0));
    put("tpr-threshold-reserved", m -> tprShadow(m, Machine.VIRTUAL_APIC, 0x10));
    put("tpr-threshold", m -> tprShadow(m, Machine.VIRTUAL_APIC, 3));
    or("virtual-nmis", Field.PIN_CONTROLS, Bits.VIRTUAL_NMIS);
    or("nmi-window", Field.PRIMARY_CONTROLS, Bits.NMI_WINDOW);
    set("vpid", Field.VPID, 0);
    set("ept-pointer", Field.EPT_POINTER, Machine.EPT_ROOT | 0x1C);
    put("unrestricted-guest", m -> m.clear(Field.SECONDARY_CONTROLS, Bits.EPT));
    set("exit-reserved", Field.EXIT_CONTROLS, 0);
    or("save-timer", Field.EXIT_CONTROLS, Bits.EXIT_SAVE_TIMER);
    area(
        "exit-msr-store",
        Field.EXIT_MSR_STORE_COUNT,
        Field.EXIT_MSR_STORE_ADDRESS,
        Machine.MSR_AREA + 8);
    area("exit-msr-load", Field.EXIT_MSR_LOAD_COUNT, Field.EXIT_MSR_LOAD_ADDRESS, BEYOND - 16);
    area("entry-msr-load", Field.ENTRY_MSR_LOAD_COUNT, Field.ENTRY_MSR_LOAD_ADDRESS, BEYOND);
    set("entry-reserved", Field.ENTRY_CONTROLS, 0);
    or("entry-smm", Field.ENTRY_CONTROLS, Bits.ENTRY_TO_SMM);
  }

  private static void tprShadow(Machine m, long page, int threshold) {
    m.or(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW);
    m.set(Field.VIRTUAL_APIC_ADDRESS, page);
    m.writePhysical(Machine.VIRTUAL_APIC + 0x80, 1, 0x20);
    m.set(Field.TPR_THRESHOLD, threshold);
  }

  private static void area(String id, Field count, Field address, long at) {
    put(
        id,
        m -> {
          m.set(count, 2);
          m.set(address, at);
        });
  }

  private static void injection() {
    inject("inject-type", 0x100);
    inject("inject-vector", 0x203);
    inject("inject-error", 0x30D);
    inject("inject-reserved", 0x1000);
    put(
        "inject-error-code",
        m -> {
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0xB0D);
          m.set(Field.ENTRY_EXCEPTION_ERROR_CODE, 0x10000);
        });
    inject("inject-length", 0x403);
  }

  private static void inject(String id, long information) {
    set(id, Field.ENTRY_INTERRUPTION_INFORMATION, INTR | information);
  }

  private static void host() {
    set("host-cr0", Field.HOST_CR0, 0x31);
    or("host-cr4", Field.HOST_CR4, 1 << 18);
    set("host-cr3", Field.HOST_CR3, BEYOND);
    set("host-sysenter-esp", Field.HOST_SYSENTER_ESP, BAD_ADDRESS);
    set("host-sysenter-eip", Field.HOST_SYSENTER_EIP, BAD_ADDRESS);
    put(
        "host-perf-global",
        m -> {
          m.or(Field.EXIT_CONTROLS, Bits.EXIT_LOAD_PERF);
          m.set(Field.HOST_PERF_GLOBAL_CTRL, 4);
        });
    put(
        "host-pat",
        m -> {
          m.or(Field.EXIT_CONTROLS, Bits.EXIT_LOAD_PAT);
          m.set(Field.HOST_PAT, 0x0207);
        });
    or("host-efer-reserved", Field.HOST_EFER, 2);
    put("host-efer-mode", m -> m.clear(Field.HOST_EFER, Bits.EFER_LME));
    for (String s : new String[] {"es", "cs", "ss", "ds", "fs", "gs", "tr"}) {
      or(
          "host-" + s + "-selector",
          Field.valueOf("HOST_" + s.toUpperCase(java.util.Locale.ROOT) + "_SELECTOR"),
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
          Field.valueOf("HOST_" + s.toUpperCase(java.util.Locale.ROOT) + "_BASE"),
          BAD_ADDRESS);
    }
    put("host64-now", EntryCheckTests::host32);
    put("ia32e-now", EntryCheckTests::host32);
    put(
        "host-pcide",
        m -> {
          host32(m);
          m.or(Field.HOST_CR4, Bits.CR4_PCIDE);
        });
    put("host-pae", m -> m.clear(Field.HOST_CR4, Bits.CR4_PAE));
    set("host-rip", Field.HOST_RIP, BAD_ADDRESS);
  }

  private static void host32(Machine m) {
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
    set("guest-cr3", Field.GUEST_CR3, BEYOND);
    set("guest-dr7", Field.GUEST_DR7, 1L << 32);
    set("guest-sysenter-esp", Field.GUEST_SYSENTER_ESP, BAD_ADDRESS);
    set("guest-sysenter-eip", Field.GUEST_SYSENTER_EIP, BAD_ADDRESS);
    put(
        "guest-perf-global",
        m -> {
          m.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PERF);
          m.set(Field.GUEST_PERF_GLOBAL_CTRL, 8);
        });
    put(
        "guest-pat",
        m -> {
          m.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PAT);
          m.set(Field.GUEST_PAT, 0x03);
        });
    or("guest-efer-reserved", Field.GUEST_EFER, 1 << 12);
    put("guest-efer-lma", m -> m.clear(Field.GUEST_EFER, Bits.EFER_LMA));
    put("guest-efer-lme", m -> m.clear(Field.GUEST_EFER, Bits.EFER_LME));
  }

  private static void guestSegments() {
    or("guest-tr-ti", Field.GUEST_TR_SELECTOR, 4);
    put("guest-ldtr-ti", m -> m.segment(6, 4, 0, 0xFF, 0x82));
    put("guest-ss-rpl", m -> restricted(m).or(Field.GUEST_SS_SELECTOR, 1));
    set("guest-tr-canonical", Field.GUEST_TR_BASE, BAD_ADDRESS);
    set("guest-fs-canonical", Field.GUEST_FS_BASE, BAD_ADDRESS);
    set("guest-gs-canonical", Field.GUEST_GS_BASE, BAD_ADDRESS);
    put("guest-ldtr-canonical", m -> m.segment(6, 0x20, BAD_ADDRESS, 0xFF, 0x82));
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
        m -> {
          restricted(m).set(Field.GUEST_SS_ACCESS_RIGHTS, 0xC0F3);
          m.set(Field.GUEST_CS_ACCESS_RIGHTS, 0xA0FB);
        });
    put(
        "guest-ss-dpl-real",
        m -> {
          m.guest32();
          m.set(Field.GUEST_CR0, 0x30);
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
            m -> restricted(m).or(Field.GUEST_ES_SELECTOR.plus(i), 3));
      }
      common(names[i], i, 0);
    }
    set("guest-tr-type", Field.GUEST_TR_ACCESS_RIGHTS, 0x83);
    common("tr", 7, 0);
    or("guest-tr-usable", Field.GUEST_TR_ACCESS_RIGHTS, 0x10000);
    put("guest-ldtr-type", m -> m.segment(6, 0x20, 0, 0xFF, 0x83));
    common("ldtr", 6, 0x82);
  }

  private static Machine restricted(Machine m) {
    m.clear(Field.SECONDARY_CONTROLS, Bits.UNRESTRICTED_GUEST);
    return m;
  }

  /** S, P, reserved bits and granularity of one register; rights 0 = those it has. */
  private static void common(String name, int index, int rights) {
    Field f = Field.GUEST_ES_ACCESS_RIGHTS.plus(index);
    Consumer<Machine> prepare =
        m -> {
          if (rights != 0) {
            m.segment(index, 0x20, 0, 0xFF, rights);
          }
        };
    put("guest-" + name + "-s", prepare.andThen(m -> m.set(f, m.get(f) ^ 0x10)));
    put("guest-" + name + "-present", prepare.andThen(m -> m.clear(f, 0x80)));
    put("guest-" + name + "-reserved", prepare.andThen(m -> m.or(f, 0x100)));
    put(
        "guest-" + name + "-granularity",
        prepare.andThen(
            m -> {
              m.or(f, 0x8000);
              m.set(Field.GUEST_ES_LIMIT.plus(index), 0x10_0000);
            }));
  }

  private static void virtual8086() {
    String[] names = {"es", "cs", "ss", "ds", "fs", "gs"};
    for (int i = 0; i < 6; i++) {
      int n = i;
      put(
          "guest-" + names[i] + "-v86",
          m -> {
            m.guestV86();
            m.set(Field.GUEST_ES_BASE.plus(n), 0x10010);
          });
      put(
          "guest-" + names[i] + "-v86-limit",
          m -> {
            m.guestV86();
            m.set(Field.GUEST_ES_LIMIT.plus(n), 0x1FFFF);
          });
      put(
          "guest-" + names[i] + "-v86-rights",
          m -> {
            m.guestV86();
            m.set(Field.GUEST_ES_ACCESS_RIGHTS.plus(n), 0x93);
          });
    }
    put(
        "guest-rflags-vm",
        m -> {
          m.guestV86();
          m.clear(Field.GUEST_CR0, Bits.CR0_PE | Bits.CR0_PG);
        });
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
        m -> {
          m.set(Field.GUEST_RFLAGS, 2);
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x20);
        });
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
          m.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x202);
          m.set(Field.GUEST_INTERRUPTIBILITY, 8);
        });
    set("pending-debug-reserved", Field.GUEST_PENDING_DEBUG, 0x10);
    put(
        "pending-debug-bs",
        m -> {
          m.or(Field.GUEST_RFLAGS, 0x100);
          m.set(Field.GUEST_INTERRUPTIBILITY, 1);
        });
    set("link-address", Field.VMCS_LINK_POINTER, 0x9001);
    set("link-revision", Field.VMCS_LINK_POINTER, 0x9000);
    set("link-current", Field.VMCS_LINK_POINTER, Machine.VMCS);
    for (int i = 0; i < 4; i++) {
      int n = i;
      put(
          "pdpte" + i,
          m -> {
            m.guestPae();
            m.set(Field.GUEST_PDPTE0.plus(n), 0x9003);
          });
    }
  }

  private static void blocked(String id, long information, int blocking) {
    put(
        id,
        m -> {
          m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | information);
          m.set(Field.GUEST_INTERRUPTIBILITY, blocking);
        });
  }

  static Stream<String> ids() {
    return EntryCheck.all().stream().map(EntryCheck::id);
  }

  private static EntryCheck row(String id) {
    return EntryCheck.all().stream().filter(c -> c.id().equals(id)).findFirst().orElseThrow();
  }

  private static EntryContext context(Machine m) {
    Vmcs vmcs = new Vmcs(m);
    vmcs.bind(Machine.VMCS);
    return new EntryContext(m.cpu, vmcs, m.caps, m);
  }

  @Test
  void everyRowHasACase() {
    assertEquals(new TreeSet<>(ids().toList()), BREAK.keySet());
    assertEquals(new HashSet<>(ids().toList()).size(), EntryCheck.all().size(), "ids are unique");
  }

  @ParameterizedTest
  @MethodSource("ids")
  void rowPassesAndFails(String id) {
    EntryCheck row = row(id);
    try (Machine m = machine(id).ready()) {
      assertTrue(row.passes().test(context(m)));
      BREAK.get(id).accept(m);
      assertFalse(row.passes().test(context(m)));
    }
  }

  @ParameterizedTest
  @MethodSource("ids")
  void failedEntryNamesTheRow(String id) {
    if (HIDDEN.contains(id)) {
      return;
    }
    try (Machine m = machine(id).ready()) {
      if (id.equals("host-ss-null")) {
        m.cpu.efer = 0; // only a processor outside IA-32e mode gets this far
        m.cpu.cs.attributes = 0xC09B;
        m.guest32();
      }
      BREAK.get(id).accept(m);
      m.launch();
      assertNotNull(m.vmx.lastFailure(), "entry went through");
      assertEquals(id, m.vmx.lastFailure().id());
      consequence(m, row(id));
    }
  }

  private static void consequence(Machine m, EntryCheck row) {
    if (EntryCheck.of(EntryCheck.Phase.CONTROLS).contains(row)) {
      assertEquals("error 7", m.outcome());
    } else if (EntryCheck.of(EntryCheck.Phase.HOST).contains(row)) {
      assertEquals("error 8", m.outcome());
    } else {
      assertEquals(0x8000_0021L, m.get(Field.EXIT_REASON));
      assertEquals(row.qualification(), m.get(Field.EXIT_QUALIFICATION));
      assertEquals(Machine.HOST_RIP, m.cpu.nextRip);
    }
    assertFalse(m.cpu.nonRoot);
  }

  @Test
  void baselinesPass() {
    for (Consumer<Machine> guest :
        java.util.List.<Consumer<Machine>>of(
            Machine::guest64, Machine::guest32, Machine::guestV86, Machine::guestPae)) {
      try (Machine m = new Machine().ready()) {
        guest.accept(m);
        m.launch();
        assertNull(m.vmx.lastFailure(), () -> m.vmx.lastFailure().text());
        assertTrue(m.cpu.nonRoot);
      }
    }
  }

  @Test
  void failureTextNamesFieldValueAndSection() {
    try (Machine m = new Machine().ready()) {
      m.set(Field.GUEST_RFLAGS, 0);
      m.launch();
      assertEquals(
          "VM-entry check guest-rflags-reserved (SDM 3, 27.3.1.4): Guest RFLAGS is 0h; allowed: bits 63:22, 15,"
              + " 5, 3 are 0, bit 1 is 1",
          m.vmx.lastFailure().text());
    }
  }

  @Test
  void pdptesComeFromMemoryWithoutEpt() {
    try (Machine m = new Machine().ready()) {
      m.clear(Field.SECONDARY_CONTROLS, Bits.EPT | Bits.UNRESTRICTED_GUEST);
      m.guestPae();
      m.writePhysical(Machine.PDPT + 8, 8, 0x9001);
      m.writePhysical(Machine.PDPT + 16, 8, 0x9007);
      m.launch();
      assertEquals("pdpte2", m.vmx.lastFailure().id());
      m.writePhysical(Machine.PDPT + 16, 8, 0);
      m.launch();
      assertEquals(0x9001, m.cpu.pdpte[1]);
    }
  }
}
