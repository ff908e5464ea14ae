package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * MSR areas as guest programs: loaded at VM entry (27.4), stored and loaded at VM exit (28.4,
 * 28.6), entries that fail, and VMX aborts (28.7).
 */
class MsrAreaTests extends LabTests {
  private static final long LOAD = Lab.AREA;
  private static final long STORE = Lab.AREA + 0x400;
  private static final long HOST = Lab.AREA + 0x800;
  private static final int KERNEL_GS = 0xC000_0102;
  private static final int STAR = 0xC000_0081;
  private static final int FAILED = 1 << 31;

  /** mov ecx, C0000102h; rdmsr; vmcall. */
  private static final String READ_KERNEL_GS = "b9020100c0 0f32 0f01c1";

  private void entry(long area, int index, long msr, long value) {
    lab.rig.put64(area + 16L * index, msr & 0xFFFF_FFFFL);
    lab.rig.put64(area + 16L * index + 8, value);
  }

  private void loadOnEntry(int count) {
    lab.set(Field.ENTRY_MSR_LOAD_ADDRESS, LOAD).set(Field.ENTRY_MSR_LOAD_COUNT, count);
  }

  private void storeOnExit(int count) {
    lab.set(Field.EXIT_MSR_STORE_ADDRESS, STORE).set(Field.EXIT_MSR_STORE_COUNT, count);
  }

  private void loadOnExit(int count) {
    lab.set(Field.EXIT_MSR_LOAD_ADDRESS, HOST).set(Field.EXIT_MSR_LOAD_COUNT, count);
  }

  @Test
  void entryLoads() {
    entry(LOAD, 0, STAR, 0x77);
    entry(LOAD, 1, KERNEL_GS, 0x1234_5678L);
    loadOnEntry(2);
    assertEquals(0x1234_5678L, lab.code(READ_KERNEL_GS).exit().rax());
    assertEquals(0x77, lab.rig.cpu.star, "exits do not put MSRs back");
  }

  @Test
  void countZeroLoadsNothing() {
    entry(LOAD, 0, KERNEL_GS, 0x1234);
    loadOnEntry(0);
    assertEquals(0, lab.code(READ_KERNEL_GS).exit().rax());
  }

  /** 27.4: each makes the entry fail with reason 34; the qualification is the entry's number. */
  @ParameterizedTest
  @CsvSource({
    "C0000100, 0, FS base",
    "C0000101, 0, GS base",
    "800, 0, x2APIC",
    "8FF, 0, x2APIC",
    "9B, 0, IA32_SMM_MONITOR_CTL",
    "12345678, 0, no such MSR",
    "480, 0, read-only",
    "C0000082, 1000000000000, not canonical",
    "277, 2, reserved memory type",
    "1C0000102, 0, bits 63:32 of the index"
  })
  void entryFailsWithTheNumber(String msr, String value, String why) {
    entry(LOAD, 0, KERNEL_GS, 0x99);
    lab.rig.put64(LOAD + 16, Long.parseLong(msr, 16));
    lab.rig.put64(LOAD + 24, Long.parseLong(value, 16));
    loadOnEntry(2);
    entry(HOST, 0, STAR, 0x4321);
    loadOnExit(1);
    entry(STORE, 0, KERNEL_GS, 0xABCD);
    storeOnExit(1);
    Lab.Exit e = lab.once().code("f4").exit();
    assertEquals(34L | FAILED & 0xFFFF_FFFFL, e.get(Field.EXIT_REASON), why);
    assertEquals(2, e.qualification());
    assertEquals(0x99, lab.rig.cpu.kernelGsBase, "the entries before were loaded");
    assertEquals(0x4321, lab.rig.cpu.star, "27.8: the host's MSRs are loaded");
    assertEquals(0xABCD, lab.rig.get64(STORE + 8), "27.8: nothing is stored");
    assertTrue(lab.vmx.lastFailure().text().contains("27.4"), lab.vmx.lastFailure()::text);
  }

  /** A failed entry leaves the VMCS clear: VMRESUME is the wrong instruction still. */
  @Test
  void failedEntryDoesNotLaunch() {
    entry(LOAD, 0, 0xC000_0100, 0);
    loadOnEntry(1);
    lab.once().code("f4").exit();
    assertEquals(0, lab.rig.get32(Lab.VMCS + Vmcs.LAUNCH));
  }

  /** mov ecx, C0000102h; mov eax, 5555h; xor edx, edx; wrmsr; vmcall. */
  @Test
  void exitStores() {
    entry(STORE, 0, KERNEL_GS, -1);
    entry(STORE, 1, 0x1B, -1);
    storeOnExit(2);
    lab.code("b9020100c0 b855550000 31d2 0f30 0f01c1").exit();
    assertEquals(0x5555, lab.rig.get64(STORE + 8));
    assertEquals(0xFEE0_0900L, lab.rig.get64(STORE + 24));
    assertEquals(0xC000_0102L, lab.rig.get64(STORE), "the index stays");
  }

  /** The stored value is the guest's, the loaded one comes after it. */
  @Test
  void exitStoresBeforeItLoads() {
    entry(STORE, 0, KERNEL_GS, -1);
    storeOnExit(1);
    entry(HOST, 0, KERNEL_GS, 0x7777);
    loadOnExit(1);
    lab.code("b9020100c0 b855550000 31d2 0f30 0f01c1").exit();
    assertEquals(0x5555, lab.rig.get64(STORE + 8));
    assertEquals(0x7777, lab.rig.cpu.kernelGsBase);
  }

  // VMX aborts

  private void aborts(int indicator, String why) {
    String text = lab.once().code("0f01c1").abort();
    assertEquals("VMX abort " + indicator + ": " + why, text);
    assertEquals(indicator, lab.rig.get32(Lab.VMCS + Vmcs.ABORT));
    assertEquals(Cpu.Activity.SHUTDOWN, lab.rig.cpu.activity);
    assertFalse(lab.rig.cpu.nonRoot);
  }

  @ParameterizedTest
  @CsvSource({"12345678", "800", "9E", "1C0000102"})
  void storeAborts(String msr) {
    entry(STORE, 0, KERNEL_GS, 0);
    lab.rig.put64(STORE + 16, Long.parseLong(msr, 16));
    storeOnExit(2);
    aborts(1, "VM-exit MSR-store entry 2 cannot be stored");
  }

  @ParameterizedTest
  @CsvSource({"C0000100, 0", "C0000101, 0", "800, 0", "9B, 0", "C0000082, 1000000000000"})
  void loadAborts(String msr, String value) {
    lab.rig.put64(HOST, Long.parseLong(msr, 16));
    lab.rig.put64(HOST + 8, Long.parseLong(value, 16));
    loadOnExit(1);
    aborts(4, "VM-exit MSR-load entry 1 cannot be loaded");
  }

  /** The PDPTEs of a PAE host are looked at when it is loaded (28.5.4). */
  @Test
  void badPdpteOfTheHostAborts() {
    lab.guest32().host32().set(Field.HOST_CR4, 0x2020).set(Field.HOST_CR3, 0x18000);
    lab.rig.put64(0x18010, 0x12007);
    aborts(2, "a PDPTE of the host is invalid");
  }

  /** A 32-bit host whose guest went to IA-32e mode by itself. */
  @Test
  void longModeGuestOfA32BitHostAborts() {
    lab.guest32().host32().apart(BochsDifference.MODE_ABORT);
    String code =
        "0f20e0 83c820 0f22e0 b800400100 0f22d8 b9800000c0 0f32 0d00010000 0f30"
            + "0f20c0 0d00000080 0f22c0 0fa2";
    assertEquals(
        "VMX abort 6: the guest was in IA-32e mode and the host is of 32 bits",
        lab.once().code(code).abort());
    assertEquals(6, lab.rig.get32(Lab.VMCS + Vmcs.ABORT));
  }

  /** The same host takes an exit of the same guest before the switch. */
  @Test
  void protectedModeGuestOfA32BitHostExits() {
    lab.guest32().host32().set(Field.HOST_RIP, 0xB000).rig.put(0xB000, "f4");
    assertEquals("", lab.alone().code("0fa2").abort());
    assertEquals(0xB001, lab.rig.cpu.rip);
    assertFalse(lab.rig.cpu.nonRoot);
  }

  /** A second stage never runs: the processor is in shutdown until it is reset. */
  @Test
  void abortIsTheEnd() {
    entry(STORE, 0, 0x9E, 0);
    storeOnExit(1);
    lab.stage();
    aborts(1, "VM-exit MSR-store entry 1 cannot be stored");
    lab.rig.resets.clear();
    lab.rig.cpu.latch(Cpu.LATCH_NMI);
    lab.rig.run(5);
    assertEquals(List.of(), lab.rig.resets);
    assertEquals(Cpu.Activity.SHUTDOWN, lab.rig.cpu.activity);
  }
}
