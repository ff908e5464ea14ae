package io.github.bitterling.minnow.usb;

/**
 * The eight bytes that start a control transfer (USB 2.0, 9.3).
 *
 * @param type bmRequestType: bit 7 to the host, bits 6:5 kind, bits 4:0 recipient
 */
record SetupPacket(int type, int request, int value, int index, int length) {
  static SetupPacket of(long bytes) {
    return new SetupPacket(
        (int) bytes & 0xFF,
        (int) (bytes >>> 8) & 0xFF,
        (int) (bytes >>> 16) & 0xFFFF,
        (int) (bytes >>> 32) & 0xFFFF,
        (int) (bytes >>> 48));
  }

  boolean toHost() {
    return (type & 0x80) != 0;
  }

  /** Request type and request in one number, for tables. */
  int what() {
    return type << 8 | request;
  }
}
