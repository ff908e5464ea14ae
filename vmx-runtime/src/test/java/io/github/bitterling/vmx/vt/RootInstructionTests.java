package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The VMX instructions as programs: outcomes, error numbers and the order of the checks (SDM volume
 * 3, chapter 31), IA32_FEATURE_CONTROL (24.7), and what VMX operation blocks (24.8).
 */
class RootInstructionTests {
  private static final String UD = "#6";
  private static final String GP = "#13(0)";
  private static final String VMCLEAR_OTHER = "660fc7342510000600";
  private static final String VMPTRLD_OTHER = "0fc7342510000600";
  private static final String VMLAUNCH = "0f01c2";
  private static final String VMRESUME = "0f01c3";
  private static final String VMCALL = "0f01c1";
  private static final String VMXOFF = "0f01c4";

  /** xor eax, eax; out 92h, al. */
  private static final String MASK_A20 = "31c0 e692";

  /** mov eax, field; vmread rcx, rax. */
  private static final String VMREAD = "b8%s 0f78c1";

  /** mov eax, field; mov ecx, 5; vmwrite rax, rcx. */
  private static final String VMWRITE = "b8%s b905000000 0f79c1";

  private final RootLab lab = new RootLab(engine(), CpuModel.e3845(1));

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private void expect(String outcome, String code) {
    assertEquals(outcome, lab.run(code).outcome());
  }

  private void pointer(long value) {
    lab.rig.put64(0x60010, value);
  }

  // VMXON and IA32_FEATURE_CONTROL

  @ParameterizedTest
  @CsvSource({"0, #13(0)", "1, #13(0)", "4, #13(0)", "5, succeed"})
  void vmxonNeedsTheLockAndTheBit(long featureControl, String outcome) {
    lab.featureControl(featureControl);
    expect(outcome, RootLab.VMXON_60000);
  }

  /** mov ecx, 3Ah; xor edx, edx; mov eax, value; wrmsr. */
  private static String writeFeatureControl(int value) {
    return "b93a000000 31d2 b8%02x000000 0f30".formatted(value);
  }

  @Test
  void unlockedFeatureControlCanBeWrittenAgainAndAgain() {
    lab.featureControl(0);
    expect(
        "succeed",
        writeFeatureControl(4)
            + writeFeatureControl(0)
            + writeFeatureControl(5)
            + RootLab.VMXON_60000);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 5})
  void lockedFeatureControlIsFixed(long value) {
    lab.featureControl(value);
    expect(GP, writeFeatureControl((int) value));
  }

  /** SMX does not exist: bits 1 and 15:8 are reserved. */
  @ParameterizedTest
  @ValueSource(ints = {2, 7, 0x80})
  void featureControlHasReservedBits(int value) {
    lab.apart(BochsDifference.FEATURE_CONTROL);
    lab.featureControl(0);
    expect(GP, writeFeatureControl(value));
  }

  /** The lock outlives INIT and goes with the power. */
  @Test
  void lockOutlivesInit() {
    expect("succeed", RootLab.VMXON_60000);
    lab.vmx().reset(lab.cpu, false);
    assertEquals(5, lab.vmx().readMsr(lab.cpu, 0x3A));
    lab.vmx().reset(lab.cpu, true);
    assertEquals(0, lab.vmx().readMsr(lab.cpu, 0x3A));
  }

  /** CR4.VMXE comes before everything else: #UD also where other checks fail. */
  @Test
  void vmxonWithoutVmxeIsUndefined() {
    lab.featureControl(0).cr4(0x20);
    expect(UD, RootLab.VMXON_60000);
  }

  @Test
  void vmxonAtRing3() {
    lab.user();
    expect(GP, RootLab.VMXON_60000);
  }

  /** NE is fixed to 1, and checked before the operand is read. */
  @Test
  void vmxonChecksFixedBitsBeforeItsOperand() {
    lab.cr0(0x8000_0011L);
    expect(GP, "f30fc7342500008000"); // [800000h] is not mapped
  }

  /** With A20M# asserted VMX operation cannot begin (24.8), and the operand is not read. */
  @Test
  void vmxonInA20mModeFaults() {
    expect(GP, MASK_A20 + "f30fc7342500008000");
    expect("succeed", RootLab.VMXON_60000);
  }

  @Test
  void vmxonReadsItsOperandLast() {
    expect("#14(0)", "f30fc7342500008000");
  }

  @ParameterizedTest
  @ValueSource(longs = {0x61008, 1L << 36, -4096})
  void vmxonRegionMustBeAPageInReach(long address) {
    pointer(address);
    RootLab.End end = lab.run("f30fc7342510000600");
    assertEquals("invalid", end.outcome());
    assertEquals(-2, end.currentVmcs(), "not in VMX operation");
  }

  @Test
  void vmxonRegionNeedsTheRevision() {
    pointer(RootLab.EMPTY);
    expect("invalid", "f30fc7342510000600");
  }

  @Test
  void vmxonInRootIsError15() {
    expect("error 15", RootLab.STARTED + RootLab.VMXON_60000);
  }

  @Test
  void vmxonInRootWithoutCurrentVmcs() {
    expect("invalid", RootLab.VMXON_60000 + RootLab.VMXON_60000);
  }

  @Test
  void vmxoffEndsOperation() {
    expect(UD, RootLab.STARTED + VMXOFF + VMXOFF);
    expect("succeed", RootLab.STARTED + VMXOFF + RootLab.VMXON_60000);
  }

  /** mov rax, cr4; btr eax, 13; mov cr4, rax in VMX operation. */
  @Test
  void vmxeIsFixedInOperation() {
    expect(GP, RootLab.VMXON_60000 + "0f20e0 0fbaf00d 0f22e0");
    expect("#6", RootLab.VMXON_60000 + VMXOFF + "0f20e0 0fbaf00d 0f22e0 " + RootLab.VMXON_60000);
  }

  /** mov rax, cr0; btr eax, 31 (paging) or 5 (NE); mov cr0, rax in VMX operation. */
  @ParameterizedTest
  @ValueSource(strings = {"1f", "05"})
  void cr0IsFixedInOperation(String bit) {
    expect(GP, RootLab.VMXON_60000 + "0f20c0 0fbaf0" + bit + "0f22c0");
  }

  // Everything else outside operation, at CPL 3, in other modes

  @ParameterizedTest
  @ValueSource(
      strings = {
        "0f01c1",
        "0f01c2",
        "0f01c3",
        "0f01c4",
        "660fc7342508000600",
        "0fc7342508000600",
        "0fc73c2510000600",
        "0f78c1",
        "0f79c1",
        "660f38800c2510000600",
        "660f38810c2510000600",
        "0f01d4"
      })
  void outsideOperationIsUndefined(String code) {
    expect(UD, code);
    lab.user();
    expect(UD, code);
  }

  /**
   * To CPL 3 by IRETQ (SS, RSP, RFLAGS, CS, RIP pushed): the privilege comes before operands and
   * before the current VMCS.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "0f01c1",
        "0f01c2",
        "0f01c3",
        "0f01c4",
        "660fc7342500008000",
        "0fc7342500008000",
        "0fc73c2500008000",
        "0f78c1",
        "0f79c1",
        "660f38800c2500008000",
        "660f38810c2500008000",
        "f30fc7342500008000"
      })
  void privilegeComesFirst(String code) {
    lab.rig.put(0xC000, code);
    expect(GP, RootLab.VMXON_60000 + "6a23 6800700000 6a02 6a1b 6800c00000 48cf");
  }

  /** VM functions do not exist on this model: #UD also in operation. */
  @Test
  void vmfuncIsUndefined() {
    expect(UD, RootLab.STARTED + "0f01d4");
  }

  // VMCLEAR, VMPTRLD, VMPTRST

  /** Physical addresses have 36 bits here, Bochs's have more. */
  private static BochsDifference beyondModel(String address) {
    return address.length() > 9 ? BochsDifference.MODEL : null;
  }

  @ParameterizedTest
  @CsvSource({"62008, error 2", "1000000000, error 2", "61000, error 3", "63000, succeed"})
  void vmclear(String address, String outcome) {
    lab.apart(beyondModel(address));
    pointer(Long.parseLong(address, 16));
    expect(outcome, RootLab.STARTED + VMCLEAR_OTHER);
  }

  @ParameterizedTest
  @CsvSource({
    "62008, error 9",
    "1000000000, error 9",
    "61000, error 10",
    "65000, error 11",
    "63000, succeed"
  })
  void vmptrld(String address, String outcome) {
    lab.apart(beyondModel(address));
    pointer(Long.parseLong(address, 16));
    expect(outcome, RootLab.STARTED + VMPTRLD_OTHER);
  }

  /** A shadow VMCS (bit 31 of the first word) is a wrong revision where VMCS shadowing is not. */
  @Test
  void vmptrldOfAShadowVmcs() {
    pointer(RootLab.EMPTY);
    lab.rig.put32(RootLab.EMPTY, 0x8000_0002L);
    expect("error 11", RootLab.STARTED + VMPTRLD_OTHER);
  }

  @Test
  void failedVmptrldKeepsTheCurrentVmcs() {
    pointer(0x62008);
    assertEquals(RootLab.VMCS, lab.run(RootLab.STARTED + VMPTRLD_OTHER).currentVmcs());
  }

  @ParameterizedTest
  @CsvSource({"'', 62000", "660fc7342508000600, ffffffffffffffff"})
  void vmptrst(String before, String pointer) {
    expect("succeed", RootLab.STARTED + before + "0fc73c2510000600");
    assertEquals(pointer, Long.toHexString(lab.rig.get64(0x60010)));
  }

  @Test
  void vmptrstFaultsOnItsOperand() {
    expect("#14(2)", RootLab.STARTED + "0fc73c2500008000");
  }

  // VMREAD, VMWRITE

  @ParameterizedTest
  @ValueSource(strings = {VMREAD, VMWRITE})
  void fieldsNeedACurrentVmcs(String code) {
    expect("invalid", RootLab.VMXON_60000 + code.formatted("1e680000"));
  }

  /** No such field; a field of another model; the high half of one that is not of 64 bits. */
  @ParameterizedTest
  @ValueSource(strings = {"fe7f0000", "32200000", "1f680000", "00800000"})
  void unknownFieldIsError12(String field) {
    lab.apart(field.equals("32200000") ? BochsDifference.MODEL : null);
    expect("error 12", RootLab.STARTED + VMREAD.formatted(field));
    expect("error 12", RootLab.STARTED + VMWRITE.formatted(field));
  }

  @Test
  void exitInformationIsReadOnly() {
    lab.apart(BochsDifference.MODEL);
    expect("error 13", RootLab.STARTED + VMWRITE.formatted("02440000"));
    lab.apart(null);
    expect("succeed", RootLab.STARTED + VMREAD.formatted("02440000"));
  }

  @Test
  void fieldsAreWrittenAndRead() {
    RootLab.End end =
        lab.run(RootLab.STARTED + VMWRITE.formatted("1e680000") + VMREAD.formatted("1e680000"));
    assertEquals("succeed", end.outcome());
    assertEquals(5, end.rcx());
  }

  /** vmread [800000h], rax: the field is looked up before the operand is written. */
  @Test
  void vmreadLooksAtTheFieldFirst() {
    expect("error 12", RootLab.STARTED + "b8fe7f0000 0f78042500008000");
    expect("#14(2)", RootLab.STARTED + "b81e680000 0f78042500008000");
  }

  // VMLAUNCH, VMRESUME, VMCALL

  @Test
  void entryNeedsACurrentVmcs() {
    expect("invalid", RootLab.VMXON_60000 + VMLAUNCH);
    expect("invalid", RootLab.VMXON_60000 + VMRESUME);
  }

  /** mov eax, 10h; mov ss, eax; vmlaunch: 26 comes before the launch state and the controls. */
  @Test
  void entryUnderMovSs() {
    expect("error 26", RootLab.STARTED + "b810000000 8ed0" + VMLAUNCH);
    expect("error 26", RootLab.STARTED + "b810000000 8ed0" + VMRESUME);
    expect("invalid", RootLab.VMXON_60000 + "b810000000 8ed0" + VMLAUNCH);
  }

  /** STI does not block entries; the controls are the next thing checked. */
  @Test
  void entryUnderSti() {
    expect("error 7", RootLab.STARTED + "fb" + VMLAUNCH);
  }

  @Test
  void launchStateComesBeforeTheControls() {
    expect("error 5", RootLab.STARTED + VMRESUME);
    expect("error 7", RootLab.STARTED + VMLAUNCH);
  }

  @Test
  void vmcallInRootIsError1() {
    expect("invalid", RootLab.VMXON_60000 + VMCALL);
    lab.apart(BochsDifference.VMCALL_IN_ROOT);
    expect("error 1", RootLab.STARTED + VMCALL);
  }

  // INVEPT, INVVPID

  private void descriptor(String low, String high) {
    lab.rig.put64(0x60010, Long.parseUnsignedLong(low, 16));
    lab.rig.put64(0x60018, Long.parseUnsignedLong(high, 16));
  }

  @ParameterizedTest
  @CsvSource({
    "1, 2001e, 0, succeed,",
    "2, 0, 0, succeed,",
    "0, 2001e, 0, error 28,",
    "3, 2001e, 0, error 28,",
    "1, 20006, 0, error 28,",
    "1, 2009e, 0, error 28,",
    "1, 2005e, 0, error 28, MODEL",
    "1, 100002001e, 0, error 28, MODEL",
    "1, 2001e, 1, error 28, INVEPT_RESERVED"
  })
  void invept(int type, String eptPointer, String reserved, String outcome, BochsDifference known) {
    lab.apart(known);
    descriptor(eptPointer, reserved);
    expect(outcome, RootLab.STARTED + "b9%02x000000 660f38800c2510000600".formatted(type));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 7, 1000, succeed",
    "1, 7, 0, succeed",
    "2, 0, 0, succeed",
    "3, 7, 0, succeed",
    "4, 7, 0, error 28",
    "0, 0, 1000, error 28",
    "1, 0, 0, error 28",
    "3, 0, 0, error 28",
    "0, 7, 800000000000, error 28",
    "1, 10007, 0, error 28"
  })
  void invvpid(int type, String vpid, String linear, String outcome) {
    descriptor(vpid, linear);
    expect(outcome, RootLab.STARTED + "b9%02x000000 660f38810c2510000600".formatted(type));
  }

  /** An unsupported type fails before the descriptor is read. */
  @Test
  void invalidationLooksAtTheTypeFirst() {
    expect("#14(0)", RootLab.STARTED + "b901000000 660f38800c2500008000");
    expect("#14(0)", RootLab.STARTED + "b901000000 660f38810c2500008000");
    lab.apart(BochsDifference.INVALIDATION_ORDER);
    expect("error 28", RootLab.STARTED + "b909000000 660f38800c2500008000");
    expect("error 28", RootLab.STARTED + "b909000000 660f38810c2500008000");
  }

  // Blocking in root operation

  /** The processor sends INIT and SIPI to itself: mov dword [FEE00300h], 4500h, then 4609h. */
  @Test
  void sipiIsDroppedAndInitHeldInRootOperation() {
    String signals = "bb0000e0fe c7831003000000000000 c7830003000000450000 c7830003000009460000";
    String wait = "b900100000 e2fe";
    expect("succeed", RootLab.STARTED + signals + wait + RootLab.VMPTRLD_60008);
    assertEquals(Cpu.LATCH_INIT, lab.cpu.latched);
  }
}
