package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Segment;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Delivery through the tables, combination of faults, order between instructions. */
class EventTests {
  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @AfterEach
  void close() {
    rig.close();
  }

  private void deliver(int vector) {
    cpu.raise(vector);
    cpu.events.deliverFault(cpu);
  }

  private void tss() {
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put32(0x3004, 0x6000);
    rig.put32(0x3008, 0x10);
  }

  @Test
  void realModeVectorTable() {
    cpu.cs.setReal(0x100, 0x93);
    cpu.ss.setReal(0, 0x93);
    cpu.idtrBase = 0;
    cpu.idtrLimit = 0x3FF;
    cpu.rip = 0x20;
    cpu.r[4] = 0x7000;
    cpu.rflags |= Cpu.IF;
    rig.put32(6 * 4, 0x2000_0034L);
    deliver(6);
    assertEquals(0x20000, cpu.cs.base);
    assertEquals(0x34, cpu.rip);
    assertEquals(0x6FFA, cpu.r[4]);
    assertEquals(0x20, rig.get16(0x6FFA));
    assertEquals(0x100, rig.get16(0x6FFC));
    assertEquals(0x202, rig.get16(0x6FFE) & 0xFFFF);
    assertFalse(cpu.flag(Cpu.IF));
    rig.call(Helper.IRET, 2);
    assertEquals(0x20, cpu.rip);
    assertTrue(cpu.flag(Cpu.IF));
  }

  @Test
  void protectedModeSameLevelWithErrorCode() {
    rig.flat32();
    rig.gate32(13, 8, 0x9000, 14, 0);
    cpu.raise(13, 0x58);
    cpu.events.deliverFault(cpu);
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x7000 - 16, cpu.r[4]);
    assertEquals(0x58, rig.get32(0x6FF0));
    assertEquals(0x8000, rig.get32(0x6FF4));
    assertEquals(8, rig.get32(0x6FF8));
    assertTrue((rig.get32(0x6FFC) & Cpu.RF) != 0);
  }

  @Test
  void pageFaultSetsCr2() {
    rig.flat32();
    rig.gate32(14, 8, 0x9000, 14, 0);
    cpu.raise(14, 2);
    cpu.faultLinear = 0x1234;
    cpu.events.deliverFault(cpu);
    assertEquals(0x1234, cpu.cr2);
  }

  @Test
  void interruptFromUserSwitchesToTheRingZeroStack() {
    rig.flat32();
    tss();
    rig.gate32(0x80, 8, 0x9000, 15, 3);
    rig.user();
    cpu.rflags |= Cpu.IF;
    cpu.r[4] = 0x5000;
    rig.call(Helper.INT, 0x80);
    assertEquals(0, cpu.fault);
    assertEquals(0, cpu.cpl);
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x6000 - 20, cpu.r[4]);
    assertEquals(0x8002, rig.get32(0x5FEC));
    assertEquals(0x1B, rig.get32(0x5FF0));
    assertEquals(0x5000, rig.get32(0x5FF8));
    assertTrue(cpu.flag(Cpu.IF), "a trap gate leaves IF");
    rig.call(Helper.IRET, 4);
    assertEquals(3, cpu.cpl);
    assertEquals(0x8002, cpu.rip);
    assertEquals(0x5000, cpu.r[4]);
  }

  @Test
  void softwareInterruptThroughPrivilegedGateFaults() {
    rig.flat32();
    tss();
    rig.gate32(0x80, 8, 0x9000, 14, 0);
    rig.user();
    rig.call(Helper.INT, 0x80);
    assertEquals(13, cpu.faultVector);
    assertEquals(0x80 * 8 + 2, cpu.faultError);
    assertEquals(0x8000, cpu.rip);
  }

  @Test
  void longModeUsesInterruptStackTable() {
    rig.long64();
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put64(0x3000 + 36 + 8, 0x6808);
    rig.gate64(8, 8, 0x9000, 2, 0);
    cpu.raise(8, 0);
    cpu.events.deliverFault(cpu);
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x6800 - 48, cpu.r[4]);
    assertEquals(0x7000, rig.get64(0x6800 - 16));
    assertEquals(0x10, rig.get64(0x6800 - 8));
  }

  @Test
  void longModeFromUserLoadsANullStackSegment() {
    rig.long64();
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put64(0x3004, 0x6000);
    rig.gate64(3, 8, 0x9000, 0, 3);
    rig.user();
    rig.call(Helper.INT3);
    assertEquals(0, cpu.fault);
    assertEquals(0, cpu.cpl);
    assertEquals(0, cpu.ss.selector);
    assertEquals(0x6000 - 40, cpu.r[4]);
    rig.call(Helper.IRET, 8);
    assertEquals(3, cpu.cpl);
    assertEquals(0x23, cpu.ss.selector);
  }

  /**
   * A thread's FS and GS bases are set by MSR under a null selector and have to survive every
   * interrupt.
   */
  @Test
  void returnToUserKeepsTheBasesOfNullSegments() {
    rig.long64();
    cpu.tr.set(0x28, 0x3000, 0x67, 0x8B);
    rig.put64(0x3004, 0x6000);
    rig.gate64(3, 8, 0x9000, 0, 3);
    rig.user();
    cpu.fs.set(0, 0x7F00_1234_5678L, 0, Segment.UNUSABLE);
    cpu.gs.set(3, 0x1000, 0, Segment.UNUSABLE);
    cpu.ds.set(0x10, 0x2000, 0xFFFFFFFFL, 0xC093);
    rig.call(Helper.INT3);
    rig.call(Helper.IRET, 8);
    assertEquals(3, cpu.cpl);
    assertEquals(0x7F00_1234_5678L, cpu.fs.base);
    assertEquals(0x1000, cpu.gs.base);
    assertEquals(0, cpu.gs.selector);
    assertTrue(cpu.ds.is(Segment.UNUSABLE), "a ring 0 segment is taken away");
  }

  @Test
  void virtual8086InterruptPushesAllSegments() {
    rig.flat32();
    tss();
    rig.gate32(13, 8, 0x9000, 14, 0);
    cpu.rflags |= Cpu.VM;
    for (int i = 0; i < 6; i++) {
      cpu.segments[i].setReal(0x1000 + i, 0xF3);
    }
    cpu.cpl = 3;
    Modes.update(cpu);
    cpu.raise(13, 0);
    cpu.events.deliverFault(cpu);
    assertEquals(0, cpu.cpl);
    assertFalse(cpu.flag(Cpu.VM));
    assertEquals(0x6000 - 40, cpu.r[4]);
    assertEquals(0x1005, rig.get32(0x5FFC));
    assertEquals(0x1000, rig.get32(0x5FF0));
    assertEquals(0, cpu.ds.selector);
  }

  /**
   * The handler's descriptor lies in a page that may not be written: the delivery fails before
   * anything changed.
   */
  @Test
  void failedDeliveryFromVirtual8086ModeLeavesItsState() {
    rig.flat32();
    tss();
    rig.descriptor(0x1008, 0x00CF9A000000FFFFL);
    rig.gate32(13, 8, 0x9000, 14, 0);
    for (int i = 0; i < 1024; i++) {
      rig.put32(0x11000 + 4 * i, (long) i << 12 | (i == 1 ? 5 : 7));
    }
    rig.put32(0x10000, 0x11007);
    cpu.cr3 = 0x10000;
    cpu.cr0 |= 0x80010000L;
    cpu.rflags |= Cpu.VM;
    for (int i = 0; i < 6; i++) {
      cpu.segments[i].setReal(0x1000 + i, 0xF3);
    }
    cpu.cpl = 3;
    cpu.memory.flushAll();
    Modes.update(cpu);
    cpu.raise(13, 0);
    cpu.events.deliverFault(cpu);
    assertEquals("[triple fault]", rig.resets.toString());
    assertTrue(cpu.flag(Cpu.VM));
    assertEquals(0x1001, cpu.cs.selector);
  }

  @Test
  void contributoryDuringPageFaultIsDoubleFault() {
    rig.flat32();
    rig.gate32(14, 0x30, 0x9000, 14, 0);
    rig.gate32(8, 8, 0xA000, 14, 0);
    cpu.raise(14, 0);
    cpu.events.deliverFault(cpu);
    assertEquals(0xA000, cpu.rip);
    assertEquals(0, rig.get32(cpu.r[4]));
  }

  @Test
  void benignFirstFaultIsReplacedByTheSecondWithExt() {
    rig.flat32();
    rig.gate32(6, 0x30, 0x9000, 14, 0);
    rig.gate32(13, 8, 0xB000, 14, 0);
    deliver(6);
    assertEquals(0xB000, cpu.rip);
    assertEquals(0x31, rig.get32(cpu.r[4]));
  }

  @Test
  void tripleFaultStopsAndAsksForReset() {
    rig.flat32();
    cpu.idtrLimit = 0;
    deliver(6);
    assertEquals("[triple fault]", rig.resets.toString());
    assertEquals(Cpu.Activity.SHUTDOWN, cpu.activity);
    assertEquals(0, cpu.fault);
  }

  @Test
  void guestTripleFaultIsOfferedToTheHypervisor() {
    StringBuilder seen = new StringBuilder();
    try (Rig guest =
        new Rig(
            1,
            new NoVmx() {
              @Override
              public boolean interceptTripleFault(Cpu c) {
                c.vmExit(2, 0);
                return true;
              }

              @Override
              public void performExit(Cpu c) {
                seen.append("exit ").append(c.exitReason);
              }
            })) {
      guest.flat32();
      guest.cpu.nonRoot = true;
      Modes.update(guest.cpu);
      guest.cpu.idtrLimit = 0;
      guest.cpu.raise(6);
      guest.cpu.events.deliverFault(guest.cpu);
      assertEquals("exit 2", seen.toString());
      assertTrue(guest.resets.isEmpty());
    }
  }

  private void enableApic() {
    cpu.apic.write(0xF0, 4, 0x1FF);
  }

  @Test
  void interruptWaitsForIfAndShadow() {
    rig.flat32();
    rig.gate32(0x40, 8, 0x9000, 14, 0);
    enableApic();
    rig.apics.message(0, false, InterruptFabric.FIXED, 0x40, false);
    assertTrue(cpu.events.service(cpu));
    assertEquals(0x8000, cpu.rip);
    rig.call(Helper.STI);
    assertTrue(cpu.events.service(cpu));
    assertEquals(0x8002, cpu.rip);
    assertTrue(cpu.attention);
    cpu.retired++;
    assertTrue(cpu.events.service(cpu));
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x40 & 0x1F, Integer.numberOfTrailingZeros((int) cpu.apic.read(0x120, 4)));
  }

  @Test
  void haltEndsWithAnInterrupt() {
    rig.flat32();
    rig.gate32(0x40, 8, 0x9000, 14, 0);
    enableApic();
    cpu.rflags |= Cpu.IF;
    rig.call(Helper.HLT);
    assertFalse(cpu.events.service(cpu));
    assertFalse(cpu.attention);
    rig.apics.message(0, false, InterruptFabric.FIXED, 0x40, false);
    assertTrue(cpu.attention);
    assertTrue(cpu.events.service(cpu));
    assertEquals(0x9000, cpu.rip);
    assertEquals(0x8002, rig.get32(0x6FF4));
  }

  @Test
  void nmiIsBlockedUntilInterruptReturn() {
    rig.flat32();
    rig.gate32(2, 8, 0x9000, 14, 0);
    rig.apics.message(0, false, InterruptFabric.NMI, 0, false);
    cpu.events.service(cpu);
    assertEquals(0x9000, cpu.rip);
    rig.apics.message(0, false, InterruptFabric.NMI, 0, false);
    cpu.events.service(cpu);
    assertEquals(0x7000 - 12, cpu.r[4]);
    rig.call(Helper.IRET, 4);
    cpu.events.service(cpu);
    assertEquals(0x9000, cpu.rip);
  }

  @Test
  void externalInterruptFromThe8259ComesThroughLint0() {
    rig.flat32();
    rig.gate32(0x20, 8, 0x9000, 14, 0);
    enableApic();
    cpu.rflags |= Cpu.IF;
    rig.apics.setIntr(true);
    cpu.events.service(cpu);
    assertEquals(0x8000, cpu.rip);
    cpu.apic.write(0x350, 4, 0x700);
    cpu.events.service(cpu);
    assertEquals(0x9000, cpu.rip);
  }

  @Test
  void initAndStartUpOfAnotherCore() {
    try (Rig two = new Rig(2, new NoVmx())) {
      Cpu other = two.processors.get(1).cpu();
      assertEquals(Cpu.Activity.WAIT_FOR_SIPI, other.activity);
      two.cpu.apic.write(0xF0, 4, 0x1FF);
      two.cpu.apic.write(0x300, 4, 0xC4500);
      two.cpu.apic.write(0x300, 4, 0xC4630);
      assertTrue(other.events.service(other));
      assertEquals(0x30000, other.cs.base);
      assertEquals(0, other.rip);
      assertEquals(Cpu.Activity.ACTIVE, other.activity);
      other.rip = 0x55;
      two.cpu.apic.write(0x300, 4, 0xC4630);
      other.events.service(other);
      assertEquals(0x55, other.rip, "a second SIPI to a running core is ignored");
      two.cpu.apic.write(0x300, 4, 0xC4500);
      assertFalse(other.events.service(other));
      assertEquals(Cpu.Activity.WAIT_FOR_SIPI, other.activity);
    }
  }

  /**
   * mov eax, 5000h; xor ecx, ecx; xor edx, edx; monitor; mov cl, n; mwait; mov dword [6000h], 1;
   * hlt.
   */
  private static void monitorAndWait(Rig rig, int extensions) {
    rig.flat32();
    String code = "b8 00500000 31c9 31d2 0f01c8 b1 %02x 0f01c9 c705 00600000 01000000 f4";
    rig.put(0x8000, code.formatted(extensions));
    rig.cpu.apic.write(0xF0, 4, 0x1FF);
    rig.run(5);
    assertEquals(Cpu.Activity.MONITOR_WAIT, rig.cpu.activity);
    assertEquals(0, rig.get32(0x6000));
  }

  @Test
  void waitEndsWhenAnotherCoreStoresToTheMonitoredLine() {
    try (Rig two = new Rig(2, new NoVmx())) {
      monitorAndWait(two, 0);
      // mov ax, 500h; mov ds, ax; mov byte [40h], 1; hlt
      two.put(0x9000, "b80005 8ed8 c606 4000 01 f4");
      two.cpu.apic.write(0x300, 4, 0xC4609);
      two.run(5);
      assertEquals(0, two.get32(0x6000), "the next line is not watched");
      two.put(0xA000, "b80005 8ed8 c606 3f00 01 f4");
      two.cpu.apic.write(0x300, 4, 0xC4500);
      two.run(5);
      two.cpu.apic.write(0x300, 4, 0xC460A);
      two.run(5);
      assertEquals(1, two.get32(0x6000));
      assertEquals(Cpu.Activity.HALTED, two.cpu.activity);
    }
  }

  @Test
  void maskedInterruptsEndTheWaitOnlyWhenAskedFor() {
    for (int extensions = 0; extensions < 2; extensions++) {
      try (Rig one = new Rig(1, new NoVmx())) {
        monitorAndWait(one, extensions);
        one.cpu.apic.write(0x300, 4, 0x40040); // to itself, fixed, vector 40h
        one.run(5);
        assertEquals(extensions, one.get32(0x6000));
      }
    }
  }

  @Test
  void waitWithoutMonitorIsNothing() {
    rig.flat32();
    rig.put(0x8000, "31c9 0f01c9 f4");
    rig.run(5);
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
  }

  @Test
  void singleStepTrapsAfterTheInstruction() {
    // 8000h: nop; nop; handler 9000h: hlt
    rig.flat32();
    rig.gate32(1, 8, 0x9000, 14, 0);
    rig.put(0x8000, "9d 90 90 90 f4");
    rig.put(0x9000, "f4");
    rig.put32(0x7000, 0x102);
    rig.run(10);
    assertEquals(0x9001, cpu.rip);
    assertEquals(0x8002, rig.get32(cpu.r[4]));
    assertEquals(0x4000, cpu.dr[6] & 0x4000);
  }

  @Test
  void codeBreakpointStopsBeforeTheInstructionOnce() {
    // handler: or dword [esp+8], 10000h (RF); iretd
    rig.flat32();
    rig.gate32(1, 8, 0x9000, 14, 0);
    rig.put(0x8000, "90 40 f4");
    rig.put(0x9000, "43 81 4c 24 08 00 00 01 00 cf");
    cpu.dr[0] = 0x8001;
    cpu.r[0] = 0;
    cpu.r[3] = 0;
    rig.call(Helper.MOV_TO_DR, 7, 0x402 | 1);
    cpu.rip = 0x8000;
    rig.run(10);
    assertEquals(1, cpu.r[0]);
    assertEquals(1, cpu.r[3]);
    assertEquals(1, cpu.dr[6] & 15);
    assertEquals(0x8003, cpu.rip);
  }
}
