package io.github.bitterling.minnow.cli.flash;

import io.github.bitterling.flash.FlashImage;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitterling flash info}. */
@Command(
    name = "info",
    description = "Lists descriptor regions, flash map areas and CBFS files.",
    mixinStandardHelpOptions = true)
final class FlashInfoCommand extends FlashAction {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "File to read.")
  private Path source;

  @Option(names = "--json", description = "Prints JSON.")
  private boolean json;

  @Override
  int run() {
    FlashImage image = FlashImage.read(source);
    out().print(json ? image.infoJson() : image.info());
    return OK;
  }
}
