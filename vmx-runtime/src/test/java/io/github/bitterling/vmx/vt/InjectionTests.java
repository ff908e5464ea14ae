package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Event injection into virtual-8086 mode, and what a delivery that fails leaves (27.6.1). */
class InjectionTests extends LabTests {
  private static final int GP = 13;
  private static final int FRAME = 9;
  private static final long RING0_STACK = 0x6000;
  private static final long VME = 0x2001;
  private static final long INT_21 = 0x8000_0421L;

  private Lab.Exit inject(long information, int length) {
    return lab.code("f4")
        .set(Field.ENTRY_INTERRUPTION_INFORMATION, information)
        .set(Field.ENTRY_INSTRUCTION_LENGTH, length)
        .set(Field.ENTRY_EXCEPTION_ERROR_CODE, 0x18)
        .exit();
  }

  private long pushed(Lab.Exit e, int dword) {
    return lab.rig.get32(e.get(Field.GUEST_RSP) + 4L * dword);
  }

  /** Each type goes through the IDT to CPL 0; IOPL counts for none of them without VME. */
  @ParameterizedTest
  @CsvSource({
    "80000021, 0, 0, 0", "80000202, 0, 0, 0", "80000306, 0, 0, 0", "80000B0D, 0, 0, 1",
    "80000421, 2, 0, 0", "80000421, 2, 3, 0", "80000501, 1, 0, 0", "80000603, 1, 0, 0"
  })
  void everyTypeLeavesVirtual8086Mode(String hex, int length, int iopl, int error) {
    long information = Long.parseLong(hex, 16);
    lab.guestV86(iopl);
    if ((information & 0x700) == 0x400 && iopl < 3) {
      lab.apart(BochsDifference.VIRTUAL_8086);
    }
    Lab.Exit e = inject(information, length);
    assertEquals(information & 0xFF, e.vector());
    assertEquals(RING0_STACK - 4 * (FRAME + error), e.get(Field.GUEST_RSP));
    assertEquals(0, e.get(Field.GUEST_RFLAGS) & (Cpu.VM | Cpu.IF));
    assertEquals(error == 1 ? 0x18 : Lab.CODE + length, pushed(e, 0));
    assertEquals(2L | Cpu.VM | Cpu.IF | (long) iopl << 12, pushed(e, error + 2));
    assertEquals(Lab.STACK, pushed(e, error + 3));
  }

  /** 27.6.1.1: a clear bit of the redirection bitmap leads to the program's own table at 0. */
  @Test
  void redirectedSoftwareInterruptStaysInVirtual8086Mode() {
    lab.guestV86(0).set(Field.GUEST_CR4, VME).or(Field.GUEST_RFLAGS, Cpu.VIF);
    lab.rig.put32(4 * 0x21, 0x0900_0100);
    lab.rig.put(0x9100, "0f01c1");
    Lab.Exit e = inject(INT_21, 2);
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(0x900, e.get(Field.GUEST_CS_SELECTOR));
    assertEquals(0x100, e.rip());
    assertEquals(Cpu.VM | Cpu.IF, e.get(Field.GUEST_RFLAGS) & (Cpu.VM | Cpu.VIF | Cpu.IF));
    assertEquals(Lab.STACK - 6, e.get(Field.GUEST_RSP));
    assertEquals(Lab.CODE + 2, lab.rig.get16(Lab.STACK - 6));
    assertEquals(0x3202, lab.rig.get16(Lab.STACK - 2), "IOPL 3 and IF as VIF");
  }

  @Test
  void redirectionWithFullPrivilegeClearsTheInterruptFlag() {
    lab.guestV86(3).set(Field.GUEST_CR4, VME);
    lab.rig.put32(4 * 0x21, 0x0900_0100);
    lab.rig.put(0x9100, "0f01c1");
    assertEquals(Cpu.VM, inject(INT_21, 2).get(Field.GUEST_RFLAGS) & (Cpu.VM | Cpu.IF));
  }

  @Test
  void setBitOfTheRedirectionBitmapLeadsToTheIdt() {
    lab.guestV86(3).set(Field.GUEST_CR4, VME).rig.put32(Lab.REDIRECTION + 4, 2);
    Lab.Exit e = inject(INT_21, 2);
    assertEquals(0x21, e.vector());
    assertEquals(Lab.CODE + 2, pushed(e, 0));
  }

  /** A set bit and IOPL below 3: #GP(0) instead, which pushes the address of the instruction. */
  @Test
  void setBitOfTheRedirectionBitmapNeedsPrivilege() {
    lab.guestV86(2).set(Field.GUEST_CR4, VME).rig.put32(Lab.REDIRECTION + 4, 2);
    Lab.Exit e = inject(INT_21, 2);
    assertEquals(GP, e.vector());
    assertEquals(0, pushed(e, 0));
    assertEquals(Lab.CODE, pushed(e, 1));
  }

  @Test
  void exitWhileTheBitmapIsReadCarriesTheEvent() {
    lab.guestV86(3).set(Field.GUEST_CR4, VME);
    lab.set(Field.GUEST_TR_BASE, Lab.DATA).rig.put64(Lab.DATA_EPTE, 0);
    Lab.Exit e = inject(INT_21, 2);
    assertEquals(ExitReason.EPT_VIOLATION, e.reason());
    assertEquals(INT_21, e.get(Field.IDT_VECTORING_INFORMATION));
    assertEquals(2, e.get(Field.EXIT_INSTRUCTION_LENGTH));
    assertEquals(Lab.CODE, e.rip());
  }

  /** An absent gate: the fault is delivered with the guest's RIP, whatever the length says. */
  @Test
  void faultOfTheDeliveryPushesTheGuestsRip() {
    lab.rig.put64(0x2000 + 16 * 0x80, 0);
    Lab.Exit e = inject(0x8000_0480L, 2);
    assertEquals(GP, e.vector());
    assertEquals(0x80 * 8 + 2, lab.rig.get64(e.get(Field.GUEST_RSP)), "no EXT for software");
    assertEquals(Lab.CODE, lab.rig.get64(e.get(Field.GUEST_RSP) + 8));
  }

  @Test
  void faultOfTheDeliveryThatExitsCarriesTheEvent() {
    lab.set(Field.EXCEPTION_BITMAP, 1 << GP).rig.put64(0x2000 + 16 * 0x21, 0);
    lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    Lab.Exit e = inject(0x8000_0021L, 0);
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(0x8000_0B0DL, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(0x21 * 8 + 3, e.get(Field.EXIT_INTERRUPTION_ERROR_CODE));
    assertEquals(0x8000_0021L, e.get(Field.IDT_VECTORING_INFORMATION));
  }

  /** Software interrupts and exceptions obey the gate's DPL. */
  @Test
  void gatePrivilegeCountsForSoftwareEvents() {
    lab.user().rig.gate64(0x80, 8, Lab.handler(0x80), 0, 0);
    assertEquals(GP, inject(0x8000_0480L, 2).vector());
  }

  @Test
  void gatePrivilegeDoesNotCountForHardwareEvents() {
    lab.user().rig.gate64(6, 8, Lab.handler(6), 0, 0);
    assertEquals(6, inject(0x8000_0306L, 0).vector());
  }

  /** An injected #PF whose delivery faults with #GP is a double fault; then a triple fault. */
  @Test
  void contributoryFaultsDouble() {
    lab.rig.put64(0x2000 + 16 * 14, 0);
    assertEquals(8, inject(0x8000_0B0EL, 0).vector());
  }

  @Test
  void doubleFaultThatFaultsIsATripleFault() {
    lab.rig.put64(0x2000 + 16 * 8, 0);
    assertEquals(
        ExitReason.TRIPLE_FAULT,
        lab.code("f4")
            .set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0B08L)
            .set(Field.ENTRY_EXCEPTION_ERROR_CODE, 0)
            .exit()
            .reason());
  }

  /** 27.6.1.1: RF is pushed as it was loaded, for faults and for interrupts. */
  @ParameterizedTest
  @CsvSource({"80000021, 0", "80000306, 1", "80000480, 1"})
  void resumeFlagIsPushedAsLoaded(String information, int length) {
    lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF | Cpu.RF);
    Lab.Exit e = inject(Long.parseLong(information, 16), length);
    assertEquals(2 | Cpu.IF | Cpu.RF, lab.rig.get64(e.get(Field.GUEST_RSP) + 16));
    assertEquals(0, e.get(Field.GUEST_RFLAGS) & Cpu.RF);
  }

  /** DR6, DR7 and IA32_DEBUGCTL stay when vector 1 is injected. */
  @Test
  void injectedDebugExceptionLeavesTheDebugRegistersAlone() {
    lab.set(Field.GUEST_DR7, 0x2400);
    Lab.Exit e = inject(0x8000_0301L, 0);
    assertEquals(1, e.vector());
    assertEquals(0, e.dr6() & 0xE00F);
    assertEquals(0x2400, e.get(Field.GUEST_DR7));
  }
}
