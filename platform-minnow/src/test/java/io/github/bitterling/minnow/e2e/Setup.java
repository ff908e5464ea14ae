package io.github.bitterling.minnow.e2e;

import static org.junit.jupiter.api.Assumptions.abort;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.ahci.RawDisk;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.DiskFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** Flash and disks of a machine. */
record Setup(byte[] flash, List<DiskFactory> disks) {
  private static final Path SEABIOS_SCRIPT = Path.of("../flash-images/scripts/seabios.sh");

  /**
   * What {@code bitterling boot} takes when nothing is given; without SeaBIOS the test is aborted
   * with the reason.
   */
  static Setup standard() {
    return new Setup(standardImage().bytes(), List.of(standardDisk()));
  }

  static FlashImage standardImage() {
    return DefaultFlash.build(Optional.of(seabios()));
  }

  static DiskFactory standardDisk() {
    byte[] image = FlashImageBuilder.resource("bootdisk.img");
    return () -> RawDisk.of(image, 0);
  }

  /** An image that somebody made, no disk. */
  static Setup flashOnly(byte[] flash) {
    return new Setup(flash, List.of());
  }

  /** The standard flash with another disk. */
  static Setup disk(byte[] disk) {
    return new Setup(standardImage().bytes(), List.of(() -> RawDisk.of(disk, 0)));
  }

  /**
   * The SeaBIOS that the launcher named, or the script's; the script makes it where the cache has
   * none.
   */
  static Path seabios() {
    String named = System.getProperty(DefaultFlash.SEABIOS_PROPERTY, "");
    if (!named.isEmpty() && Files.isRegularFile(Path.of(named))) {
      return Path.of(named);
    }
    try {
      Process script =
          new ProcessBuilder(SEABIOS_SCRIPT.toString()).redirectErrorStream(true).start();
      String said =
          new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
      int code = script.waitFor();
      return code == 0
          ? Path.of(said.lines().toList().getLast())
          : abort("there is no SeaBIOS: " + said);
    } catch (IOException e) {
      return abort("there is no SeaBIOS: " + e.getMessage());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return abort("interrupted while SeaBIOS was built");
    }
  }
}
