package io.github.bitterling.minnow.cli.flash;

import io.github.bitterling.flash.FlashImage;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bitterling flash extract}. */
@Command(
    name = "extract",
    description = "Writes one CBFS file: a stage or payload as ELF, any other decompressed.",
    mixinStandardHelpOptions = true)
final class FlashExtractCommand extends FlashAction {
  @Parameters(index = "0", paramLabel = "IMAGE", description = "File to read.")
  private Path source;

  @Parameters(index = "1", paramLabel = "NAME", description = "Name of the CBFS file.")
  private String name;

  @Parameters(index = "2", paramLabel = "FILE", description = "File to write.")
  private Path target;

  @Option(names = "--stored", description = "Writes the bytes as they are stored.")
  private boolean stored;

  @Override
  int run() {
    FlashImage image = FlashImage.read(source);
    if (stored) {
      image.extractStored(name, target);
    } else {
      image.extract(name, target);
    }
    return OK;
  }
}
