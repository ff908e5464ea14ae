package io.github.bitterling.vmx.paging;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.rig.RigBus;
import io.github.bitterling.vmx.system.Modes;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PageWalkTests {
  private static final long PG = 0xE0000011L;
  private static final long WP = 1 << 16;

  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @AfterEach
  void close() {
    rig.close();
  }

  private void paging(long cr3, long cr4, long efer, long cr0) {
    rig.flat32();
    cpu.cr3 = cr3;
    cpu.cr4 = cr4;
    cpu.efer = efer;
    cpu.cr0 = cr0;
    if ((efer & 0x400) != 0) {
      cpu.cs.attributes = 0xA09B;
    }
    cpu.memory.flushAll();
    Modes.update(cpu);
  }

  /** 4 KiB page 400000h -> 5000h of 32-bit paging with the given low bits of both entries. */
  private void legacy(long directory, long page) {
    rig.put32(0x10004, 0x11000 | directory);
    rig.put32(0x11000, 0x5000 | page);
    paging(0x10000, 0, 0, PG);
  }

  private long load(long linear) {
    cpu.fault = 0;
    return Access.load32(cpu, linear, 0);
  }

  private void store(long linear, long value) {
    cpu.fault = 0;
    Access.store32(cpu, linear, value, 0);
  }

  private void assertPageFault(int error, long linear) {
    assertEquals(Cpu.FAULT_EXCEPTION, cpu.fault);
    assertEquals(14, cpu.faultVector);
    assertEquals(error, cpu.faultError);
    assertEquals(linear, cpu.faultLinear);
    cpu.fault = 0;
  }

  private void assertNoFault() {
    assertEquals(0, cpu.fault, () -> "vector " + cpu.faultVector + " error " + cpu.faultError);
  }

  @Test
  void legacyPageReadsAndMarksAccessed() {
    legacy(3, 3);
    rig.put32(0x5008, 0xCAFE);
    assertEquals(0xCAFE, load(0x400008));
    assertNoFault();
    assertEquals(0x11023, rig.get32(0x10004));
    assertEquals(0x5023, rig.get32(0x11000));
  }

  @Test
  void firstWriteAfterReadMarksDirty() {
    legacy(3, 3);
    load(0x400000);
    assertEquals(0x23, rig.get32(0x11000) & 0xFF);
    store(0x400000, 1);
    assertNoFault();
    assertEquals(0x63, rig.get32(0x11000) & 0xFF);
    assertEquals(1, rig.get32(0x5000));
  }

  @Test
  void notPresentFaultsSayReadOrWriteAndUser() {
    legacy(3, 2);
    load(0x400010);
    assertPageFault(0, 0x400010);
    store(0x400010, 0);
    assertPageFault(2, 0x400010);
    rig.user();
    load(0x400010);
    assertPageFault(4, 0x400010);
    store(0x400010, 0);
    assertPageFault(6, 0x400010);
  }

  /**
   * Every combination of U/S and R/W in both entries, of CR0.WP and of privilege (SDM volume 3,
   * 4.6.1).
   */
  @Test
  void permissionMatrix() {
    for (int bits = 0; bits < 64; bits++) {
      long directory = 1 | bits << 1 & 6;
      long page = 1 | bits >> 1 & 6;
      boolean wp = (bits & 16) != 0;
      boolean user = (bits & 32) != 0;
      legacy(directory, page);
      cpu.cr0 = wp ? PG | WP : PG;
      if (user) {
        rig.user();
      }
      boolean userPage = (directory & page & 4) != 0;
      boolean writable = (directory & page & 2) != 0;
      boolean reads = !user || userPage;
      boolean writes = user ? userPage && writable : writable || !wp;
      String which = "PDE " + directory + " PTE " + page + " WP " + wp + " user " + user;
      load(0x400000);
      assertEquals(!reads, cpu.fault != 0, which);
      assertEquals(reads ? 0 : 5, cpu.fault == 0 ? 0 : cpu.faultError, which);
      store(0x400000, 0);
      assertEquals(!writes, cpu.fault != 0, which);
      assertEquals(writes ? 0 : user ? 7 : 3, cpu.fault == 0 ? 0 : cpu.faultError, which);
      cpu.fault = 0;
    }
  }

  @Test
  void fourMegabytePageWithPse() {
    rig.put32(0x10004, 0x400083);
    paging(0x10000, 0x10, 0, PG);
    rig.put32(0x723454, 77);
    assertEquals(77, load(0x723454));
    assertNoFault();
    assertEquals(0xA3, rig.get32(0x10004) & 0xFF);
  }

  @Test
  void pse36BeyondThePhysicalWidthIsReserved() {
    rig.put32(0x10004, 0x400083 | 1 << 17);
    paging(0x10000, 0x10, 0, PG);
    load(0x400000);
    assertPageFault(9, 0x400000);
  }

  @Test
  void pse36ReachesAboveFourGigabytes() {
    rig.put32(0x10004, 0x83 | 1 << 13);
    paging(0x10000, 0x10, 0, PG);
    load(0x400010);
    assertEquals("[read 100000010/4]", rig.bus.log.toString());
  }

  @Test
  void paeUsesThePdpteRegisters() {
    rig.put64(0x10000, 0x11001);
    rig.put64(0x11010, 0x12003);
    rig.put64(0x12000, 0x5003);
    paging(0x10000, 0x20, 0, PG);
    assertTrue(cpu.memory.loadPdptes(cpu, 0x10000));
    rig.put64(0x10000, 0);
    rig.put32(0x5000, 9);
    assertEquals(9, load(0x400000));
    assertNoFault();
  }

  @Test
  void paeTwoMegabytePageAndReservedBits() {
    rig.put64(0x10000, 0x11001);
    rig.put64(0x11010, 0x600083);
    paging(0x10000, 0x20, 0, PG);
    cpu.memory.loadPdptes(cpu, 0x10000);
    rig.put32(0x612340, 5);
    assertEquals(5, load(0x412340));
    rig.put64(0x11010, 0x600083 | 1L << 40);
    cpu.memory.flushAll();
    load(0x412340);
    assertPageFault(9, 0x412340);
    rig.put64(0x11010, 0x600083 | 1L << 63);
    cpu.memory.flushAll();
    load(0x412340);
    assertPageFault(9, 0x412340);
  }

  @Test
  void invalidPdpteIsRefused() {
    rig.put64(0x10008, 0x11001 | 2);
    paging(0x10000, 0x20, 0, PG);
    assertEquals(false, cpu.memory.loadPdptes(cpu, 0x10000));
  }

  /** Maps 8000000000h+400000h to 5000h. */
  private void longMode(long pml4, long pdpt, long pd, long pt) {
    rig.put64(0x10008, 0x11000 | pml4);
    rig.put64(0x11000, 0x12000 | pdpt);
    rig.put64(0x12010, 0x13000 | pd);
    rig.put64(0x13000, 0x5000 | pt);
    paging(0x10000, 0x20, 0xD00, PG);
  }

  private static final long HIGH = 0x8000400000L;

  @Test
  void fourLevelWalk() {
    longMode(3, 3, 3, 3);
    rig.put32(0x5004, 44);
    assertEquals(44, load(HIGH + 4));
    assertNoFault();
    assertEquals(0x63, rig.get64(0x13000) & 0xFF | 0x40);
    assertEquals(0x23, rig.get64(0x10008) & 0xFF);
  }

  @Test
  void noExecuteAtAnyLevelStopsFetchesOnly() {
    for (int level = 0; level < 4; level++) {
      long[] bits = {3, 3, 3, 3};
      bits[level] |= 1L << 63;
      longMode(bits[0], bits[1], bits[2], bits[3]);
      load(HIGH);
      assertNoFault();
      assertEquals(-1, cpu.memory.fetch(cpu, HIGH));
      assertPageFault(17, HIGH);
    }
    longMode(3, 3, 3, 3);
    assertEquals(0x5123, cpu.memory.fetch(cpu, HIGH + 0x123));
  }

  @Test
  void noExecuteIsReservedWithoutNxe() {
    longMode(3, 3, 3, 3 | 1L << 63);
    cpu.efer = 0x500;
    load(HIGH);
    assertPageFault(9, HIGH);
  }

  @Test
  void smepStopsSupervisorFetchesFromUserPages() {
    longMode(7, 7, 7, 7);
    cpu.cr4 |= 1 << 20;
    assertEquals(-1, cpu.memory.fetch(cpu, HIGH));
    assertPageFault(17, HIGH);
    rig.user();
    assertEquals(0x5000, cpu.memory.fetch(cpu, HIGH));
  }

  @Test
  void gigabytePagesAreReservedOnThisPart() {
    longMode(3, 0x83, 3, 3);
    load(HIGH);
    assertPageFault(9, HIGH);
  }

  @Test
  void gigabytePageWhereThePartHasThem() {
    Cpu other = new Cpu(0);
    other.apic = cpu.apic;
    other.memory = new Mmu(other, rig.bus, 39, true);
    rig.put64(0x10008, 0x11003);
    rig.put64(0x11000, 0x83);
    other.cr0 = PG;
    other.cr3 = 0x10000;
    other.cr4 = 0x20;
    other.efer = 0x500;
    rig.put32(0x654320, 3);
    assertEquals(3, Access.load32(other, 0x8000654320L, 0));
    assertEquals(0, other.fault);
  }

  @Test
  void nonCanonicalIsGeneralProtectionOrStackFault() {
    longMode(3, 3, 3, 3);
    Access.load32(cpu, 0x800000000000L, 0);
    assertEquals(13, cpu.faultVector);
    cpu.fault = 0;
    Access.store32(cpu, 0xFFFF7FFFFFFFFFF0L, 0, MemoryUnit.STACK);
    assertEquals(12, cpu.faultVector);
  }

  @Test
  void systemAccessIgnoresUserPrivilege() {
    longMode(3, 3, 3, 3);
    rig.user();
    cpu.memory.load(cpu, HIGH, 4, MemoryUnit.SYSTEM);
    assertNoFault();
    load(HIGH);
    assertPageFault(5, HIGH);
  }

  @Test
  void crossingStoreWritesNothingWhenTheSecondPageFaults() {
    legacy(3, 3);
    rig.put32(0x5FFC, 0x11111111);
    store(0x400FFE, 0x22222222);
    assertPageFault(2, 0x401000);
    assertEquals(0x11111111, rig.get32(0x5FFC));
    rig.put32(0x11004, 0x7003);
    store(0x400FFE, 0x33445566);
    assertNoFault();
    assertEquals(0x55661111L, rig.get32(0x5FFC));
    assertEquals(0x3344, rig.get16(0x7000));
    assertEquals(0x33445566, load(0x400FFE));
  }

  @Test
  void codeTagChangesWithTheMappingAndReturnsWithTheSpace() {
    legacy(3, 3);
    long before = cpu.codeTag;
    cpu.nonRoot = true;
    cpu.memory.switchContext(cpu);
    assertNotEquals(before, cpu.codeTag);
    cpu.nonRoot = false;
    cpu.memory.switchContext(cpu);
    assertEquals(before, cpu.codeTag);
    cpu.memory.flushPage(0x400000);
    assertNotEquals(before, cpu.codeTag);
    long after = cpu.codeTag;
    cpu.memory.flushNonGlobal();
    assertNotEquals(after, cpu.codeTag);
  }

  @Test
  void invalidatingOneAddressForgetsTheWholeLargePage() {
    rig.put32(0x10004, 0x400083);
    paging(0x10000, 0x10, 0, PG);
    rig.put32(0x401000, 1);
    rig.put32(0x001000, 2);
    assertEquals(1, load(0x401000));
    rig.put32(0x10004, 0x83);
    cpu.memory.flushPage(0x700000);
    assertEquals(2, load(0x401000));
  }

  @Test
  void deviceAccessInARegionIsLeftToTierZero() {
    rig.flat32();
    cpu.inRegion = true;
    load(RigBus.DEVICE);
    assertEquals(Cpu.FAULT_RETRY, cpu.fault);
    store(RigBus.DEVICE, 1);
    assertEquals(Cpu.FAULT_RETRY, cpu.fault);
    assertTrue(rig.bus.log.isEmpty());
    cpu.inRegion = false;
    cpu.attention = false;
    assertEquals(0x5A, load(RigBus.DEVICE));
    assertTrue(cpu.attention);
  }

  @Test
  void apicPageAnswersInTheProcessor() {
    rig.flat32();
    assertEquals(0x50014, load(0xFEE00030L));
    assertTrue(rig.bus.log.isEmpty());
  }

  @Test
  void pageWithCodeIsReportedAndRetriedByLine() {
    rig.flat32();
    StringBuilder written = new StringBuilder();
    rig.processor
        .mmu()
        .setCodeTracker(
            new CodeTracker() {
              @Override
              public boolean pageHasCode(long page) {
                return page == 0x6000;
              }

              @Override
              public boolean lineHasCode(long physical, int bytes) {
                return physical >> 6 == 0x6040 >> 6;
              }

              @Override
              public void written(long physical, long bytes) {
                written.append("%x/%d ".formatted(physical, bytes));
              }
            });
    cpu.memory.flushEverything();
    cpu.inRegion = true;
    store(0x6040, 1);
    assertEquals(Cpu.FAULT_RETRY, cpu.fault);
    store(0x6080, 2);
    assertNoFault();
    cpu.inRegion = false;
    store(0x6040, 3);
    assertEquals("6080/4 6040/4 ", written.toString());
    assertEquals(3, rig.get32(0x6040));
  }

  @Test
  void nestedPagingTranslatesTablesAndOperand() {
    try (Rig nested =
        new Rig(
            1,
            new NoVmx() {
              @Override
              public boolean eptActive(Cpu c) {
                return true;
              }

              @Override
              public long translate(
                  Cpu c, long guest, int access, long linear, boolean valid, boolean last) {
                if (guest >= 0x300000) {
                  c.vmExit(48, access);
                  return -1;
                }
                return guest + 0x100000;
              }
            })) {
      Cpu guest = nested.cpu;
      nested.flat32();
      guest.nonRoot = true;
      guest.cr0 = PG;
      guest.cr3 = 0x10000;
      nested.put32(0x110004, 0x11003);
      nested.put32(0x111000, 0x5003);
      nested.put32(0x111004, 0x300003);
      nested.put32(0x105000, 8);
      Modes.update(guest);
      assertEquals(8, Access.load32(guest, 0x400000, 0));
      assertEquals(0, guest.fault);
      Access.store32(guest, 0x401000, 0, 0);
      assertEquals(Cpu.FAULT_VMEXIT, guest.fault);
      assertEquals(48, guest.exitReason);
      assertEquals(2, guest.exitQualification);
    }
  }

  /** Every VPID there is, in a heap that could not hold all their spaces. */
  @Test
  void manyVpidsCostBoundedMemory() {
    int[] vpid = {0};
    try (Rig guest =
        new Rig(
            1,
            new NoVmx() {
              @Override
              public int vpid(Cpu c) {
                return vpid[0];
              }
            })) {
      long root = guest.cpu.codeTag;
      guest.cpu.nonRoot = true;
      long tag = 0;
      for (vpid[0] = 1; vpid[0] < 65536; vpid[0]++) {
        guest.cpu.memory.switchContext(guest.cpu);
        assertNotEquals(tag, guest.cpu.codeTag);
        tag = guest.cpu.codeTag;
      }
      guest.cpu.nonRoot = false;
      guest.cpu.memory.switchContext(guest.cpu);
      assertEquals(root, guest.cpu.codeTag);
    }
  }

  /** Another processor may change an entry between a walk's reading and marking it. */
  @Test
  void anEntryThatChangedMeanwhileIsNotMarkedButWalkedAgain() {
    legacy(0x27, 7);
    rig.put32(0x5000, 0x55);
    rig.put32(0x6000, 0x66);
    rig.bus.beforeWrite =
        () -> {
          rig.bus.beforeWrite = () -> {};
          rig.put32(0x11000, 0x6007);
        };
    assertEquals(0x66, load(0x400000));
    assertEquals(0x6027, rig.get32(0x11000));
  }

  /** The same for one that is taken away: it stays so, and the access faults. */
  @Test
  void anEntryTakenAwayMeanwhileDoesNotComeBack() {
    legacy(0x27, 7);
    rig.bus.beforeWrite =
        () -> {
          rig.bus.beforeWrite = () -> {};
          rig.put32(0x11000, 0);
        };
    load(0x400000);
    assertPageFault(0, 0x400000);
    assertEquals(0, rig.get32(0x11000));
  }
}
