package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Access;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.MemoryUnit;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** SMAP, PCIDs and INVPCID (SDM volume 3, 4.6.1 and 4.10). */
public class AddressTagTests {
  private static final long SMAP = 1 << 21;
  private static final long PCIDE = 1 << 17;
  private static final long KEEP = 1L << 63;
  private static final long USER_PAGE = 0x200000;

  // Tables of two address spaces: USER_PAGE lies at 400000h or at 600000h
  private static final long ONE = 0x10000;
  private static final long TWO = 0x14000;

  private final Rig rig = new Rig(CpuModel.of("x86-64-v3", 1), new NoVmx(), this::compiler);
  private final Cpu cpu = rig.cpu;

  /** The engine; tier 0 here. */
  protected RegionCompiler compiler(BlockCache cache) {
    return RegionCompiler.NONE;
  }

  @BeforeEach
  void longMode() {
    rig.long64();
    rig.put64(0x12000, 0x83); // the first 2 MiB are the supervisor's
    rig.put64(0x12008, 0x400087);
    rig.put64(TWO, 0x15007);
    rig.put64(0x15000, 0x16007);
    rig.put64(0x16000, 0x83);
    rig.put64(0x16008, 0x600087);
    cpu.memory.flushAll();
    rig.put32(0x400000, 4);
    rig.put32(0x600000, 6);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private long load() {
    cpu.fault = Cpu.FAULT_NONE;
    return Access.load32(cpu, USER_PAGE, 0);
  }

  private void cr(int number, long value) {
    rig.call(Helper.MOV_TO_CR, number, value, 0);
  }

  private void assertFine() {
    assertEquals(Cpu.FAULT_NONE, cpu.fault, () -> "vector " + cpu.faultVector);
  }

  private void assertFault(int vector, long error) {
    assertEquals(Cpu.FAULT_EXCEPTION, cpu.fault);
    assertEquals(vector, cpu.faultVector);
    assertEquals(error, cpu.faultError);
  }

  // SMAP

  @Test
  void supervisorReachesUserPagesWithAcOnly() {
    assertEquals(4, load());
    assertFine();
    cr(4, cpu.cr4 | SMAP);
    load();
    assertFault(14, 1);
    cpu.fault = Cpu.FAULT_NONE;
    Access.store32(cpu, USER_PAGE, 5, 0);
    assertFault(14, 3);
    rig.call(Helper.STAC);
    assertEquals(4, load());
    assertFine();
    rig.call(Helper.CLAC);
    load();
    assertFault(14, 1);
    cr(4, cpu.cr4 & ~SMAP);
    assertEquals(4, load());
    assertFine();
  }

  @Test
  void userAccessesAndSupervisorPagesDoNotCare() {
    cr(4, cpu.cr4 | SMAP);
    cpu.fault = 0;
    Access.load32(cpu, 0x1008, 0);
    assertFine();
    rig.user();
    assertEquals(4, load());
    assertFine();
  }

  /** A descriptor table in a user page, whatever AC and CPL. */
  @Test
  void implicitAccessesFaultEvenWithAc() {
    cr(4, cpu.cr4 | SMAP);
    rig.call(Helper.STAC);
    cpu.fault = 0;
    cpu.memory.load(cpu, USER_PAGE, 8, MemoryUnit.SYSTEM);
    assertFault(14, 1);
    rig.user();
    cpu.fault = 0;
    cpu.memory.load(cpu, USER_PAGE, 8, MemoryUnit.SYSTEM);
    assertFault(14, 1);
  }

  @Test
  void fetchesAndTheirTagsDoNotDependOnAc() {
    cr(4, cpu.cr4 | SMAP);
    long tag = cpu.codeTag;
    assertNotEquals(-1, cpu.memory.fetch(cpu, USER_PAGE)); // SMEP is off
    rig.call(Helper.STAC);
    assertEquals(tag, cpu.codeTag);
    assertNotEquals(-1, cpu.memory.probeFetch(cpu, USER_PAGE));
  }

  @Test
  void acIsForTheSupervisor() {
    rig.user();
    rig.call(Helper.STAC);
    assertFault(6, 0);
    rig.call(Helper.CLAC);
    assertFault(6, 0);
  }

  /**
   * Forty rounds of STAC, add [rsi],ecx, mov eax,[rsi], CLAC; then AC by POPF and a read, AC
   * cleared by POPF and a read that faults.
   */
  @Test
  void programsMoveAcByStacClacAndPopf() {
    cr(4, cpu.cr4 | SMAP);
    rig.put(
        0x8000,
        "b928000000 be00002000 0f01cb 010e 8b06 0f01ca ffc9 75f2"
            + "9c58 0d00000400 509d 8b1e 25fffffbff 509d 8b16 f4");
    rig.put(0x9000, "5f f4");
    rig.gate64(14, 8, 0x9000, 0, 0);
    cpu.rip = 0x8000;
    cpu.r[7] = 99;
    rig.run(20);
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
    assertEquals(0x9002, cpu.rip);
    assertEquals(1, cpu.r[7]);
    assertEquals(USER_PAGE, cpu.cr2);
    assertEquals(4 + 820, cpu.r[3]);
    assertEquals(4 + 820, rig.get32(0x400000));
  }

  /** SYSCALL clears AC as IA32_FMASK says, and the handler's read of a user page faults. */
  @Test
  void syscallMasksAc() {
    cr(4, cpu.cr4 | SMAP);
    cpu.efer |= 1;
    cpu.star = 8L << 32;
    cpu.lstar = 0x8100;
    cpu.fmask = Cpu.AC;
    rig.put(0x8000, "0f01cb 0f05");
    rig.put(0x8100, "a1 0000200000000000 f4");
    rig.put(0x9000, "5f f4");
    rig.gate64(14, 8, 0x9000, 0, 0);
    cpu.rip = 0x8000;
    rig.run(5);
    assertEquals(0x9002, cpu.rip);
    assertEquals(1, cpu.r[7]);
  }

  // PCIDs

  private void tags() {
    cr(4, cpu.cr4 | PCIDE);
    assertFine();
  }

  private void invpcid(long type, long pcid, long address) {
    rig.put64(0x18000, pcid);
    rig.put64(0x18008, address);
    rig.call(Helper.INVPCID, type, 0x18000);
  }

  /** Both spaces cached under tags 1 and 2, then both mappings exchanged. Runs in tag 1. */
  private void cachedAndExchanged() {
    tags();
    cr(3, TWO | 2);
    assertEquals(6, load());
    cr(3, ONE | 1);
    assertEquals(4, load());
    rig.put64(0x12008, 0x600087);
    rig.put64(0x16008, 0x400087);
  }

  @Test
  void translationsStayWithTheirTag() {
    cachedAndExchanged();
    cr(3, TWO | 2 | KEEP);
    assertEquals(TWO | 2, cpu.cr3);
    assertEquals(6, load());
    cr(3, ONE | 1 | KEEP);
    assertEquals(4, load());
    cr(3, ONE | 1);
    assertEquals(6, load());
    cr(3, TWO | 2 | KEEP);
    assertEquals(6, load());
    cr(3, TWO | 2);
    assertEquals(4, load());
  }

  @Test
  void codeTagsComeBackWithTheTag() {
    tags();
    cr(3, ONE | 1);
    long tag = cpu.codeTag;
    cr(3, TWO | 2);
    assertNotEquals(tag, cpu.codeTag);
    cr(3, ONE | 1 | KEEP);
    assertEquals(tag, cpu.codeTag);
  }

  @Test
  void invpcidOfAnAddressLeavesOtherTags() {
    cachedAndExchanged();
    invpcid(0, 2, USER_PAGE + 0x1000);
    assertEquals(4, load());
    cr(3, TWO | 2 | KEEP);
    assertEquals(4, load());
  }

  @Test
  void invpcidOfATagLeavesOthers() {
    cachedAndExchanged();
    invpcid(1, 1, 0);
    assertEquals(6, load());
    cr(3, TWO | 2 | KEEP);
    assertEquals(6, load());
  }

  @Test
  void invpcidOfAllTags() {
    for (int type = 2; type <= 3; type++) {
      rig.put64(0x12008, 0x400087);
      rig.put64(0x16008, 0x600087);
      cr(3, ONE);
      cr(4, cpu.cr4 & ~PCIDE);
      cachedAndExchanged();
      invpcid(type, 0, 0);
      assertEquals(6, load());
      cr(3, TWO | 2 | KEEP);
      assertEquals(4, load());
    }
  }

  /** Global pages are not tagged. */
  @Test
  void invlpgForgetsGlobalPagesOfEveryTag() {
    cr(4, cpu.cr4 | 0x80);
    rig.put64(0x12008, 0x400187);
    rig.put64(0x16008, 0x600187);
    cachedAndExchanged();
    rig.call(Helper.INVLPG, USER_PAGE);
    cr(3, TWO | 2 | KEEP);
    assertEquals(4, load());
  }

  @Test
  void whatInvpcidRefuses() {
    invpcid(0, 1, 0);
    assertFault(13, 0); // not 0 without CR4.PCIDE
    invpcid(2, 0, 1L << 47);
    assertFine();
    tags();
    invpcid(4, 0, 0);
    assertFault(13, 0);
    invpcid(1, 1 << 12, 0);
    assertFault(13, 0);
    invpcid(0, 1, 1L << 47);
    assertFault(13, 0);
    rig.user();
    invpcid(2, 0, 0);
    assertFault(13, 0);
  }

  @Test
  void tagsBeginInLongModeWithTagZero() {
    cr(3, ONE | 1 << 3);
    cr(4, cpu.cr4 | PCIDE);
    assertFault(13, 0);
    cr(3, ONE);
    tags();
    cr(3, ONE | 5);
    cr(0, cpu.cr0 & ~(1L << 31));
    assertFault(13, 0);
    cr(4, cpu.cr4 & ~PCIDE);
    assertFine();
    assertEquals(4, load());
    rig.flat32();
    cpu.cr4 = 0;
    cpu.efer = 0;
    Modes.update(cpu);
    cr(4, PCIDE);
    assertFault(13, 0);
  }

  @Test
  void bit63IsReservedWithoutTags() {
    cr(3, ONE | KEEP);
    assertFault(13, 0);
  }
}
