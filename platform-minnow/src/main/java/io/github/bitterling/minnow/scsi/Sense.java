package io.github.bitterling.minnow.scsi;

/**
 * Why a command ended with CHECK CONDITION (SPC-3, 4.5): sense key, additional sense code and
 * qualifier.
 */
public record Sense(int key, int code, int qualifier) {
  static final Sense NONE = new Sense(0, 0, 0);
  static final Sense UNREADABLE = new Sense(3, 0x11, 0);
  static final Sense UNWRITABLE = new Sense(3, 0x0C, 0);
  static final Sense INVALID_COMMAND = new Sense(5, 0x20, 0);
  static final Sense OUT_OF_RANGE = new Sense(5, 0x21, 0);
  static final Sense INVALID_FIELD = new Sense(5, 0x24, 0);
  static final Sense NO_SUCH_UNIT = new Sense(5, 0x25, 0);
  static final Sense WAS_RESET = new Sense(6, 0x29, 0);

  /** Fixed-format sense data, 18 bytes. */
  byte[] data() {
    byte[] data = new byte[18];
    data[0] = 0x70;
    data[2] = (byte) key;
    data[7] = 10;
    data[12] = (byte) code;
    data[13] = (byte) qualifier;
    return data;
  }
}
