package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InterceptTests {
  private Machine m = new Machine().ready();

  @AfterEach
  void close() {
    m.close();
  }

  private void launch() {
    m.launch();
    assertTrue(m.cpu.nonRoot, () -> String.valueOf(m.vmx.lastFailure()));
  }

  private void expectExit(ExitReason reason, long qualification) {
    assertEquals(Cpu.FAULT_VMEXIT, m.cpu.fault);
    assertEquals(reason, ExitReason.of(m.cpu.exitReason));
    assertEquals(qualification, m.cpu.exitQualification);
    m.cpu.fault = 0;
  }

  private boolean port(int port, int bytes, boolean in) {
    return m.vmx.interceptPort(m.cpu, port, bytes, in, false, false, true, 0);
  }

  private void setBit(long bitmap, int bit) {
    long at = bitmap + bit / 8;
    m.writePhysical(at, 1, m.readPhysical(at, 1) | 1 << bit % 8);
  }

  @Test
  void ioBitmaps() {
    setBit(Machine.IO_A, 0x71);
    setBit(Machine.IO_B, 0x4F9);
    launch();
    assertFalse(port(0x70, 1, false));
    assertTrue(port(0x70, 2, false));
    expectExit(ExitReason.IO_INSTRUCTION, 0x70_0041);
    assertTrue(port(0x71, 1, true));
    expectExit(ExitReason.IO_INSTRUCTION, 0x71_0048);
    assertTrue(port(0x84F8, 4, true));
    assertFalse(port(0x84FA, 4, true));
    assertTrue(port(0xFFFE, 4, true), "wraps around");
    assertFalse(port(0xFFFE, 2, true));
  }

  @Test
  void stringPort() {
    setBit(Machine.IO_A, 0x60);
    launch();
    assertTrue(m.vmx.interceptPort(m.cpu, 0x60, 1, true, true, true, false, 0x1234));
    assertEquals(0x60_0038, m.cpu.exitQualification);
    m.exit();
    assertEquals(0x1234, m.get(Field.GUEST_LINEAR_ADDRESS));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void portsWithoutBitmaps(boolean unconditional) {
    m.clear(Field.PRIMARY_CONTROLS, Bits.IO_BITMAPS | Bits.UNCONDITIONAL_IO);
    m.or(Field.PRIMARY_CONTROLS, unconditional ? Bits.UNCONDITIONAL_IO : 0);
    launch();
    assertEquals(unconditional, port(0x80, 1, false));
  }

  @ParameterizedTest
  @CsvSource({"0x10,0,0x0", "0x1FFF,1,0x800", "0xC0000080,0,0x400", "0xC0001FFF,1,0xC00"})
  void msrBitmaps(String number, int write, String part) {
    int msr = Long.decode(number).intValue();
    launch();
    assertFalse(m.vmx.interceptMsr(m.cpu, msr, write == 1));
    setBit(Machine.MSR_MAP + Integer.decode(part), msr & 0x1FFF);
    assertTrue(m.vmx.interceptMsr(m.cpu, msr, write == 1));
    expectExit(write == 1 ? ExitReason.WRMSR : ExitReason.RDMSR, 0);
    assertFalse(m.vmx.interceptMsr(m.cpu, msr, write == 0));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0x2000", "0xBFFFFFFF", "0xC0002000", "0xFFFFFFFF", "0x80000000"})
  void msrsOutsideTheBitmapsExit(String number) {
    launch();
    assertTrue(m.vmx.interceptMsr(m.cpu, Long.decode(number).intValue(), false));
  }

  @Test
  void cr0MaskAndShadow() {
    m.set(Field.CR0_MASK, 0x8000_0009L);
    m.set(Field.CR0_READ_SHADOW, 0x8);
    launch();
    assertEquals(0x38, m.vmx.readShadowed(m.cpu, 0, 0x8000_0031L));
    assertFalse(m.vmx.interceptMovToCr(m.cpu, 0, 0x2A, 3));
    assertEquals(0x8000_0023L, m.vmx.mergeHostOwned(m.cpu, 0, 0x8000_0031L, 0x2A));
    assertTrue(m.vmx.interceptMovToCr(m.cpu, 0, 0x0B, 3));
    expectExit(ExitReason.CR_ACCESS, 0x300);
    assertTrue(m.vmx.interceptClts(m.cpu));
    expectExit(ExitReason.CR_ACCESS, 0x20);
    assertFalse(m.vmx.interceptLmsw(m.cpu, 0xA, false, 0));
    assertTrue(m.vmx.interceptLmsw(m.cpu, 0x9, true, 0x99));
    expectExit(ExitReason.CR_ACCESS, 0x9_0070);
    assertTrue(m.vmx.interceptLmsw(m.cpu, 0x0, false, 0), "TS differs from its shadow");
  }

  @Test
  void lmswThatWouldClearPeDoesNotExit() {
    m.set(Field.CR0_MASK, 1);
    m.set(Field.CR0_READ_SHADOW, 1);
    launch();
    assertFalse(m.vmx.interceptLmsw(m.cpu, 0, false, 0));
  }

  @Test
  void cr3Targets() {
    m.or(Field.PRIMARY_CONTROLS, Bits.CR3_LOAD_EXITING | Bits.CR3_STORE_EXITING);
    m.set(Field.CR3_TARGET_COUNT, 2);
    m.set(Field.CR3_TARGET1, 0x5000);
    m.set(Field.CR3_TARGET2, 0x6000);
    launch();
    assertFalse(m.vmx.interceptMovToCr(m.cpu, 3, 0x5000, 0));
    assertTrue(m.vmx.interceptMovToCr(m.cpu, 3, 0x6000, 7));
    expectExit(ExitReason.CR_ACCESS, 0x703);
    assertTrue(m.vmx.interceptMovFromCr(m.cpu, 3, 2));
    expectExit(ExitReason.CR_ACCESS, 0x213);
  }

  @Test
  void tprShadow() {
    m.or(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW);
    m.set(Field.VIRTUAL_APIC_ADDRESS, Machine.VIRTUAL_APIC);
    m.writePhysical(Machine.VIRTUAL_APIC + 0x80, 4, 0x70);
    m.set(Field.TPR_THRESHOLD, 3);
    launch();
    assertEquals(7, m.vmx.readShadowed(m.cpu, 8, 0));
    assertTrue(m.vmx.interceptMovToCr(m.cpu, 8, 4, 0));
    assertEquals(0, m.cpu.fault);
    assertFalse(m.pending());
    assertTrue(m.vmx.interceptMovToCr(m.cpu, 8, 2, 0));
    assertTrue(m.pending());
    expectExit(ExitReason.TPR_BELOW_THRESHOLD, 0);
  }

  @Test
  void fixedBitsOfControlRegisters() {
    assertTrue(m.vmx.validInVmx(m.cpu, 0, 0x8000_0021L));
    assertFalse(m.vmx.validInVmx(m.cpu, 0, 0x21));
    assertFalse(m.vmx.validInVmx(m.cpu, 4, 0x20));
    launch();
    assertTrue(m.vmx.validInVmx(m.cpu, 0, 0x20), "unrestricted guest");
    assertFalse(m.vmx.validInVmx(m.cpu, 0, 0x11), "NE");
    assertFalse(m.vmx.validInVmx(m.cpu, 4, 0x22000));
  }

  @ParameterizedTest
  @CsvSource({
    "HLT,7,primary",
    "INVLPG,9,primary",
    "MWAIT,10,primary",
    "RDPMC,11,primary",
    "RDTSC,12,primary",
    "MONITOR,29,primary",
    "PAUSE,30,primary",
    "WBINVD,6,secondary",
    "RDRAND,11,secondary",
    "GDTR_IDTR,2,secondary",
    "LDTR_TR,2,secondary"
  })
  void oneControlEach(ExitReason reason, int bit, String word) {
    Field f = word.equals("primary") ? Field.PRIMARY_CONTROLS : Field.SECONDARY_CONTROLS;
    m.clear(f, 1L << bit);
    launch();
    assertFalse(m.vmx.interceptInstruction(m.cpu, reason.number(), 5));
    m.vmx.interceptInstruction(m.cpu, 10, 0);
    m.exit();
    m.or(f, 1L << bit);
    m.run(io.github.bitterling.frontend.Helper.VMRESUME, 0, 0, 0);
    assertTrue(m.vmx.interceptInstruction(m.cpu, reason.number(), 5));
    expectExit(reason, 5);
  }

  @ParameterizedTest
  @ValueSource(strings = {"CPUID", "GETSEC", "INVD", "XSETBV"})
  void unconditional(ExitReason reason) {
    launch();
    assertTrue(m.vmx.interceptInstruction(m.cpu, reason.number(), 0));
    expectExit(reason, 0);
  }

  @Test
  void rdtscpIsUndefinedUnlessEnabled() {
    launch();
    assertTrue(m.vmx.interceptInstruction(m.cpu, ExitReason.RDTSCP.number(), 0));
    assertEquals(Cpu.FAULT_EXCEPTION, m.cpu.fault);
    assertEquals(6, m.cpu.faultVector);
  }

  @Test
  void pauseLoop() {
    m.close();
    m = new Machine(Capabilities.of(CpuModel.of("x86-64-full", 1))).ready();
    m.or(Field.SECONDARY_CONTROLS, Bits.PAUSE_LOOP);
    m.set(Field.PLE_GAP, 20);
    m.set(Field.PLE_WINDOW, 100);
    launch();
    int exits = 0;
    m.cpu.retired = 1000;
    for (int i = 0; i < 12; i++) {
      m.cpu.retired += 10;
      exits += m.vmx.interceptInstruction(m.cpu, ExitReason.PAUSE.number(), 0) ? 1 : 0;
    }
    assertEquals(1, exits, "110 cycles after the first PAUSE");
    m.cpu.retired += 21;
    assertFalse(
        m.vmx.interceptInstruction(m.cpu, ExitReason.PAUSE.number(), 0),
        "gap too long: a new loop");
  }

  @Test
  void exceptionBitmapAndPageFaultFilter() {
    m.set(Field.EXCEPTION_BITMAP, 1 << 13);
    m.set(Field.PAGE_FAULT_MASK, 2);
    m.set(Field.PAGE_FAULT_MATCH, 2);
    launch();
    assertTrue(m.vmx.interceptException(m.cpu, 13, 0x18, true, 3, 0));
    m.exit();
    assertEquals(0x8000_0B0DL, m.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(0x18, m.get(Field.EXIT_INTERRUPTION_ERROR_CODE));
    m.run(io.github.bitterling.frontend.Helper.VMRESUME, 0, 0, 0);
    assertFalse(m.vmx.interceptException(m.cpu, 14, 2, true, 3, 0x7000), "matches, bitmap bit 0");
    assertTrue(m.vmx.interceptException(m.cpu, 14, 0, true, 3, 0x7000), "does not match");
    expectExit(ExitReason.EXCEPTION_OR_NMI, 0x7000);
  }

  @Test
  void movDr() {
    launch();
    assertFalse(m.vmx.interceptMovDr(m.cpu, 7, true, 0));
    m.vmx.interceptTaskSwitch(m.cpu, 0x28, 3);
    expectExit(ExitReason.TASK_SWITCH, 0xC000_0028L);
  }
}
