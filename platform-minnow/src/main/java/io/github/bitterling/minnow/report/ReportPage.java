package io.github.bitterling.minnow.report;

import io.github.bitterling.minnow.machine.Milestone;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A report as one HTML page that needs no other file: boot timeline and VM-exit histogram. */
public final class ReportPage {
  private static final String STYLE =
      """
      body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem;
             color: #1c2733; background: #fff; }
      h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin-top: 2rem; }
      table { border-collapse: collapse; width: 100%; }
      td, th { padding: .25rem .6rem; text-align: left; border-bottom: 1px solid #dde3e9; }
      td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
      td.bar { width: 45%; } td.bar div { background: #2f7fb8; height: .9rem; min-width: 1px; border-radius: 2px; }
      td.bar div.step { background: #3a9d6e; }
      .bad { color: #a3231b; } code { font-family: ui-monospace, monospace; }
      @media (prefers-color-scheme: dark) {
        body { color: #dce3ea; background: #14191f; } td, th { border-color: #2b343d; } .bad { color: #ff8a80; }
      }
      """;

  private final BootReport report;
  private final StringBuilder out = new StringBuilder();

  private ReportPage(BootReport report) {
    this.report = report;
  }

  /** The whole page. */
  public static String of(BootReport report) {
    ReportPage page = new ReportPage(report);
    page.head();
    page.figures();
    page.timeline();
    page.histogram();
    page.out.append("</body></html>\n");
    return page.out.toString();
  }

  private void add(String format, Object... arguments) {
    out.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  private void head() {
    add(
        "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Bitterling boot report</title>");
    out.append("<meta name=\"viewport\" content=\"width=device-width\"><style>").append(STYLE);
    add("</style></head><body>");
    String tone = report.exitCode() == 0 ? "good" : "bad";
    add("<h1 class=\"%s\">Boot report: %s</h1>", tone, escape(report.outcome()));
    add("<p>%s (exit code %d).</p>", escape(report.reason()), report.exitCode());
  }

  private void figures() {
    add("<table>");
    row("Wall time", String.format(Locale.ROOT, "%.3f s", report.wallSeconds()));
    row("Guest time", String.format(Locale.ROOT, "%.3f s", report.guestSeconds()));
    row(
        "Guest instructions",
        String.format(
            Locale.ROOT, "%,d (%.1f MIPS)", report.guestInstructions(), report.averageMips()));
    row("Engine", report.engine() + ", " + report.cpus() + " cores " + report.cpu());
    row(
        "Translation",
        String.format(
            Locale.ROOT,
            "%,d blocks, %,d regions, %,d classes",
            report.translation().blocks(),
            report.translation().regions(),
            report.translation().classes()));
    row("Peak resident memory", (report.peakRssBytes() >> 20) + " MiB");
    row("Last serial line", report.lastSerialLine());
    row("Image SHA-256", report.imageSha256());
    report.versions().forEach(this::row);
    add("</table>");
  }

  private void row(String name, String value) {
    add("<tr><th>%s</th><td>%s</td></tr>", escape(name), escape(value));
  }

  /** A bar from one milestone to the next, placed on the axis of wall time. */
  private void timeline() {
    add("<h2>Boot timeline</h2><table><tr><th>Milestone</th><th class=\"n\">Guest s</th>");
    add("<th class=\"n\">Wall s</th><th class=\"n\">Instructions</th><th>Wall time</th></tr>");
    List<Milestone> all = report.milestones();
    double end = Math.max(report.wallSeconds(), 1e-9);
    double from = 0;
    for (Milestone m : all) {
      double left = 100 * Math.min(from, end) / end;
      double width = 100 * Math.max(0, Math.min(m.wallSeconds(), end) - Math.min(from, end)) / end;
      add(
          "<tr><td>%s</td><td class=\"n\">%.6f</td><td class=\"n\">%.3f</td><td class=\"n\">%,d</td>"
              + "<td class=\"bar\"><div class=\"step\" style=\"margin-left:%.2f%%;width:%.2f%%\"></div></td></tr>",
          escape(m.name()), m.guestSeconds(), m.wallSeconds(), m.instructions(), left, width);
      from = m.wallSeconds();
    }
    add("</table>");
  }

  private void histogram() {
    add("<h2>VM exits: %,d</h2><table>", report.totalVmExits());
    List<Map.Entry<String, Long>> sorted = ReportTable.sortedExits(report);
    long most = sorted.isEmpty() ? 1 : Math.max(1, sorted.get(0).getValue());
    for (Map.Entry<String, Long> e : sorted) {
      add(
          "<tr><td>%s</td><td class=\"n\">%,d</td><td class=\"bar\"><div style=\"width:%.2f%%\"></div></td></tr>",
          escape(e.getKey()), e.getValue(), 100.0 * e.getValue() / most);
    }
    add("</table>");
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
