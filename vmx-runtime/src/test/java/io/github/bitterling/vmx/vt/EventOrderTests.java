package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * What comes first between two instructions of a guest (SDM volume 3, table 6-2; 26.2, 26.5 and
 * 27.7), and what exits say about debug exceptions and NMIs.
 */
class EventOrderTests extends LabTests {
  private static final long TF = Cpu.TF | 2;
  private static final long BS = 1 << 14;
  private static final long ENABLED = 1 << 12;
  private static final int DB_VECTOR = 1;
  private static final int NMI_VECTOR = 2;
  private static final long NMI_INJECTED = 0x8000_0202L;

  private Lab primary(int bits) {
    return lab.or(Field.PRIMARY_CONTROLS, bits & 0xFFFF_FFFFL);
  }

  /** Everything is due at the first boundary; each stage takes the next one away. */
  @Test
  void everyEventHasItsPlace() {
    lab.apart(BochsDifference.MTF_PENDING_DEBUG);
    lab.code("90 0f01c1");
    primary(Bits.MONITOR_TRAP_FLAG | Bits.NMI_WINDOW | Bits.INTERRUPT_WINDOW);
    lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER | Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR).set(Field.GUEST_RFLAGS, TF | Cpu.IF);
    lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0700L).set(Field.GUEST_PENDING_DEBUG, BS);
    lab.stage()
        .clear(Field.PRIMARY_CONTROLS, Bits.MONITOR_TRAP_FLAG)
        .set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    lab.stage();
    lab.stage().clear(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER);
    lab.stage().clear(Field.PRIMARY_CONTROLS, Bits.NMI_WINDOW | Bits.MONITOR_TRAP_FLAG);
    lab.stage()
        .clear(
            Field.PRIMARY_CONTROLS,
            Bits.NMI_WINDOW | Bits.MONITOR_TRAP_FLAG | Bits.INTERRUPT_WINDOW);
    List<String> seen = new ArrayList<>();
    for (Lab.Exit e : lab.run()) {
      seen.add(
          e.reason()
              + "@"
              + Long.toHexString(e.rip())
              + " "
              + Long.toHexString(e.get(Field.GUEST_PENDING_DEBUG)));
    }
    assertEquals(
        List.of(
            "MONITOR_TRAP_FLAG@9000 4000",
            "EXCEPTION_OR_NMI@9000 0",
            "PREEMPTION_TIMER@9000 0",
            "NMI_WINDOW@9000 0",
            "INTERRUPT_WINDOW@9000 0",
            "VMCALL@9001 0"),
        seen);
  }

  /**
   * The guest, in which NMIs are blocked, sends itself an NMI by the APIC. It waits through the
   * exit of VMCALL, in the host they are blocked too, until an entry ends the blocking.
   */
  @Test
  void nmiBeforeInterruptWindow() {
    lab.apart(BochsDifference.NMI_UNBLOCKING).afresh().withApic();
    lab.code("bb0000e0fe c7831003000000000000 c7830003000000440000" + "0f01c1 90");
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    lab.stage().set(Field.GUEST_INTERRUPTIBILITY, 0);
    primary(Bits.INTERRUPT_WINDOW);
    lab.or(Field.PIN_CONTROLS, Bits.NMI_EXITING).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    List<Lab.Exit> exits = lab.run();
    assertEquals(ExitReason.VMCALL, exits.get(0).reason());
    assertEquals(Bits.BLOCKED_NMI, exits.get(0).get(Field.GUEST_INTERRUPTIBILITY));
    assertEquals(ExitReason.EXCEPTION_OR_NMI, exits.get(1).reason());
    assertEquals(0x8000_0202L, exits.get(1).get(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  /** A debug trap does not let the timer wait for an instruction of its handler. */
  @Test
  void timerRightAfterTheDebugTrap() {
    lab.code("90");
    lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER).set(Field.GUEST_PENDING_DEBUG, BS);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.PREEMPTION_TIMER, e.reason());
    assertEquals(Lab.handler(DB_VECTOR), e.rip());
    assertEquals(BS, e.dr6() & 0xE00F, "delivered, so DR6 says so");
  }

  @Test
  void exitingDebugTrapLeavesDr6Alone() {
    lab.code("90 90").set(Field.GUEST_RFLAGS, TF).set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    Lab.Exit e = lab.exit();
    assertEquals(BS, e.qualification());
    assertEquals(Lab.CODE + 1, e.rip());
    assertEquals(0, e.dr6() & 0xE00F);
  }

  /** MOV to DR0 under general detect: a fault that exits; DR6 stays, RF is set. */
  @Test
  void generalDetectExits() {
    lab.code("0f23c0").set(Field.GUEST_DR7, 0x2400).set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    Lab.Exit e = lab.exit();
    assertEquals(1 << 13, e.qualification());
    assertEquals(0, e.dr6() & 0xE00F);
    assertEquals(Cpu.RF, e.get(Field.GUEST_RFLAGS) & Cpu.RF);
  }

  @Test
  void pendingConditionsWithoutAnEnabledBreakpointAreForgotten() {
    lab.code("0f01c1").set(Field.GUEST_PENDING_DEBUG, 3);
    assertEquals(Lab.CODE, lab.exit().rip());
  }

  @Test
  void pendingEnabledBreakpointIsDelivered() {
    lab.code("0f01c1")
        .set(Field.GUEST_PENDING_DEBUG, ENABLED | 2)
        .set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    assertEquals(2, lab.exit().qualification());
  }

  /** mov [70000h], eax; nop: a write breakpoint of 4 bytes in DR1. */
  @Test
  void writeBreakpointTrapsAfterTheInstruction() {
    lab.rig.cpu.dr[1] = Lab.DATA;
    lab.code("a3 0000070000000000 90 0f01c1")
        .set(Field.GUEST_DR7, 0x00D0_0408L)
        .set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(2, e.qualification());
    assertEquals(Lab.CODE + 9, e.rip());
  }

  /** mov eax, [70002h] meets a read-write breakpoint of the word at 70004h, not the write one. */
  @Test
  void readBreakpointMatchesByOverlap() {
    lab.rig.cpu.dr[0] = Lab.DATA;
    lab.rig.cpu.dr[2] = Lab.DATA + 4;
    lab.code("a1 0200070000000000 90 0f01c1")
        .set(Field.GUEST_DR7, 0x07D0_0422L | 0x1_0000)
        .set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    assertEquals(4, lab.exit().qualification());
  }

  /** out 42h, al with CR4.DE. */
  @Test
  void portBreakpoint() {
    lab.rig.cpu.dr[3] = 0x42;
    lab.code("e642 90 0f01c1").set(Field.GUEST_DR7, 0x2000_0480L).set(Field.GUEST_CR4, 0x2028);
    lab.set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    Lab.Exit e = lab.exit();
    assertEquals(8, e.qualification());
    assertEquals(Lab.CODE + 2, e.rip());
  }

  /** mov ss, [70000h]; nop; nop: the trap waits for the instruction after MOV SS. */
  @Test
  void movSsHoldsTheTrap() {
    lab.rig.put64(Lab.DATA, 0x10);
    lab.code("8e142500000700 90 90 0f01c1")
        .set(Field.GUEST_RFLAGS, TF)
        .set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    assertEquals(Lab.CODE + 8, lab.exit().rip());
  }

  /** VMCALL under MOV SS blocking with TF: blocking and BS are both saved. */
  @Test
  void exitUnderMovSsKeepsThePendingTrap() {
    lab.rig.put64(Lab.DATA, 0x10);
    lab.code("8e142500000700 0f01c1").set(Field.GUEST_RFLAGS, TF);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(BS, e.get(Field.GUEST_PENDING_DEBUG));
    assertEquals(Bits.BLOCKED_MOV_SS, e.get(Field.GUEST_INTERRUPTIBILITY));
  }

  // Shutdown

  @Test
  void timerEndsShutdown() {
    lab.code("90")
        .or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER)
        .set(Field.PREEMPTION_TIMER_VALUE, 100);
    lab.set(Field.GUEST_ACTIVITY_STATE, 2);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.PREEMPTION_TIMER, e.reason());
    assertEquals(2, e.get(Field.GUEST_ACTIVITY_STATE));
  }

  @Test
  void injectedNmiEndsShutdown() {
    lab.code("90")
        .set(Field.GUEST_ACTIVITY_STATE, 2)
        .set(Field.ENTRY_INTERRUPTION_INFORMATION, NMI_INJECTED);
    Lab.Exit e = lab.exit();
    assertEquals(NMI_VECTOR, e.vector());
    assertEquals(0, e.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(Bits.BLOCKED_NMI, e.get(Field.GUEST_INTERRUPTIBILITY));
  }

  // IRET and NMIs

  /**
   * IRETQ with a stack that is not there: virtual-NMI blocking ends, and the exit says so in bit
   * 12.
   */
  @Test
  void faultingIretUnblocksNmis() {
    lab.apart(BochsDifference.POPS);
    lab.code("48cf").set(Field.GUEST_RSP, Lab.DATA);
    lab.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    lab.rig.put64(Lab.DATA_EPTE, 0);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.EPT_VIOLATION, e.reason());
    assertEquals(0x1181, e.qualification());
    assertEquals(0, e.get(Field.GUEST_INTERRUPTIBILITY));
  }

  @Test
  void faultingIretSaysSoInTheInterruptionInformation() {
    lab.code("48cf").set(Field.GUEST_RSP, Lab.DATA).set(Field.EXCEPTION_BITMAP, 1 << 13);
    lab.or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS);
    lab.set(Field.GUEST_INTERRUPTIBILITY, Bits.BLOCKED_NMI);
    lab.rig.put64(Lab.DATA + 8, 0); // CS
    Lab.Exit e = lab.exit();
    assertEquals(0x8000_1B0DL, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  @Test
  void faultingIretWithoutBlockingDoesNot() {
    lab.code("48cf").set(Field.GUEST_RSP, Lab.DATA).set(Field.EXCEPTION_BITMAP, 1 << 13);
    assertEquals(0x8000_0B0DL, lab.exit().get(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  // Resume flag

  @Test
  void instructionExitClearsTheResumeFlag() {
    lab.code("0fa2").set(Field.GUEST_RFLAGS, 2 | Cpu.RF);
    assertEquals(0, lab.exit().get(Field.GUEST_RFLAGS) & Cpu.RF);
  }

  @Test
  void resumeFlagLastsOneInstruction() {
    lab.code("90 0f01c1").set(Field.GUEST_RFLAGS, 2 | Cpu.RF).set(Field.GUEST_DR7, 0x402);
    lab.rig.cpu.dr[0] = Lab.CODE;
    Lab.Exit e = lab.exit();
    assertEquals(Lab.CODE + 1, e.rip(), "the breakpoint at the first instruction is passed over");
  }

  @Test
  void injectedFaultPushesTheResumeFlagAsLoaded() {
    lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0306L);
    lab.code("90");
    assertEquals(6, lab.exit().vector());
    assertEquals(0, lab.rig.get64(Lab.STACK - 24) & Cpu.RF);
  }

  @Test
  void faultThatExitsSavesTheResumeFlag() {
    lab.code("0f0b").set(Field.EXCEPTION_BITMAP, 1 << 6);
    assertEquals(Cpu.RF, lab.exit().get(Field.GUEST_RFLAGS) & Cpu.RF);
  }

  // Displacement

  /** lgdt [rax+1234h], sldt [rip+10h]. */
  @Test
  void descriptorTableExitsCarryTheDisplacement() {
    lab.or(Field.SECONDARY_CONTROLS, Bits.DESCRIPTOR_TABLE_EXITING);
    lab.code("0f019034120000");
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.GDTR_IDTR, e.reason());
    assertEquals(0x1234, e.qualification());
  }

  @Test
  void ripRelativeDisplacementIsTheAddress() {
    lab.or(Field.SECONDARY_CONTROLS, Bits.DESCRIPTOR_TABLE_EXITING);
    lab.code("0f000510000000");
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.LDTR_TR, e.reason());
    assertEquals(Lab.CODE + 7 + 0x10, e.qualification());
  }

  /** mov eax, [70001h] with alignment checks; without the bit it is delivered. */
  @Test
  void alignmentCheckExits() {
    lab.user().code("a10100070000000000");
    lab.or(Field.GUEST_CR0, 1 << 18).or(Field.GUEST_RFLAGS, Cpu.AC);
    lab.set(Field.EXCEPTION_BITMAP, 1 << 17);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(0x8000_0B11L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(0, e.get(Field.EXIT_INTERRUPTION_ERROR_CODE));
    assertEquals(Lab.CODE, e.rip());
  }
}
