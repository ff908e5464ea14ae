package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.machine.Outcome;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Other numbers of cores and other sizes of memory boot to the disk as well. */
class ConfigurationTest {
  private static final Pattern RAM = Pattern.compile("bootdisk: e820 ([0-9a-f]+)-([0-9a-f]+) RAM");

  /** What firmware, coreboot tables and hypervisor keep for themselves is less than this. */
  private static final long KEPT = 24L << 20;

  @ParameterizedTest
  @CsvSource({"1, 512", "2, 1024", "4, 4096"})
  void bootsToTheDisk(int cpus, long memoryMib) {
    Run run = Run.of(Setup.standard()).cpus(cpus).memoryMib(memoryMib).run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.lines().contains("bootdisk: " + cpus + " cores answered"), run.story());
    assertTrue(
        run.lines()
            .contains("bootdisk: cpuid leaf b: " + cpus + " cores, madt: " + cpus + " local apics"),
        run.story());
    assertEquals(cpus, run.milestones().stream().filter(name -> name.endsWith("in VMX")).count());
    assertFalse(run.serial().contains("ERROR"), run.serial());
    long memory = memoryMib << 20;
    assertTrue(
        ram(run) > memory - KEPT && ram(run) <= memory, "RAM: " + ram(run) + "\n" + run.story());
  }

  @Test
  void otherProcessorBootsToTheDisk() {
    Run run = Run.of(Setup.standard()).cpu("x86-64-v3").run();
    assertEquals(Outcome.POWER_OFF, run.outcome(), run.story());
    assertTrue(run.serial().contains("cpu GenuineIntel signature 306c3"), run.serial());
    assertTrue(run.lines().contains("bootdisk: 4 cores answered"), run.story());
    assertFalse(run.serial().contains("ERROR"), run.serial());
  }

  private static long ram(Run run) {
    return RAM.matcher(run.serial())
        .results()
        .mapToLong(m -> Long.parseLong(m.group(2), 16) + 1 - Long.parseLong(m.group(1), 16))
        .sum();
  }
}
