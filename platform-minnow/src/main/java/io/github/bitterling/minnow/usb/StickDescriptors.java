package io.github.bitterling.minnow.usb;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Descriptors of a memory stick (USB 2.0, 9.6; USB 3.0, 9.6): one configuration with one interface,
 * mass storage, SCSI, bulk-only, endpoints 1 IN and 2 OUT.
 */
final class StickDescriptors {
  /** Endpoint that data come from, and endpoint they go to. */
  static final int BULK_IN = 1;

  static final int BULK_OUT = 2;

  private static final int DEVICE = 1;
  private static final int CONFIGURATION = 2;
  private static final int STRING = 3;
  private static final int OBJECT_STORE = 15;

  /** Vendor and product: pid.codes' number for tests. */
  private static final int VENDOR = 0x1209;

  private static final int PRODUCT = 1;
  private static final int ENGLISH = 0x0409;

  private final boolean superSpeed;
  private final String serial;

  /**
   * @param serial at least twelve characters of 0-9 and A-F (bulk-only transport 1.0, 4.1.1)
   */
  StickDescriptors(boolean superSpeed, String serial) {
    this.superSpeed = superSpeed;
    this.serial = serial;
  }

  /** Largest packet of the bulk endpoints. */
  private int bulkPacket() {
    return superSpeed ? 1024 : 512;
  }

  /** The descriptor that GET_DESCRIPTOR's value names, or null where there is none. */
  byte[] get(int value) {
    return switch (value >>> 8) {
      case DEVICE -> device();
      case CONFIGURATION -> (value & 0xFF) == 0 ? configuration() : null;
      case STRING -> string(value & 0xFF);
      case OBJECT_STORE -> superSpeed ? objectStore() : null;
      default -> null;
    };
  }

  private static byte[] bytes(int... values) {
    byte[] all = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      all[i] = (byte) values[i];
    }
    return all;
  }

  private byte[] device() {
    return bytes(
        18,
        DEVICE,
        0x00,
        superSpeed ? 3 : 2,
        0,
        0,
        0,
        superSpeed ? 9 : 64, // of endpoint 0: 2^9 or 64
        VENDOR,
        VENDOR >>> 8,
        PRODUCT,
        PRODUCT >>> 8,
        0x00,
        0x01,
        1,
        2,
        3,
        1);
  }

  private byte[] configuration() {
    byte[] all = bytes(9, CONFIGURATION, 0, 0, 1, 1, 0, 0x80, superSpeed ? 28 : 112);
    all = append(all, bytes(9, 4, 0, 0, 2, 8, 6, 0x50, 0));
    all = append(all, endpoint(0x80 | BULK_IN));
    all = append(all, endpoint(BULK_OUT));
    all[2] = (byte) all.length;
    return all;
  }

  private byte[] endpoint(int address) {
    byte[] endpoint = bytes(7, 5, address, 2, bulkPacket(), bulkPacket() >>> 8, 0);
    return superSpeed ? append(endpoint, bytes(6, 0x30, 15, 0, 0, 0)) : endpoint;
  }

  /** USB 2.0 extension and SuperSpeed capabilities: full, high and super speed, no U1 and U2. */
  private static byte[] objectStore() {
    return bytes(
        5,
        OBJECT_STORE,
        22,
        0,
        2, //
        7,
        0x10,
        2,
        0,
        0,
        0,
        0, //
        10,
        0x10,
        3,
        0,
        0x0E,
        0,
        1,
        0,
        0,
        0);
  }

  private byte[] string(int number) {
    return switch (number) {
      case 0 -> bytes(4, STRING, ENGLISH & 0xFF, ENGLISH >>> 8);
      case 1 -> text("Bitterling");
      case 2 -> text("USB disk");
      case 3 -> text(serial);
      default -> null;
    };
  }

  private static byte[] text(String value) {
    byte[] utf = value.getBytes(StandardCharsets.UTF_16LE);
    return append(bytes(utf.length + 2, STRING), utf);
  }

  private static byte[] append(byte[] first, byte[] second) {
    byte[] both = Arrays.copyOf(first, first.length + second.length);
    System.arraycopy(second, 0, both, first.length, second.length);
    return both;
  }
}
