package io.github.bitterling.minnow.machine;

import io.github.bitterling.minnow.cbmem.Cbmem;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * What came of a run.
 *
 * @param outcome why it ended
 * @param detail one sentence with the particulars, or empty
 * @param debugExit value written to port F4h
 * @param guestSeconds guest time
 * @param guestInstructions retired by all cores
 * @param smis system-management interrupts taken by all cores
 * @param vmExits count for each exit reason, by name
 * @param exitFigures the same with costs and guest addresses
 * @param lastSerialLine last line on the serial port
 * @param cores state of each core at the end
 * @param waits what stopped cores were polling; empty for runs that ended by themselves
 * @param resets platform resets, with their sources in order
 * @param postCodes last codes of port 80h
 * @param flash contents of the SPI part at the end
 * @param cbmem what the firmware left in memory
 * @param registers dump of the board's registers, for bug reports
 */
public record MachineResult(
    Outcome outcome,
    String detail,
    OptionalInt debugExit,
    double guestSeconds,
    long guestInstructions,
    long smis,
    Map<String, Long> vmExits,
    List<ExitFigures> exitFigures,
    List<Milestone> milestones,
    TranslationFigures translation,
    String lastSerialLine,
    List<CoreState> cores,
    List<String> waits,
    List<String> resets,
    List<Integer> postCodes,
    byte[] flash,
    Cbmem cbmem,
    String registers) {}
