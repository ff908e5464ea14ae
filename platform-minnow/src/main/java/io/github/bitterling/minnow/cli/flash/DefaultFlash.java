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

  /** System property by which the launcher says where the GRUB it made lies. */
  public static final String GRUB_PROPERTY = "bitterling.grub";

  /**
   * System property by which the launcher says where it keeps the default image it built from the
   * same parts.
   */
  public static final String IMAGE_PROPERTY = "bitterling.flash";

  private static final long NO_OFFSET = FlashImageException.NO_OFFSET;

  private DefaultFlash() {}

  /**
   * What an image of built-in parts is to hold.
   *
   * @param payload ELF file to start; empty for the SeaBIOS that the launcher prepared
   * @param hypervisor the payload runs in the hypervisor's virtual machine; otherwise the firmware
   *     starts it
   * @param bootOrder SeaBIOS' boot order; empty for the default one
   * @param biosConsole SeaBIOS' console is the serial port
   */
  public record Contents(
      Optional<Path> payload, boolean hypervisor, Optional<String> bootOrder, boolean biosConsole) {
    private boolean isDefault() {
      return payload.isEmpty() && hypervisor && bootOrder.isEmpty() && !biosConsole;
    }
  }

  /** The image with SeaBIOS in the hypervisor's virtual machine. */
  public static FlashImage build(Optional<Path> seabios) {
    return build(seabios, true);
  }

  /** As {@link #build(Contents)}, with the default boot order. */
  public static FlashImage build(Optional<Path> payload, boolean hypervisor) {
    return build(new Contents(payload, hypervisor, Optional.empty(), false));
  }

  /**
   * Builds the image.
   *
   * @throws FlashImageException if a part is missing or unusable
   */
  public static FlashImage build(Contents contents) {
    Path kept = Path.of(System.getProperty(IMAGE_PROPERTY, ""));
    if (contents.isDefault() && Files.isRegularFile(kept)) {
      return FlashImage.read(kept);
    }
    FlashImageBuilder builder = builder(contents.payload);
    contents.bootOrder.ifPresent(builder::bootOrder);
    if (contents.biosConsole) {
      builder.biosConsole();
    }
    return (contents.hypervisor ? builder : builder.withoutHypervisor()).build();
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

  /** Built-in firmware and hypervisor and a payload, SeaBIOS by default, to be changed. */
  public static FlashImageBuilder builder(Optional<Path> payload) {
    Path elf = payload.orElseGet(DefaultFlash::preparedSeabios);
    return FlashImageBuilder.withDefaults().realPayload(readInput(elf, "payload"));
  }

  /**
   * The file that {@code --payload} names.
   *
   * @param payload "seabios", "grub" or a file
   * @param seabios the SeaBIOS that the user gave
   * @return empty for the prepared SeaBIOS
   */
  public static Optional<Path> payload(String payload, Optional<Path> seabios) {
    return switch (payload) {
      case "seabios" -> seabios;
      case "grub" -> Optional.of(prepared("GRUB", GRUB_PROPERTY, "grub.sh", "--payload"));
      default -> Optional.of(Path.of(payload));
    };
  }

  private static Path preparedSeabios() {
    return prepared("SeaBIOS", SEABIOS_PROPERTY, "seabios.sh", "--seabios");
  }

  private static Path prepared(String name, String property, String script, String option) {
    String prepared = System.getProperty(property, "");
    if (prepared.isEmpty() || !Files.isRegularFile(Path.of(prepared))) {
      throw new FlashImageException(
          NO_OFFSET,
          name,
          prepared.isEmpty() ? "none prepared" : "no file " + prepared,
          "an ELF file of " + name + " built for coreboot",
          "run flash-images/scripts/" + script + ", or give one with " + option + " FILE");
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
