package io.github.bitterling.minnow.cli.flash;

import io.github.bitterling.flash.Finding;
import io.github.bitterling.flash.FlashImage;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code bitterling flash verify}. */
@Command(
    name = "verify",
    description =
        "Checks an image; the exit code is 1 if it would not boot this project's firmware.",
    mixinStandardHelpOptions = true)
final class FlashVerifyCommand extends FlashAction {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "File to read.")
  private Path source;

  @Override
  int run() {
    List<Finding> findings = FlashImage.read(source).verify();
    for (Finding each : findings) {
      out().printf("%s: %s%n", each.severity().name().toLowerCase(Locale.ROOT), each.message());
    }
    boolean errors = findings.stream().anyMatch(f -> f.severity() == Finding.Severity.ERROR);
    out().println(errors ? source + ": has errors" : source + ": no errors");
    return errors ? FAULTS_FOUND : OK;
  }
}
