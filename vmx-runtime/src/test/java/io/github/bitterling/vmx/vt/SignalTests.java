package io.github.bitterling.vmx.vt;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.github.bitterling.vmx.cpu.Cpu;
import io.github.bitterling.vmx.model.CpuModel;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every signal in every activity state: the first core's guest sends it to the second core, whose
 * guest runs, halts, is in shutdown or waits for SIPI (SDM volume 3, 26.2, 27.7.2, 28.1).
 */
class SignalTests {
  private static final String VMCALL = "0f01c1";
  private static final int EXITING = Bits.NMI_EXITING | Bits.EXTERNAL_INTERRUPT_EXITING;
  private static final int SIPI_VECTOR = 9;

  /** mov ebx, FEE00000h; mov dword [rbx+F0h], 1FFh: enables the APIC. */
  private static final String ENABLE = "bb0000e0fe c783f0000000ff010000" + VMCALL;

  /** mov ecx, 80000h; loop; vmcall: ends when no signal does it. */
  private static final String RUN = "b900000800 e2fe" + VMCALL;

  private static final String IRETQ = "48cf";

  private enum Signal {
    NMI(0x4400),
    INIT(0x4500),
    SIPI(0x4600 | SIPI_VECTOR),
    INTERRUPT(0x4061);

    private final int command;

    Signal(int command) {
      this.command = command;
    }
  }

  private enum State {
    ACTIVE,
    HLT,
    SHUTDOWN,
    WAIT_FOR_SIPI
  }

  /** Tier 0; other engines run the same programs elsewhere. */
  Lab.Engine engine() {
    return Lab.Engine.TIER_ZERO;
  }

  @TestFactory
  Stream<DynamicTest> signals() {
    List<DynamicTest> tests = new ArrayList<>();
    for (State state : State.values()) {
      for (Signal signal : Signal.values()) {
        for (boolean exiting : new boolean[] {true, false}) {
          String name = signal + ", " + state + (exiting ? ", exiting" : "");
          tests.add(dynamicTest(name, () -> check(state, signal, exiting)));
        }
      }
    }
    return tests.stream();
  }

  private void check(State state, Signal signal, boolean exiting) {
    String expected = expected(state, signal, exiting);
    List<Lab> labs = Lab.cores(engine(), CpuModel.e3845(2));
    try (Lab first = labs.getFirst().once()) {
      String delay = MulticoreTests.DELAY;
      String after =
          state == State.WAIT_FOR_SIPI
              ? delay + MulticoreTests.sendOthers(Signal.SIPI.command)
              : "";
      MulticoreTests.withApic(first)
          .code(delay + delay + MulticoreTests.sendOthers(signal.command) + after + VMCALL);
      Lab second = MulticoreTests.withApic(labs.get(1)).once();
      if (state == State.WAIT_FOR_SIPI) {
        second.rig.put(Lab.handler(2), IRETQ); // the host's: what was blocked comes after the exit
      }
      second.code(ENABLE + RUN).stage().set(Field.GUEST_RIP, Lab.CODE + 18);
      second.set(Field.GUEST_ACTIVITY_STATE, state.ordinal());
      second.set(Field.GUEST_RFLAGS, 2 | Cpu.IF);
      if (exiting) {
        second.or(Field.PIN_CONTROLS, EXITING);
      }
      if (expected.startsWith(ExitReason.PREEMPTION_TIMER.name())) {
        second.or(Field.PIN_CONTROLS, Bits.PREEMPTION_TIMER);
        second.set(Field.PREEMPTION_TIMER_VALUE, 20_000);
      }
      Lab.runAll(labs);
      assertEquals(expected, text(second.select().exits().get(1)));
    }
  }

  private static String text(Lab.Exit e) {
    String detail =
        switch (e.reason()) {
          case EXCEPTION_OR_NMI -> " %x".formatted(e.get(Field.EXIT_INTERRUPTION_INFORMATION));
          case SIPI -> " " + e.qualification();
          case VMCALL -> " " + e.vector();
          default -> "";
        };
    return e.reason() + detail + ", " + State.values()[(int) e.get(Field.GUEST_ACTIVITY_STATE)];
  }

  /** What ends the second core's guest, and the activity state that is saved. */
  private static String expected(State state, Signal signal, boolean exiting) {
    if (state == State.WAIT_FOR_SIPI) {
      return "SIPI " + SIPI_VECTOR + ", " + state;
    }
    return switch (signal) {
      case NMI -> exiting ? "EXCEPTION_OR_NMI 80000202, " + state : "VMCALL 2, ACTIVE";
      case INIT -> "INIT, " + state;
      case SIPI -> unheard(state);
      case INTERRUPT -> {
        if (state == State.SHUTDOWN) {
          yield unheard(state);
        }
        yield exiting ? "EXTERNAL_INTERRUPT, " + state : "VMCALL 97, ACTIVE";
      }
    };
  }

  private static String unheard(State state) {
    return state == State.ACTIVE ? "VMCALL -1, ACTIVE" : "PREEMPTION_TIMER, " + state;
  }
}
