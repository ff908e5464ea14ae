package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.exec.BlockCache;
import io.github.bitterling.vmx.exec.RegionCompiler;
import io.github.bitterling.vmx.model.CpuModel;
import io.github.bitterling.vmx.rig.NoVmx;
import io.github.bitterling.vmx.rig.Rig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Enabling of XSAVE, XCR0, CPUID leaf D, FS and GS base instructions; contents: see silicon. */
public class XsaveTests {
  private static final long AREA = 0x20000;
  private static final int XSS = 0xDA0;
  private static final int PM_CTL1 = 0xDB1;
  private static final long HDC = 1 << 13;
  private final CpuModel model = CpuModel.of("x86-64-full", 1);
  private final Rig rig = new Rig(model, new NoVmx(), this::compiler);
  private final Cpu cpu = rig.cpu;

  /** The engine; tier 0 here. */
  protected RegionCompiler compiler(BlockCache cache) {
    return RegionCompiler.NONE;
  }

  @BeforeEach
  void longMode() {
    rig.long64();
    rig.call(Helper.MOV_TO_CR, 4, 0x40620, 0);
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void assertFault(int vector) {
    assertEquals(Cpu.FAULT_EXCEPTION, cpu.fault);
    assertEquals(vector, cpu.faultVector);
  }

  private void xsetbv(int register, long value) {
    cpu.r[1] = register;
    cpu.r[0] = value & 0xFFFFFFFFL;
    cpu.r[2] = value >>> 32;
    rig.call(Helper.XSETBV);
  }

  private void cpuid(int leaf, int sub) {
    cpu.r[0] = leaf;
    cpu.r[1] = sub;
    rig.call(Helper.CPUID);
  }

  @Test
  void everythingIsUndefinedWithoutOsxsave() {
    rig.call(Helper.MOV_TO_CR, 4, 0x620, 0);
    for (Helper h :
        new Helper[] {
          Helper.XSAVE,
          Helper.XSAVEOPT,
          Helper.XSAVEC,
          Helper.XSAVES,
          Helper.XRSTOR,
          Helper.XRSTORS,
          Helper.XGETBV,
          Helper.XSETBV
        }) {
      rig.call(h, AREA, 8);
      assertFault(6);
    }
  }

  @Test
  void osxsaveIsMirroredInCpuid() {
    cpuid(1, 0);
    assertEquals(1, cpu.r[1] >> 27 & 1);
    rig.call(Helper.MOV_TO_CR, 4, 0x620, 0);
    cpuid(1, 0);
    assertEquals(0, cpu.r[1] >> 27 & 1);
  }

  @Test
  void xcr0IsX87AfterResetAndHoldsWhatXsetbvWrites() {
    cpu.r[1] = 0;
    rig.call(Helper.XGETBV);
    assertEquals(1, cpu.r[0]);
    assertEquals(0, cpu.r[2]);
    xsetbv(0, 3);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    assertEquals(3, cpu.xcr0);
    rig.call(Helper.XGETBV);
    assertEquals(3, cpu.r[0]);
  }

  @Test
  void impossibleValuesOfXcr0AreRefused() {
    for (long value : new long[] {0, 2, 5, 8, 0xB, 0x11, 0x20, 1L << 32 | 1, -1}) {
      xsetbv(0, value);
      assertFault(13);
      assertEquals(1, cpu.xcr0);
    }
    xsetbv(1, 3);
    assertFault(13);
    rig.user();
    xsetbv(0, 3);
    assertFault(13);
  }

  @Test
  void xgetbvKnowsTwoRegisters() {
    cpu.r[1] = 2;
    rig.call(Helper.XGETBV);
    assertFault(13);
  }

  @Test
  void misalignedAreaAndTaskSwitchedUnitFault() {
    rig.call(Helper.XSAVE, AREA + 32, 8);
    assertFault(13);
    rig.call(Helper.MOV_TO_CR, 0, cpu.cr0 | 8, 0);
    rig.call(Helper.XSAVE, AREA + 32, 8);
    assertFault(7);
  }

  /** Both pages are touched before anything changes. */
  @Test
  void faultOnTheSecondPageLeavesTheStateAlone() {
    rig.put64(0x12000 + 8 * 1, 0); // 2 MiB and up
    xsetbv(0, 3);
    cpu.r[0] = 3;
    cpu.r[2] = 0;
    cpu.xmm[0] = 7;
    cpu.memory.flushAll();
    long area = 0x200000 - 512;
    rig.put32(area + 24, 0x1F80);
    rig.put64(area + 160, 99);
    rig.call(Helper.XRSTOR, area, 8);
    assertFault(14);
    assertEquals(0x200000, cpu.faultLinear & -4096L);
    assertEquals(7, cpu.xmm[0]);
    rig.call(Helper.XSAVE, area, 8);
    assertFault(14);
    assertEquals(99, rig.get64(area + 160));
  }

  @Test
  void leafDTellsSizesAndPlaces() {
    cpuid(0xD, 0);
    assertEquals(model.xcr0Bits(), cpu.r[0]);
    assertEquals(576, cpu.r[3]);
    assertEquals(1088, cpu.r[1]);
    xsetbv(0, model.xcr0Bits());
    cpuid(0xD, 0);
    assertEquals(cpu.r[1], cpu.r[3]);
    cpu.msrs.write(cpu, XSS, HDC);
    cpuid(0xD, 1);
    assertEquals(15, cpu.r[0]); // XSAVEOPT, XSAVEC, XGETBV with ECX = 1, XSAVES
    assertEquals(968, cpu.r[3]);
    assertEquals(HDC, cpu.r[1]);
    component(2, 256, 576, 0);
    component(3, 64, 960, 0);
    component(4, 64, 1024, 0);
    component(13, 8, 0, 1);
    component(5, 0, 0, 0);
  }

  private void component(int number, int bytes, int offset, int supervisor) {
    cpuid(0xD, number);
    assertEquals(bytes, cpu.r[0]);
    assertEquals(offset, cpu.r[3]);
    assertEquals(supervisor, cpu.r[1]);
  }

  // Components of the supervisor

  private void mask(long components) {
    cpu.r[0] = components;
    cpu.r[2] = 0;
  }

  private void enableSupervisor() {
    xsetbv(0, 7);
    assertTrue(cpu.msrs.write(cpu, XSS, HDC));
    assertTrue(cpu.msrs.write(cpu, PM_CTL1, 0));
  }

  @Test
  void xssTakesTheModelsComponentsOnly() {
    assertEquals(0, cpu.msrs.read(cpu, XSS));
    for (int bit = 0; bit < 64; bit++) {
      assertEquals(bit == 13, cpu.msrs.write(cpu, XSS, 1L << bit), "bit " + bit);
    }
    assertFalse(cpu.msrs.write(cpu, PM_CTL1, 2));
    assertEquals(1, cpu.msrs.read(cpu, PM_CTL1));
    assertFalse(cpu.msrs.write(cpu, 0xDB0, 2));
    assertTrue(cpu.msrs.write(cpu, 0xDB0, 1));
    assertFalse(cpu.msrs.write(cpu, 0xDB2, 0));
  }

  @Test
  void supervisorComponentsLieBehindTheOthers() {
    enableSupervisor();
    cpu.ymm[0] = 5;
    mask(0x2006);
    rig.call(Helper.XSAVES, AREA, 8);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    assertEquals(0x2004, rig.get64(AREA + 512));
    assertEquals(1L << 63 | 0x2006, rig.get64(AREA + 520));
    assertEquals(5, rig.get64(AREA + 576));
    assertEquals(0, rig.get64(AREA + 832));
    cpu.msrs.write(cpu, PM_CTL1, 1);
    cpu.ymm[0] = 0;
    mask(0x2006);
    rig.call(Helper.XRSTORS, AREA, 8);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    assertEquals(0, cpu.msrs.read(cpu, PM_CTL1));
    assertEquals(5, cpu.ymm[0]);
  }

  @Test
  void withoutOthersTheyLieFirst() {
    enableSupervisor();
    rig.put64(AREA + 576, 99);
    mask(0x2000);
    rig.call(Helper.XSAVES, AREA, 8);
    assertEquals(0x2000, rig.get64(AREA + 512));
    assertEquals(0, rig.get64(AREA + 576));
    rig.put64(AREA + 512, 0);
    rig.call(Helper.XRSTORS, AREA, 8);
    assertEquals(1, cpu.msrs.read(cpu, PM_CTL1), "initial configuration");
  }

  @Test
  void xsavesLeavesOutWhatXssLacks() {
    xsetbv(0, 7);
    cpu.msrs.write(cpu, PM_CTL1, 0);
    mask(0xFFFF_FFFFL);
    rig.call(Helper.XSAVES, AREA, 8);
    assertEquals(1L << 63 | 7, rig.get64(AREA + 520));
  }

  @Test
  void xrstorsWantsACompactedAreaWithoutStrangeBits() {
    enableSupervisor();
    refused(0, 0, 0);
    refused(0, 1L << 63 | 8, 0);
    refused(4, 1L << 63 | 3, 0);
    refused(0, 1L << 63 | 7, 1);
    rig.put64(AREA + 576, 2);
    refused(0x2000, 1L << 63 | 0x2000, 0);
    assertEquals(0, cpu.msrs.read(cpu, PM_CTL1));
  }

  private void refused(long present, long format, long reserved) {
    rig.put64(AREA + 512, present);
    rig.put64(AREA + 520, format);
    rig.put64(AREA + 528, reserved);
    mask(0x2007);
    rig.call(Helper.XRSTORS, AREA, 8);
    assertFault(13);
  }

  @Test
  void xrstorKnowsNoSupervisorComponents() {
    enableSupervisor();
    rig.put64(AREA + 520, 1L << 63 | 0x2000);
    mask(0x2007);
    rig.call(Helper.XRSTOR, AREA, 8);
    assertFault(13);
  }

  @Test
  void supervisorStatesArePrivileged() {
    enableSupervisor();
    rig.user();
    for (Helper h : new Helper[] {Helper.XSAVES, Helper.XRSTORS}) {
      mask(7);
      rig.call(h, AREA + 1, 8);
      assertFault(13);
    }
  }

  @Test
  void supervisorAreasComeBackInALoop() {
    saveAndRestoreInALoop("480fc72e", "480fc71e"); // xsaves64 [rsi]; xrstors64 [rsi]
    assertEquals(1L << 63 | 7, rig.get64(AREA + 520));
  }

  /** rdseed rax; rdseed bx; setc cl; hlt. */
  @Test
  void rdseedDrawsAndSetsCarry() {
    rig.put(0x8000, "480fc7f8 660fc7fb 0f92c1 f4");
    cpu.rip = 0x8000;
    cpu.r[0] = 0;
    cpu.r[1] = 0;
    rig.run(3);
    assertTrue(cpu.r[0] != 0);
    assertEquals(1, cpu.r[1]);
  }

  @Test
  void basesAreReadAndWrittenWhenCr4Allows() {
    rig.call(Helper.WRITE_BASE, 4, 0x1234);
    assertFault(6);
    rig.call(Helper.READ_BASE, 5);
    assertFault(6);
    rig.call(Helper.MOV_TO_CR, 4, cpu.cr4 | 1 << 16, 0);
    rig.user();
    rig.call(Helper.WRITE_BASE, 4, 0x7FFF_FFFF_FFFFL);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
    assertEquals(0x7FFF_FFFF_FFFFL, cpu.fs.base);
    assertEquals(0x7FFF_FFFF_FFFFL, rig.call(Helper.READ_BASE, 4));
    rig.call(Helper.WRITE_BASE, 5, 1L << 47);
    assertFault(13);
  }

  @Test
  void registersComeBackInALoop() {
    saveAndRestoreInALoop("480fae26", "480fae2e"); // xsave64 [rsi]; xrstor64 [rsi]
  }

  /**
   * Forty rounds: a number into XMM0 and into the upper half of YMM1, save, VZEROALL, restore; EDI
   * and EBX are the sums of what came back.
   */
  private void saveAndRestoreInALoop(String save, String restore) {
    xsetbv(0, 7);
    rig.put(
        0x8000,
        "b928000000 be00000200" // mov ecx,40; mov esi,20000h
            + "660f6ec1 c4e37d06c808" // movd xmm0,ecx; vperm2f128 ymm1,ymm0,ymm0,8: low half 0
            + "b807000000 31d2" // mov eax,7; xor edx,edx
            + save
            + "c5fc77" // vzeroall
            + restore
            + "660f7ec0 01c7" // movd eax,xmm0; add edi,eax
            + "c4e37d19ca01 660f7ed0 01c3" // vextractf128 xmm2,ymm1,1; movd eax,xmm2; add ebx,eax
            + "ffc9 75ce f4"); // dec ecx; jnz; hlt
    cpu.rip = 0x8000;
    cpu.r[3] = 0;
    cpu.r[7] = 0;
    rig.run(20);
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
    assertEquals(820, cpu.r[7]);
    assertEquals(820, cpu.r[3]);
  }

  /** mov eax,1000h; wrfsbase rax; mov ecx,[fs:8]; wrgsbase ebx; rdfsbase rdx; rdgsbase esi; hlt */
  @Test
  void baseInstructionsRunAsPrograms() {
    rig.call(Helper.MOV_TO_CR, 4, cpu.cr4 | 1 << 16, 0);
    rig.put(0x8000, "b800100000 f3480faed0 648b0c2508000000 f30faedb f3480faec2 f30faece f4");
    rig.put32(0x1008, 0x0000FFFF);
    cpu.rip = 0x8000;
    cpu.r[3] = 0xFFFF_FFFF_8000_0000L;
    cpu.r[6] = -1;
    rig.run(3);
    assertEquals(0xFFFF, cpu.r[1]);
    assertEquals(0x1000, cpu.r[2]);
    assertEquals(0x8000_0000L, cpu.r[6]);
    assertEquals(0x8000_0000L, cpu.gs.base);
  }
}
