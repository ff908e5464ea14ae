package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What the full model has beside Silvermont's EPT: mode-based execute control, page-modification
 * logging, virtualization exceptions, VM functions (SDM volume 3, 26.5.6, 26.5.7, 29.3).
 */
class FullModelEptTests {
  private static final String VMCALL = "0f01c1";
  private static final long WRITE_BACK = 6 << 3;
  private static final long USER_EXECUTE = 1 << 10;
  private static final long SUPPRESS = 1L << 63;
  private static final int VE = 20;
  private static final long LOG = Lab.AREA;
  private static final long INFORMATION = Lab.AREA;
  private static final long LIST = Lab.AREA + 0x1000;

  /** mov eax, [70010h], mov [70010h], eax; mov eax, 70010h; jmp rax. */
  private static final String READ = "a1 1000070000000000" + VMCALL;

  private static final String WRITE = "a3 1000070000000000" + VMCALL;
  private static final String FETCH = "b810000700 ffe0";

  private final Lab lab = Lab.full(engine());

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private Lab secondary(int bits) {
    return lab.or(Field.SECONDARY_CONTROLS, bits);
  }

  private void data(long rights) {
    lab.rig.put64(Lab.DATA_EPTE, Lab.DATA | WRITE_BACK | rights);
    lab.rig.put(Lab.DATA + 0x10, VMCALL);
  }

  // Mode-based execute control

  /** All other pages are executable for both. */
  private void modeBased() {
    lab.apart(BochsDifference.MODEL);
    secondary(Bits.MODE_BASED_EXECUTE);
    for (int i = 0; i < 512; i++) {
      lab.rig.put64(0x23000 + 8L * i, (long) i << 12 | 7 | WRITE_BACK | USER_EXECUTE);
    }
    for (long table : new long[] {Lab.EPT_ROOT, 0x21000, 0x22000}) {
      lab.rig.put64(table, lab.rig.get64(table) | USER_EXECUTE);
    }
  }

  /** The guest's own tables make every page a user page: bit 10 counts, also at CPL 0. */
  @ParameterizedTest
  @CsvSource({"5, false", "401, true", "405, true", "1, false"})
  void userPagesNeedBit10(String rights, boolean runs) {
    modeBased();
    data(Long.parseLong(rights, 16));
    Lab.Exit e = lab.code(FETCH).exit();
    fetched(e, runs, Long.parseLong(rights, 16));
  }

  /** The same page as a supervisor page: bit 2 counts. */
  @ParameterizedTest
  @CsvSource({"5, true", "401, false", "405, true", "1, false"})
  void supervisorPagesNeedBit2(String rights, boolean runs) {
    modeBased();
    lab.rig.put64(0x12000, 0x83);
    data(Long.parseLong(rights, 16));
    fetched(lab.code(FETCH).exit(), runs, Long.parseLong(rights, 16));
  }

  /** Without paging every address is a user-mode address: no entry says supervisor. */
  @ParameterizedTest
  @CsvSource({"5, false", "401, true", "405, true", "1, false"})
  void withoutPagingBit10Counts(String rights, boolean runs) {
    modeBased();
    lab.guest32();
    data(Long.parseLong(rights, 16));
    fetched(lab.code(FETCH).exit(), runs, Long.parseLong(rights, 16));
  }

  private static void fetched(Lab.Exit e, boolean runs, long rights) {
    if (runs) {
      assertEquals(ExitReason.VMCALL, e.reason());
      return;
    }
    assertEquals(ExitReason.EPT_VIOLATION, e.reason());
    long user = (rights & USER_EXECUTE) != 0 ? 1 << 6 : 0;
    assertEquals(0x184 | (rights & 7) << 3 | user, e.qualification());
  }

  /** Without the control bit 10 is ignored. */
  @Test
  void bit10IsIgnoredWithoutTheControl() {
    data(1 | USER_EXECUTE);
    assertEquals(0x184 | 1 << 3, lab.code(FETCH).exit().qualification());
  }

  /** An entry with bit 10 alone is present: execute-only for user-mode addresses. */
  @Test
  void bit10AloneIsPresent() {
    modeBased();
    data(USER_EXECUTE);
    assertEquals(ExitReason.VMCALL, lab.code(FETCH).exit().reason());
  }

  @Test
  void bit10AloneGrantsNoReads() {
    modeBased();
    data(USER_EXECUTE);
    assertEquals(0x1C1, lab.code(READ).exit().qualification());
  }

  // Page-modification logging

  private void logging(int index) {
    secondary(Bits.PAGE_MODIFICATION_LOG).set(Field.EPT_POINTER, Lab.EPT_ROOT | 0x5E);
    lab.set(Field.PML_ADDRESS, LOG).set(Field.PML_INDEX, index);
    lab.afresh();
  }

  private int index() {
    return (int) lab.rig.get16(Lab.VMCS + Field.PML_INDEX.offset());
  }

  /** Guest tables become dirty by the walk, then the page; a second write is no news. */
  @Test
  void dirtyPagesAreLogged() {
    logging(511);
    lab.code("a3 1000070000000000 a3 2000070000000000" + VMCALL).exit();
    int entries = 511 - index();
    assertEquals(Lab.DATA, lab.rig.get64(LOG + 8L * (index() + 1)), "the last one");
    for (int i = 1; i < entries; i++) {
      assertNotEquals(Lab.DATA, lab.rig.get64(LOG + 8L * (511 - i + 1)), "logged once");
    }
  }

  @Test
  void readsAreNotLogged() {
    logging(511);
    lab.code(READ).exit();
    for (int i = 511; i > index(); i--) {
      assertNotEquals(Lab.DATA, lab.rig.get64(LOG + 8L * i));
    }
  }

  /** Index FFFFh: the exit comes before the access, and the flags stay as they were. */
  @Test
  void fullLogExits() {
    logging(0xFFFF);
    Lab.Exit e = lab.code(WRITE).exit();
    assertEquals(ExitReason.PAGE_MODIFICATION_LOG_FULL, e.reason());
    assertEquals(0, e.qualification());
    assertEquals(Lab.CODE, e.rip());
    assertEquals(0, lab.rig.get64(Lab.EPT_ROOT) & 0x300);
  }

  /** The last free entry is used; then the index is FFFFh and the next dirty page exits. */
  @Test
  void indexGoesBelowZero() {
    logging(511);
    lab.code(READ).stage().set(Field.PML_INDEX, 0).set(Field.GUEST_RIP, Lab.CODE + 0x40);
    lab.rig.put(Lab.CODE + 0x40, "a3 1000070000000000 a3 1000080000000000" + VMCALL);
    Lab.Exit e = lab.run().get(1);
    assertEquals(ExitReason.PAGE_MODIFICATION_LOG_FULL, e.reason());
    assertEquals(Lab.CODE + 0x49, e.rip());
    assertEquals(0xFFFF, index());
    assertEquals(Lab.DATA, lab.rig.get64(LOG));
  }

  @Test
  void nothingIsLoggedWithoutTheControl() {
    lab.set(Field.EPT_POINTER, Lab.EPT_ROOT | 0x5E).set(Field.PML_ADDRESS, LOG);
    lab.code(WRITE).exit();
    assertEquals(0, lab.rig.get64(LOG));
  }

  // Virtualization exceptions

  private void exceptions() {
    secondary(Bits.VIRTUALIZATION_EXCEPTIONS);
    lab.set(Field.VIRTUALIZATION_EXCEPTION_ADDRESS, INFORMATION).set(Field.EPTP_INDEX, 0x1234);
    lab.afresh();
  }

  @Test
  void violationBecomesAnException() {
    exceptions();
    data(4);
    Lab.Exit e = lab.code(WRITE).exit();
    assertEquals(VE, e.vector());
    assertEquals(Lab.CODE, lab.rig.get64(e.get(Field.GUEST_RSP)), "no error code, the fault's RIP");
    assertEquals(0xFFFF_FFFF_0000_0030L, lab.rig.get64(INFORMATION));
    assertEquals(0x182 | 4 << 3, lab.rig.get64(INFORMATION + 8));
    assertEquals(Lab.DATA + 0x10, lab.rig.get64(INFORMATION + 16));
    assertEquals(Lab.DATA + 0x10, lab.rig.get64(INFORMATION + 24));
    assertEquals(0x1234, lab.rig.get16(INFORMATION + 32));
  }

  /** Suppressed by bit 63, in a leaf and in an entry that is not present. */
  @ParameterizedTest
  @ValueSource(longs = {4, 0})
  void suppressedViolationExits(long rights) {
    exceptions();
    data(rights | SUPPRESS);
    assertEquals(ExitReason.EPT_VIOLATION, lab.code(WRITE).exit().reason());
    assertEquals(0, lab.rig.get64(INFORMATION));
  }

  /** The guest must clear the second word before the next one. */
  @Test
  void busyInformationAreaExits() {
    exceptions();
    data(4);
    lab.rig.put32(INFORMATION + 4, 1);
    assertEquals(ExitReason.EPT_VIOLATION, lab.code(WRITE).exit().reason());
  }

  @Test
  void exceptionBitmapAppliesToVirtualizationExceptions() {
    exceptions();
    data(4);
    Lab.Exit e = lab.set(Field.EXCEPTION_BITMAP, 1 << VE).code(WRITE).exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(0x8000_0314L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  @Test
  void violationWhileAnEventIsDeliveredExits() {
    exceptions();
    data(4);
    lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0306L)
        .set(Field.GUEST_RSP, Lab.DATA + 0x80);
    assertEquals(ExitReason.EPT_VIOLATION, lab.code("90").exit().reason());
  }

  @Test
  void realModeExits() {
    lab.guestReal();
    exceptions();
    data(0);
    lab.segment(3, 0x7000, 0x70000, 0xFFFF, 0x93);
    assertEquals(ExitReason.EPT_VIOLATION, lab.code("a01000 0f01c1").exit().reason());
  }

  /** #VE whose delivery faults with a contributory exception is a double fault. */
  @Test
  void faultAfterAVirtualizationExceptionDoubles() {
    exceptions();
    data(4);
    lab.rig.put64(0x2000 + 16 * VE, 0);
    assertEquals(8, lab.code(WRITE).exit().vector());
  }

  @Test
  void misconfigurationExits() {
    exceptions();
    data(2);
    assertEquals(ExitReason.EPT_MISCONFIGURATION, lab.code(WRITE).exit().reason());
  }

  // VM functions

  /** xor eax, eax; mov ecx, index; vmfunc; mov eax, [70010h]; vmcall. */
  private static String switchTo(int index) {
    return "31c0 b9%02x%02x0000 0f01d4".formatted(index & 0xFF, index >> 8) + READ;
  }

  /** A second hierarchy that maps the data page to the page behind it. */
  private void switching() {
    secondary(Bits.VM_FUNCTIONS).set(Field.VM_FUNCTION_CONTROLS, 1);
    lab.set(Field.EPTP_LIST_ADDRESS, LIST);
    lab.rig.put64(LIST, Lab.EPT_ROOT | 0x1E);
    lab.rig.put64(LIST + 8, 0x28000 | 0x1E);
    lab.rig.put64(0x28000, 0x29007);
    lab.rig.put64(0x29000, 0x2A007);
    lab.rig.put64(0x2A000, 0x2B007);
    for (int i = 0; i < 512; i++) {
      lab.rig.put64(0x2B000 + 8L * i, (long) i << 12 | 0x37);
    }
    lab.rig.put64(0x2B000 + 8 * 0x70, Lab.DATA + 0x1000 | 0x37);
    lab.rig.put64(Lab.DATA + 0x10, 1);
    lab.rig.put64(Lab.DATA + 0x1010, 2);
  }

  @Test
  void guestSwitchesItsEptPointer() {
    switching();
    secondary(Bits.VIRTUALIZATION_EXCEPTIONS);
    lab.set(Field.VIRTUALIZATION_EXCEPTION_ADDRESS, INFORMATION);
    Lab.Exit e = lab.code(READ.replace(VMCALL, "") + switchTo(1)).exit();
    assertEquals(2, e.rax());
    assertEquals(0x2801E, lab.rig.get64(Lab.VMCS + Field.EPT_POINTER.offset()));
    assertEquals(1, lab.rig.get16(Lab.VMCS + Field.EPTP_INDEX.offset()));
  }

  /** VM functions need no privilege. */
  @Test
  void guestSwitchesAtRing3() {
    switching();
    lab.user();
    assertEquals(2, lab.code(switchTo(1)).exit().rax());
  }

  @Test
  void vmfuncIsUndefinedWithoutTheControl() {
    switching();
    lab.clear(Field.SECONDARY_CONTROLS, Bits.VM_FUNCTIONS);
    assertEquals(6, lab.code(switchTo(1)).exit().vector());
  }

  /** An index beyond the list, a bad pointer in it, another function: the instruction exits. */
  @ParameterizedTest
  @ValueSource(
      strings = {"31c0 b900020000", "31c0 b902000000", "b801000000 31c9", "b83f000000 31c9"})
  void failingFunctionExits(String before) {
    switching();
    lab.rig.put64(LIST + 16, 0x28006);
    Lab.Exit e = lab.code(before + "0f01d4").exit();
    assertEquals(ExitReason.VMFUNC, e.reason());
    assertEquals(3, e.get(Field.EXIT_INSTRUCTION_LENGTH));
    assertEquals(0, e.qualification());
  }

  /** No control could enable function 64. */
  @Test
  void functionAbove63IsUndefined() {
    switching();
    assertEquals(6, lab.code("b840000000 31c9 0f01d4").exit().vector());
  }

  @Test
  void functionThatIsNotEnabledExits() {
    switching();
    lab.set(Field.VM_FUNCTION_CONTROLS, 0);
    assertEquals(ExitReason.VMFUNC, lab.code(switchTo(1)).exit().reason());
  }
}
