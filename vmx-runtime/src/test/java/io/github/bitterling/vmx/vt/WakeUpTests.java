package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What ends HLT in non-root operation, windows that open right after an instruction, pending debug
 * exceptions, and IA32_PERF_GLOBAL_CTRL (SDM volume 3, 25.4.2, 26.2, 26.5, 27.3.1.5, 27.7).
 */
class WakeUpTests extends LabTests {
  private static final String VMCALL = "0f01c1";
  private static final long BS = 1 << 14;
  private static final int HLT = 1;
  private static final long SOON = 20_000;

  private void primary(int bits) {
    lab.or(Field.PRIMARY_CONTROLS, bits & 0xFFFF_FFFFL);
  }

  private void later(Runnable event) {
    lab.alone().rig.clock.timer("event", event::run).armAt(SOON);
  }

  /**
   * The APIC's timer interrupts by vector 61h, once: mov ebx, FEE00000h, then dwords to SVR, LVT
   * timer, divide configuration (by 1) and initial count.
   */
  private static final String TIMER =
      "bb0000e0fe c783f0000000ff010000 c7832003000061000000 c783e00300000b000000"
          + " c7838003000000100000";

  private static final int TIMER_BYTES = 45;

  private Lab timed(String code) {
    return lab.afresh().withApic().code(TIMER + code);
  }

  private void halted(Lab.Exit e, ExitReason reason, int before) {
    assertEquals(reason, e.reason());
    assertEquals(HLT, e.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(Lab.CODE + before + 1, e.rip());
  }

  @Test
  void interruptEndsHltThroughTheGuestsIdt() {
    Lab.Exit e = timed("fb f4" + VMCALL).exit();
    assertEquals(0x61, e.vector());
    assertEquals(Lab.CODE + TIMER_BYTES + 2, lab.rig.get64(e.get(Field.GUEST_RSP)));
    assertEquals(0, e.get(Field.GUEST_ACTIVITY_STATE));
  }

  /** External-interrupt exiting wakes whatever RFLAGS.IF says; the activity state is HLT. */
  @ParameterizedTest
  @CsvSource({"0", "512"})
  void interruptExitEndsHlt(int interruptFlag) {
    lab.apart(interruptFlag == 0 ? BochsDifference.MASKED_INTERRUPT : null);
    timed("f4").or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING);
    lab.set(Field.GUEST_RFLAGS, 2 | interruptFlag);
    halted(lab.exit(), ExitReason.EXTERNAL_INTERRUPT, TIMER_BYTES);
  }

  /** Neither exiting nor enabled: HLT goes on until something else comes. */
  @Test
  void maskedInterruptDoesNotEndHlt() {
    timed("f4" + VMCALL).or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER);
    lab.set(Field.PREEMPTION_TIMER_VALUE, 2000);
    halted(lab.exit(), ExitReason.PREEMPTION_TIMER, TIMER_BYTES);
    assertTrue(lab.rig.cpu.apic.read(0x230, 4) == 2, "vector 61h is requested");
  }

  @Test
  void nmiExitEndsHlt() {
    lab.code("f4").or(Field.PIN_CONTROLS, Bits.NMI_EXITING);
    later(() -> lab.rig.cpu.latch(Cpu.LATCH_NMI));
    halted(lab.exit(), ExitReason.EXCEPTION_OR_NMI, 0);
  }

  @Test
  void nmiEndsHltThroughTheGuestsIdt() {
    lab.code("f4");
    later(() -> lab.rig.cpu.latch(Cpu.LATCH_NMI));
    assertEquals(2, lab.exit().vector());
  }

  @Test
  void initExitEndsHlt() {
    lab.code("f4");
    later(() -> lab.rig.cpu.latch(Cpu.LATCH_INIT));
    halted(lab.exit(), ExitReason.INIT, 0);
  }

  /** Windows are open in HLT: the exit comes at once and saves the activity state. */
  @Test
  void interruptWindowEndsHlt() {
    lab.apart(BochsDifference.HLT_WAKE);
    primary(Bits.INTERRUPT_WINDOW);
    lab.code("f4").set(Field.GUEST_RFLAGS, 2 | Cpu.IF).set(Field.GUEST_ACTIVITY_STATE, HLT);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.INTERRUPT_WINDOW, e.reason());
    assertEquals(HLT, e.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(Lab.CODE, e.rip());
  }

  /** sti; hlt: the window opens after HLT, which STI shields. */
  @Test
  void interruptWindowOpensAfterTheInstructionBehindSti() {
    lab.apart(BochsDifference.HLT_WAKE);
    primary(Bits.INTERRUPT_WINDOW);
    Lab.Exit e = lab.code("fb f4" + VMCALL).exit();
    assertEquals(ExitReason.INTERRUPT_WINDOW, e.reason());
    assertEquals(HLT, e.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(Lab.CODE + 2, e.rip());
  }

  @Test
  void nmiWindowEndsHlt() {
    lab.apart(BochsDifference.HLT_STATE);
    primary(Bits.NMI_WINDOW);
    lab.code("f4").or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.GUEST_ACTIVITY_STATE, HLT);
    assertEquals(ExitReason.NMI_WINDOW, lab.exit().reason());
  }

  @Test
  void injectedEventEndsHlt() {
    lab.code("f4").set(Field.GUEST_ACTIVITY_STATE, HLT).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0021L);
    Lab.Exit e = lab.exit();
    assertEquals(0x21, e.vector());
    assertEquals(0, e.get(Field.GUEST_ACTIVITY_STATE));
  }

  @Test
  void pendingTrapFlagExitEndsHlt() {
    lab.apart(BochsDifference.MTF_MISSED);
    primary(Bits.MONITOR_TRAP_FLAG);
    lab.code("f4" + VMCALL);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.MONITOR_TRAP_FLAG, e.reason());
    assertEquals(HLT, e.get(Field.GUEST_ACTIVITY_STATE));
  }

  /** A pending single-step trap is delivered to the halted guest. */
  @Test
  void pendingDebugExceptionEndsHlt() {
    lab.apart(BochsDifference.HLT_WAKE);
    lab.code("f4").set(Field.GUEST_ACTIVITY_STATE, HLT).set(Field.GUEST_RFLAGS, 2 | Cpu.TF);
    lab.set(Field.GUEST_PENDING_DEBUG, BS);
    Lab.Exit e = lab.exit();
    assertEquals(1, e.vector());
    assertEquals(BS, e.dr6() & 0xE00F);
  }

  /** HLT with TF: the trap comes after HLT and ends it. */
  @Test
  void singleStepOverHlt() {
    lab.apart(BochsDifference.HLT_WAKE);
    lab.code("f4").set(Field.GUEST_RFLAGS, 2 | Cpu.TF);
    Lab.Exit e = lab.exit();
    assertEquals(1, e.vector());
    assertEquals(Lab.CODE + 1, lab.rig.get64(e.get(Field.GUEST_RSP)));
  }

  // Windows and blocking

  /** mov ss, ax; nop: the window waits for the instruction after MOV SS. */
  @ParameterizedTest
  @CsvSource({"4, INTERRUPT_WINDOW", "400000, NMI_WINDOW"})
  void windowsWaitForMovSs(String control, ExitReason reason) {
    primary(Integer.parseInt(control, 16));
    lab.code("90 90").set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    lab.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_MOV_SS);
    Lab.Exit e = lab.exit();
    assertEquals(reason, e.reason());
    assertEquals(Lab.CODE + 1, e.rip());
    assertEquals(0, e.get(Field.GUEST_INTERRUPTIBILITY));
  }

  @Test
  void interruptWindowWaitsForTheFlag() {
    primary(Bits.INTERRUPT_WINDOW);
    Lab.Exit e = lab.code("90 90 fb 90 90").exit();
    assertEquals(ExitReason.INTERRUPT_WINDOW, e.reason());
    assertEquals(Lab.CODE + 4, e.rip(), "after the instruction behind STI");
  }

  /** popfq opens the window at once. */
  @Test
  void interruptWindowOpensRightAfterPopf() {
    primary(Bits.INTERRUPT_WINDOW);
    Lab.Exit e = lab.code("6802020000 9d 90").exit();
    assertEquals(ExitReason.INTERRUPT_WINDOW, e.reason());
    assertEquals(Lab.CODE + 6, e.rip());
  }

  /** iretq (RIP, CS, RFLAGS, RSP, SS on the stack) ends virtual-NMI blocking: the window opens. */
  @Test
  void nmiWindowOpensRightAfterIret() {
    primary(Bits.NMI_WINDOW);
    lab.code("6a10 6800780000 6a02 6a08 6820900000 48cf");
    lab.rig.put(Lab.CODE + 0x20, "90" + VMCALL);
    lab.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.NMI_WINDOW, e.reason());
    assertEquals(Lab.CODE + 0x20, e.rip());
  }

  /** A virtual NMI that is injected blocks the next; a real NMI exits all the same. */
  @Test
  void realNmiExitsWhileVirtualNmisAreBlocked() {
    lab.code("ebfe").or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    later(() -> lab.rig.cpu.latch(Cpu.LATCH_NMI));
    Lab.Exit e = lab.exit();
    assertEquals(0x8000_0202L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(Bits.BLOCKED_NMI, e.get(Field.GUEST_INTERRUPTIBILITY), "virtual-NMI blocking");
  }

  /** Without NMI exiting the guest's own blocking holds a second NMI back. */
  @Test
  void blockedNmiWaits() {
    lab.code("b900000200 e2fe" + VMCALL).set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    later(() -> lab.rig.cpu.latch(Cpu.LATCH_NMI));
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(Lab.CODE + 7, e.rip());
    assertEquals(Cpu.LATCH_NMI, lab.rig.cpu.latched & Cpu.LATCH_NMI);
  }

  // Monitoring

  /**
   * monitor; cpuid (exits); mwait: exits and entries end monitoring, so MWAIT does not wait
   * (27.3.2, 28.5.6).
   */
  @Test
  void exitsEndMonitoring() {
    lab.code("b800000700 31c9 31d2 0f01c8 0fa2 b800000700 31c9 31d2 0f01c9" + VMCALL);
    lab.stage().set(Field.GUEST_RIP, Lab.CODE + 14);
    assertEquals(ExitReason.VMCALL, lab.run().get(1).reason());
  }

  @Test
  void withoutAnExitMwaitWaits() {
    lab.apart(BochsDifference.MODEL);
    lab.code("b800000700 31c9 31d2 0f01c8 0f01c9" + VMCALL);
    lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER).set(Field.PREEMPTION_TIMER_VALUE, 500);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.PREEMPTION_TIMER, e.reason());
    assertEquals(Lab.CODE + 15, e.rip());
  }

  // IA32_PERF_GLOBAL_CTRL

  private static final long PERF = 0x7_0000_0003L;

  /** mov ecx, 38Fh; rdmsr; shl rdx, 32; or rax, rdx; vmcall. */
  private static final String READ_PERF = "b98f030000 0f32 48c1e220 4809d0 0f01c1";

  @Test
  void perfGlobalControlIsLoadedForTheGuest() {
    lab.apart(BochsDifference.MODEL);
    lab.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PERF).set(Field.GUEST_PERF_GLOBAL_CTRL, PERF);
    assertEquals(PERF, lab.code(READ_PERF).exit().rax());
  }

  @Test
  void perfGlobalControlIsLoadedForTheHost() {
    lab.or(Field.EXIT_CONTROLS, Bits.EXIT_LOAD_PERF)
        .set(Field.HOST_PERF_GLOBAL_CTRL, 0x2_0000_0001L);
    lab.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PERF).set(Field.GUEST_PERF_GLOBAL_CTRL, PERF);
    lab.code(VMCALL).exit();
    assertEquals(0x2_0000_0001L, lab.rig.cpu.msrs.read(lab.rig.cpu, Bits.MSR_PERF_GLOBAL));
  }

  @ParameterizedTest
  @CsvSource({"4, 0", "800000000, 0", "8000000000000000, 0", "700000003, 1", "4, 2"})
  void reservedBitsOfTheGuestsPerfGlobalControl(String value, int valid) {
    if (valid != 2) {
      lab.or(Field.ENTRY_CONTROLS, Bits.ENTRY_LOAD_PERF);
    }
    lab.set(Field.GUEST_PERF_GLOBAL_CTRL, Long.parseUnsignedLong(value, 16));
    lab.apart(valid == 0 ? BochsDifference.PERF_GLOBAL : null);
    long reason = lab.once().code(VMCALL).exit().get(Field.EXIT_REASON);
    assertEquals(valid == 0 ? 0x8000_0021L : ExitReason.VMCALL.number(), reason);
  }

  @ParameterizedTest
  @CsvSource({"4, 8", "800000000, 8", "700000003, 0"})
  void reservedBitsOfTheHostsPerfGlobalControl(String value, int error) {
    lab.or(Field.EXIT_CONTROLS, Bits.EXIT_LOAD_PERF);
    lab.set(Field.HOST_PERF_GLOBAL_CTRL, Long.parseUnsignedLong(value, 16));
    lab.apart(error == 0 ? null : BochsDifference.PERF_GLOBAL);
    Lab.Exit e = lab.failing().code(VMCALL).exit();
    assertEquals(error, e.failed() ? e.qualification() : 0);
  }
}
