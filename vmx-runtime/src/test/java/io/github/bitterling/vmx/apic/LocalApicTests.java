package io.github.bitterling.vmx.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.cpu.ApicUnit;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalApicTests {
  private final Rig rig = new Rig(4, new NoVmx());
  private final ApicUnit apic = rig.cpu.apic;

  @BeforeEach
  void enable() {
    rig.processors.forEach(p -> p.cpu().apic.write(0xF0, 4, 0x1FF));
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private ApicUnit apic(int core) {
    return rig.processors.get(core).cpu().apic;
  }

  private void message(int destination, boolean logical, int mode, int vector) {
    rig.apics.message(destination, logical, mode, vector, false);
  }

  @Test
  void identification() {
    assertEquals(4L << 24, apic(2).read(0x20, 4));
    assertEquals(0x50014, apic.read(0x30, 4));
    assertEquals(0xFEE00000L, apic.base());
    assertTrue((apic.apicBaseMsr() & 0x100) != 0);
    assertFalse((apic(1).apicBaseMsr() & 0x100) != 0);
  }

  @Test
  void smisComeByIpiByMessageAndByLint() {
    apic.write(0x310, 4, 4 << 24);
    apic.write(0x300, 4, 0x4200);
    assertEquals(Cpu.LATCH_SMI, rig.processors.get(2).cpu().latched);
    message(2, false, InterruptFabric.SMI, 0);
    assertEquals(Cpu.LATCH_SMI, rig.processors.get(1).cpu().latched);
    apic(3).write(0x360, 4, 0x200);
    rig.apics.nmi();
    assertEquals(Cpu.LATCH_SMI, rig.processors.get(3).cpu().latched);
    assertEquals(0, rig.cpu.latched);
  }

  @Test
  void highestVectorFirstAndEndOfInterrupt() {
    message(0, false, InterruptFabric.FIXED, 0x41);
    message(0, false, InterruptFabric.FIXED, 0x52);
    assertEquals(0x52, apic.acknowledge());
    assertFalse(apic.interruptPending());
    assertEquals(0x50, apic.read(0xA0, 4));
    apic.write(0xB0, 4, 0);
    assertEquals(0x41, apic.acknowledge());
    apic.write(0xB0, 4, 0);
    assertFalse(apic.interruptPending());
  }

  @Test
  void taskPriorityHoldsBack() {
    apic.setCr8(5);
    assertEquals(0x50, apic.read(0x80, 4));
    message(0, false, InterruptFabric.FIXED, 0x5F);
    assertFalse(apic.interruptPending());
    apic.setCr8(4);
    assertTrue(apic.interruptPending());
  }

  @Test
  void levelInterruptsAreEndedOnTheBus() {
    rig.apics.message(0, false, InterruptFabric.FIXED, 0x60, true);
    apic.acknowledge();
    apic.write(0xB0, 4, 0);
    assertEquals("[96]", rig.bus.ended.toString());
  }

  @Test
  void physicalAndLogicalDestinations() {
    for (int i = 0; i < 4; i++) {
      apic(i).write(0xD0, 4, 1L << 24 + i);
    }
    message(4, false, InterruptFabric.FIXED, 0x40);
    assertTrue(apic(2).interruptPending());
    assertFalse(apic(0).interruptPending());
    message(0b1010, true, InterruptFabric.FIXED, 0x41);
    assertFalse(apic(0).interruptPending());
    assertTrue(apic(1).interruptPending());
    assertTrue(apic(3).interruptPending());
  }

  @Test
  void clusterModel() {
    for (int i = 0; i < 4; i++) {
      apic(i).write(0xE0, 4, 0x0FFFFFFF);
      apic(i).write(0xD0, 4, (long) (i / 2 << 4 | 1 << i % 2) << 24);
    }
    message(0x12, true, InterruptFabric.FIXED, 0x40);
    assertTrue(apic(3).interruptPending());
    assertFalse(apic(1).interruptPending());
  }

  @Test
  void lowestPriorityGoesToOneCore() {
    for (int i = 0; i < 4; i++) {
      apic(i).write(0xD0, 4, 1L << 24 + i);
      apic(i).setCr8(i == 2 ? 0 : 2);
    }
    message(0xF, true, InterruptFabric.LOWEST_PRIORITY, 0x40);
    int taken = 0;
    for (int i = 0; i < 4; i++) {
      taken += apic(i).read(0x220, 4) != 0 ? 1 << i : 0;
    }
    assertEquals(1 << 2, taken);
  }

  @Test
  void shorthandsAndIdleDeliveryStatus() {
    apic.write(0x300, 4, 0xC0045);
    assertFalse(apic.interruptPending());
    assertTrue(apic(1).interruptPending());
    assertEquals(0, apic.read(0x300, 4) & 1 << 12);
    apic.write(0x300, 4, 0x40046);
    assertTrue(apic.interruptPending());
  }

  @Test
  void illegalVectorsSetTheErrorRegister() {
    apic.write(0x370, 4, 0x39);
    apic.write(0x300, 4, 0x40005);
    apic.write(0x280, 4, 0);
    assertEquals(0x20, apic.read(0x280, 4));
    assertEquals(0x39, apic.acknowledge());
  }

  @Test
  void oneShotTimerCountsBusClocks() {
    apic.write(0x320, 4, 0x30);
    apic.write(0x3E0, 4, 0xB);
    apic.write(0x380, 4, 100);
    rig.clock.advance(23 * 40);
    assertEquals(60, apic.read(0x390, 4));
    assertFalse(apic.interruptPending());
    rig.clock.advance(23 * 100);
    assertTrue(apic.interruptPending());
    assertEquals(0, apic.read(0x390, 4));
    apic.acknowledge();
    apic.write(0xB0, 4, 0);
    rig.clock.advance(23 * 1000);
    assertFalse(apic.interruptPending());
  }

  @Test
  void periodicTimerWithDivider() {
    apic.write(0x320, 4, 0x20030);
    apic.write(0x3E0, 4, 0x3);
    apic.write(0x380, 4, 10);
    for (int period = 1; period <= 3; period++) {
      rig.clock.advance(23L * 16 * 10 * period);
      assertEquals(0x30, apic.acknowledge());
      apic.write(0xB0, 4, 0);
      assertFalse(apic.interruptPending());
    }
  }

  @Test
  void softwareDisabledTakesNothingButNmi() {
    apic.write(0xF0, 4, 0xFF);
    message(0, false, InterruptFabric.FIXED, 0x40);
    assertFalse(apic.interruptPending());
    message(0, false, InterruptFabric.NMI, 0);
    assertEquals(Cpu.LATCH_NMI, rig.cpu.latched);
  }
}
