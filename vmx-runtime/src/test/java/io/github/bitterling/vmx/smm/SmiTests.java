package io.github.bitterling.vmx.smm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.cpu.Cpu.Activity;
import io.github.bitterling.vmx.rig.Rig;
import io.github.bitterling.vmx.system.Modes;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * SMI delivery, the state-save map, RSM and its checks, one at a time (SDM volume 3, chapter 32).
 */
class SmiTests {
  private static final long MAP = 0x38000;
  private static final long CR4_IMAGE = MAP + 0x7E40;
  private static final long CR0_IMAGE = MAP + 0x7FF8;
  private static final long EFER_IMAGE = MAP + 0x7FE0;
  private static final long RFLAGS_IMAGE = MAP + 0x7FE8;
  private static final long RIP_IMAGE = MAP + 0x7FD8;
  private static final long AUTO_HALT = MAP + 0x7F02;
  private static final long IO_RESTART = MAP + 0x7F00;
  private static final long IO_MISC = MAP + 0x7FA4;
  private static final int SMRR_BASE = 0x1F2;
  private static final int SMRR_MASK = 0x1F3;

  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;

  @AfterEach
  void close() {
    rig.close();
  }

  private void smi() {
    cpu.latch(Cpu.LATCH_SMI);
    cpu.events.service(cpu);
  }

  private void rsm() {
    rig.call(Helper.RSM);
  }

  static Map<String, Consumer<Rig>> modes() {
    Map<String, Consumer<Rig>> modes = new LinkedHashMap<>();
    modes.put("reset", r -> {});
    modes.put("big real", r -> r.cpu.ds.limit = 0xFFFF_FFFFL);
    modes.put("protected, 16 bits", SmiTests::protected16);
    modes.put("protected, 32 bits", Rig::flat32);
    modes.put("protected, CPL 3", SmiTests::user32);
    modes.put("PAE", SmiTests::pae);
    modes.put("virtual 8086", SmiTests::v86);
    modes.put("64 bits", Rig::long64);
    modes.put("64 bits, CPL 3", SmiTests::user64);
    modes.put("compatibility", SmiTests::compatibility);
    return modes;
  }

  private static void protected16(Rig r) {
    r.flat32();
    r.cpu.cs.set(8, 0x12340, 0xFFFF, 0x9B);
    r.cpu.ss.set(0x10, 0x20000, 0x0FFF, 0x97);
  }

  private static void user32(Rig r) {
    r.flat32();
    r.user();
  }

  private static void user64(Rig r) {
    r.long64();
    r.user();
    r.cpu.fs.base = 0xFFFF_8765_4321_0000L;
    r.cpu.gs.base = 0x1234_5678_9000L;
  }

  private static void pae(Rig r) {
    r.flat32();
    r.cpu.cr4 = 0x30;
    r.cpu.cr3 = 0x10020;
    r.cpu.cr0 |= 1L << 31;
    r.cpu.pdpte[0] = 0x12001;
    r.cpu.pdpte[3] = 0x7_0000_3001L;
  }

  private static void v86(Rig r) {
    r.flat32();
    for (int i = 0; i < 6; i++) {
      r.cpu.segments[i].setReal(0x1000 + i, 0xF3);
    }
    r.cpu.cpl = 3;
    r.cpu.setFlags(0x2_3202);
  }

  private static void compatibility(Rig r) {
    r.long64();
    r.cpu.cs.set(8, 0, 0xFFFF_FFFFL, 0xC09B);
  }

  private void fillRegisters() {
    for (int i = 0; i < 16; i++) {
      cpu.r[i] = 0x1122_3344_5566_7788L * (i + 1);
    }
    cpu.rip = 0x1234;
    cpu.dr[0] = 0x777;
    cpu.dr[6] = 0xFFFF_4FF1L;
    cpu.dr[7] = 0x2403;
    cpu.cr2 = 0xABCD;
    cpu.gdtrBase = cpu.idtrBase + 0x10;
    cpu.idtrLimit = 0x123;
    cpu.ldtr.set(0x30, 0x9876_5000L, 0x3F, 0x82);
    cpu.setFlags(cpu.flags() | 0x8D5 | Cpu.RF);
  }

  static List<String> modeNames() {
    return List.copyOf(modes().keySet());
  }

  @ParameterizedTest
  @MethodSource("modeNames")
  void everyModeComesBackBitForBit(String mode) {
    modes().get(mode).accept(rig);
    fillRegisters();
    Modes.update(cpu);
    String before = State.of(cpu);
    smi();
    assertEntryState();
    for (int i = 0; i < 16; i++) {
      cpu.r[i] = i;
    }
    cpu.gdtrBase = 1;
    cpu.idtrBase = 2;
    cpu.ldtr.set(0, 0, 0, 0);
    cpu.tr.set(0, 0, 0, 0);
    cpu.pdpte[0] = 9;
    cpu.dr[6] = 0xFFFF_0FF0L;
    rsm();
    assertFalse(cpu.smm);
    assertEquals(before, State.of(cpu));
  }

  /** Table 32-4. */
  private void assertEntryState() {
    assertTrue(cpu.smm);
    assertEquals(0x8000, cpu.rip);
    assertEquals(2, cpu.flags());
    assertEquals(0x3000, cpu.cs.selector);
    assertEquals(0x30000, cpu.cs.base);
    for (int i = 0; i < 6; i++) {
      assertEquals(0xFFFF_FFFFL, cpu.segments[i].limit);
      assertTrue(i == 1 || cpu.segments[i].base == 0 && cpu.segments[i].selector == 0);
    }
    assertEquals(0, cpu.cr0 & 0x8000_000DL);
    assertEquals(0, cpu.cr4);
    assertEquals(0, cpu.efer);
    assertEquals(0x400, cpu.dr[7]);
    assertEquals(0, cpu.cpl);
    assertTrue(cpu.nmiBlocked);
    assertEquals(0x30100, rig.get32(MAP + 0x7EFC));
    assertEquals(0x30000, rig.get32(MAP + 0x7EF8));
  }

  @Test
  void fieldsLieWhereTheManualHasThem() {
    rig.long64();
    fillRegisters();
    smi();
    assertEquals(cpu.r[0], rig.get64(MAP + 0x7F5C));
    assertEquals(cpu.r[7], rig.get64(MAP + 0x7F94));
    assertEquals(cpu.r[8], rig.get64(MAP + 0x7F54));
    assertEquals(cpu.r[15], rig.get64(MAP + 0x7F1C));
    assertEquals(0x1234, rig.get64(RIP_IMAGE));
    assertEquals(0xE0000011L, rig.get64(CR0_IMAGE));
    assertEquals(0x10000, rig.get64(MAP + 0x7FF0));
    assertEquals(0x20, rig.get64(CR4_IMAGE));
    assertEquals(0x500, rig.get64(EFER_IMAGE));
    assertEquals(0x2403, rig.get64(MAP + 0x7FC8));
    assertEquals(8, rig.get32(MAP + 0x7FAC));
    assertEquals(0x30, rig.get32(MAP + 0x7FC0));
    assertEquals(0x9876_5000L, rig.get32(MAP + 0x7E9C));
    assertEquals(0x2010, rig.get32(MAP + 0x7E8C));
    assertEquals(0x2000, rig.get32(MAP + 0x7E94));
    assertEquals(0, rig.get32(IO_MISC));
    assertEquals(0, rig.get16(AUTO_HALT));
  }

  @Test
  void rsmOutsideSmmIsUndefined() {
    rig.call(Helper.RSM);
    assertEquals(Cpu.FAULT_EXCEPTION, cpu.fault);
    assertEquals(6, cpu.faultVector);
  }

  @Test
  void oneSmiStaysLatchedInSmm() {
    rig.flat32();
    smi();
    cpu.latch(Cpu.LATCH_SMI);
    cpu.latch(Cpu.LATCH_SMI);
    cpu.events.service(cpu);
    assertEquals(0x8000, cpu.rip);
    assertEquals(1, cpu.smiCount);
    rsm();
    cpu.events.service(cpu);
    assertTrue(cpu.smm);
    assertEquals(2, cpu.smiCount);
    rsm();
    cpu.events.service(cpu);
    assertFalse(cpu.smm);
  }

  @Test
  void smiComesBeforeInitAndNmi() {
    rig.flat32();
    cpu.latch(Cpu.LATCH_NMI | Cpu.LATCH_INIT);
    smi();
    cpu.events.service(cpu);
    assertTrue(cpu.smm);
    assertEquals(Cpu.LATCH_NMI | Cpu.LATCH_INIT, cpu.latched);
    rsm();
    cpu.events.service(cpu);
    assertEquals(0xFFF0, cpu.rip, "INIT after RSM");
    assertEquals(0x30000, cpu.smbase);
  }

  @Test
  void relocationTakesEffectWithRsmAndOutlivesInit() {
    rig.flat32();
    smi();
    rig.put32(MAP + 0x7EF8, 0x123457);
    rsm();
    assertEquals(0x123457, cpu.smbase);
    cpu.latch(Cpu.LATCH_INIT);
    cpu.events.service(cpu);
    smi();
    assertEquals(0x123457, cpu.cs.base);
    assertEquals(0x2345, cpu.cs.selector);
    assertEquals(0xFFF0, rig.get64(0x123457 + 0xFFD8));
    assertEquals(0x123457, rig.get32(0x123457 + 0xFEF8));
    rsm();
    assertEquals(0xFFF0, cpu.rip);
    rig.processor.powerOn();
    assertEquals(0x30000, cpu.smbase);
    assertEquals(0, cpu.smiCount);
  }

  // Activity

  @Test
  void haltIsResumedUnlessTheHandlerSaysOtherwise() {
    rig.flat32();
    rig.call(Helper.HLT);
    smi();
    assertEquals(Activity.ACTIVE, cpu.activity);
    assertEquals(1, rig.get16(AUTO_HALT));
    rsm();
    assertEquals(Activity.HALTED, cpu.activity);
    assertEquals(0x8002, cpu.rip);
    smi();
    rig.put(AUTO_HALT, "0000");
    rsm();
    assertEquals(Activity.ACTIVE, cpu.activity);
    assertEquals(0x8002, cpu.rip);
  }

  @Test
  void mwaitEndsAndIsNotResumed() {
    rig.flat32();
    cpu.r[1] = 0;
    rig.call(Helper.MONITOR, 0x5000);
    rig.call(Helper.MWAIT);
    assertEquals(Activity.MONITOR_WAIT, cpu.activity);
    smi();
    assertEquals(0, rig.get16(AUTO_HALT));
    rsm();
    assertEquals(Activity.ACTIVE, cpu.activity);
    assertFalse(cpu.monitor.armed());
  }

  @Test
  void shutdownIsLeftForTheHandlerOnly() {
    rig.flat32();
    cpu.activity = Activity.SHUTDOWN;
    smi();
    assertTrue(cpu.smm);
    assertEquals(Activity.ACTIVE, cpu.activity);
    rsm();
    assertEquals(Activity.SHUTDOWN, cpu.activity);
    assertFalse(cpu.events.service(cpu));
  }

  @Test
  void waitForSipiKeepsTheSmi() {
    try (Rig two = new Rig(2, new io.github.bitterling.vmx.rig.NoVmx())) {
      Cpu second = two.processors.get(1).cpu();
      second.latch(Cpu.LATCH_SMI);
      assertFalse(second.events.service(second));
      assertFalse(second.smm);
      second.sipiVector = 0x12;
      second.latch(Cpu.LATCH_SIPI);
      assertTrue(second.events.service(second));
      second.events.service(second);
      assertTrue(second.smm, "before the first instruction");
      assertEquals(0, two.get64(RIP_IMAGE));
      assertEquals(0x1200, two.get32(MAP + 0x7FAC));
    }
  }

  // NMIs and shadows

  @Test
  void rsmRestoresBlockingByNmi() {
    rig.flat32();
    rig.gate32(2, 8, 0x9000, 14, 0);
    smi();
    cpu.latch(Cpu.LATCH_NMI);
    cpu.events.service(cpu);
    assertEquals(0x8000, cpu.rip, "blocked in SMM");
    rsm();
    cpu.events.service(cpu);
    assertEquals(0x9000, cpu.rip);
    assertTrue(cpu.nmiBlocked);
    smi();
    rsm();
    assertTrue(cpu.nmiBlocked, "the NMI's handler has not returned yet");
  }

  @Test
  void iretInSmmUnblocksNmis() {
    rig.put32(2 * 4, 0x2000_0034L);
    cpu.idtrBase = 0;
    cpu.cs.setReal(0, 0x93);
    smi();
    cpu.latch(Cpu.LATCH_NMI);
    cpu.r[4] = 0x6000;
    rig.put32(0x6000, 0x3000_8100L);
    rig.put32(0x6004, 2);
    rig.call(Helper.IRET, 2);
    cpu.events.service(cpu);
    assertEquals(0x34, cpu.rip);
    assertTrue(cpu.smm);
    rsm();
    assertFalse(cpu.nmiBlocked, "as it was before the SMI");
  }

  @Test
  void shadowAndDebugTrapSurvive() {
    rig.flat32();
    rig.gate32(1, 8, 0x9000, 14, 0);
    cpu.interruptShadow = Cpu.SHADOW_SS;
    cpu.pendingDebug = 1 << 14;
    smi();
    assertEquals(0, cpu.interruptShadow);
    assertEquals(0, cpu.pendingDebug);
    rsm();
    assertEquals(Cpu.SHADOW_SS, cpu.interruptShadow & 3);
    assertEquals(1 << 14, cpu.pendingDebug);
  }

  // I/O

  @Test
  void ioInstructionIsDescribedAndRestarted() {
    rig.flat32();
    cpu.r[0] = 0x99;
    cpu.r[1] = 0x11;
    rig.call(Helper.OUT, 0xB2, 0, 1);
    smi();
    assertEquals(0x00B2_0083, rig.get32(IO_MISC));
    assertEquals(0x8000, rig.get64(MAP + 0x7DE8));
    assertEquals(0x8002, rig.get64(RIP_IMAGE));
    rsm();
    assertEquals(0x8002, cpu.rip);
    smi();
    assertEquals(0, rig.get32(IO_MISC), "no longer right behind it");
    rsm();
    cpu.retired++;
    cpu.r[2] = 0x3F8;
    rig.call(Helper.IN, 0x3F8, 2, 0);
    smi();
    assertEquals(0x03F8_0019, rig.get32(IO_MISC));
    rig.put(IO_RESTART, "ff00");
    rsm();
    assertEquals(0x8002, cpu.rip, "IN again");
  }

  @Test
  void restartWithoutAnIoInstructionDoesNothing() {
    rig.flat32();
    smi();
    rig.put(IO_RESTART, "ff00");
    rsm();
    assertEquals(0x8000, cpu.rip);
  }

  // RSM checks

  private void shutsDown(String what, Runnable spoil) {
    smi();
    spoil.run();
    rsm();
    assertEquals(Activity.SHUTDOWN, cpu.activity, what);
    assertEquals(1, rig.resets.size(), what);
    assertTrue(rig.resets.getFirst().startsWith("shutdown in RSM, "), what);
    rig.resets.clear();
    rig.processor.powerOn();
  }

  @Test
  void statesThatCannotBeShutDown() {
    shutsDown("PG without PE", () -> rig.put64(CR0_IMAGE, 0x8000_0010L));
    shutsDown("NW without CD", () -> rig.put64(CR0_IMAGE, 0x2000_0010L));
    shutsDown("upper half of CR0", () -> rig.put64(CR0_IMAGE, 0x1_0000_0010L));
    shutsDown("reserved bit of CR4", () -> rig.put64(CR4_IMAGE, 1 << 17));
    shutsDown("VMXE", () -> rig.put64(CR4_IMAGE, 1 << 13));
    shutsDown("reserved bit of EFER", () -> rig.put64(EFER_IMAGE, 2));
    shutsDown("LMA without paging", () -> rig.put64(EFER_IMAGE, 0x500));
    shutsDown(
        "long mode without PAE",
        () -> {
          rig.put64(EFER_IMAGE, 0x500);
          rig.put64(CR0_IMAGE, 0x8000_0011L);
        });
    shutsDown(
        "VM in long mode",
        () -> {
          rig.put64(EFER_IMAGE, 0x500);
          rig.put64(CR4_IMAGE, 0x20);
          rig.put64(CR0_IMAGE, 0x8000_0011L);
          rig.put64(RFLAGS_IMAGE, 0x2_0002);
        });
  }

  @Test
  void theHandlerMayChangeWhatIsWritable() {
    rig.flat32();
    smi();
    rig.put64(MAP + 0x7F5C, 0x1234_5678_9ABC_DEF0L);
    rig.put64(RIP_IMAGE, 0x4_0000_9000L);
    rig.put64(RFLAGS_IMAGE, 0xFFFF_FFFF_0000_0ED7L);
    rsm();
    assertEquals(0x1234_5678_9ABC_DEF0L, cpu.r[0]);
    assertEquals(0x9000, cpu.rip, "32 bits outside 64-bit mode");
    assertEquals(0xED7 & 0x3F7FD7 | 2, cpu.flags());
  }

  // Registers

  @Test
  void vmxeIsReservedInSmm() {
    rig.flat32();
    smi();
    rig.call(Helper.MOV_TO_CR, 4, 1 << 13, 0);
    assertEquals(13, cpu.faultVector);
    rig.call(Helper.MOV_TO_CR, 4, 0x20, 0);
    assertEquals(Cpu.FAULT_NONE, cpu.fault);
  }

  @Test
  void smrrIsWritableInSmmOnly() {
    rig.flat32();
    assertFalse(cpu.msrs.write(cpu, SMRR_MASK, 0xFFF00800L));
    smi();
    assertTrue(cpu.msrs.write(cpu, SMRR_BASE, 0x400006));
    assertFalse(cpu.msrs.write(cpu, SMRR_BASE, 0x1_0040_0006L));
    assertTrue(cpu.msrs.write(cpu, SMRR_MASK, 0xFFF00800L));
    rsm();
    assertEquals(0xFFF00800L, cpu.msrs.read(cpu, SMRR_MASK));
    assertEquals(1, cpu.msrs.read(cpu, 0x34));
    assertNull(cpu.msrs.read(cpu, 0x9E), "no IA32_SMBASE outside SMM");
    assertNull(cpu.msrs.read(cpu, 0x9B), "no dual-monitor treatment");
  }

  @Test
  void smrrHidesMemoryOutsideSmm() {
    rig.long64();
    rig.put64(0x500008, 0x1111_2222_3333_4444L);
    assertEquals(0x3333_4444L, cpu.memory.load(cpu, 0x500008, 4, 0));
    smi();
    cpu.msrs.write(cpu, SMRR_BASE, 0x500006);
    cpu.msrs.write(cpu, SMRR_MASK, 0xFFF00800L);
    assertEquals(0x3333_4444L, cpu.memory.load(cpu, 0x500008, 4, 0));
    cpu.memory.store(cpu, 0x500008, 4, 5, 0);
    rsm();
    assertEquals(0xFFFF_FFFFL, cpu.memory.load(cpu, 0x500008, 4, 0));
    cpu.memory.store(cpu, 0x500008, 4, 6, 0);
    assertEquals(5, rig.get32(0x500008));
    assertEquals(1, cpu.memory.load(cpu, 0x4FFFFC, 8, 0) >>> 32 == 0xFFFF_FFFFL ? 1 : 0);
    assertEquals(0, cpu.memory.host(0x500000, false));
    rig.put64(0x12010, 0x500087);
    cpu.memory.flushAll();
    cpu.latch(Cpu.LATCH_INIT);
    cpu.events.service(cpu);
    assertEquals(0xFF, cpu.memory.load(cpu, 0x500008, 1, 0), "INIT keeps it");
    rig.processor.powerOn();
    assertEquals(5, cpu.memory.load(cpu, 0x500008, 1, 0));
  }
}
