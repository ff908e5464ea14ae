package io.github.bitterling.vmx.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.CoprocessorPins;
import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.rig.Rig;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** x87 exceptions with CR0.NE clear (SDM volume 1, 8.7.2). */
class CoprocessorPinsTests {
  private static final long CODE = 0x8000;
  private static final long WAITING = CODE + 16;
  private static final int NMI = 2;

  /** Division by zero, unmasked; nop; then an instruction that waits; hlt. */
  private static final String PROGRAM = "dbe3 d92d00900000 d9e8 d9ee def9 90 90 d9e8 f4";

  private final Rig rig = new Rig();
  private final Cpu cpu = rig.cpu;
  private final List<Boolean> ferr = new ArrayList<>();
  private boolean nmi;
  private boolean ignne;

  private final class Pins implements CoprocessorPins {
    @Override
    public void ferr(Cpu who, boolean asserted) {
      ferr.add(asserted);
      if (asserted && nmi) {
        who.latch(Cpu.LATCH_NMI);
      }
    }

    @Override
    public boolean ignne() {
      return ignne;
    }
  }

  @AfterEach
  void close() {
    rig.close();
  }

  private void run() {
    rig.flat32();
    rig.put(0x9000, "7b03");
    rig.put(CODE, PROGRAM);
    rig.gate32(NMI, 8, 0x9100, 14, 0);
    rig.put(0x9100, "dbe2 cf"); // fnclex; iret
    cpu.coprocessor = new Pins();
    rig.run(20);
  }

  @Test
  void interruptComesAtTheInstructionThatWaits() {
    nmi = true;
    run();
    assertEquals(List.of(true, false), ferr);
    assertEquals(WAITING, rig.get32(0x7000 - 12));
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
  }

  @Test
  void withoutInterruptItWaitsForEver() {
    run();
    assertEquals(List.of(true), ferr);
    assertEquals(WAITING, cpu.rip);
    assertEquals(Cpu.Activity.ACTIVE, cpu.activity);
    assertTrue(cpu.cycles() > 10_000, "time goes on");
  }

  @Test
  void ignoredUnderIgnne() {
    ignne = true;
    run();
    assertEquals(List.of(), ferr);
    assertEquals(Cpu.Activity.HALTED, cpu.activity);
  }
}
