package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.time.VirtualClock;
import java.util.EnumMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RoundTripTests {
  private static final long INTR = 0x8000_0000L;

  private final Machine m = new Machine().ready();

  @AfterEach
  void close() {
    m.close();
  }

  private void launch() {
    m.launch();
    assertTrue(m.cpu.nonRoot, () -> String.valueOf(m.vmx.lastFailure()));
  }

  private void resume() {
    m.run(Helper.VMRESUME, 0, 0, 0);
    assertTrue(m.cpu.nonRoot, () -> String.valueOf(m.vmx.lastFailure()));
  }

  private void cpuid() {
    m.cpu.nextRip = m.cpu.rip + 2;
    assertTrue(m.vmx.interceptInstruction(m.cpu, ExitReason.CPUID.number(), 0));
    m.exit();
  }

  /**
   * Whether the region is reached through a host page or by physical accesses makes no difference.
   */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void guestStateSurvivesAnEntryAndAnExit(boolean direct) {
    m.direct = direct;
    m.set(Field.GUEST_PENDING_DEBUG, 1);
    m.set(Field.GUEST_INTERRUPTIBILITY, 9);
    m.msrs.put(0x175, 0x1111L);
    m.set(Field.GUEST_SYSENTER_ESP, 0x2222);
    m.set(Field.HOST_SYSENTER_ESP, 0x3333);
    Map<Field, Long> before = guestFields();
    launch();
    assertEquals(0x2222, m.msrs.get(0x175));
    cpuid();
    assertEquals(0x3333, m.msrs.get(0x175));
    assertEquals(before, guestFields());
  }

  private Map<Field, Long> guestFields() {
    Map<Field, Long> map = new EnumMap<>(Field.class);
    for (Field f : Field.values()) {
      if (f.group() == Field.Group.GUEST) {
        map.put(f, m.get(f));
      }
    }
    return map;
  }

  @Test
  void entryLoadsTheGuest() {
    m.set(Field.GUEST_CR0, 0xE000_0031L);
    m.guest32();
    m.or(Field.GUEST_CR0, 0x2000_0000L);
    launch();
    Cpu c = m.cpu;
    assertEquals(0x31, c.cr0, "NW is not loaded");
    assertEquals(0, c.efer);
    assertEquals(0x1000, c.rip);
    assertEquals(0x1000, c.nextRip);
    assertEquals(0x5500, c.r[4]);
    assertEquals(0x202, c.flags());
    assertEquals(0xC09B, c.cs.attributes);
    assertTrue(c.ldtr.is(Segment.UNUSABLE));
    assertEquals(1, m.vmx.vpid(c));
    assertEquals(Machine.EPT_ROOT | 0x1E, m.vmx.eptPointer(c));
    assertTrue(c.attention);
    assertTrue(m.log.contains("mode"));
  }

  @Test
  void exitLoadsTheHost() {
    m.set(Field.HOST_FS_SELECTOR, 0);
    m.set(Field.HOST_FS_BASE, 0x7777);
    launch();
    m.cpu.cr2 = 5;
    cpuid();
    Cpu c = m.cpu;
    assertEquals(Machine.HOST_RIP, c.rip);
    assertEquals(0x8800, c.r[4]);
    assertEquals(2, c.flags());
    assertEquals(0xA09B, c.cs.attributes);
    assertEquals(0xC093, c.ss.attributes);
    assertTrue(c.fs.is(Segment.UNUSABLE));
    assertEquals(0x7777, c.fs.base);
    assertEquals(0x67, c.tr.limit);
    assertEquals(0x8B, c.tr.attributes);
    assertEquals(0xFFFF, c.idtrLimit);
    assertEquals(0x400, c.dr[7]);
    assertEquals(0xD00, c.efer);
    assertEquals(5, c.cr2);
    assertEquals(0, m.vmx.vpid(c));
    assertFalse(m.vmx.eptActive(c));
  }

  @Test
  void exitInformationOfAnInstruction() {
    launch();
    cpuid();
    assertEquals(10, m.get(Field.EXIT_REASON));
    assertEquals(2, m.get(Field.EXIT_INSTRUCTION_LENGTH));
    assertEquals(0, m.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(0, m.get(Field.IDT_VECTORING_INFORMATION));
    assertEquals(Map.of("CPUID", 1L), m.vmx.statistics().byReason());
  }

  /**
   * Unrestricted guests leave and enter IA-32e mode by themselves; the entry control follows LMA.
   */
  @Test
  void entryControlFollowsLma() {
    m.guest32();
    launch();
    m.cpu.efer = 0x500;
    cpuid();
    assertTrue((m.get(Field.ENTRY_CONTROLS) & Bits.ENTRY_IA32E) != 0);
    assertEquals(0x500, m.get(Field.GUEST_EFER));
  }

  @Test
  void vmcsMovesToAnotherCore() {
    launch();
    m.cpu.rip = 0x4242;
    cpuid();
    m.runPointer(Helper.VMCLEAR, Machine.VMCS);
    try (Machine other = new Machine()) {
      other.started();
      for (int i = 0; i < 4096; i += 8) {
        other.writePhysical(Machine.VMCS + i, 8, m.readPhysical(Machine.VMCS + i, 8));
      }
      other.run(Helper.VMRESUME, 0, 0, 0);
      assertEquals("error 5", other.outcome());
      other.launch();
      assertEquals(0x4242, other.cpu.rip);
    }
  }

  @Test
  void injectedInterrupt() {
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x31);
    m.onInject = () -> m.cpu.rip = 0xBEEF;
    launch();
    assertTrue(m.log.contains("inject 80000031 0 0"));
    assertEquals(0xBEEF, m.cpu.nextRip);
    cpuid();
    assertEquals(0x31, m.get(Field.ENTRY_INTERRUPTION_INFORMATION), "the valid bit is cleared");
    assertEquals(0, m.get(Field.IDT_VECTORING_INFORMATION));
  }

  @Test
  void injectionEndsHlt() {
    m.set(Field.GUEST_ACTIVITY_STATE, 1);
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x31);
    launch();
    assertEquals(Cpu.Activity.ACTIVE, m.cpu.activity);
  }

  @Test
  void exitWhileInjectingGivesIdtVectoringInformation() {
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x480);
    m.set(Field.ENTRY_INSTRUCTION_LENGTH, 3);
    m.onInject = () -> m.vmx.translate(m.cpu, 0x8000, 2, 0x1000, true, true);
    m.launch();
    assertFalse(m.cpu.nonRoot);
    assertEquals(0, m.cpu.fault);
    assertEquals(Machine.HOST_RIP, m.cpu.nextRip);
    assertEquals(48, m.get(Field.EXIT_REASON));
    assertEquals(INTR | 0x480, m.get(Field.IDT_VECTORING_INFORMATION));
    assertEquals(3, m.get(Field.EXIT_INSTRUCTION_LENGTH));
    assertEquals(0x8000, m.get(Field.GUEST_PHYSICAL_ADDRESS));
    assertEquals(0x1000, m.get(Field.GUEST_LINEAR_ADDRESS));
  }

  @Test
  void exceptionDuringDelivery() {
    m.set(Field.EXCEPTION_BITMAP, 1 << 14 | 1 << 8);
    launch();
    m.vmx.deliveringEvent(m.cpu, 0x8000_0B0DL, 0x18);
    m.vmx.interceptException(m.cpu, 14, 0, true, 3, 0x7000);
    m.exit();
    assertEquals(0x8000_0B0DL, m.get(Field.IDT_VECTORING_INFORMATION));
    assertEquals(0x18, m.get(Field.IDT_VECTORING_ERROR_CODE));
    resume();
    m.vmx.deliveringEvent(m.cpu, 0x8000_0B0DL, 0x18);
    m.vmx.interceptException(m.cpu, 8, 0, true, 3, 0);
    m.exit();
    assertEquals(
        0, m.get(Field.IDT_VECTORING_INFORMATION), "a double fault ends the delivery (28.2.4)");
  }

  @Test
  void externalInterruptWithAndWithoutAcknowledge() {
    m.or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING);
    launch();
    assertTrue(m.vmx.interceptExternalInterrupt(m.cpu));
    m.exit();
    assertEquals(1, m.get(Field.EXIT_REASON));
    assertEquals(0, m.get(Field.EXIT_INTERRUPTION_INFORMATION));
    m.or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE);
    resume();
    assertTrue(m.vmx.interceptExternalInterrupt(m.cpu));
    m.exit();
    assertEquals(INTR | 0x51, m.get(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  @Test
  void nmiExitBlocksNmis() {
    m.or(Field.PIN_CONTROLS, Bits.NMI_EXITING);
    launch();
    assertTrue(m.vmx.interceptNmi(m.cpu));
    m.exit();
    assertEquals(INTR | 0x202, m.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertTrue(m.nmiBlocked);
    assertEquals(0, m.get(Field.GUEST_INTERRUPTIBILITY));
    m.vmx.iretExecuted(m.cpu);
    assertFalse(m.nmiBlocked);
  }

  @Test
  void blockedNmiDoesNotExit() {
    m.or(Field.PIN_CONTROLS, Bits.NMI_EXITING);
    m.set(Field.GUEST_INTERRUPTIBILITY, 8);
    launch();
    assertFalse(m.vmx.interceptNmi(m.cpu));
  }

  /**
   * VMRESUME at the end of a compiled region: an access of the delivery must not ask for a retry.
   */
  @Test
  void deliveryIsNotPartOfTheRegion() {
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x31);
    m.onInject = () -> assertFalse(m.cpu.inRegion);
    m.cpu.inRegion = true;
    launch();
    assertTrue(m.cpu.inRegion);
  }

  @Test
  void virtualNmiWindow() {
    m.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    m.or(Field.PRIMARY_CONTROLS, Bits.NMI_WINDOW);
    m.set(Field.GUEST_INTERRUPTIBILITY, 8);
    launch();
    assertFalse(m.pending());
    m.vmx.iretExecuted(m.cpu);
    assertTrue(m.pending());
    m.exit();
    assertEquals(8, m.get(Field.EXIT_REASON));
  }

  @Test
  void injectedNmiBlocksTheVirtualOrTheRealNmi() {
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x202);
    launch();
    assertTrue(m.nmiBlocked);
    cpuid();
    assertEquals(8, m.get(Field.GUEST_INTERRUPTIBILITY));
    m.set(Field.GUEST_INTERRUPTIBILITY, 0);
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x202);
    m.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    resume();
    assertFalse(m.nmiBlocked);
    cpuid();
    assertEquals(8, m.get(Field.GUEST_INTERRUPTIBILITY));
  }

  @Test
  void interruptWindow() {
    m.or(Field.PRIMARY_CONTROLS, Bits.INTERRUPT_WINDOW);
    m.set(Field.GUEST_INTERRUPTIBILITY, 1);
    launch();
    assertFalse(m.pending(), "blocked by STI");
    m.cpu.interruptShadow = 0;
    assertTrue(m.pending());
    assertEquals(7, m.cpu.exitReason);
  }

  @Test
  void preemptionTimer() {
    VirtualClock clock = new VirtualClock(1_000_000);
    m.vmx.useClock(m.cpu, clock);
    m.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER);
    m.or(Field.EXIT_CONTROLS, Bits.EXIT_SAVE_TIMER);
    m.set(Field.PREEMPTION_TIMER_VALUE, 10);
    m.cpu.retired = 1005; // timer ticks at multiples of 64
    launch();
    assertEquals(960 + 640, m.vmx.nextDeadline(m.cpu));
    m.cpu.retired = 1599;
    assertFalse(m.pending());
    cpuid();
    assertEquals(1, m.get(Field.PREEMPTION_TIMER_VALUE));
    assertEquals(Long.MAX_VALUE, m.vmx.nextDeadline(m.cpu));
    assertEquals(Long.MAX_VALUE, clock.nextDue());
    resume();
    m.cpu.attention = false;
    clock.advance(1600);
    assertTrue(m.cpu.attention);
    m.cpu.retired = 1600;
    assertTrue(m.pending());
    m.exit();
    assertEquals(52, m.get(Field.EXIT_REASON));
    assertEquals(0, m.get(Field.PREEMPTION_TIMER_VALUE));
  }

  @Test
  void monitorTrapFlag() {
    m.or(Field.PRIMARY_CONTROLS, Bits.MONITOR_TRAP_FLAG);
    launch();
    assertTrue(m.cpu.stepping);
    assertFalse(m.pending());
    m.cpu.retired++;
    assertTrue(m.pending());
    m.exit();
    assertEquals(37, m.get(Field.EXIT_REASON));
    assertFalse(m.cpu.stepping);
  }

  @Test
  void injectedMonitorTrapFlag() {
    m.set(Field.ENTRY_INTERRUPTION_INFORMATION, INTR | 0x700);
    launch();
    assertTrue(m.pending());
    assertEquals(37, m.cpu.exitReason);
  }

  @Test
  void sipiOnlyWhenWaitingAndInitOnlyWhenNot() {
    m.set(Field.GUEST_ACTIVITY_STATE, 3);
    launch();
    assertFalse(m.vmx.interceptInit(m.cpu));
    assertTrue(m.vmx.interceptSipi(m.cpu, 0x9A));
    m.exit();
    assertEquals(4, m.get(Field.EXIT_REASON));
    assertEquals(0x9A, m.get(Field.EXIT_QUALIFICATION));
    assertEquals(3, m.get(Field.GUEST_ACTIVITY_STATE));
    m.set(Field.GUEST_ACTIVITY_STATE, 0);
    resume();
    assertFalse(m.vmx.interceptSipi(m.cpu, 1));
    assertTrue(m.vmx.interceptInit(m.cpu));
  }

  @Test
  void msrAreas() {
    m.msrs.put(0xC000_0082, 0x1111L);
    area(
        Field.ENTRY_MSR_LOAD_COUNT,
        Field.ENTRY_MSR_LOAD_ADDRESS,
        Machine.MSR_AREA,
        0xC000_0082L,
        0x2222);
    area(
        Field.EXIT_MSR_STORE_COUNT,
        Field.EXIT_MSR_STORE_ADDRESS,
        Machine.MSR_AREA + 16,
        0xC000_0082L,
        0);
    area(
        Field.EXIT_MSR_LOAD_COUNT,
        Field.EXIT_MSR_LOAD_ADDRESS,
        Machine.MSR_AREA + 32,
        0xC000_0082L,
        0x3333);
    launch();
    assertEquals(0x2222, m.msrs.get(0xC000_0082));
    cpuid();
    assertEquals(0x2222, m.readPhysical(Machine.MSR_AREA + 24, 8));
    assertEquals(0x3333, m.msrs.get(0xC000_0082));
  }

  private void area(Field count, Field address, long at, long msr, long value) {
    m.set(count, 1);
    m.set(address, at);
    m.writePhysical(at, 8, msr);
    m.writePhysical(at + 8, 8, value);
  }

  @Test
  void unloadableMsrFailsTheEntry() {
    area(
        Field.ENTRY_MSR_LOAD_COUNT,
        Field.ENTRY_MSR_LOAD_ADDRESS,
        Machine.MSR_AREA,
        0xC000_0100L,
        0);
    m.launch();
    assertFalse(m.cpu.nonRoot);
    assertEquals(0x8000_0022L, m.get(Field.EXIT_REASON));
    assertEquals(1, m.get(Field.EXIT_QUALIFICATION));
    assertEquals(Machine.HOST_RIP, m.cpu.nextRip);
    assertEquals("entry-msr", m.vmx.lastFailure().id());
    m.run(Helper.VMRESUME, 0, 0, 0);
    assertEquals("error 5", m.outcome(), "a failed launch leaves the launch state clear");
  }

  @Test
  void unstorableMsrIsAnAbort() {
    area(Field.EXIT_MSR_STORE_COUNT, Field.EXIT_MSR_STORE_ADDRESS, Machine.MSR_AREA, 0x999, 0);
    launch();
    cpuid();
    assertEquals(Cpu.Activity.SHUTDOWN, m.cpu.activity);
    assertEquals(1, m.readPhysical(Machine.VMCS + 4, 4));
    assertTrue(m.log.contains("abort 1"));
  }

  @Test
  void translationsAreFlushedWithoutVpidOnly() {
    launch();
    cpuid();
    assertFalse(m.log.stream().anyMatch(s -> s.startsWith("flush")), m.log.toString());
    m.set(Field.EPT_POINTER, 0x1E01E);
    resume();
    assertEquals(
        1,
        m.log.stream().filter("flush vpid 1"::equals).count(),
        "another EPT pointer for the VPID");
    cpuid();
    m.clear(Field.SECONDARY_CONTROLS, Bits.ENABLE_VPID);
    resume();
    cpuid();
    assertEquals(2, m.log.stream().filter("flush vpid 0"::equals).count());
  }

  @Test
  void faultsHaveTheResumeFlagSaved() {
    m.set(Field.EXCEPTION_BITMAP, 1 << 13);
    launch();
    m.vmx.interceptException(m.cpu, 13, 0, true, 3, 0);
    m.exit();
    assertTrue((m.get(Field.GUEST_RFLAGS) & Cpu.RF) != 0);
  }

  @Test
  void instructionInformationOfVmwrite() {
    m.guest32();
    launch();
    // vmwrite ecx, [esi+ebx*4+0x11223344] : 0F 79 8C 9E 44 33 22 11
    m.writePhysical(0x1000, 8, 0x1122_3344_9E8C_790FL);
    m.cpu.nextRip = 0x1008;
    m.run(Helper.VMWRITE, 0, 0, 0);
    m.exit();
    // scale 4, 32-bit address, DS, index EBX, base ESI, reg2 ECX
    assertEquals(
        2 | 1 << 7 | 3 << 15 | 3 << 18 | 6 << 23 | 1L << 28,
        m.get(Field.EXIT_INSTRUCTION_INFORMATION));
    assertEquals(0x1122_3344, m.get(Field.EXIT_QUALIFICATION));
    assertEquals(8, m.get(Field.EXIT_INSTRUCTION_LENGTH));
  }

  @Test
  void instructionInformationOfRegisterAndRipRelativeOperands() {
    launch();
    long rip = 0x1000;
    m.cpu.rip = rip;
    // vmread r9, r10 : 45 0F 78 D1
    m.writePhysical(rip, 4, 0xD178_0F45L);
    m.cpu.nextRip = rip + 4;
    m.run(Helper.VMREAD, 0, 0, 0);
    m.exit();
    assertEquals(
        9 << 3 | 2 << 7 | 1 << 10 | 10L << 28,
        m.get(Field.EXIT_INSTRUCTION_INFORMATION) & 0xF000_07F8L);
    resume();
    m.cpu.rip = rip;
    // vmptrld [rip-0x10] : 0F C7 35 F0 FF FF FF
    m.writePhysical(rip, 8, 0xFF_FFFF_F035_C70FL);
    m.cpu.nextRip = rip + 7;
    m.run(Helper.VMPTRLD, 0, 0, 0);
    m.exit();
    assertEquals(rip + 7 - 16, m.get(Field.EXIT_QUALIFICATION));
    assertEquals(
        1 << 27 | 1 << 22, m.get(Field.EXIT_INSTRUCTION_INFORMATION) & (1 << 27 | 1 << 22));
  }

  @Test
  void resetLeavesVmxOperation() {
    launch();
    m.vmx.reset(m.cpu, false);
    assertFalse(m.cpu.vmxOperation);
    assertFalse(m.cpu.nonRoot);
    assertEquals(-1, m.vmx.currentVmcs());
    assertEquals("", m.vmx.explain());
  }

  @Test
  void explainNamesFields() {
    launch();
    cpuid();
    assertTrue(m.vmx.explain().contains("Guest RIP (681eh) = ffffffff80000000h"));
    assertTrue(m.vmx.explain().contains("last exit: CPUID"));
    assertEquals(1, m.vmx.statistics().last().size());
    assertTrue(
        m.vmx
            .explain()
            .endsWith("  CPUID, qualification 0h, guest RIP ffffffff80000000h, instruction 0\n"));
  }
}
