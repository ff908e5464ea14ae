package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What Bitterling says when a hypervisor is wrong. */
class ExplanationTests {
  private final Lab lab = new Lab(Lab.Engine.TIER_ZERO);
  private final List<String> said = new ArrayList<>();

  @AfterEach
  void close() {
    lab.close();
  }

  /** A hypervisor bug each: one field wrong. The explanation names field, value and section. */
  @ParameterizedTest
  @CsvSource({
    "PIN_CONTROLS, 0, 27.2.1.1, pin-reserved",
    "PRIMARY_CONTROLS, 84006170, 27.2.1.1, primary-reserved",
    "SECONDARY_CONTROLS, 1000EA, 27.2.1.1, secondary-reserved",
    "VPID, 0, 27.2.1.1, vpid",
    "EPT_POINTER, 20006, 27.2.1.1, ept-pointer",
    "MSR_BITMAPS, 32001, 27.2.1.1, msr-bitmaps",
    "EXIT_CONTROLS, 0, 27.2.1.2, exit-reserved",
    "ENTRY_CONTROLS, 0, 27.2.1.3, entry-reserved",
    "HOST_CR0, 31, 27.2.2, host-cr0",
    "HOST_CR4, 0, 27.2.2, host-cr4",
    "HOST_CS_SELECTOR, 0, 27.2.3, host-cs-null",
    "HOST_TR_SELECTOR, 0, 27.2.3, host-tr-null",
    "HOST_RIP, 800000000000, 27.2.4, host-rip",
    "GUEST_CR0, 80000000, 27.3.1.1, guest-cr0",
    "GUEST_CR4, 20, 27.3.1.1, guest-cr4",
    "GUEST_RFLAGS, 0, 27.3.1.4, guest-rflags-reserved",
    "GUEST_TR_ACCESS_RIGHTS, 89, 27.3.1.2, guest-tr-type",
    "GUEST_CS_ACCESS_RIGHTS, a098, 27.3.1.2, guest-cs-type",
    "GUEST_ACTIVITY_STATE, 4, 27.3.1.5, activity",
    "VMCS_LINK_POINTER, 5, 27.3.1.5, link-address"
  })
  void seededBugIsNamed(Field field, String value, String section, String id) {
    seeded(lab, field, value, section, id);
    said.clear();
    try (Lab again = new Lab(Lab.Engine.TIER_ZERO)) {
      again.code("0f01c1").stage();
      seeded(
          again, field, value, section,
          id); // after an entry that went well, when checks are left out
    }
  }

  private void seeded(Lab lab, Field field, String value, String section, String id) {
    lab.vmx.explainTo(said::add);
    lab.set(field, Long.parseUnsignedLong(value, 16));
    try {
      lab.run();
    } catch (AssertionError noGuest) {
      // entry failed with VMfail: there is no exit to record
    }
    assertEquals(1, said.size(), said::toString);
    String text = said.getFirst();
    assertTrue(
        text.contains(field.sdmName() + " is " + value.toLowerCase(java.util.Locale.ROOT) + "h"),
        text);
    assertTrue(text.contains("VM-entry check " + id + " (SDM 3, " + section + ")"), text);
    assertTrue(text.contains("allowed: "), text);
    assertTrue(text.contains("VMCS 62000h"), text);
  }

  /** What only the full model has, one field wrong each. */
  @ParameterizedTest
  @CsvSource({
    "POSTED_INTERRUPT_VECTOR, 1F2, posted-vector",
    "POSTED_INTERRUPT_DESCRIPTOR, 34020, posted-descriptor",
    "APIC_ACCESS_ADDRESS, 8000000000, apic-access",
    "PML_ADDRESS, 34800, pml-address",
    "EPTP_LIST_ADDRESS, 34008, eptp-list",
    "VMREAD_BITMAP, 34010, vmread-bitmap",
    "VIRTUALIZATION_EXCEPTION_ADDRESS, 34040, virtualization-exception",
    "VM_FUNCTION_CONTROLS, 3, vm-functions"
  })
  void seededBugOfTheFullModelIsNamed(Field field, String value, String id) {
    try (Lab full = Lab.full(Lab.Engine.TIER_ZERO)) {
      full.or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING | Bits.POSTED_INTERRUPTS);
      full.or(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW)
          .or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE);
      full.or(
          Field.SECONDARY_CONTROLS,
          Bits.VIRTUAL_INTERRUPTS
              | Bits.VIRTUALIZE_APIC
              | Bits.PAGE_MODIFICATION_LOG
              | Bits.VM_FUNCTIONS
              | Bits.VMCS_SHADOWING
              | Bits.VIRTUALIZATION_EXCEPTIONS);
      full.set(Field.VM_FUNCTION_CONTROLS, 1);
      seeded(full, field, value, "27.2.1.1", id);
    }
  }

  @Test
  void missingControlIsNamed() {
    lab.vmx.explainTo(said::add);
    lab.set(Field.PIN_CONTROLS, 0x96).error();
    assertTrue(
        said.getFirst().endsWith("MSR 48Dh: bit 7 (Process posted interrupts) must be 0"),
        said::toString);
  }

  /** A field this processor does not have. */
  @Test
  void failedVmwriteIsNamed() {
    lab.vmx.explainTo(said::add);
    lab.code("0f01c1").set(Field.EXIT_REASON, 5).exit();
    assertEquals(
        List.of(
            "VMX, core 0, RIP 8069h, VMCS 62000h: VMfailValid 13 (VMWRITE to read-only VMCS component;"
                + " SDM 3, 31.4), found 4402h"),
        said);
  }

  @Test
  void dumpIsDecoded() {
    lab.code("0fa2").exit();
    String text = VmcsDump.decode(lab.vmx.dump());
    assertTrue(text.startsWith("VMCS revision 2, launched, last exit: CPUID\n"), text);
    assertTrue(text.contains("681E  Guest RIP"), text);
    assertTrue(text.contains("Use MSR bitmaps"), text);
  }

  /** A VMCS whose first entry fails has no exit; reason 0 is an exception's. */
  @Test
  void summaryOfAFailedFirstEntry() {
    assertEquals(8, lab.set(Field.HOST_TR_SELECTOR, 0).error());
    String text = lab.vmx.summary();
    assertTrue(text.startsWith("VMCS at 62000h, clear, last exit: none yet\n"), text);
    String error = "8h (VM entry with invalid host-state fields; SDM 3, 31.4)";
    assertTrue(text.endsWith("VM-instruction error = " + error), text);
    assertTrue(VmcsDump.decode(lab.vmx.dump()).contains("clear, last exit: none yet\n"), text);
  }

  /** Reason 0 that is one: #UD. */
  @Test
  void exceptionIsAnExit() {
    lab.code("0f0b").set(Field.EXCEPTION_BITMAP, 1 << 6).exit();
    String text = lab.vmx.summary();
    assertTrue(text.startsWith("VMCS at 62000h, launched, last exit: Exception or NMI\n"), text);
  }

  @Test
  void otherBytesAreNoVmcs() {
    byte[] bytes = new byte[VmcsDump.BYTES];
    bytes[0] = 17;
    String message =
        assertThrows(IllegalArgumentException.class, () -> VmcsDump.decode(bytes)).getMessage();
    assertEquals("expected VMCS revision identifier 2 in the first four bytes, found 11h", message);
  }

  /** Three CPUIDs at two places, each handled and re-entered. */
  @Test
  void exitsAreCountedByAddressWithTheirCost() {
    lab.code("0fa2 0fa2 0f01c1");
    lab.stage();
    lab.stage().set(Field.GUEST_RIP, Lab.CODE + 2);
    lab.stage().set(Field.GUEST_RIP, Lab.CODE + 4);
    lab.run();
    List<VmxStatistics.Figures> figures = VmxStatistics.figures(List.of(lab.vmx.statistics()));
    VmxStatistics.Figures cpuid = figures.getFirst();
    assertEquals("CPUID", cpuid.reason());
    assertEquals(3, cpuid.count());
    assertEquals(
        List.of(new VmxStatistics.Address(Lab.CODE, 2), new VmxStatistics.Address(Lab.CODE + 2, 1)),
        cpuid.addresses());
    assertTrue(
        cpuid.p50() > 100 && cpuid.p50() <= cpuid.p99() && cpuid.p99() <= cpuid.most(),
        cpuid::toString);
    assertEquals("VMCALL", figures.get(1).reason());
    assertEquals(0, figures.get(1).p50(), "no entry followed");
  }

  /** Between an exit of one VM and an entry of another lies more than handling the exit. */
  @Test
  void costIsThatOfTheSameVm() {
    VmxStatistics core = new VmxStatistics();
    int cpuid = ExitReason.CPUID.number();
    core.exit(cpuid, 0, Lab.CODE, 1);
    core.place(cpuid, Lab.CODE, 100, Lab.VMCS);
    core.entry(5000, Lab.VMCS + 0x1000);
    core.exit(cpuid, 0, Lab.CODE, 2);
    core.place(cpuid, Lab.CODE, 6000, Lab.VMCS + 0x1000);
    core.entry(6100, Lab.VMCS + 0x1000);
    VmxStatistics.Figures figures = VmxStatistics.figures(List.of(core)).getFirst();
    assertEquals(2, figures.count());
    assertEquals(100, figures.most());
  }
}
