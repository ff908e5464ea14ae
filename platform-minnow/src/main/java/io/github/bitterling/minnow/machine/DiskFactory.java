package io.github.bitterling.minnow.machine;

import io.github.bitterling.minnow.storage.Disk;

/** Opens a disk anew for each machine that is built (lockstep builds two). */
@FunctionalInterface
public interface DiskFactory {
  /** The disk with its original contents. */
  Disk open();
}
