package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Data breakpoints met by an instruction or a delivery that a VM exit breaks off: it did not
 * complete, so there is no trap behind it (SDM volume 3, 17.3.1.2, 28.3.4), not in the host and not
 * after the next entry.
 */
class DataBreakpointTests extends LabTests {
  private static final String VMCALL = "0f01c1";
  private static final int DB_VECTOR = 1;

  /** DR0 enabled, read or write, 8 bytes. */
  private static final long WATCH = 0x000B_0403L;

  /** A page behind the one that is watched. */
  private static final long NEXT = Lab.DATA + 0x1000;

  private static final long NEXT_EPTE = Lab.DATA_EPTE + 8;
  private static final int UD = 6;

  /** The exit, and a second stage that steps over a NOP with the breakpoint still on. */
  private Lab.Exit watched(long address) {
    lab.rig.cpu.dr[0] = address;
    lab.set(Field.GUEST_DR7, WATCH).set(Field.EXCEPTION_BITMAP, 1 << DB_VECTOR);
    lab.rig.put(0xC000, "90 90" + VMCALL);
    lab.stage().set(Field.GUEST_RIP, 0xC000).set(Field.GUEST_RSP, Lab.STACK);
    lab.set(Field.GUEST_DR7, WATCH).set(Field.ENTRY_INTERRUPTION_INFORMATION, 0);
    List<Lab.Exit> exits = lab.run();
    assertEquals(0, exits.get(0).get(Field.GUEST_PENDING_DEBUG));
    assertEquals(ExitReason.VMCALL, exits.get(1).reason());
    assertEquals(0xC002, exits.get(1).rip());
    return exits.get(0);
  }

  /** mov esi, 70000h; mov edi, 71000h; movsb: the read is watched, the write exits. */
  @Test
  void instructionThatExitsMeetsNone() {
    lab.apart(BochsDifference.BROKEN_OFF).rig.put64(NEXT_EPTE, 0);
    lab.code("be00000700 bf00100700 a4");
    Lab.Exit e = watched(Lab.DATA);
    assertEquals(ExitReason.EPT_VIOLATION, e.reason());
    assertEquals(Lab.CODE + 10, e.rip());
  }

  /** UD2 with a stack across two pages: the first push is watched, the third exits. */
  @Test
  void deliveryThatExitsMeetsNone() {
    lab.apart(BochsDifference.BROKEN_OFF).rig.put64(Lab.DATA_EPTE, 0);
    lab.code("0f0b").set(Field.GUEST_RSP, NEXT + 16);
    Lab.Exit e = watched(NEXT + 8);
    assertEquals(ExitReason.EPT_VIOLATION, e.reason());
    assertEquals(0x8000_0306L, e.get(Field.IDT_VECTORING_INFORMATION));
  }

  /**
   * UD2 with an IDT that ends behind its gate and a stack from 16 down across address 0: the first
   * push is watched, the third is a page fault that no gate takes.
   */
  @Test
  void tripleFaultMeetsNone() {
    lab.code("0f0b").set(Field.GUEST_IDTR_LIMIT, 16 * UD + 15).set(Field.GUEST_RSP, 16);
    assertEquals(ExitReason.TRIPLE_FAULT, watched(8).reason());
  }
}
