package io.github.bitterling.minnow.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.spi.FlashPart;
import java.io.ByteArrayOutputStream;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Whole machines that execute a few bytes from the reset vector: how runs end, on every engine. */
class BareMachineTest {
  private static final int CODE = 0x7F_F000;
  private static final int RESET_VECTOR = 0x7F_FFF0;
  private static final int SERIAL = 0x3F8;

  private final ByteArrayOutputStream code = new ByteArrayOutputStream();
  private final StringBuilder printed = new StringBuilder();

  private final Console console =
      new Console() {
        @Override
        public void output(int b) {
          printed.append((char) b);
        }

        @Override
        public int input() {
          return -1;
        }

        @Override
        public boolean interactive() {
          return false;
        }

        @Override
        public boolean quitRequested() {
          return false;
        }
      };

  private BareMachineTest bytes(int... values) {
    for (int v : values) {
      code.write(v);
    }
    return this;
  }

  /** mov dx, port; mov al, value; out dx, al. */
  private BareMachineTest out8(int port, int value) {
    return bytes(0xBA, port & 0xFF, port >> 8, 0xB0, value, 0xEE);
  }

  /** mov dx, port; mov ax, value; out dx, ax. */
  private BareMachineTest out16(int port, int value) {
    return bytes(0xBA, port & 0xFF, port >> 8, 0xB8, value & 0xFF, value >> 8, 0xEF);
  }

  /** mov dx, port; mov eax, value; out dx, eax. */
  private BareMachineTest out32(int port, int value) {
    bytes(0xBA, port & 0xFF, port >> 8, 0x66, 0xB8);
    return bytes(value & 0xFF, value >>> 8 & 0xFF, value >>> 16 & 0xFF, value >>> 24, 0x66, 0xEF);
  }

  /** Writes a dword of the LPC bridge's configuration space. */
  private BareMachineTest lpc(int register, int value) {
    return out32(0xCF8, 0x8000_F800 | register).out32(0xCFC, value);
  }

  private BareMachineTest print(String text) {
    lpc(0x80, 1);
    text.chars().forEach(c -> out8(SERIAL, c));
    return this;
  }

  /** cli; hlt; jmp to the hlt. */
  private BareMachineTest halt() {
    return bytes(0xFA, 0xF4, 0xEB, 0xFD);
  }

  private MachineResult run(EngineKind engine, RunLimits limits) {
    byte[] flash = new byte[FlashPart.SIZE];
    Arrays.fill(flash, (byte) 0xFF);
    System.arraycopy(code.toByteArray(), 0, flash, CODE, code.size());
    System.arraycopy(new byte[] {(byte) 0xE9, 0x0D, (byte) 0xF0}, 0, flash, RESET_VECTOR, 3);
    MachineConfig config = new MachineConfig(64 << 20, 1, engine, flash, List.of());
    try (Machine machine = MachineFactory.installed().create(config)) {
      return machine.run(limits, console);
    }
  }

  private MachineResult run() {
    return run(EngineKind.INTERPRETER, new RunLimits(Optional.empty(), 5_000_000_000L, 0));
  }

  @ParameterizedTest
  @EnumSource(EngineKind.class)
  void printsAndHalts(EngineKind engine) {
    print("hi\n").halt();
    MachineResult result = run(engine, new RunLimits(Optional.empty(), 5_000_000_000L, 0));
    assertEquals("hi\n", printed.toString());
    assertEquals(Outcome.HALTED, result.outcome());
    assertEquals("hi", result.lastSerialLine());
    assertEquals(1, result.outcome().exitCode());
    assertEquals(MilestoneRecorder.FIRST_INSTRUCTION, result.milestones().get(0).name());
  }

  @Test
  void sameRunSameInstructionsAndTime() {
    print("once more\n").halt();
    MachineResult first = run();
    MachineResult second = run();
    assertEquals(first.guestInstructions(), second.guestInstructions());
    assertEquals(first.guestSeconds(), second.guestSeconds());
  }

  @Test
  void debugExitCarriesItsValue() {
    bytes(0xB0, 7, 0xE6, 0xF4).halt();
    MachineResult result = run();
    assertEquals(Outcome.DEBUG_EXIT, result.outcome());
    assertEquals(7, result.debugExit().orElseThrow());
  }

  @Test
  void untilTextEndsTheRunAsASuccess() {
    print("login:").halt();
    MachineResult result =
        run(EngineKind.INTERPRETER, new RunLimits(Optional.of("login:"), 5_000_000_000L, 0));
    assertEquals(Outcome.UNTIL_TEXT, result.outcome());
  }

  @Test
  void softOffIsASuccessUnlessATextWasAskedFor() {
    lpc(0x40, 0x402).out16(0x404, 7 << 10 | 1 << 13).halt();
    assertEquals(Outcome.POWER_OFF, run().outcome());
    RunLimits waiting = new RunLimits(Optional.of("never"), 5_000_000_000L, 0);
    assertEquals(Outcome.POWER_OFF_TOO_EARLY, run(EngineKind.INTERPRETER, waiting).outcome());
  }

  @Test
  void guestTimeLimit() {
    bytes(0xEB, 0xFE);
    MachineResult result =
        run(EngineKind.INTERPRETER, new RunLimits(Optional.empty(), 2_000_000, 0));
    assertEquals(Outcome.GUEST_TIME_LIMIT, result.outcome());
    assertEquals(0.002, result.guestSeconds(), 0.001);
  }

  @Test
  void endlessResetsAreALoop() {
    out8(0xCF9, 6).halt();
    MachineResult result = run();
    assertEquals(Outcome.RESET_LOOP, result.outcome());
    assertTrue(result.resets().size() > 1);
    assertEquals("CF9", result.resets().get(0));
  }

  @Test
  void tripleFaultResets() {
    // jmp over six zeros; lidt cs:[F002]; int3
    bytes(0xEB, 0x06, 0, 0, 0, 0, 0, 0).bytes(0x2E, 0x0F, 0x01, 0x1E, 0x02, 0xF0, 0xCC).halt();
    MachineResult result = run();
    assertEquals(Outcome.RESET_LOOP, result.outcome());
    assertTrue(result.resets().get(0).contains("triple fault"), result.resets().toString());
  }

  @Test
  void resetRunsFromTheFlashAgainWithCmosKept() {
    // in al, 71h at index 50h; second time it holds 5Ah and the run ends through F4h
    bytes(0xB0, 0x50, 0xE6, 0x70, 0xE4, 0x71, 0x3C, 0x5A, 0x74, 0x0C);
    bytes(0xB0, 0x50, 0xE6, 0x70, 0xB0, 0x5A, 0xE6, 0x71, 0xB0, 0xFE, 0xE6, 0x64);
    bytes(0xB0, 0x11, 0xE6, 0xF4).halt();
    MachineResult result = run();
    assertEquals(Outcome.DEBUG_EXIT, result.outcome());
    assertEquals(List.of("port 64h"), result.resets());
    assertEquals(0x11, result.debugExit().orElseThrow());
  }

  @Test
  void timerInterruptWakesAHaltedCore() {
    // real mode vector 8 (IRQ 0) at 0:20h -> F000:F100, which ends the run
    bytes(0x31, 0xC0, 0x8E, 0xD8, 0x8E, 0xD0, 0xBC, 0x00, 0x70);
    bytes(0xC7, 0x06, 0x20, 0x00, 0x00, 0xF1, 0xC7, 0x06, 0x22, 0x00, 0x00, 0xF0);
    // IA32_APIC_BASE bit 11 off: INTR goes straight to the core
    bytes(0x66, 0xB9, 0x1B, 0, 0, 0, 0x0F, 0x32, 0x80, 0xE4, 0xF7, 0x0F, 0x30);
    out8(0x20, 0x11).out8(0x21, 8).out8(0x21, 4).out8(0x21, 1).out8(0x21, 0xFE);
    out8(0x43, 0x34).out8(0x40, 0xFF).out8(0x40, 0x0F);
    bytes(0xFB, 0xF4, 0xEB, 0xFD);
    while (code.size() < 0x100) {
      bytes(0x90);
    }
    bytes(0xB0, 0x21, 0xE6, 0xF4).halt();
    MachineResult result = run();
    assertEquals(0x21, result.debugExit().orElseThrow(), result.toString());
    assertEquals(0x1000 / 1_193_182.0, result.guestSeconds(), 0.001);
  }
}
