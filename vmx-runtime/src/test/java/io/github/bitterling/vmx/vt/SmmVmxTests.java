package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.frontend.Helper;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Assembler;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** SMIs in VMX operation with the default treatment (SDM volume 3, 32.14). */
class SmmVmxTests {
  private static final long MAP = 0x38000;
  private static final String TRASH =
      Assembler.assemble(
          io.github.bitterling.vmx.rig.Rig.class, "/io/github/bitterling/vmx/smm/trash.S");

  /** Cycles between two places of the SMI. */
  private static final int STRIDE = 23;

  private final Lab lab = prepared();

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @AfterEach
  void close() {
    lab.close();
  }

  private Lab prepared() {
    Lab l = new Lab(engine());
    l.rig.put(MAP, TRASH);
    l.rig.put64(0x3A000, 0x3B007);
    l.rig.put64(0x3B000, 0x3C007);
    l.rig.put64(0x3C000, 0x87);
    return l;
  }

  private static Lab smiOnPort(Lab l) {
    l.rig.bus.onPortWrite =
        port -> {
          if (port == 0x85) {
            l.rig.cpu.latch(Cpu.LATCH_SMI);
          }
        };
    return l;
  }

  /** The guest's OUT raises an SMI; it goes on in the guest behind it. */
  @Test
  void guestGoesOnAfterAnSmi() {
    smiOnPort(lab).code("b034 e685 fec0 0f01c1").alone();
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.VMCALL, e.reason());
    assertEquals(0x35, e.rax() & 0xFF);
    assertEquals(Lab.CODE + 6, e.rip());
    assertEquals(1, lab.rig.cpu.smiCount);
    assertEquals(1, lab.rig.get32(MAP + 0x7EE0), "EPT was enabled");
    assertEquals(Lab.EPT_ROOT | 0x1E, lab.rig.get64(MAP + 0x7ED8));
    assertEquals(0x20, lab.rig.get64(MAP + 0x7E40), "VMXE is kept inside");
    assertEquals(0x2020, lab.rig.cpu.cr4);
  }

  /** Wherever in host or guest the SMI comes, all exits are the same. */
  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void anSmiAnywhereChangesNoExit(int program) {
    Consumer<Lab> setup = programs().get(program);
    List<Lab.Exit> plain;
    long cycles;
    try (Lab l = prepared()) {
      setup.accept(l);
      plain = l.run();
      cycles = l.rig.cpu.retired;
    }
    for (long at = 1; at < cycles; at += STRIDE + cycles / 100) {
      try (Lab l = prepared()) {
        setup.accept(l);
        l.rig.clock.timer("SMI", () -> l.rig.cpu.latch(Cpu.LATCH_SMI)).armAt(at);
        assertEquals(plain, l.run(), "SMI at cycle " + at);
        assertEquals(1, l.rig.cpu.smiCount);
        assertEquals(1, l.rig.get32(0x3F000));
      }
    }
  }

  private static List<Consumer<Lab>> programs() {
    return List.of(
        l -> l.code("b905000000 31c0 01c8 e2fc 0fa2"),
        l ->
            l.code("90 90 90 90")
                .or(Field.PRIMARY_CONTROLS, Bits.MONITOR_TRAP_FLAG)
                .stage()
                .set(Field.GUEST_RIP, Lab.CODE + 1),
        l ->
            l.guestReal()
                .code("31c0 b90500 01c8 e2fc 0f01c1")
                .set(Field.GUEST_INTERRUPTIBILITY, 2)
                .set(Field.GUEST_PENDING_DEBUG, 0),
        l ->
            l.code("fb 90 90 0f01c1")
                .or(Field.PRIMARY_CONTROLS, Bits.INTERRUPT_WINDOW)
                .or(Field.PIN_CONTROLS, Bits.NMI_EXITING | Bits.VIRTUAL_NMIS)
                .set(Field.GUEST_INTERRUPTIBILITY, 8));
  }

  /** The timer counts in SMM and its exit comes right after RSM (26.5.1). */
  @Test
  void preemptionTimerExpiresAfterRsm() {
    smiOnPort(lab).code("e685 fec0 90 0f01c1").alone();
    lab.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER).set(Field.PREEMPTION_TIMER_VALUE, 1);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.PREEMPTION_TIMER, e.reason());
    assertEquals(Lab.CODE + 2, e.rip());
    assertEquals(1, lab.rig.cpu.smiCount);
  }

  /** HLT of the guest: SMM and back, then what ends it. */
  @Test
  void guestStaysHalted() {
    lab.code("f4 0f01c1").or(Field.PIN_CONTROLS, Bits.NMI_EXITING).alone();
    lab.rig.clock.timer("SMI", () -> lab.rig.cpu.latch(Cpu.LATCH_SMI)).armAt(10_000);
    lab.rig.clock.timer("NMI", () -> lab.rig.cpu.latch(Cpu.LATCH_NMI)).armAt(100_000);
    Lab.Exit e = lab.exit();
    assertEquals(ExitReason.EXCEPTION_OR_NMI, e.reason());
    assertEquals(1, e.get(Field.GUEST_ACTIVITY_STATE));
    assertEquals(Lab.CODE + 1, e.rip());
    assertEquals(1, lab.rig.cpu.smiCount);
  }

  /** VMX instructions are undefined in SMM, INITs wait for the end of root operation. */
  @Test
  void noVmxInSmmAndNoInitInRootOperation() {
    lab.code("0f01c1").exit();
    Cpu cpu = lab.rig.cpu;
    assertTrue(cpu.vmxOperation && !cpu.nonRoot);
    cpu.latch(Cpu.LATCH_SMI);
    cpu.events.service(cpu);
    assertFalse(cpu.vmxOperation);
    assertEquals(0, cpu.cr4);
    for (Helper h : new Helper[] {Helper.VMXON, Helper.VMCALL, Helper.VMPTRST, Helper.VMLAUNCH}) {
      lab.rig.call(h, 0x60000);
      assertEquals(6, cpu.faultVector, h.name());
    }
    cpu.latch(Cpu.LATCH_INIT);
    lab.rig.call(Helper.RSM);
    assertTrue(cpu.vmxOperation && !cpu.nonRoot);
    assertEquals(0x2020, cpu.cr4);
    cpu.events.service(cpu);
    assertEquals(Cpu.LATCH_INIT, cpu.latched);
  }

  @Test
  void capabilitySaysThatSmbaseCanBeRead() {
    Cpu cpu = lab.rig.cpu;
    cpu.latch(Cpu.LATCH_SMI);
    cpu.events.service(cpu);
    assertEquals(0x30000, cpu.msrs.read(cpu, 0x9E));
    assertFalse(cpu.msrs.write(cpu, 0x9E, 0));
  }
}
