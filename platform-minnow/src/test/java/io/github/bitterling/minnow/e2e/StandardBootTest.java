package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.minnow.cbmem.Cbmem.Timestamp;
import io.github.bitterling.minnow.machine.Milestone;
import io.github.bitterling.minnow.machine.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * From the reset vector to the boot sector inside the virtual machine, told by what the guest
 * itself printed.
 */
@ExtendWith(SharedBoot.class)
class StandardBootTest {
  private static final Pattern HIDDEN =
      Pattern.compile("hv: reserved ([0-9A-Fa-f]+)-([0-9A-Fa-f]+)");
  private static final Pattern SEABIOS_RAM =
      Pattern.compile("\\d+: ([0-9a-f]{16}) - ([0-9a-f]{16}) = 1 RAM");
  private static final Pattern DISK_RAM =
      Pattern.compile("bootdisk: e820 ([0-9a-f]+)-([0-9a-f]+) RAM");

  /** Bytes from {@code start} up to but without {@code end}. */
  private record Range(long start, long end) {
    boolean overlaps(Range other) {
      return start < other.end && other.start < end;
    }

    long size() {
      return end - start;
    }
  }

  @Test
  void endsByPowerOff(Run boot) {
    assertEquals(Outcome.POWER_OFF, boot.outcome(), boot.story());
    assertEquals(0, boot.outcome().exitCode());
    assertTrue(boot.result().resets().isEmpty(), boot.result().resets().toString());
  }

  @Test
  void everyStepIsPrintedInOrder(Run boot) {
    List<Predicate<String>> steps = new ArrayList<>();
    steps.add(line -> line.startsWith("fw: Bitterling firmware"));
    steps.add(line -> line.startsWith("fw: smm: 4 cores, save map 00030100"));
    steps.add(line -> line.contains("jumping to payload"));
    for (int core = 0; core < 4; core++) {
      String text = "hv: core " + core + " in VMX operation";
      steps.add(line -> line.startsWith(text));
    }
    steps.add(line -> line.startsWith("hv: entering SeaBIOS"));
    steps.add(line -> line.startsWith("SeaBIOS (version "));
    steps.add(line -> line.equals("Booting from Hard Disk..."));
    steps.add(line -> line.equals("bootdisk: hello from sector 0"));
    steps.add(line -> line.startsWith("bootdisk: hypervisor bit"));
    steps.add(line -> line.startsWith("bootdisk: e820"));
    steps.add(line -> line.equals("bootdisk: 4 cores answered"));
    steps.add(line -> line.equals("bootdisk: ACPI mode by port b2"));
    steps.add(line -> line.equals("bootdisk: done"));
    List<String> lines = boot.lines();
    int at = 0;
    for (int step = 0; step < steps.size(); step++) {
      while (at < lines.size() && !steps.get(step).test(lines.get(at))) {
        at++;
      }
      assertTrue(
          at < lines.size(), "step " + step + " is missing or out of order:\n" + boot.serial());
    }
    assertFalse(boot.serial().contains("ERROR"), boot.serial());
    assertFalse(boot.serial().contains("FATAL"), boot.serial());
  }

  @Test
  void bootSectorSeesTheHypervisorAndNoVmx(Run boot) {
    assertLine(boot, "bootdisk: cpu GenuineIntel signature 00030679");
    assertLine(boot, "bootdisk: hypervisor bit 1 signature \"BitterlingHV\" highest leaf 40000001");
    assertLine(boot, "bootdisk: vmx bit 0");
    assertLine(boot, "bootdisk: cpuid leaf b: 4 cores, madt: 4 local apics");
  }

  @Test
  void memoryMapLeavesOutTheHypervisor(Run boot) {
    List<Range> hidden = ranges(boot, HIDDEN, 0);
    assertEquals(1, hidden.size(), "lines \"hv: reserved A-B\"\n" + boot.serial());
    assertTrue(hidden.getFirst().size() >= 1 << 20, hidden.toString());
    assertLeftOut(ranges(boot, SEABIOS_RAM, 0), hidden.getFirst());
    assertLeftOut(ranges(boot, DISK_RAM, 1), hidden.getFirst());
  }

  private static void assertLeftOut(List<Range> ram, Range hidden) {
    assertTrue(ram.size() >= 2, "RAM ranges: " + ram);
    assertTrue(ram.stream().mapToLong(Range::size).sum() > 1L << 30, "RAM ranges: " + ram);
    ram.forEach(
        range ->
            assertFalse(range.overlaps(hidden), range + " overlaps the hypervisor's " + hidden));
  }

  /** All ranges a pattern finds; {@code inclusive} is 1 where the printed end is the last byte. */
  private static List<Range> ranges(Run boot, Pattern pattern, long inclusive) {
    return pattern.matcher(boot.serial()).results().map(m -> range(m, inclusive)).toList();
  }

  private static Range range(MatchResult m, long inclusive) {
    return new Range(Long.parseLong(m.group(1), 16), Long.parseLong(m.group(2), 16) + inclusive);
  }

  @Test
  void milestonesAreThereAndIncrease(Run boot) {
    List<String> expected =
        List.of(
            "first instruction",
            "firmware",
            "payload start",
            "core 0 in VMX",
            "core 1 in VMX",
            "core 2 in VMX",
            "core 3 in VMX",
            "SeaBIOS banner",
            "boot sector");
    List<String> found = boot.milestones();
    assertEquals(expected, found.stream().filter(expected::contains).toList(), found.toString());
    assertTrue(found.contains("first VM entry"), found.toString());
    List<Milestone> steps = boot.result().milestones();
    for (int i = 1; i < steps.size(); i++) {
      assertTrue(steps.get(i).guestSeconds() >= steps.get(i - 1).guestSeconds(), steps.toString());
      assertTrue(steps.get(i).instructions() >= steps.get(i - 1).instructions(), steps.toString());
      assertTrue(steps.get(i).wallSeconds() >= steps.get(i - 1).wallSeconds(), steps.toString());
    }
    assertTrue(
        steps.getLast().instructions() > steps.getFirst().instructions() + 1_000_000,
        steps.toString());
    assertTrue(boot.result().guestInstructions() >= steps.getLast().instructions());
  }

  @Test
  void exitsAreOfTheExpectedKinds(Run boot) {
    assertTrue(exits(boot, "CPUID") > 0, boot.result().vmExits().toString());
    assertTrue(exits(boot, "I/O instruction") > 0, boot.result().vmExits().toString());
    assertEquals(3, exits(boot, "Start-up IPI"), boot.result().vmExits().toString());
    long fatal = exits(boot, "Triple fault") + exits(boot, "EPT misconfiguration");
    assertEquals(0, fatal, boot.result().vmExits().toString());
  }

  /** Each core relocates; the lock, ACPI mode and the way into S5 reach all of them. */
  @Test
  void smisReachAllCores(Run boot) {
    assertTrue(boot.result().smis() >= 4 + 3 + 3, boot.story());
    assertTrue(boot.result().smis() <= 4 * 4, boot.story());
  }

  private static long exits(Run boot, String reason) {
    return boot.result().vmExits().getOrDefault(reason, 0L);
  }

  /** The hypervisor counts its exits too; its statistics and the processor's must agree. */
  @Test
  void hypervisorCountsTheSameExits(Run boot) {
    long counted =
        Pattern.compile("hv: core \\d+: (\\d+) VM exits")
            .matcher(boot.serial())
            .results()
            .mapToLong(m -> Long.parseLong(m.group(1)))
            .sum();
    assertEquals(
        boot.result().vmExits().values().stream().mapToLong(n -> n).sum(), counted, boot.story());
  }

  /** SeaBIOS goes on where the firmware ended. */
  @Test
  void cbmemHasConsoleAndTimestamps(Run boot) {
    String console = boot.result().cbmem().console().orElse("none");
    Predicate<String> firmware = line -> line.startsWith("fw: ");
    List<String> kept = console.lines().filter(firmware).toList();
    assertTrue(kept.size() > 10, console);
    assertEquals(boot.lines().stream().filter(firmware).limit(kept.size()).toList(), kept);
    List<Timestamp> stamps = boot.result().cbmem().timestamps().orElseThrow().stamps();
    List<Integer> ids = stamps.stream().map(Timestamp::id).toList();
    assertTrue(ids.containsAll(List.of(10, 30, 60, 80, 90, 99)), ids.toString());
    List<Long> ticks = stamps.stream().map(Timestamp::ticks).toList();
    assertEquals(ticks.stream().sorted().toList(), ticks);
  }

  @Test
  void hotCodeWasCompiled(Run boot) {
    assertTrue(boot.result().translation().regions() > 20, boot.result().translation().toString());
    assertTrue(
        boot.result().translation().bytecodeBytes() > 10_000,
        boot.result().translation().toString());
  }

  private static void assertLine(Run boot, String line) {
    assertTrue(boot.lines().contains(line), "no line: " + line + "\n" + boot.serial());
  }
}
