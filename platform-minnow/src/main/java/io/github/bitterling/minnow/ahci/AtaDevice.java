package io.github.bitterling.minnow.ahci;

/** What is behind a SATA port: its signature and its commands. */
interface AtaDevice {
  int DISK_SIGNATURE = 0x0000_0101;
  int READY = 0x50;
  int FAILED = 0x51;
  int ABORTED = 0x04;

  /** How the end of a command is reported. */
  enum Protocol {
    NO_DATA,
    DMA,
    PIO_IN,
    QUEUED,
    /** DEVICE RESET: ends with the signature and without an interrupt. */
    RESET
  }

  /**
   * @param bytes of the last PIO block
   * @param overflow the host's descriptors were shorter than the data
   */
  record Result(Protocol protocol, int status, int error, int bytes, boolean overflow) {
    boolean failed() {
      return (status & 1) != 0;
    }

    static Result done(Protocol protocol, int bytes) {
      return new Result(protocol, READY, 0, bytes, false);
    }

    static Result failure(Protocol protocol, int error) {
      return new Result(protocol, FAILED, error, 0, false);
    }
  }

  /** Content of the port's signature register after a reset: LBA 23:0 and sector count. */
  int signature();

  /** Power-on or COMRESET. */
  void reset();

  /** Software reset (SRST). */
  void softReset();

  /**
   * Carries a command out.
   *
   * @param packet the command table's 16 bytes for a packet device
   */
  Result execute(CommandFis command, byte[] packet, PrdCursor data);

  void close();
}
