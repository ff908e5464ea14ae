package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * A payload that becomes a hypervisor under itself and whose VM leaves long mode, as libpayload
 * with a late-launched VMM does on this board: latelaunch.S.
 */
class LateLaunchTest {
  /** Where such a payload is linked to, and what it clears. */
  private static final String ADDRESS = "0x21000000";

  private static final long SMALL = 16L << 20;
  private static final long LARGE = 0x4400_0000L;

  /** CR0 without NE, which the host keeps set unseen; CR4 with VMXE, which nobody hides. */
  private static final List<String> IN_THE_VM =
      List.of(
          "memory cleared",
          "64-bit mode, leaf 4bf00001",
          "32-bit mode, EFER 00000100",
          "real mode, leaf 4bf00001",
          "CR0 00000010",
          "CR4 00002620",
          "VMX 00000000");

  /** The highest leaf's answer, as for any leaf above it; nothing of VMX in CR4. */
  private static final List<String> OTHER_CORE =
      List.of("other core, leaf 00000001", "CR0 00000010", "CR4 00000000");

  private static final String BACK = "64-bit mode again, leaf 4bf00001";

  private static Setup clearing(long bytes) {
    byte[] payload = GuestProgram.compileAt(ADDRESS, "latelaunch.S", "BSS=" + bytes);
    return Setup.flashOnly(FlashImageBuilder.withDefaults().payload(payload).build().bytes());
  }

  private static List<String> said(Run run) {
    String prefix = "latelaunch: ";
    return run.lines().stream()
        .filter(line -> line.startsWith(prefix))
        .map(line -> line.substring(prefix.length()))
        .toList();
  }

  private static List<String> twoBoots(int cpus) {
    List<String> lines = new ArrayList<>();
    for (String end : List.of("reset", "done")) {
      lines.addAll(IN_THE_VM);
      if (cpus > 1) {
        lines.addAll(OTHER_CORE);
      }
      lines.addAll(List.of(BACK, end));
    }
    return lines;
  }

  /** The second boot shows that the reset took the processor out of VMX operation. */
  @ParameterizedTest
  @CsvSource({"JIT, 4", "INTERPRETER, 2", "LOCKSTEP, 2", "JIT, 1"})
  void vmLeavesLongModeAndResetsTheBoard(EngineKind engine, int cpus) {
    Run run = Run.of(clearing(SMALL)).engine(engine).cpus(cpus).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertEquals(twoBoots(cpus), said(run), run.story());
    assertEquals(List.of("port 64h"), run.result().resets());
    // A boot: the leaf three times and leaf 1; CR0.PG off, PE and NE off, PE on, PG on.
    assertEquals(8, run.result().vmExits().get("CPUID"));
    assertEquals(8, run.result().vmExits().get("Control-register access"));
  }

  /** 1.06 GiB, by the firmware as part of the segment and again by REP STOSD. */
  @Test
  void largePayloadIsLoadedAndCleared() {
    Run run = Run.of(clearing(LARGE)).cpus(1).until("latelaunch: memory cleared").run();
    assertEquals(Outcome.UNTIL_TEXT, run.outcome(), run.story());
  }
}
