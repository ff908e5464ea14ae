package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.EngineKind;
import io.github.bitterling.minnow.machine.Outcome;
import io.github.bitterling.minnow.storage.Place;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A floating-point error with CR0.NE clear: FERR#, IRQ13, port F0h, IGNNE#. */
class CoprocessorErrorTest {
  @ParameterizedTest
  @EnumSource(names = {"JIT", "INTERPRETER"})
  void comesAsIrq13(EngineKind engine) {
    byte[] flash =
        DefaultFlash.build(
                new DefaultFlash.Contents(
                    Optional.of(Setup.seabios()), false, Optional.empty(), false))
            .bytes();
    Setup setup =
        new Setup(flash, List.of(Setup.disk(Place.SATA_DISK, GuestProgram.bootSector("FERR"), 0)));
    Run run = Run.of(setup).engine(engine).cpus(1).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    List<String> said = run.lines().stream().filter(l -> l.startsWith("guest: ")).toList();
    assertEquals(
        List.of("guest: hello", "guest: IRQ13 at the instruction that waits", "guest: goes on"),
        said);
  }
}
