package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.model.CpuModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** VMCS shadowing, TSC scaling and VMWRITE to any field (SDM volume 3, 25.10, 26.3, 31.3). */
class FullModelControlTests {
  private static final String VMCALL = "0f01c1";
  private static final long SHADOW = Lab.AREA + 0x1000;
  private static final long READ_MAP = Lab.AREA + 0x2000;

  /** VMCS revision identifier of Bochs's Ice Lake. */
  private static final int BOCHS_REVISION = 4;

  private static final long WRITE_MAP = Lab.AREA + 0x3000;

  /** mov eax, 681Eh (guest RIP); vmread rax, rax; vmcall. */
  private static final String VMREAD = "b81e680000 0f78c0";

  private static final String VMWRITE = "b81e680000 b977000000 0f79c1";

  private final Lab lab = Lab.full(engine());

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  // VMCS shadowing

  private void shadowing() {
    lab.forBochs(SHADOW, 0x8000_0000 | BOCHS_REVISION);
    lab.afresh().or(Field.SECONDARY_CONTROLS, Bits.VMCS_SHADOWING);
    lab.set(Field.VMREAD_BITMAP, READ_MAP).set(Field.VMWRITE_BITMAP, WRITE_MAP);
    lab.set(Field.VMCS_LINK_POINTER, SHADOW);
    lab.rig.put32(SHADOW, 0x8000_0002L);
    lab.rig.put64(SHADOW + Field.GUEST_RIP.offset(), 0x5555);
  }

  private static long map(long bitmap) {
    return bitmap + 0x681E / 8;
  }

  @Test
  void guestReadsTheShadow() {
    shadowing();
    lab.apart(BochsDifference.FORMAT);
    assertEquals(0x5555, lab.code(VMREAD + VMCALL).exit().rax());
  }

  @Test
  void guestWritesTheShadow() {
    shadowing();
    Lab.Exit e = lab.code(VMWRITE + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(0x77, lab.rig.get64(SHADOW + Field.GUEST_RIP.offset()));
    assertEquals(Lab.CODE + 13, e.rip());
  }

  @Test
  void bitmapsMakeTheInstructionsExit() {
    shadowing();
    lab.rig.put(map(READ_MAP), "40");
    assertEquals(ExitReason.VMREAD, lab.code(VMREAD).exit().reason());
  }

  @Test
  void bitmapsAreSeparate() {
    shadowing();
    lab.rig.put(map(READ_MAP), "40");
    assertEquals(ExitReason.VMCALL, lab.code(VMWRITE + VMCALL).exit().reason());
  }

  @Test
  void writeBitmapMakesVmwriteExit() {
    shadowing();
    lab.rig.put(map(WRITE_MAP), "40");
    assertEquals(ExitReason.VMWRITE, lab.code(VMWRITE).exit().reason());
  }

  @Test
  void withoutTheControlBothExit() {
    shadowing();
    lab.clear(Field.SECONDARY_CONTROLS, Bits.VMCS_SHADOWING).set(Field.VMCS_LINK_POINTER, -1);
    assertEquals(ExitReason.VMREAD, lab.code(VMREAD).exit().reason());
  }

  /** Bits 63:15 of the encoding set: the hypervisor's affair. */
  @Test
  void longEncodingExits() {
    shadowing();
    assertEquals(ExitReason.VMREAD, lab.code("b81e680100 0f78c0").exit().reason());
  }

  @Test
  void unknownFieldFailsInTheGuest() {
    shadowing();
    Lab.Exit e = lab.code("b8fe7f0000 0f78c0 9c 58" + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(0x40, e.rax() & 0x8D5, "ZF");
    assertEquals(12, e.get(Field.VM_INSTRUCTION_ERROR), "of the current VMCS, not of the shadow");
  }

  @Test
  void unknownFieldCannotBeWrittenByTheGuest() {
    shadowing();
    Lab.Exit e = lab.code("b8fe7f0000 0f79c0 9c 58" + VMCALL).exit();
    assertEquals(0x40, e.rax() & 0x8D5, "ZF");
    assertEquals(12, e.get(Field.VM_INSTRUCTION_ERROR));
  }

  /** No shadow VMCS: VMfailInvalid, CF. */
  @Test
  void missingLinkFailsInTheGuest() {
    shadowing();
    lab.set(Field.VMCS_LINK_POINTER, -1);
    assertEquals(1, lab.code(VMREAD + "9c 58" + VMCALL).exit().rax() & 0x8D5);
  }

  @Test
  void privilegeCountsInTheGuest() {
    shadowing();
    lab.user();
    assertEquals(13, lab.code(VMREAD).exit().vector());
  }

  /** The link must be a shadow VMCS exactly when shadowing is on. */
  @ParameterizedTest
  @CsvSource({"true, 2", "false, 80000002"})
  void linkMustFitTheControl(boolean control, String word) {
    shadowing();
    lab.forBochs(SHADOW, (int) Long.parseLong(word, 16) & ~2 | BOCHS_REVISION);
    if (!control) {
      lab.clear(Field.SECONDARY_CONTROLS, Bits.VMCS_SHADOWING);
    }
    lab.rig.put32(SHADOW, Long.parseLong(word, 16));
    Lab.Exit e = lab.code(VMCALL).exit();
    assertEquals(0x8000_0021L, e.get(Field.EXIT_REASON));
    assertEquals(4, e.qualification());
    assertEquals("link-revision", lab.vmx.lastFailure().id());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0f01c2", "0f01c3"})
  void shadowVmcsCannotBeEntered(String code) {
    try (RootLab root = new RootLab(engine(), CpuModel.of("x86-64-full", 1))) {
      root.rig.put64(0x60010, RootLab.EMPTY);
      root.rig.put32(RootLab.EMPTY, 0x8000_0002L);
      root.forBochs(RootLab.EMPTY, 0x8000_0000 | BOCHS_REVISION);
      String loaded = RootLab.STARTED + "0fc7342510000600";
      assertEquals("succeed", root.run(loaded).outcome());
      root.apart(BochsDifference.SHADOW_ENTRY);
      assertEquals("invalid", root.run(loaded + code).outcome());
    }
  }

  /** IA32_VMX_MISC bit 29. */
  @Test
  void exitInformationCanBeWritten() {
    try (RootLab root = new RootLab(engine(), CpuModel.of("x86-64-full", 1))) {
      String code = "b802440000 b905000000 0f79c1 b802440000 0f78c1";
      RootLab.End end = root.run(RootLab.STARTED + code);
      assertEquals("succeed", end.outcome());
      assertEquals(5, end.rcx());
    }
  }

  // PAUSE-loop exiting

  /** pause; jmp back. */
  @Test
  void pauseLoopExits() {
    lab.or(Field.SECONDARY_CONTROLS, Bits.PAUSE_LOOP);
    lab.set(Field.PLE_GAP, 20).set(Field.PLE_WINDOW, 100);
    Lab.Exit e = lab.code("f390ebfc").exit();
    assertEquals(ExitReason.PAUSE, e.reason());
    assertEquals(0, e.qualification());
  }

  // INVPCID

  /** invpcid rax, [70000h]: all contexts. */
  private static final String INVPCID = "b802000000 660f3882042500000700";

  @Test
  void invpcidIsUndefinedWithoutTheControl() {
    assertEquals(6, lab.code(INVPCID + VMCALL).exit().vector());
  }

  @Test
  void invpcidRunsWithTheControl() {
    lab.or(Field.SECONDARY_CONTROLS, Bits.ENABLE_INVPCID);
    assertEquals(ExitReason.VMCALL, lab.code(INVPCID + VMCALL).exit().reason());
  }

  @Test
  void invpcidExitsWithInvlpgExiting() {
    lab.or(Field.SECONDARY_CONTROLS, Bits.ENABLE_INVPCID);
    Lab.Exit e = lab.or(Field.PRIMARY_CONTROLS, Bits.INVLPG_EXITING).code(INVPCID).exit();
    assertEquals(ExitReason.INVPCID, e.reason());
    assertEquals(Lab.DATA, e.qualification());
    assertEquals(10, e.get(Field.EXIT_INSTRUCTION_LENGTH));
  }

  /**
   * INVPCID and, with CR4.TSD set, RDTSCP at CPL 3: undefined without their controls (12 and 3),
   * privileged with them.
   */
  @ParameterizedTest
  @CsvSource({INVPCID + ", 0, 6", INVPCID + ", 1000, 13", "0f01f9, 0, 6", "0f01f9, 8, 13"})
  void absenceComesBeforePrivilege(String code, String controls, int vector) {
    lab.set(Field.GUEST_CS_ACCESS_RIGHTS, 0xA0FB).set(Field.GUEST_CS_SELECTOR, 0x1B);
    lab.set(Field.GUEST_SS_ACCESS_RIGHTS, 0xC0F3).set(Field.GUEST_SS_SELECTOR, 0x23);
    lab.or(Field.GUEST_CR4, 4).set(Field.EXCEPTION_BITMAP, 1 << 6 | 1 << 13);
    lab.clear(Field.SECONDARY_CONTROLS, Bits.ENABLE_INVPCID | Bits.ENABLE_RDTSCP);
    lab.or(Field.SECONDARY_CONTROLS, Long.parseLong(controls, 16));
    Lab.Exit e = lab.code(code).exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(vector, e.get(Field.EXIT_INTERRUPTION_INFORMATION) & 0xFF);
  }

  // Extended states

  /** xor ecx, ecx; mov eax, 7; xor edx, edx; xsetbv. */
  private static final String XSETBV = "31c9 b807000000 31d2 0f01d1";

  private static final int OSXSAVE = 1 << 18;

  @Test
  void xsetbvExitsAlways() {
    lab.or(Field.GUEST_CR4, OSXSAVE);
    Lab.Exit e = lab.code(XSETBV).exit();
    assertEquals(ExitReason.XSETBV, e.reason());
    assertEquals(0, e.qualification());
    assertEquals(3, e.get(Field.EXIT_INSTRUCTION_LENGTH));
    assertEquals(1, lab.rig.cpu.xcr0);
  }

  @Test
  void xsetbvIsUndefinedBeforeItExits() {
    assertEquals(6, lab.code(XSETBV + VMCALL).exit().vector());
  }

  /** xor ecx, ecx; xgetbv; vmcall. */
  @Test
  void xgetbvRunsInTheGuest() {
    lab.or(Field.GUEST_CR4, OSXSAVE);
    Lab.Exit e = lab.code("31c9 0f01d0" + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(1, e.rax());
  }

  // TSC scaling

  /** rdtsc; shl rdx, 32; or rax, rdx; vmcall. */
  private static final String RDTSC = "0f31 48c1e220 4809d0" + VMCALL;

  private static final String RDMSR_TSC = "b910000000 0f32 48c1e220 4809d0" + VMCALL;

  @ParameterizedTest
  @ValueSource(strings = {RDTSC, RDMSR_TSC})
  void multiplierScalesAndOffsetIsAdded(String code) {
    long plain = scaled(code, 1L << 48, 0);
    assertTrue(plain > 0);
    assertEquals(plain + (plain >> 1) + 1_000_000_000L, scaled(code, 3L << 47, 1_000_000_000L));
  }

  /** The same instructions in a machine of its own. */
  private long scaled(String code, long multiplier, long offset) {
    try (Lab other = Lab.full(engine())) {
      other.afresh().or(Field.PRIMARY_CONTROLS, Bits.TSC_OFFSETTING);
      other.or(Field.SECONDARY_CONTROLS, Bits.TSC_SCALING);
      other
          .apart(BochsDifference.TIME)
          .set(Field.TSC_MULTIPLIER, multiplier)
          .set(Field.TSC_OFFSET, offset);
      return other.code(code).exit().rax();
    }
  }

  @Test
  void multiplierIsIgnoredWithoutOffsetting() {
    lab.apart(BochsDifference.TIME);
    lab.afresh().or(Field.SECONDARY_CONTROLS, Bits.TSC_SCALING);
    lab.set(Field.TSC_MULTIPLIER, 1L << 60);
    assertTrue(lab.code(RDTSC).exit().rax() <= lab.rig.cpu.msrs.tsc(lab.rig.cpu));
  }

  @Test
  void wideProductKeepsItsHighBits() {
    lab.apart(BochsDifference.TIME);
    lab.afresh().or(Field.PRIMARY_CONTROLS, Bits.TSC_OFFSETTING);
    lab.or(Field.SECONDARY_CONTROLS, Bits.TSC_SCALING);
    lab.set(Field.TSC_MULTIPLIER, 1L << 62).set(Field.TSC_OFFSET, 0);
    long seen = lab.code(RDTSC).exit().rax();
    assertEquals(0, seen & 0x3FFF);
    assertTrue(seen >>> 14 <= lab.rig.cpu.msrs.tsc(lab.rig.cpu) && seen != 0);
  }
}
