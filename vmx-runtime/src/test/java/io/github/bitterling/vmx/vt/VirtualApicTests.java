package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.vmx.cpu.Cpu;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** APIC virtualization, virtual interrupts and posted interrupts (SDM volume 3, chapter 30). */
class VirtualApicTests {
  private static final String VMCALL = "0f01c1";
  private static final int HLT = 1;
  private static final int TPR = 0x80;
  private static final int PPR = 0xA0;
  private static final int EOI = 0xB0;
  private static final int ISR = 0x100;
  private static final int IRR = 0x200;
  private static final long DESCRIPTOR = Lab.AREA;
  private static final int NOTIFICATION = 0xF2;

  private final Lab lab = Lab.full(engine());

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private void virtual(int secondary) {
    lab.afresh().or(Field.PRIMARY_CONTROLS, Bits.TPR_SHADOW).set(Field.TPR_THRESHOLD, 0);
    lab.or(Field.SECONDARY_CONTROLS, secondary);
  }

  private void delivery(int more) {
    virtual(Bits.VIRTUAL_INTERRUPTS | more);
    lab.or(Field.PIN_CONTROLS, Bits.EXTERNAL_INTERRUPT_EXITING);
    for (int i = 0; i < 4; i++) {
      lab.set(Field.EOI_EXIT_BITMAP0.plus(i), 0);
    }
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0);
  }

  private void page(int register, long value) {
    lab.rig.put32(Lab.VIRTUAL_APIC + register, value);
  }

  private long page(int register) {
    return lab.rig.get32(Lab.VIRTUAL_APIC + register);
  }

  private void bit(int set, int vector) {
    int register = set + (vector >> 5 << 4);
    page(register, page(register) | 1L << (vector & 31));
  }

  private long status() {
    return lab.rig.get16(Lab.VMCS + Field.GUEST_INTERRUPT_STATUS.offset());
  }

  private static void exits(ExitReason reason, long qualification, Lab.Exit e) {
    assertEquals(
        reason + " " + Long.toHexString(qualification),
        e.reason() + " " + Long.toHexString(e.qualification()));
  }

  // CR8

  @Test
  void reservedBitsOfCr8Fault() {
    virtual(0);
    lab.code("b810000000 440f22c0");
    assertEquals(13, lab.exit().vector());
    assertEquals(0, page(TPR));
  }

  @Test
  void cr8ReadsTheVirtualTpr() {
    virtual(0);
    page(TPR, 0x57);
    assertEquals(5, lab.code("440f20c0 0f01c1").exit().rax());
  }

  // The APIC-access page

  private void accessPage(int more) {
    virtual(Bits.VIRTUALIZE_APIC | more);
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA);
  }

  private static String read(int offset) {
    return "a1%02x%02x070000000000".formatted(offset & 0xFF, offset >> 8);
  }

  /** mov eax, value; mov [70000h + offset], eax. */
  private static String write(int offset, int value) {
    return "b8%08x a3%02x%02x070000000000"
        .formatted(Integer.reverseBytes(value), offset & 0xFF, offset >> 8);
  }

  @Test
  void tprIsReadAndWrittenInThePage() {
    accessPage(0);
    page(TPR, 0x33);
    lab.rig.put64(Lab.DATA + TPR, 0x99);
    assertEquals(0x33, lab.code(read(TPR) + VMCALL).exit().rax());
    assertEquals(0x99, lab.rig.get64(Lab.DATA + TPR));
  }

  @Test
  void tprWriteClearsTheOtherBytes() {
    accessPage(0);
    lab.code(write(TPR, 0x12345678) + VMCALL).exit();
    assertEquals(0x78, page(TPR));
    assertEquals(0, lab.rig.get64(Lab.DATA + TPR));
  }

  /** A page that the TLB holds before the control is set is looked at again. */
  @Test
  void controlCountsFromTheNextEntry() {
    lab.code(read(TPR) + VMCALL).stage().set(Field.GUEST_RIP, Lab.CODE);
    accessPage(0);
    page(TPR, 0x33);
    lab.rig.put64(Lab.DATA + TPR, 0x99);
    assertEquals(0x99, lab.run().get(0).rax());
    assertEquals(0x33, lab.exits().get(1).rax());
  }

  /** Other registers, other widths and other parts of a register's 16 bytes exit. */
  @ParameterizedTest
  @CsvSource({
    "a1 2000070000000000, 20",
    "a1 8400070000000000, 84",
    "48a1 8000070000000000, 80",
    "a1 7e00070000000000, 7e",
    "a3 f000070000000000, 10f0",
    "a3 b000070000000000, 10b0",
    "ff34258000 0700, 80"
  })
  void otherAccessesExit(String code, String qualification) {
    accessPage(0);
    Lab.Exit e = lab.code(code + VMCALL).exit();
    exits(ExitReason.APIC_ACCESS, Long.parseLong(qualification, 16), e);
    assertEquals(Lab.CODE, e.rip());
  }

  @Test
  void everythingExitsWithoutTheShadow() {
    lab.afresh().or(Field.SECONDARY_CONTROLS, Bits.VIRTUALIZE_APIC);
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA);
    exits(ExitReason.APIC_ACCESS, TPR, lab.code(read(TPR)).exit());
  }

  @Test
  void fetchExits() {
    lab.apart(BochsDifference.APIC_FETCH);
    accessPage(0);
    lab.rig.put(Lab.DATA + 0x10, VMCALL);
    exits(ExitReason.APIC_ACCESS, 0x2010, lab.code("b810000700 ffe0").exit());
  }

  @Test
  void eventDeliveryExitsWithItsType() {
    accessPage(0);
    lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0306L)
        .set(Field.GUEST_RSP, Lab.DATA + 0x48);
    Lab.Exit e = lab.code("90").exit();
    assertEquals(ExitReason.APIC_ACCESS, e.reason());
    assertEquals(3, e.qualification() >> 12);
    assertEquals(0x8000_0306L, e.get(Field.IDT_VECTORING_INFORMATION));
  }

  @Test
  void pagingStructureInThePageExits() {
    lab.apart(BochsDifference.APIC_TABLE);
    accessPage(0);
    lab.rig.put64(0x12010, Lab.DATA | 7);
    exits(ExitReason.APIC_ACCESS, 0xF000, lab.code("a1 0000400000000000").exit());
  }

  /** TPR below threshold right after the entry (27.7.7). */
  @Test
  void entryBelowTheThresholdExitsAtOnce() {
    accessPage(0);
    lab.set(Field.TPR_THRESHOLD, 3);
    page(TPR, 0x20);
    Lab.Exit e = lab.code("90").exit();
    exits(ExitReason.TPR_BELOW_THRESHOLD, 0, e);
    assertEquals(Lab.CODE, e.rip());
  }

  // APIC-register virtualization

  @ParameterizedTest
  @ValueSource(
      ints = {
        0x20, 0x30, 0x80, 0xB0, 0xD0, 0xE0, 0xF0, 0x100, 0x1F0, 0x270, 0x280, 0x300, 0x310, 0x320,
        0x370, 0x380, 0x3E0
      })
  void registersAreReadFromThePage(int register) {
    accessPage(Bits.APIC_REGISTERS);
    page(register, 0x1234_5678L);
    assertEquals(0x1234_5678L, lab.code(read(register) + VMCALL).exit().rax());
  }

  @ParameterizedTest
  @ValueSource(ints = {0x0, 0x90, 0xA0, 0xC0, 0x290, 0x390, 0x400})
  void otherRegistersExit(int register) {
    accessPage(Bits.APIC_REGISTERS);
    exits(ExitReason.APIC_ACCESS, register, lab.code(read(register)).exit());
  }

  /** The write lands in the page, the instruction completes, then comes the exit. */
  @ParameterizedTest
  @ValueSource(ints = {0x20, 0xB0, 0xD0, 0xE0, 0xF0, 0x280, 0x300, 0x320, 0x370, 0x380, 0x3E0})
  void registerWritesExitAfterwards(int register) {
    accessPage(Bits.APIC_REGISTERS);
    Lab.Exit e = lab.code(write(register, 0x21) + VMCALL).exit();
    exits(ExitReason.APIC_WRITE, register, e);
    assertEquals(Lab.CODE + 14, e.rip());
    assertEquals(0x21, page(register));
  }

  @ParameterizedTest
  @ValueSource(ints = {0x30, 0x100, 0x390})
  void readOnlyRegistersExitBefore(int register) {
    accessPage(Bits.APIC_REGISTERS);
    exits(ExitReason.APIC_ACCESS, 0x1000 | register, lab.code(write(register, 1)).exit());
  }

  @Test
  void icrHighKeepsTheDestinationOnly() {
    accessPage(Bits.APIC_REGISTERS);
    assertEquals(ExitReason.VMCALL, lab.code(write(0x310, -1) + VMCALL).exit().reason());
    assertEquals(0xFF00_0000L, page(0x310));
  }

  // Virtual-interrupt delivery

  @Test
  void requestedInterruptIsDeliveredAtEntry() {
    delivery(0);
    bit(IRR, 0x61);
    bit(IRR, 0x41);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    Lab.Exit e = lab.code("90").exit();
    assertEquals(0x61, e.vector());
    assertEquals(0x6141, status());
    assertEquals(0x60, page(PPR));
    assertEquals(2, page(ISR + 0x30));
    assertEquals(0, page(IRR + 0x30));
  }

  @ParameterizedTest
  @CsvSource({"60, 0, false", "50, 0, true", "0, 61, false", "0, 52, true"})
  void priorityHoldsBack(String tpr, String servicing, boolean delivered) {
    delivery(0);
    bit(IRR, 0x61);
    page(TPR, Long.parseLong(tpr, 16));
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61 | Long.parseLong(servicing, 16) << 8);
    lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    Lab.Exit e = lab.code("90" + VMCALL).exit();
    assertEquals(delivered ? 0x61 : -1, e.vector());
  }

  /** sti; nop: after the instruction behind STI. */
  @Test
  void virtualInterruptWaitsForTheFlag() {
    delivery(0);
    bit(IRR, 0x61);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61);
    Lab.Exit e = lab.code("90 fb 90 90").exit();
    assertEquals(0x61, e.vector());
    assertEquals(Lab.CODE + 3, lab.rig.get64(e.get(Field.GUEST_RSP)));
  }

  @Test
  void virtualInterruptEndsHlt() {
    lab.apart(BochsDifference.HLT_WAKE);
    delivery(0);
    bit(IRR, 0x61);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    lab.set(Field.GUEST_ACTIVITY_STATE, HLT);
    assertEquals(0x61, lab.code("90").exit().vector());
  }

  /** With interrupt-window exiting virtual interrupts are not recognized: the window exits. */
  @Test
  void interruptWindowComesFirst() {
    delivery(0);
    bit(IRR, 0x61);
    lab.or(Field.PRIMARY_CONTROLS, Bits.INTERRUPT_WINDOW);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    exits(ExitReason.INTERRUPT_WINDOW, 0, lab.code("90").exit());
    assertEquals(0x61, status());
  }

  /** mov cr8, rax lowers the task priority: the interrupt comes right behind. */
  @Test
  void loweringTheTaskPriorityReleases() {
    delivery(0);
    bit(IRR, 0x61);
    page(TPR, 0x70);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x61).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    Lab.Exit e = lab.code("b805000000 440f22c0 90" + VMCALL).exit();
    assertEquals(0x61, e.vector());
    assertEquals(Lab.CODE + 9, lab.rig.get64(e.get(Field.GUEST_RSP)));
  }

  /** The handler's EOI ends the service and releases the next of the same class. */
  @Test
  void endOfInterruptReleasesTheNext() {
    delivery(Bits.VIRTUALIZE_APIC);
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA);
    bit(ISR, 0x65);
    bit(ISR, 0x33);
    bit(IRR, 0x61);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x6561).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    Lab.Exit e = lab.code(write(EOI, 7) + "90" + VMCALL).exit();
    assertEquals(0x61, e.vector());
    assertEquals(0x6100, status());
    assertEquals(0, page(EOI));
    assertEquals(2, page(ISR + 0x30), "65h is done, 61h in service");
  }

  @Test
  void endOfInterruptExitsByTheBitmap() {
    delivery(Bits.VIRTUALIZE_APIC);
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA).set(Field.EOI_EXIT_BITMAP1, 1L << 0x25);
    bit(ISR, 0x65);
    lab.set(Field.GUEST_INTERRUPT_STATUS, 0x6500);
    Lab.Exit e = lab.code(write(EOI, 0) + VMCALL).exit();
    exits(ExitReason.VIRTUALIZED_EOI, 0x65, e);
    assertEquals(Lab.CODE + 14, e.rip());
    assertEquals(0, status());
  }

  /** ICR: fixed, edge, self. */
  @Test
  void selfIpiThroughTheCommandRegister() {
    delivery(Bits.VIRTUALIZE_APIC);
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA).set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    assertEquals(0x77, lab.code(write(0x300, 0x4_0077) + "90" + VMCALL).exit().vector());
    assertEquals(0x7700, status());
  }

  /**
   * To all, NMI, level, vector below 16, logical destination without shorthand: the hypervisor's
   * affair.
   */
  @ParameterizedTest
  @ValueSource(ints = {0x8_0077, 0x4_0400, 0x4_8077, 0x4_000F, 0x77})
  void otherCommandsExit(int command) {
    delivery(Bits.VIRTUALIZE_APIC);
    lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA);
    exits(ExitReason.APIC_WRITE, 0x300, lab.code(write(0x300, command) + VMCALL).exit());
  }

  // Virtual x2APIC

  private static String rdmsr(int msr) {
    return "b9%02x080000 0f32".formatted(msr & 0xFF);
  }

  private static String wrmsr(int msr, int low, int high) {
    return "b9%02x080000 b8%08x ba%08x 0f30"
        .formatted(msr & 0xFF, Integer.reverseBytes(low), Integer.reverseBytes(high));
  }

  @Test
  void x2apicReadsTheTpr() {
    virtual(Bits.VIRTUALIZE_X2APIC);
    page(TPR, 0x46);
    assertEquals(0x46, lab.code(rdmsr(0x808) + VMCALL).exit().rax());
  }

  /** Without APIC-register virtualization the others are what they are: here there is no x2APIC. */
  @Test
  void otherX2apicMsrsAreReal() {
    virtual(Bits.VIRTUALIZE_X2APIC);
    assertEquals(13, lab.code(rdmsr(0x803)).exit().vector());
  }

  @Test
  void x2apicReadsEveryRegisterWithRegisterVirtualization() {
    virtual(Bits.VIRTUALIZE_X2APIC | Bits.APIC_REGISTERS);
    page(0x30, 0x50014);
    assertEquals(0x50014, lab.code(rdmsr(0x803) + VMCALL).exit().rax());
  }

  @Test
  void msrBitmapComesFirst() {
    virtual(Bits.VIRTUALIZE_X2APIC);
    lab.rig.put(Lab.MSR_MAP + 0x101, "01");
    exits(ExitReason.RDMSR, 0, lab.code(rdmsr(0x808)).exit());
  }

  @Test
  void x2apicWritesTheTpr() {
    virtual(Bits.VIRTUALIZE_X2APIC);
    lab.set(Field.TPR_THRESHOLD, 4);
    page(TPR, 0x50);
    Lab.Exit e = lab.code(wrmsr(0x808, 0x30, 0) + VMCALL).exit();
    exits(ExitReason.TPR_BELOW_THRESHOLD, 0, e);
    assertEquals(0x30, page(TPR));
  }

  @ParameterizedTest
  @CsvSource({"2056, 256, 0", "2056, 0, 1", "2059, 1, 0", "2111, 256, 0"})
  void x2apicWritesOfReservedBitsFault(int msr, int low, int high) {
    delivery(Bits.VIRTUALIZE_X2APIC);
    assertEquals(13, lab.code(wrmsr(msr, low, high)).exit().vector());
  }

  @Test
  void x2apicSelfIpiAndEndOfInterrupt() {
    delivery(Bits.VIRTUALIZE_X2APIC);
    lab.rig.put(Lab.handler(0x77), "90" + "ebfd"); // not reached: exits come first
    lab.rig.put(0xC000, wrmsr(0x80B, 0, 0) + VMCALL);
    lab.rig.gate64(0x77, 8, 0xC000, 0, 0);
    lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    Lab.Exit e = lab.code(wrmsr(0x83F, 0x77, 0) + "90").exit();
    assertEquals(0xC000 + 17, e.rip());
    assertEquals(0, status());
  }

  @Test
  void x2apicSelfIpiOfALowVectorExits() {
    delivery(Bits.VIRTUALIZE_X2APIC);
    exits(ExitReason.APIC_WRITE, 0x3F0, lab.code(wrmsr(0x83F, 5, 0) + VMCALL).exit());
  }

  // Posted interrupts

  /** Bochs 2.7 has no posted interrupts. */
  private void posted() {
    lab.apart(BochsDifference.MODEL);
    delivery(0);
    lab.or(Field.PIN_CONTROLS, Bits.POSTED_INTERRUPTS)
        .or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE);
    lab.set(Field.POSTED_INTERRUPT_VECTOR, NOTIFICATION);
    lab.set(Field.POSTED_INTERRUPT_DESCRIPTOR, DESCRIPTOR);
    lab.rig.put64(DESCRIPTOR + 8, 1L << 0x21 | 1L << 1);
    lab.rig.put64(DESCRIPTOR + 32, 1);
  }

  private void send(int vector) {
    lab.alone().rig.cpu.apic.write(0xF0, 4, 0x1FF);
    lab.rig
        .clock
        .timer("interrupt", () -> lab.rig.cpu.apic.write(0x300, 4, 0x4_0000 | vector))
        .armAt(20_000);
  }

  private String sendsItself(int vector) {
    lab.withApic();
    return Lab.sendsItself(vector);
  }

  @Test
  void ownNotificationPostsAndDelivers() {
    posted();
    Lab.Exit e = lab.code("fb" + sendsItself(NOTIFICATION) + "ebfe").exit();
    assertEquals(0x61, e.vector());
    assertEquals(0x6141, status());
    assertEquals(0, lab.rig.get64(DESCRIPTOR + 8));
    assertEquals(0, lab.rig.get64(DESCRIPTOR + 32));
  }

  /** The request shows in the virtual-APIC page: mov eax, [page+220h]. */
  @Test
  void ownNotificationDoesNotExit() {
    posted();
    String read = "a1" + "2032030000000000";
    Lab.Exit e = lab.code(sendsItself(NOTIFICATION) + read + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(-1, e.vector());
    assertEquals(2, e.rax(), "vector 41h or 61h");
    assertEquals(0x61, status());
  }

  @Test
  void ownOtherVectorsExit() {
    posted();
    Lab.Exit e = lab.code("fb" + sendsItself(0x55) + "ebfe").exit();
    exits(ExitReason.EXTERNAL_INTERRUPT, 0, e);
    assertEquals(0x8000_0055L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(1, lab.rig.get64(DESCRIPTOR + 32));
  }

  @ParameterizedTest
  @ValueSource(strings = {"fb ebfe", "fb f4 ebfd"})
  void notificationPostsAndDelivers(String code) {
    posted();
    send(NOTIFICATION);
    Lab.Exit e = lab.code(code).exit();
    assertEquals(0x61, e.vector());
    assertEquals(0x6141, status());
    assertEquals(0, lab.rig.get64(DESCRIPTOR + 8));
    assertEquals(0, lab.rig.get64(DESCRIPTOR + 32));
    assertEquals(0, lab.rig.cpu.apic.read(0x170, 4), "the notification is ended");
  }

  /** A notification while interrupts are off: no exit, the request waits in RVI. */
  @Test
  void notificationDoesNotExit() {
    posted();
    send(NOTIFICATION);
    Lab.Exit e = lab.code("b900000400 e2fe" + VMCALL).exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(-1, e.vector());
    assertEquals(0x61, status());
  }

  @Test
  void otherVectorsExit() {
    posted();
    send(0x55);
    Lab.Exit e = lab.code("fb ebfe").exit();
    exits(ExitReason.EXTERNAL_INTERRUPT, 0, e);
    assertEquals(0x8000_0055L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
    assertEquals(1, lab.rig.get64(DESCRIPTOR + 32));
  }
}
