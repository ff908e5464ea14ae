package io.github.bitterling.minnow.storage;

/** How a medium is connected to the board. */
public enum Place {
  /** A disk on a SATA port. */
  SATA_DISK,
  /** A CD-ROM drive on a SATA port. */
  CDROM,
  /** A memory stick on a USB port. */
  USB_DISK
}
