package io.github.bitterling.minnow.usb;

import java.util.Arrays;

/** A USB mass-storage device: standard and class requests, and the two bulk endpoints. */
final class MemoryStick implements UsbDevice {
  private static final byte[] NOTHING = {};

  private final int speed;
  private final StickDescriptors descriptors;
  private final BulkOnly transport;
  private int configuration;
  private boolean inHalted;
  private boolean outHalted;

  MemoryStick(int speed, String serial, BulkOnly transport) {
    this.speed = speed;
    this.descriptors = new StickDescriptors(speed == SUPER_SPEED, serial);
    this.transport = transport;
  }

  @Override
  public int speed() {
    return speed;
  }

  @Override
  public void reset() {
    configuration = 0;
    transport.powerOn();
    inHalted = outHalted = false;
  }

  @Override
  public byte[] control(SetupPacket s, byte[] data) {
    return switch (s.what()) {
      case 0x8000 -> new byte[] {0, 0}; // GET_STATUS of the device, interface, endpoint
      case 0x8100 -> new byte[] {0, 0};
      case 0x8200 -> new byte[] {(byte) (halted(s.index()) ? 1 : 0), 0};
      case 0x8006 -> cut(descriptors.get(s.value()), s.length());
      case 0x8008 -> new byte[] {(byte) configuration};
      case 0x0009 -> configure(s.value());
      case 0x810A -> new byte[] {0};
      case 0x010B -> s.value() == 0 && configuration != 0 ? NOTHING : null;
      // SET_ADDRESS, which the controller sends; SET_SEL, SET_ISOCH_DELAY
      case 0x0005, 0x0030, 0x0031 -> NOTHING;
      case 0x0201 -> s.value() == 0 ? halt(s.index(), false) : null;
      case 0x0203 -> s.value() == 0 ? halt(s.index(), true) : null;
      // U1 and U2 enable, function suspend
      case 0x0001, 0x0003, 0x0101, 0x0103 -> speed == SUPER_SPEED ? NOTHING : null;
      case 0xA1FE -> new byte[] {0}; // Get Max LUN
      case 0x21FF -> bulkReset();
      default -> null;
    };
  }

  private static byte[] cut(byte[] descriptor, int length) {
    return descriptor == null || descriptor.length <= length
        ? descriptor
        : Arrays.copyOf(descriptor, length);
  }

  private byte[] configure(int value) {
    if (value > 1) {
      return null;
    }
    configuration = value;
    inHalted = outHalted = false;
    transport.reset();
    return NOTHING;
  }

  /** Bulk-only mass storage reset (bulk-only transport 1.0, 3.1): halts stay. */
  private byte[] bulkReset() {
    transport.reset();
    return NOTHING;
  }

  private boolean halted(int address) {
    return address == (0x80 | StickDescriptors.BULK_IN)
        ? inHalted
        : address == StickDescriptors.BULK_OUT && outHalted;
  }

  /** After a command block that was not valid both stay halted until a reset (5.3.4, 6.6.1). */
  private byte[] halt(int address, boolean on) {
    if (address == (0x80 | StickDescriptors.BULK_IN)) {
      inHalted = on || transport.invalid();
    } else if (address == StickDescriptors.BULK_OUT) {
      outHalted = on || transport.invalid();
    } else if ((address & 0x0F) != 0) {
      return null;
    }
    return NOTHING;
  }

  @Override
  public int in(int endpoint, byte[] to, int at, int count) {
    if (endpoint != StickDescriptors.BULK_IN || configuration == 0 || inHalted) {
      return STALL;
    }
    int given = transport.toHost(to, at, count);
    inHalted = given == STALL;
    return given;
  }

  @Override
  public int out(int endpoint, byte[] from, int at, int count) {
    if (endpoint != StickDescriptors.BULK_OUT || configuration == 0 || outHalted) {
      return STALL;
    }
    int taken = transport.fromHost(from, at, count);
    outHalted = taken == STALL;
    inHalted |= transport.invalid();
    return taken;
  }

  @Override
  public void close() {
    transport.close();
  }
}
