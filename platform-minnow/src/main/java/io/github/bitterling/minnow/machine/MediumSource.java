package io.github.bitterling.minnow.machine;

import io.github.bitterling.minnow.storage.Medium;
import io.github.bitterling.minnow.storage.Place;

/** A medium of a machine that is still to be built. */
public record MediumSource(Place place, DiskFactory image) {
  /** A disk on the next SATA port. */
  public static MediumSource disk(DiskFactory image) {
    return new MediumSource(Place.SATA_DISK, image);
  }

  public Medium open() {
    return new Medium(place, image.open());
  }
}
