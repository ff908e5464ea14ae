package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.github.bitterling.minnow.cli.StartFiles;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * One pass of Debian's memtest86+ over the smallest memory the firmware starts with: Maven profile
 * {@code memtest}. Most of it is the bit fade test, which reads the time-stamp counter for 160 s of
 * guest time.
 */
@Tag("memtest")
class MemtestTest {
  private static final long MEMORY_MIB = 32;

  /** Twice what a pass takes. */
  private static final long GUEST_LIMIT = 400_000_000_000L;

  /** A line of the screen, which memtest86+ sends to the serial port every two seconds. */
  private static final String PASSED = "Pass:  1        Errors: 0 ";

  private static final Pattern ERRORS = Pattern.compile("Errors: (?!0 )\\S+");

  @Test
  void aPassFindsNoErrors() {
    byte[] start =
        StartFiles.of(
            Script.SYSTEMS.run().resolve("memtest.bin"),
            Optional.empty(),
            "console=ttyS0,115200 nosmp");
    Run run =
        Run.of(new Setup(DefaultFlash.loader(false).bytes(), List.of(), Optional.of(start)))
            .cpus(1)
            .memoryMib(MEMORY_MIB)
            .guestNanoseconds(GUEST_LIMIT)
            .until(PASSED)
            .run();
    assertFalse(ERRORS.matcher(run.serial()).find(), run.story());
    assertEquals(Outcome.UNTIL_TEXT, run.outcome(), run.story());
    System.out.println("memtest86+: " + run.result().guestInstructions() + " instructions");
  }
}
