package io.github.bitterling.minnow.fake;

import io.github.bitterling.minnow.cbmem.Cbmem;
import io.github.bitterling.minnow.cbmem.Cbmem.Timestamp;
import io.github.bitterling.minnow.cbmem.Cbmem.TimestampTable;
import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.ExitFigures;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Milestone;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.machine.TranslationFigures;
import io.github.bitterling.minnow.spi.FlashPart;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** A result with something in every field. */
public final class SampleResult {
  private SampleResult() {}

  /** Empty but for the revision. */
  private static byte[] vmcs() {
    byte[] region = new byte[4096];
    region[0] = 2;
    return region;
  }

  public static MachineResult of(Outcome outcome, String detail, OptionalInt exit) {
    Map<String, Long> exits = new LinkedHashMap<>();
    exits.put("CPUID", 17L);
    exits.put("I/O <instruction>", 420L);
    return new MachineResult(
        outcome,
        detail,
        exit,
        1.25,
        123_456_789L,
        12,
        exits,
        List.of(
            new ExitFigures(
                "CPUID", 17, 120, 130, 150, 151, List.of(new ExitFigures.Address(0xFFF0, 16)))),
        List.of(
            new Milestone("first instruction", 0, 0.31, 1),
            new Milestone("SeaBIOS banner", 0.8, 1.5, 99_000_000)),
        new TranslationFigures(1000, 20, 21, 54_321, 77.5),
        "Booting from Hard Disk...",
        List.of(
            new CoreState(0, "64-bit, VMX root", 0xFFFF_8000_0000_1234L, "guest RIP 7C00", vmcs())),
        List.of("core 0 polls port 0064h"),
        List.of("CF9"),
        List.of(0x10, 0x122),
        new byte[FlashPart.SIZE],
        new Cbmem(
            Optional.of("fw: hello\n"),
            Optional.of(new TimestampTable(1916, 1916, List.of(new Timestamp(10, 19_160))))),
        "registers");
  }
}
