package io.github.bitterling.minnow.ahci;

/** What SET FEATURES (ATA8-ACS, 7.48) changes, as IDENTIFY shows it. */
final class DiskFeatures {
  private static final int WRITE_CACHE = 1 << 5;
  private static final int LOOK_AHEAD = 1 << 6;
  private static final int NOP_COMMAND = 1 << 14;

  /** Bits of IDENTIFY word 82: the features there are. */
  static final int SUPPORTED = NOP_COMMAND | WRITE_CACHE | LOOK_AHEAD;

  private static final int UDMA = 0x40;
  private static final int MODES = 6;

  private int enabled = SUPPORTED;
  private int udma = MODES - 1;

  void reset() {
    enabled = SUPPORTED;
  }

  /** IDENTIFY word 85. */
  int enabled() {
    return enabled;
  }

  /** IDENTIFY word 88: modes 0 to 5 are there, one is chosen. */
  int udmaModes() {
    return (1 << MODES) - 1 | (udma < 0 ? 0 : 0x100 << udma);
  }

  /** Carries a subcommand out; false for one that there is not. */
  boolean set(CommandFis c) {
    switch (c.features() & 0xFF) {
      case 0x02 -> enabled |= WRITE_CACHE;
      case 0x82 -> enabled &= ~WRITE_CACHE;
      case 0xAA -> enabled |= LOOK_AHEAD;
      case 0x55 -> enabled &= ~LOOK_AHEAD;
      case 0x03 -> {
        return transferMode(c.count() & 0xFF);
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** PIO and multiword DMA modes are taken too; SATA does not care. */
  private boolean transferMode(int mode) {
    if ((mode & 0xF8) == UDMA) {
      if ((mode & 7) >= MODES) {
        return false;
      }
      udma = mode & 7;
      return true;
    }
    udma = (mode & 0xF8) == 0x20 ? -1 : udma;
    return mode <= 0x0C || mode >= 0x20 && mode <= 0x22;
  }
}
