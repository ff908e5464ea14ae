package io.github.bitterling.minnow.cli.flash;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.flash.data.FlashImageException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The image that boots when no other is given: the built-in firmware and hypervisor, and SeaBIOS.
 */
public final class DefaultFlash {
  /** System property by which the launcher says where the SeaBIOS it built lies. */
  public static final String SEABIOS_PROPERTY = "bitterling.seabios";

  /**
   * System property by which the launcher says where it keeps the default image it built from the
   * same parts.
   */
  public static final String IMAGE_PROPERTY = "bitterling.flash";

  private static final long NO_OFFSET = FlashImageException.NO_OFFSET;

  private DefaultFlash() {}

  /** The image with the hypervisor. */
  public static FlashImage build(Optional<Path> seabios) {
    return build(seabios, true);
  }

  /**
   * Builds the image.
   *
   * @param seabios an ELF file to use as SeaBIOS; empty for the one the launcher prepared
   * @param hypervisor SeaBIOS runs in the hypervisor's virtual machine; otherwise the firmware
   *     starts it
   * @throws FlashImageException if a part is missing or unusable
   */
  public static FlashImage build(Optional<Path> seabios, boolean hypervisor) {
    Path kept = Path.of(System.getProperty(IMAGE_PROPERTY, ""));
    if (hypervisor && seabios.isEmpty() && Files.isRegularFile(kept)) {
      return FlashImage.read(kept);
    }
    FlashImageBuilder builder = builder(seabios);
    return (hypervisor ? builder : builder.withoutHypervisor()).build();
  }

  /**
   * The image of a direct start: the loader, which reads a kernel from the start disk, takes
   * SeaBIOS' place.
   *
   * @throws FlashImageException if a part is missing
   */
  public static FlashImage loader(boolean hypervisor) {
    FlashImageBuilder builder =
        FlashImageBuilder.withDefaults().realPayload(FlashImageBuilder.resource("loader.elf"));
    return (hypervisor ? builder : builder.withoutHypervisor()).build();
  }

  /** As {@link #build}, with the parts still to be changed. */
  public static FlashImageBuilder builder(Optional<Path> seabios) {
    Path elf = seabios.orElseGet(DefaultFlash::preparedSeabios);
    return FlashImageBuilder.withDefaults().realPayload(readInput(elf, "--seabios"));
  }

  private static Path preparedSeabios() {
    String prepared = System.getProperty(SEABIOS_PROPERTY, "");
    if (prepared.isEmpty() || !Files.isRegularFile(Path.of(prepared))) {
      throw new FlashImageException(
          NO_OFFSET,
          "SeaBIOS",
          prepared.isEmpty() ? "none prepared" : "no file " + prepared,
          "an ELF file of SeaBIOS built for coreboot",
          "run flash-images/scripts/seabios.sh, or give one with --seabios FILE");
    }
    return Path.of(prepared);
  }

  /** Reads a file the user named; an unreadable one ends in a {@link FlashImageException}. */
  static byte[] readInput(Path file, String option) {
    try {
      return Files.readAllBytes(file);
    } catch (IOException e) {
      String found =
          Files.isDirectory(file)
              ? "a directory"
              : Files.exists(file) ? "a file that cannot be read" : "no such file";
      throw new FlashImageException(
          NO_OFFSET, option + " " + file, found, "a readable file", "check the path", e);
    }
  }
}
