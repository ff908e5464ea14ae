package io.github.bitterling.minnow.report;

import io.github.bitterling.minnow.machine.CoreState;
import io.github.bitterling.minnow.machine.ExitFigures;
import io.github.bitterling.minnow.machine.Milestone;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** A report as text: the summary after a boot and the table of {@code bitterling report}. */
public final class ReportTable {
  private static final int SUMMARY_EXITS = 5;
  private static final int SUMMARY_ADDRESSES = 3;

  private final BootReport report;
  private final StringBuilder out = new StringBuilder();

  private ReportTable(BootReport report) {
    this.report = report;
  }

  /** One screen at the end of a boot; with the state of the cores where it failed. */
  public static String summary(BootReport report) {
    ReportTable t = new ReportTable(report);
    t.headline();
    t.figures();
    t.milestones();
    t.exits(SUMMARY_EXITS);
    if (report.exitCode() != 0) {
      t.trouble();
    }
    return t.out.toString();
  }

  /** Everything in the report. */
  public static String full(BootReport report) {
    ReportTable t = new ReportTable(report);
    t.headline();
    t.figures();
    t.milestones();
    t.exits(Integer.MAX_VALUE);
    t.exitCosts();
    t.trouble();
    report.versions().forEach((name, version) -> t.line("%-14s %s", name, version));
    t.line("%-14s %s", "image SHA-256", report.imageSha256());
    return t.out.toString();
  }

  private void line(String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private void headline() {
    line("%s (exit code %d): %s", report.outcome(), report.exitCode(), report.reason());
  }

  private void figures() {
    line("%-14s %.3f s wall, %.3f s guest", "time", report.wallSeconds(), report.guestSeconds());
    line(
        "%-14s %,d, %.1f MIPS (%s)",
        "instructions", report.guestInstructions(), report.averageMips(), report.engine());
    line(
        "%-14s %,d blocks, %,d regions, %,d classes, %,d bytes of bytecode, %.0f ms",
        "translation",
        report.translation().blocks(),
        report.translation().regions(),
        report.translation().classes(),
        report.translation().bytecodeBytes(),
        report.translation().milliseconds());
    line(
        "%-14s %d MiB guest, %d MiB peak resident, %d cores %s",
        "memory",
        report.memoryBytes() >> 20,
        report.peakRssBytes() >> 20,
        report.cpus(),
        report.cpu());
    if (report.smis() != 0) {
      line("%-14s %,d", "SMIs", report.smis());
    }
    if (!report.resets().isEmpty()) {
      line("%-14s %s", "resets", String.join(", ", report.resets()));
    }
  }

  private void milestones() {
    if (report.milestones().isEmpty()) {
      return;
    }
    line("");
    line("%-22s %12s %12s %18s", "milestone", "guest s", "wall s", "instructions");
    for (Milestone m : report.milestones()) {
      line(
          "%-22s %12.6f %12.3f %,18d",
          m.name(), m.guestSeconds(), m.wallSeconds(), m.instructions());
    }
  }

  private void exits(int most) {
    if (report.vmExits().isEmpty()) {
      return;
    }
    line("");
    line("%-34s %12s", "VM exits", String.format(Locale.ROOT, "%,d", report.totalVmExits()));
    List<Map.Entry<String, Long>> sorted = sortedExits(report);
    for (Map.Entry<String, Long> e : sorted.subList(0, Math.min(most, sorted.size()))) {
      line("  %-32s %,12d", e.getKey(), e.getValue());
    }
    if (sorted.size() > most) {
      line("  and %d other reasons", sorted.size() - most);
    }
  }

  /** From exit to entry, in guest cycles, and where the exits come from. */
  private void exitCosts() {
    if (report.exitFigures().isEmpty()) {
      return;
    }
    line("");
    line(
        "%-24s %10s %10s %10s %10s  %s",
        "cycles until entry", "p50", "p90", "p99", "most", "guest addresses");
    for (ExitFigures f : report.exitFigures()) {
      line(
          "  %-22s %,10d %,10d %,10d %,10d  %s",
          f.reason(),
          f.p50(),
          f.p90(),
          f.p99(),
          f.most(),
          f.addresses().stream()
              .limit(SUMMARY_ADDRESSES)
              .map(a -> String.format(Locale.ROOT, "%X (%,d)", a.linear(), a.count()))
              .collect(Collectors.joining(", ")));
    }
  }

  static List<Map.Entry<String, Long>> sortedExits(BootReport report) {
    Comparator<Map.Entry<String, Long>> byCount = Map.Entry.comparingByValue();
    return report.vmExits().entrySet().stream()
        .sorted(byCount.reversed().thenComparing(Map.Entry.comparingByKey()))
        .toList();
  }

  private void trouble() {
    line("");
    line(
        "last serial line: %s",
        report.lastSerialLine().isEmpty() ? "(none)" : report.lastSerialLine());
    report.waits().forEach(wait -> line("%s", wait));
    for (CoreState c : report.cores()) {
      line("core %d: %s, RIP %016X", c.core(), c.mode(), c.instructionPointer());
      if (!c.vmcs().isEmpty() && !c.waiting() && report.exitCode() != 0) {
        line("  %s", c.vmcs());
      }
    }
  }
}
