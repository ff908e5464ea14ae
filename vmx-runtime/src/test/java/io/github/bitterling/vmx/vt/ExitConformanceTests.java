package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.cpu.Cpu;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every exit reason of the processor model, each caused by a guest program (SDM volume 3, 26.1 and
 * 26.2, table 28-3 ff.), and what each control changes: with it the instruction exits, without it
 * the guest goes on to its VMCALL.
 */
class ExitConformanceTests {
  /** Controls that are no bit of the primary word, or none at all. */
  private static final Consumer<Lab> ALWAYS = null;

  private static final String VMCALL = "0f01c1";
  private static final int EXTERNAL = Bits.EXTERNAL_INTERRUPT_EXITING;

  /** What RDTSC and RDRAND give differs from round to round. */
  private static final String CLEAR_RAX = "31c0";

  /**
   * A program and its exit.
   *
   * @param before instructions before the one that exits
   * @param code the instruction that exits
   * @param control makes it exit; null when it always does
   */
  private record Row(
      String name,
      Consumer<Lab> control,
      String before,
      String code,
      ExitReason reason,
      long qualification) {
    int length(String hex) {
      return hex.replace(" ", "").length() / 2;
    }
  }

  private final List<Row> rows = new ArrayList<>();
  private final Set<ExitReason> seen = EnumSet.noneOf(ExitReason.class);

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  private void row(
      String name,
      Consumer<Lab> control,
      String before,
      String code,
      ExitReason reason,
      long qualification) {
    rows.add(new Row(name, control, before, code, reason, qualification));
  }

  private void always(String code, ExitReason reason) {
    row(reason.title(), ALWAYS, "", code, reason, 0);
  }

  private static Consumer<Lab> primary(int bits) {
    return lab -> lab.or(Field.PRIMARY_CONTROLS, bits & 0xFFFF_FFFFL);
  }

  private static Consumer<Lab> secondary(int bits) {
    return lab -> lab.or(Field.SECONDARY_CONTROLS, bits);
  }

  private void instructions() {
    always("0fa2", ExitReason.CPUID);
    always("0f08", ExitReason.INVD);
    always("0f01c1", ExitReason.VMCALL);
    always("0f01c2", ExitReason.VMLAUNCH);
    always("0f01c3", ExitReason.VMRESUME);
    always("0f01c4", ExitReason.VMXOFF);
    row("VMCLEAR [rax+11h]", ALWAYS, "", "660fc77011", ExitReason.VMCLEAR, 0x11);
    row("VMPTRLD [rax-1]", ALWAYS, "", "0fc770ff", ExitReason.VMPTRLD, -1);
    row("VMPTRST [12345h]", ALWAYS, "", "0fc73c2545230100", ExitReason.VMPTRST, 0x12345);
    row("VMXON [rip+0]", ALWAYS, "", "f30fc73500000000", ExitReason.VMXON, Lab.CODE + 8);
    always("0f78c8", ExitReason.VMREAD);
    always("0f79c8", ExitReason.VMWRITE);
    row("INVEPT rcx, [rax]", ALWAYS, "", "660f388008", ExitReason.INVEPT, 0);
    row("INVVPID rcx, [rax+rbx*4+8]", ALWAYS, "", "660f38814c9808", ExitReason.INVVPID, 8);
    row(
        "INVLPG [rax]",
        primary(Bits.INVLPG_EXITING),
        "b845230100",
        "0f0138",
        ExitReason.INVLPG,
        0x12345);
    row("RDTSC", primary(Bits.RDTSC_EXITING), "", "0f31", ExitReason.RDTSC, 0);
    row("RDTSCP", primary(Bits.RDTSC_EXITING), "", "0f01f9", ExitReason.RDTSCP, 0);
    row("PAUSE", primary(Bits.PAUSE_EXITING), "", "f390", ExitReason.PAUSE, 0);
    row(
        "MONITOR",
        primary(Bits.MONITOR_EXITING),
        "b80000070031c931d2",
        "0f01c8",
        ExitReason.MONITOR,
        0);
    row(
        "MWAIT",
        primary(Bits.MWAIT_EXITING),
        "b80000070031c931d20f01c8fe0031c0",
        "0f01c9",
        ExitReason.MWAIT,
        0);
    row("WBINVD", secondary(Bits.WBINVD_EXITING), "", "0f09", ExitReason.WBINVD, 0);
    row("RDRAND", secondary(Bits.RDRAND_EXITING), "", "0fc7f0", ExitReason.RDRAND, 0);
    Consumer<Lab> tables = secondary(Bits.DESCRIPTOR_TABLE_EXITING);
    row("SGDT [70000h]", tables, "", "0f010425000007 00", ExitReason.GDTR_IDTR, 0x70000);
    row("SIDT [rax]", tables, "b800000700", "0f0108", ExitReason.GDTR_IDTR, 0);
    row("LIDT [rax]", tables, "b800000700", "0f0118", ExitReason.GDTR_IDTR, 0);
    row("SLDT eax", tables, "", "0f00c0", ExitReason.LDTR_TR, 0);
    row("STR eax", tables, "", "0f00c8", ExitReason.LDTR_TR, 0);
    row("LLDT ax", tables, "31c0", "0f00d0", ExitReason.LDTR_TR, 0);
  }

  private void registers() {
    row(
        "MOV to CR3",
        primary(Bits.CR3_LOAD_EXITING),
        "b800000100",
        "0f22d8",
        ExitReason.CR_ACCESS,
        3);
    row("MOV from CR3", primary(Bits.CR3_STORE_EXITING), "", "0f20da", ExitReason.CR_ACCESS, 0x213);
    row("MOV to CR8", primary(Bits.CR8_LOAD_EXITING), "31c0", "440f22c0", ExitReason.CR_ACCESS, 8);
    row(
        "MOV from CR8",
        primary(Bits.CR8_STORE_EXITING),
        "",
        "440f20c1",
        ExitReason.CR_ACCESS,
        0x118);
    Consumer<Lab> ownsTs = lab -> lab.set(Field.CR0_MASK, 8);
    row("MOV to CR0", ownsTs, "0f20c083c808", "0f22c0", ExitReason.CR_ACCESS, 0);
    row("LMSW", ownsTs, "b809000000", "0f01f0", ExitReason.CR_ACCESS, 0x9_0030);
    row(
        "CLTS",
        ownsTs.andThen(lab -> lab.set(Field.CR0_READ_SHADOW, 8)),
        "",
        "0f06",
        ExitReason.CR_ACCESS,
        0x20);
    row(
        "MOV to CR4",
        lab -> lab.set(Field.CR4_MASK, 0x2004),
        "0f20e083c804",
        "0f22e0",
        ExitReason.CR_ACCESS,
        4);
    row("MOV to DR0", primary(Bits.MOV_DR_EXITING), "31c0", "0f23c0", ExitReason.MOV_DR, 0);
    row("MOV from DR7", primary(Bits.MOV_DR_EXITING), "", "0f21fb", ExitReason.MOV_DR, 0x317);
    row(
        "RDMSR",
        lab -> lab.rig.put(Lab.MSR_MAP + 0x2E, "10"),
        "b974010000",
        "0f32",
        ExitReason.RDMSR,
        0);
    row(
        "WRMSR",
        lab -> lab.rig.put(Lab.MSR_MAP + 0x82E, "10"),
        "b97401000031c031d2",
        "0f30",
        ExitReason.WRMSR,
        0);
    row(
        "RDMSR C0000082h",
        lab -> lab.rig.put(Lab.MSR_MAP + 0x410, "04"),
        "b9820000c0",
        "0f32",
        ExitReason.RDMSR,
        0);
    row(
        "RDMSR without bitmaps",
        lab -> lab.clear(Field.PRIMARY_CONTROLS, Bits.MSR_BITMAPS),
        "b974010000",
        "0f32",
        ExitReason.RDMSR,
        0);
  }

  private void ports() {
    Consumer<Lab> port42 = lab -> lab.rig.put(Lab.IO_A + 8, "04");
    row("OUT 42h, AL", port42, "", "e642", ExitReason.IO_INSTRUCTION, 0x42_0040);
    row("IN EAX, 41h", port42, "", "e541", ExitReason.IO_INSTRUCTION, 0x41_004B);
    row(
        "IN AX, DX",
        lab -> lab.rig.put(Lab.IO_B + 0x246, "10"),
        "ba34920000",
        "66ed",
        ExitReason.IO_INSTRUCTION,
        0x9234_0009L);
    row(
        "REP OUTSB",
        lab -> lab.rig.put(Lab.IO_A + 8, "04"),
        "ba42000000be00000700b901000000",
        "f36e",
        ExitReason.IO_INSTRUCTION,
        0x42_0030);
    row(
        "unconditional I/O",
        lab ->
            lab.clear(Field.PRIMARY_CONTROLS, Bits.IO_BITMAPS)
                .or(Field.PRIMARY_CONTROLS, Bits.UNCONDITIONAL_IO),
        "",
        "e680",
        ExitReason.IO_INSTRUCTION,
        0x80_0040);
  }

  /**
   * The instruction exits with the control, with its length; without it the guest reaches the
   * VMCALL behind.
   */
  @TestFactory
  Stream<DynamicTest> instructionsExit() {
    instructions();
    registers();
    ports();
    return rows.stream().map(row -> dynamicTest(row.name, () -> check(row)));
  }

  private void check(Row row) {
    try (Lab lab = new Lab(engine())) {
      if (row.control != null) {
        row.control.accept(lab);
      }
      lab.code(row.before + row.code + VMCALL);
      Lab.Exit e = lab.exit();
      long at = Lab.CODE + row.length(row.before);
      assertEquals(row.reason + "@" + at, e.reason() + "@" + e.rip());
      assertEquals(Long.toHexString(row.qualification), Long.toHexString(e.qualification()));
      assertEquals(row.length(row.code), e.get(Field.EXIT_INSTRUCTION_LENGTH));
    }
    if (row.control != null) {
      try (Lab lab = new Lab(engine())) {
        lab.code(row.before + row.code + CLEAR_RAX + VMCALL);
        long at = Lab.CODE + row.length(row.before + row.code + CLEAR_RAX);
        Lab.Exit e = lab.exit();
        assertEquals(
            ExitReason.VMCALL + "@" + at, e.reason() + "@" + e.rip(), "without the control");
      }
    }
  }

  private Lab.Exit exitOf(Consumer<Lab> setup, String code) {
    try (Lab lab = new Lab(engine())) {
      setup.accept(lab.code(code));
      return lab.exit();
    }
  }

  private void assertExit(ExitReason reason, long qualification, Lab.Exit e) {
    assertEquals(
        reason + " " + Long.toHexString(qualification),
        e.reason() + " " + Long.toHexString(e.qualification()));
  }

  // Other causes

  @Test
  void rdpmcExits() {
    assertExit(ExitReason.RDPMC, 0, exitOf(primary(Bits.RDPMC_EXITING), "31c9 0f33"));
  }

  @Test
  void hltExits() {
    assertExit(ExitReason.HLT, 0, exitOf(primary(Bits.HLT_EXITING), "f4"));
  }

  @Test
  void hltWithoutTheControlWaitsForTheTimer() {
    Lab.Exit e =
        exitOf(
            lab ->
                lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER)
                    .set(Field.PREEMPTION_TIMER_VALUE, 50),
            "f4");
    assertExit(ExitReason.PREEMPTION_TIMER, 0, e);
    assertEquals(1, e.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(Lab.CODE + 1, e.rip());
  }

  @Test
  void savedTimerValueGoesDown() {
    Lab.Exit e =
        exitOf(
            lab ->
                lab.apart(BochsDifference.TIME)
                    .or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER)
                    .set(Field.PREEMPTION_TIMER_VALUE, 1000)
                    .or(Field.EXIT_CONTROLS, Bits.EXIT_SAVE_TIMER),
            "b900010000 e2fe 0f01c1");
    assertExit(ExitReason.VMCALL, 0, e);
    long left = e.get(Field.PREEMPTION_TIMER_VALUE);
    assertEquals(true, left >= 995 && left <= 997, "257 instructions at 64 cycles a tick: " + left);
  }

  @Test
  void tripleFaultExits() {
    assertExit(
        ExitReason.TRIPLE_FAULT, 0, exitOf(lab -> lab.set(Field.GUEST_IDTR_LIMIT, 0), "0f0b"));
  }

  @Test
  void taskSwitchExits() {
    Lab.Exit e =
        exitOf(
            lab -> {
              lab.guest32();
              lab.rig.descriptor(0x1038, 0x0000_8900_3000_0067L);
            },
            "ea000000003800");
    assertExit(ExitReason.TASK_SWITCH, 0x8000_0038L, e);
  }

  @Test
  void initExits() {
    Lab.Exit e =
        exitOf(
            lab ->
                lab.alone()
                    .rig
                    .clock
                    .timer("INIT", () -> lab.rig.cpu.latch(Cpu.LATCH_INIT))
                    .armAt(5000),
            "ebfe");
    assertEquals(ExitReason.INIT, e.reason());
  }

  @Test
  void sipiExitsWithItsVector() {
    Lab.Exit e =
        exitOf(
            lab -> {
              lab.alone().set(Field.GUEST_ACTIVITY_STATE, 3);
              lab.rig.clock.timer("SIPI", () -> sipi(lab.rig.cpu)).armAt(5000);
            },
            "90");
    assertExit(ExitReason.SIPI, 0x9A, e);
    assertEquals(3, e.get(Field.GUEST_ACTIVITY_STATE));
  }

  private static void sipi(Cpu cpu) {
    cpu.sipiVector = 0x9A;
    cpu.latch(Cpu.LATCH_SIPI);
  }

  /** The guest sends itself an interrupt, which is accepted behind the store to the APIC. */
  private Lab.Exit selfInterrupt(Consumer<Lab> setup) {
    return exitOf(lab -> setup.accept(lab.afresh().withApic()), Lab.sendsItself(0x61) + VMCALL);
  }

  @Test
  void externalInterruptExits() {
    Lab.Exit e =
        selfInterrupt(
            lab -> lab.apart(BochsDifference.MASKED_INTERRUPT).or(Field.PIN_CONTROLS, EXTERNAL));
    assertExit(ExitReason.EXTERNAL_INTERRUPT, 0, e);
    assertEquals(0, e.get(Field.EXIT_INTERRUPTION_INFORMATION), "not acknowledged");
  }

  @Test
  void externalInterruptIsAcknowledgedOnExit() {
    Lab.Exit e =
        selfInterrupt(
            lab ->
                lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF)
                    .or(Field.PIN_CONTROLS, EXTERNAL)
                    .or(Field.EXIT_CONTROLS, Bits.EXIT_ACKNOWLEDGE));
    assertEquals(0x8000_0061L, e.get(Field.EXIT_INTERRUPTION_INFORMATION));
  }

  @Test
  void externalInterruptIsDeliveredWithoutTheControl() {
    Lab.Exit e = selfInterrupt(lab -> lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF));
    assertEquals(0x61, e.vector());
  }

  @Test
  void tprBelowThresholdExits() {
    Lab.Exit e =
        exitOf(
            lab -> {
              primary(Bits.TPR_SHADOW).accept(lab);
              lab.set(Field.TPR_THRESHOLD, 3).once().rig.put32(Lab.VIRTUAL_APIC + 0x80, 0x50);
            },
            "b802000000 440f22c0 90 0f01c1");
    assertExit(ExitReason.TPR_BELOW_THRESHOLD, 0, e);
    assertEquals(Lab.CODE + 9, e.rip());
  }

  /** mov eax, [70080h] is virtualized, mov eax, [70020h] exits. */
  @Test
  void apicAccessExits() {
    Lab.Exit e =
        exitOf(
            lab -> {
              primary(Bits.TPR_SHADOW).accept(lab);
              secondary(Bits.VIRTUALIZE_APIC).accept(lab.set(Field.APIC_ACCESS_ADDRESS, Lab.DATA));
              lab.set(Field.TPR_THRESHOLD, 0).rig.put32(Lab.VIRTUAL_APIC + 0x80, 0x50);
            },
            "a1 8000070000000000 89c3 a1 2000070000000000");
    assertExit(ExitReason.APIC_ACCESS, 0x20, e);
    assertEquals(0x50, e.rax());
  }

  /** 26.2: the bitmap's bit decides; for page faults together with mask and match. */
  @TestFactory
  Stream<DynamicTest> exceptions() {
    return Stream.of(
            new String[] {"#DE", "31d2 31c9 f7f1", "0", "80000300"},
            new String[] {"#BP", "cc", "3", "80000603"},
            new String[] {"#UD", "0f0b", "6", "80000306"},
            new String[] {"#GP", "b800020000 0f22c0", "d", "80000b0d"},
            new String[] {"#PF", "a10000800000000000", "e", "80000b0e"},
            new String[] {"ICEBP", "f1", "1", "80000501"})
        .map(
            r ->
                dynamicTest(
                    r[0],
                    () -> exception(r[1], Integer.parseInt(r[2], 16), Long.parseLong(r[3], 16))));
  }

  private void exception(String code, int vector, long information) {
    Lab.Exit e = exitOf(lab -> lab.set(Field.EXCEPTION_BITMAP, 1L << vector), code);
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(
        Long.toHexString(information),
        Long.toHexString(e.get(Field.EXIT_INTERRUPTION_INFORMATION)));
    assertEquals(vector == 14 ? 0x800000 : 0, e.qualification());
    assertEquals(vector, exitOf(lab -> {}, code).vector(), "without the bit it is delivered");
  }

  @TestFactory
  Stream<DynamicTest> pageFaultMaskAndMatch() {
    // a read of an absent page at CPL 0: error code 0
    return Stream.of(
            new long[] {1, 0, 0, 1},
            new long[] {1, 1, 1, 0},
            new long[] {0, 1, 1, 1},
            new long[] {0, 1, 0, 0})
        .map(
            r ->
                dynamicTest(
                    "bit %d, mask %d, match %d".formatted(r[0], r[1], r[2]),
                    () -> {
                      Lab.Exit e =
                          exitOf(
                              lab ->
                                  lab.set(Field.EXCEPTION_BITMAP, r[0] << 14)
                                      .set(Field.PAGE_FAULT_MASK, r[1])
                                      .set(Field.PAGE_FAULT_MATCH, r[2]),
                              "a10000800000000000");
                      assertEquals(
                          r[3] == 1 ? ExitReason.EXCEPTION_OR_NMI : ExitReason.VMCALL, e.reason());
                    }));
  }

  /** An exit while the injected event is delivered: the handler's stack is not there. */
  @Test
  void exitDuringDeliveryCarriesTheEvent() {
    Lab.Exit e =
        exitOf(
            lab -> {
              lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, 0x8000_0B0DL)
                  .set(Field.ENTRY_EXCEPTION_ERROR_CODE, 0x18);
              lab.set(Field.GUEST_RSP, Lab.DATA + 0x800).rig.put64(Lab.DATA_EPTE, 0);
            },
            "90");
    assertEquals(ExitReason.EPT_VIOLATION, e.reason());
    assertEquals(0x8000_0B0DL, e.get(Field.IDT_VECTORING_INFORMATION));
    assertEquals(0x18, e.get(Field.IDT_VECTORING_ERROR_CODE));
    assertEquals(Lab.CODE, e.rip());
  }
}
