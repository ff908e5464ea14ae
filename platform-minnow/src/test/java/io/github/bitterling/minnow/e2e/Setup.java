package io.github.bitterling.minnow.e2e;

import io.github.bitterling.flash.FlashImage;
import io.github.bitterling.flash.FlashImageBuilder;
import io.github.bitterling.minnow.cli.flash.DefaultFlash;
import io.github.bitterling.minnow.machine.MediumSource;
import io.github.bitterling.minnow.storage.Disk;
import io.github.bitterling.minnow.storage.Place;
import io.github.bitterling.minnow.storage.SnapshotDisk;
import io.github.bitterling.minnow.storage.WrittenDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Flash and media of a machine.
 *
 * @param startFiles of a direct start
 */
record Setup(byte[] flash, List<MediumSource> media, Optional<byte[]> startFiles) {
  private interface Opening {
    Disk open() throws IOException;
  }

  Setup(byte[] flash, List<MediumSource> media) {
    this(flash, media, Optional.empty());
  }

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

  static MediumSource standardDisk() {
    return disk(Place.SATA_DISK, FlashImageBuilder.resource("bootdisk.img"), 0);
  }

  /** A medium of a machine; {@code number} is part of its serial number. */
  static MediumSource disk(Place place, byte[] content, int number) {
    return new MediumSource(place, () -> SnapshotDisk.of(content, number));
  }

  /** A medium whose content is a file, which stays as it is. */
  static MediumSource file(Place place, Path file, int number) {
    return opened(place, () -> SnapshotDisk.open(file, number));
  }

  /** A disk whose content is a file that keeps what is written. */
  static MediumSource written(Path file) {
    return opened(Place.SATA_DISK, () -> WrittenDisk.open(file, 0));
  }

  private static MediumSource opened(Place place, Opening opening) {
    return new MediumSource(
        place,
        () -> {
          try {
            return opening.open();
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  /** An image that somebody made, no disk. */
  static Setup flashOnly(byte[] flash) {
    return new Setup(flash, List.of());
  }

  /** The standard flash with another disk. */
  static Setup disk(byte[] disk) {
    return new Setup(standardImage().bytes(), List.of(disk(Place.SATA_DISK, disk, 0)));
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
    return Script.SEABIOS.run();
  }
}
