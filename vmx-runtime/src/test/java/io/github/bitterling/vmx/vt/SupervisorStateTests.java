package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** XSAVES, XRSTORS and RDSEED in a guest (SDM volume 3, 26.1.3 and 26.3). */
class SupervisorStateTests {
  private static final String VMCALL = "0f01c1";
  private static final int OSXSAVE = 1 << 18;
  private static final int HDC = 1 << 13;

  /** xor edx, edx; mov eax, 2003h. */
  private static final String COMPONENTS = "31d2 b803200000";

  /** xsaves64 [70000h], xrstors64 [70000h]. */
  private static final String XSAVES = "480fc72c2500000700";

  private static final String XRSTORS = "480fc71c2500000700";

  /** mov ecx, DA0h; mov eax, 2000h; xor edx, edx; wrmsr. */
  private static final String SET_XSS = "b9a00d0000 b800200000 31d2 0f30";

  private final Lab lab = Lab.full(engine());

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @BeforeEach
  void enable() {
    lab.or(Field.GUEST_CR4, OSXSAVE).or(Field.SECONDARY_CONTROLS, Bits.ENABLE_XSAVES);
  }

  @AfterEach
  void close() {
    lab.close();
  }

  /** Bochs's model lacks the component of IA32_XSS. */
  private void exiting(long bitmap) {
    lab.apart(BochsDifference.MODEL).set(Field.XSS_EXITING_BITMAP, bitmap);
  }

  @ParameterizedTest
  @ValueSource(strings = {XSAVES, XRSTORS})
  void undefinedWithoutTheControl(String code) {
    lab.clear(Field.SECONDARY_CONTROLS, Bits.ENABLE_XSAVES);
    assertEquals(6, lab.code(COMPONENTS + code + VMCALL).exit().vector());
  }

  @ParameterizedTest
  @ValueSource(strings = {XSAVES, XRSTORS})
  void undefinedWithoutOsxsave(String code) {
    exiting(HDC);
    lab.apart(null).clear(Field.GUEST_CR4, OSXSAVE);
    assertEquals(6, lab.code(COMPONENTS + code + VMCALL).exit().vector());
  }

  /** xsaves; xrstors; mov rax, [70208h]; vmcall. */
  @Test
  void areaIsCompacted() {
    Lab.Exit e =
        lab.code(COMPONENTS + XSAVES + COMPONENTS + XRSTORS + "488b042508020700" + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(1L << 63 | 1, e.rax());
  }

  /** The area is all zero, which is the standard format. */
  @Test
  void xrstorsRefusesTheStandardFormat() {
    assertEquals(13, lab.code(COMPONENTS + XRSTORS + VMCALL).exit().vector());
  }

  @Test
  void xssIsTheProcessorsOwn() {
    lab.apart(BochsDifference.MODEL);
    Lab.Exit e =
        lab.code(SET_XSS + "b9a00d0000 0f32 31c9" + VMCALL).exit(); // mov ecx; rdmsr; xor ecx
    assertEquals(HDC, e.rax());
  }

  @Test
  void xsavesExits() {
    exiting(HDC);
    exits(XSAVES, ExitReason.XSAVES);
  }

  @Test
  void xrstorsExits() {
    exiting(HDC);
    exits(XRSTORS, ExitReason.XRSTORS);
  }

  private void exits(String code, ExitReason reason) {
    Lab.Exit e = lab.code(SET_XSS + COMPONENTS + code).exit();
    assertEquals(reason, e.reason());
    assertEquals(0x70000, e.qualification());
    assertEquals(9, e.get(Field.EXIT_INSTRUCTION_LENGTH));
    // 64-bit addresses, DS, neither base nor index
    assertEquals(1 << 27 | 1 << 22 | 3 << 15 | 2 << 7, e.get(Field.EXIT_INSTRUCTION_INFORMATION));
  }

  /** The exit needs the component in EDX:EAX, IA32_XSS and the bitmap. */
  @ParameterizedTest
  @CsvSource({"1fff, 2003, true", "-1, 3, true", "-1, 2003, false", "0, 2003, true"})
  void oneMissingAndNothingExits(String bitmap, String components, boolean xss) {
    exiting(Long.parseLong(bitmap, 16));
    lab.apart(xss ? BochsDifference.MODEL : null);
    int low = Integer.parseInt(components, 16);
    String set = "31d2 b8%02x%02x0000".formatted(low & 0xFF, low >> 8);
    Lab.Exit e = lab.code((xss ? SET_XSS : "") + set + XSAVES + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
  }

  @ParameterizedTest
  @ValueSource(strings = {XSAVES, XRSTORS})
  void privilegeComesBeforeTheExit(String code) {
    exiting(HDC);
    lab.alone().user().set(Field.EXCEPTION_BITMAP, 1 << 13);
    lab.rig.cpu.xss = HDC;
    Lab.Exit e = lab.code(COMPONENTS + code).exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(13, e.get(Field.EXIT_INTERRUPTION_INFORMATION) & 0xFF);
  }

  /** CR0.TS is looked at after the exit was decided on. */
  @ParameterizedTest
  @CsvSource({"2000, 63", "0, 0"})
  void exitComesBeforeDeviceNotAvailable(String bitmap, int reason) {
    exiting(Long.parseLong(bitmap, 16));
    lab.or(Field.GUEST_CR0, Bits.CR0_TS).set(Field.EXCEPTION_BITMAP, 1 << 7);
    Lab.Exit e = lab.code(SET_XSS + COMPONENTS + XSAVES).exit();
    assertEquals(ExitReason.of(reason), e.reason());
  }

  // RDSEED

  /** rdseed r8w. */
  @Test
  void rdseedExitsWithItsControl() {
    lab.or(Field.SECONDARY_CONTROLS, Bits.RDSEED_EXITING);
    Lab.Exit e = lab.code("66410fc7f8").exit();
    assertEquals(ExitReason.RDSEED, e.reason());
    assertEquals(0, e.qualification());
    assertEquals(5, e.get(Field.EXIT_INSTRUCTION_LENGTH));
    assertEquals(8 << 3, e.get(Field.EXIT_INSTRUCTION_INFORMATION) & 0x1878);
  }

  /** rdseed eax; setc al; movzx eax, al; vmcall. */
  @Test
  void rdseedRunsWithoutIt() {
    Lab.Exit e = lab.code("0fc7f8 0f92c0 0fb6c0" + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertTrue(e.rax() == 1);
  }
}
