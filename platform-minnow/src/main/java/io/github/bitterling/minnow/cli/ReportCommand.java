package io.github.bitterling.minnow.cli;

import io.github.bitterling.minnow.cbmem.Cbmem;
import io.github.bitterling.minnow.cbmem.CbmemText;
import io.github.bitterling.minnow.report.BootReport;
import io.github.bitterling.minnow.report.ReportPage;
import io.github.bitterling.minnow.report.ReportReader;
import io.github.bitterling.minnow.report.ReportTable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code bitterling report}: shows what {@code boot --report} wrote. */
@Command(
    name = "report",
    description = "Shows the report of a boot as a table, and as a page with --html.",
    mixinStandardHelpOptions = true)
public final class ReportCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;

  @Parameters(
      index = "0",
      paramLabel = "FILE.json",
      description = "Report written by: bitterling boot --report")
  private Path file;

  @Option(names = "--html", paramLabel = "FILE", description = "Write a self-contained page.")
  private Path html;

  @Option(
      names = {"-c", "--console"},
      description = "Show the firmware's CBMEM console instead, as coreboot's cbmem -c does.")
  private boolean console;

  @Option(
      names = {"-t", "--timestamps"},
      description = "Show the firmware's CBMEM time stamps instead, as coreboot's cbmem -t does.")
  private boolean timestamps;

  @Override
  public Integer call() {
    BootReport report = read();
    spec.commandLine().getOut().print(text(report));
    spec.commandLine().getOut().flush();
    if (html != null) {
      writePage(report);
    }
    return 0;
  }

  private String text(BootReport report) {
    if (!console && !timestamps) {
      return ReportTable.full(report);
    }
    Cbmem cbmem = report.cbmem();
    String first = console ? CbmemText.console(found(cbmem.console(), "console")) : "";
    return timestamps
        ? first + CbmemText.timestamps(found(cbmem.timestamps(), "time stamps"))
        : first;
  }

  private <T> T found(Optional<T> part, String name) {
    return part.orElseThrow(
        () ->
            new UserError(
                file
                    + " has no CBMEM "
                    + name
                    + ": the firmware left none, or did not get so far"));
  }

  private BootReport read() {
    if (Files.isDirectory(file)) {
      throw new UserError(
          file + " is a directory; expected a report written by: bitterling boot --report");
    }
    if (!Files.exists(file)) {
      throw new UserError("there is no file " + file);
    }
    try {
      return ReportReader.read(Files.readString(file));
    } catch (IOException e) {
      String reason = e.getMessage().lines().findFirst().orElse("unreadable");
      throw new UserError(file + " is no report of a boot: " + reason, e);
    }
  }

  private void writePage(BootReport report) {
    try {
      Files.writeString(html, ReportPage.of(report));
    } catch (IOException e) {
      throw new UserError(html + " cannot be written: " + e.getMessage(), e);
    }
  }
}
