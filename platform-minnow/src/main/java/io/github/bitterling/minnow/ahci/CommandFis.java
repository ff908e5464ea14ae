package io.github.bitterling.minnow.ahci;

/** Register FIS from host to device (Serial ATA 2.6, 10.3.4), read from the command table. */
record CommandFis(byte[] bytes) {
  private int at(int index) {
    return bytes[index] & 0xFF;
  }

  boolean isRegisterFis() {
    return at(0) == 0x27;
  }

  /** False for a control update (software reset). */
  boolean isCommand() {
    return (at(1) & 0x80) != 0;
  }

  boolean softReset() {
    return (at(15) & 4) != 0;
  }

  int command() {
    return at(2);
  }

  /** A command whose PIO data are followed by a register FIS (ATA8-AST, PACKET PIO protocol). */
  boolean isPacket() {
    return command() == 0xA0;
  }

  int features() {
    return at(3) | at(11) << 8;
  }

  int count() {
    return at(12) | at(13) << 8;
  }

  /** Tag of a queued command. */
  int tag() {
    return at(12) >>> 3;
  }

  /** Largest PIO block of a packet command, in bytes. */
  int byteCountLimit() {
    int limit = at(5) | at(6) << 8;
    return limit == 0 ? 0xFFFE : limit;
  }

  int device() {
    return at(7);
  }

  long lba28() {
    return at(4) | at(5) << 8 | at(6) << 16 | (long) (at(7) & 15) << 24;
  }

  long lba48() {
    long high = at(8) | at(9) << 8 | (long) at(10) << 16;
    return at(4) | at(5) << 8 | at(6) << 16 | high << 24;
  }
}
