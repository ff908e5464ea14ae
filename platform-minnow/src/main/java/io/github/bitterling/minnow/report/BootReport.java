package io.github.bitterling.minnow.report;

import io.github.bitterling.minnow.cbmem.Cbmem;
import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.ExitFigures;
import io.github.bitterling.minnow.machine.MachineResult;
import io.github.bitterling.minnow.machine.Milestone;
import io.github.bitterling.minnow.machine.TranslationFigures;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Everything a report holds. Names are those of the JSON file.
 *
 * @param outcome id of the outcome
 * @param cpu name of the processor model
 * @param reason one sentence for people
 * @param smis system-management interrupts of all cores; 0 in reports of older versions
 * @param exitFigures costs and addresses of the exits; empty in reports of older versions
 * @param waits what stopped cores were polling; empty in reports of older versions
 * @param cbmem what the firmware left in memory; empty in reports of older versions
 * @param wallSeconds from the start of the process to the end of the run
 * @param peakRssBytes largest resident set of the process
 * @param versions of Bitterling, Java and host
 * @param imageSha256 checksum of the flash image
 */
public record BootReport(
    String outcome,
    int exitCode,
    String reason,
    OptionalInt debugExit,
    String engine,
    int cpus,
    String cpu,
    long memoryBytes,
    double wallSeconds,
    double guestSeconds,
    long guestInstructions,
    long smis,
    Map<String, Long> vmExits,
    List<ExitFigures> exitFigures,
    List<Milestone> milestones,
    TranslationFigures translation,
    List<CoreState> cores,
    List<String> waits,
    List<String> resets,
    String lastSerialLine,
    Cbmem cbmem,
    long peakRssBytes,
    Map<String, String> versions,
    String imageSha256) {

  /** Millions of guest instructions a second of host time, over the whole process. */
  public double averageMips() {
    return wallSeconds > 0 ? guestInstructions / wallSeconds / 1e6 : 0;
  }

  /** All VM exits. */
  public long totalVmExits() {
    return vmExits.values().stream().mapToLong(Long::longValue).sum();
  }

  /** The sentence that says why a run ended. */
  public static String reason(MachineResult result) {
    return result.detail().isEmpty()
        ? result.outcome().sentence()
        : result.outcome().sentence() + ": " + result.detail();
  }
}
