package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Assembler;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Exits at boundaries that a random number chooses. A guest's loop runs twice without one and is
 * compiled by then on engines that compile; the third time the preemption timer, the monitor trap
 * flag, windows, NMIs and injected events interrupt it again and again. It must end as it did
 * undisturbed, and every exit must be where the interpreter has it.
 */
class BoundaryStormTests {
  private static final int EXITS = 190;
  private static final int NMIS = 40;

  /** Cycles after which the loop runs for the third time, and how long it is interrupted. */
  private static final int CALM = 40_000;

  private static final int STORM = 40_000;

  private static final long UD_INJECTED = 0x8000_0306L;
  private static final String INC_AND_IRETQ = "fe042500300700 48cf";
  private static final String IRETQ = "48cf";
  private static final long SOURCE = Lab.DATA + 0x100;

  /** Bytes that the loop reads. */
  private static final int SOURCE_BYTES = 4 * 400;

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  /** Looks at the machine when all is over. */
  void over(Lab lab) {}

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
  void nothingIsLostOrRepeated(long seed) {
    List<Lab.Exit> judge;
    try (Lab lab = prepared(Lab.Engine.TIER_ZERO, seed)) {
      judge = lab.run();
    }
    try (Lab lab = prepared(engine(), seed)) {
      assertEquals(judge, lab.run());
      over(lab);
    }
    Lab.Exit undisturbed = judge.getFirst();
    assertEquals(ExitReason.VMCALL, undisturbed.reason());
    assertEquals(undisturbed.rax(), judge.get(1).rax());
    assertEquals(undisturbed.rip(), judge.getLast().rip());
    assertEquals(undisturbed.rax(), judge.getLast().rax(), "checksum");
    long before = judge.stream().filter(e -> e.rip() != undisturbed.rip()).count();
    assertTrue(before > EXITS / 2, before + " exits inside the loop");
  }

  private static Lab prepared(Lab.Engine engine, long seed) {
    Random random = new Random(seed);
    Lab lab = new Lab(engine).alone();
    lab.code(Assembler.assemble(Lab.class, "storm.S"));
    lab.rig.put(Lab.handler(2), IRETQ);
    lab.rig.put(Lab.handler(6), INC_AND_IRETQ);
    for (int i = 0; i < SOURCE_BYTES; i += 8) {
      lab.rig.put64(SOURCE + i, random.nextLong());
    }
    lab.set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
    calm(lab);
    for (int i = 0; i < 2; i++) {
      calm(lab.stage().set(Field.GUEST_RIP, Lab.CODE));
      lab.set(Field.GUEST_RSP, Lab.STACK);
    }
    disturb(lab, random);
    for (int i = 1; i < EXITS; i++) {
      disturb(lab.stage(), random);
    }
    calm(lab.stage());
    for (int i = 0; i < NMIS; i++) {
      long at = CALM + random.nextInt(STORM);
      lab.rig.clock.timer("NMI " + i, () -> lab.rig.cpu.latch(Cpu.LATCH_NMI)).armAt(at);
    }
    return lab;
  }

  private static void calm(Lab lab) {
    controls(lab, 0, 0);
  }

  private static void controls(Lab lab, int pin, int primary) {
    lab.set(Field.PIN_CONTROLS, 0x16 | Bits.NMI_EXITING | Bits.VIRTUAL_NMIS | pin);
    long others = Bits.NMI_WINDOW | Bits.INTERRUPT_WINDOW | Bits.MONITOR_TRAP_FLAG;
    lab.clear(Field.PRIMARY_CONTROLS, others).or(Field.PRIMARY_CONTROLS, primary & 0xFFFF_FFFFL);
  }

  private static void disturb(Lab lab, Random random) {
    switch (random.nextInt(10)) {
      case 0, 1, 2 -> controls(lab, 0, Bits.MONITOR_TRAP_FLAG);
      case 3 -> controls(lab, 0, Bits.NMI_WINDOW);
      case 4 -> controls(lab, 0, Bits.INTERRUPT_WINDOW);
      default -> {
        controls(lab, Bits.PREEMPTION_TIMER, 0);
        lab.set(Field.PREEMPTION_TIMER_VALUE, random.nextInt(4));
      }
    }
    lab.set(Field.ENTRY_INTERRUPTION_INFORMATION, random.nextInt(3) == 0 ? UD_INJECTED : 0);
  }
}
