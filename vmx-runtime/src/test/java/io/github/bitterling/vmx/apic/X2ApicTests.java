package io.github.bitterling.vmx.apic;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** x2APIC mode (SDM volume 3, 11.12). */
class X2ApicTests {
  private static final int BASE = 0x1B;
  private static final long XAPIC = 0xFEE00800L;
  private static final long X2APIC = 0xFEE00C00L;
  private static final int ICR = 0x830;
  private static final long BROADCAST = 0xFFFFFFFFL << 32;

  private final Rig rig =
      new Rig(CpuModel.of("x86-64-v3", 4), new NoVmx(), cache -> RegionCompiler.NONE);
  private final Cpu cpu = rig.cpu;

  @BeforeEach
  void enter() {
    rig.processors.forEach(
        p -> {
          assertTrue(p.cpu().msrs.write(p.cpu(), BASE, X2APIC));
          assertTrue(p.cpu().msrs.write(p.cpu(), 0x80F, 0x1FF));
        });
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private Cpu cpu(int core) {
    return rig.processors.get(core).cpu();
  }

  private Long read(int msr) {
    return cpu.msrs.read(cpu, msr);
  }

  private boolean write(int msr, long value) {
    return cpu.msrs.write(cpu, msr, value);
  }

  /** Cores with an interrupt pending, as bits. */
  private int pending() {
    int set = 0;
    for (int i = 0; i < 4; i++) {
      set |= cpu(i).apic.interruptPending() ? 1 << i : 0;
    }
    return set;
  }

  @Test
  void modeIsEnteredFromXapicAndLeftByDisabling() {
    assertEquals(-1, cpu.apic.base());
    assertFalse(write(BASE, XAPIC));
    assertFalse(write(BASE, 0xFEE00400L));
    assertTrue(write(BASE, 0xFEE00000L));
    assertFalse(write(BASE, X2APIC));
    assertTrue(write(BASE, XAPIC));
    assertEquals(0xFEE00000L, cpu.apic.base());
    assertNull(read(0x802));
    assertFalse(write(0x808, 0));
    assertTrue(write(BASE, X2APIC));
    assertEquals(X2APIC | 0x100, read(BASE));
  }

  @Test
  void theBoardsProcessorHasNoSuchMode() {
    try (Rig atom = new Rig()) {
      assertFalse(atom.cpu.msrs.write(atom.cpu, BASE, X2APIC));
      assertNull(atom.cpu.msrs.read(atom.cpu, 0x802));
    }
  }

  @Test
  void identification() {
    assertEquals(4L, cpu(2).msrs.read(cpu(2), 0x802));
    assertEquals(1L << 4, cpu(2).msrs.read(cpu(2), 0x80D));
    assertEquals(0x50014L, read(0x803));
  }

  /** Registers by what may be done with them; all other numbers are #GP both ways. */
  @Test
  void everyNumberIsReadOrWrittenAsTheTableSays() {
    for (int msr = 0x800; msr < 0x900; msr++) {
      boolean readable =
          switch (msr) {
            case 0x802, 0x803, 0x808, 0x80A, 0x80D, 0x80F, 0x828, 0x830, 0x838, 0x839, 0x83E ->
                true;
            default -> msr >= 0x810 && msr <= 0x827 || msr >= 0x832 && msr <= 0x837;
          };
      boolean writable =
          switch (msr) {
            case 0x808, 0x80B, 0x80F, 0x828, 0x830, 0x838, 0x83E, 0x83F -> true;
            default -> msr >= 0x832 && msr <= 0x837;
          };
      assertEquals(readable, read(msr) != null, Integer.toHexString(msr));
      assertEquals(writable, write(msr, 0), Integer.toHexString(msr));
      assertFalse(msr != ICR && write(msr, 1L << 32), Integer.toHexString(msr));
    }
  }

  @Test
  void reservedBitsAreRefused() {
    assertFalse(write(0x808, 0x100));
    assertFalse(write(0x80B, 1));
    assertFalse(write(0x828, 1));
    assertFalse(write(ICR, 1 << 12));
    assertFalse(write(ICR, 1 << 20));
    assertFalse(write(0x832, 1 << 19));
    assertFalse(write(0x83E, 4));
    assertFalse(write(0x83F, 0x100));
    assertTrue(write(0x832, 0x40000 | 0x1000 | 0x55));
    assertEquals(0x40055L, read(0x832));
  }

  @Test
  void commandIsOneWriteAndReadsBack() {
    assertTrue(write(ICR, 6L << 32 | 0x4051));
    assertEquals(6L << 32 | 0x4051, read(ICR));
    assertEquals(8, pending());
    assertEquals(0x51, cpu(3).apic.acknowledge());
    assertTrue(cpu(3).msrs.write(cpu(3), 0x80B, 0));
    assertEquals(0L, cpu(3).msrs.read(cpu(3), 0x812));
  }

  @Test
  void destinationsAreWide() {
    write(ICR, 0xFFL << 32 | 0x51);
    assertEquals(0, pending());
    write(ICR, BROADCAST | 0x51);
    assertEquals(15, pending());
  }

  @Test
  void logicalDestinationsAreClusters() {
    // Ids 2 and 6 are bits 2 and 6 of cluster 0
    write(ICR, 0x44L << 32 | 0x851);
    assertEquals(10, pending());
    write(ICR, 0x1_0001L << 32 | 0x851);
    assertEquals(10, pending());
  }

  @Test
  void shorthandsAndSelf() {
    write(ICR, 0xC0051);
    assertEquals(14, pending());
    write(0x83F, 0x61);
    assertEquals(15, pending());
    assertEquals(0x61, cpu.apic.acknowledge());
    write(0x83F, 0x0F);
    write(0x828, 0);
    assertEquals(1L << 5, read(0x828));
  }

  /** I/O APIC and MSI have 8 bits: FF is everybody. */
  @Test
  void devicesReachEverybody() {
    rig.apics.message(4, false, InterruptFabric.FIXED, 0x51, false);
    assertEquals(4, pending());
    rig.apics.message(0xFF, false, InterruptFabric.FIXED, 0x52, false);
    assertEquals(15, pending());
  }

  @Test
  void modesCanBeMixed() {
    Cpu other = cpu(1);
    assertTrue(other.msrs.write(other, BASE, 0xFEE00000L));
    assertTrue(other.msrs.write(other, BASE, XAPIC));
    other.apic.write(0xF0, 4, 0x1FF);
    write(ICR, 2L << 32 | 0x51);
    assertEquals(2, pending());
    write(ICR, BROADCAST | 0x52);
    assertEquals(15, pending());
    other.apic.write(0x310, 4, 0xFF000000L);
    other.apic.write(0x300, 4, 0x53);
    for (int i = 0; i < 4; i++) {
      assertEquals(0x53, cpu(i).apic.acknowledge());
    }
  }

  @Test
  void initKeepsModeAndId() {
    write(0x808, 0x20);
    cpu.apic.reset(false);
    assertEquals(0L, read(0x808));
    assertEquals(0L, read(0x802));
    assertEquals(X2APIC | 0x100, read(BASE));
    cpu.apic.reset(true);
    assertEquals(XAPIC | 0x100, read(BASE));
  }

  @Test
  void deadlineTimerRuns() {
    write(0x832, 0x40055);
    write(0x6E0, read(0x10) + 1000);
    assertEquals(0, pending());
    assertTrue(read(0x6E0) != 0);
    rig.clock.advance(rig.clock.now() + 1001);
    assertEquals(1, pending());
    assertEquals(0L, read(0x6E0));
    assertEquals(0x55, cpu.apic.acknowledge());
  }
}
