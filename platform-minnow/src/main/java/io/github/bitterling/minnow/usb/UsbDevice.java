package io.github.bitterling.minnow.usb;

/** A device on a root port, as the controller's packets reach it. */
interface UsbDevice {
  /** Speeds as PORTSC and slot contexts have them (xHCI 1.0, table 157). */
  int HIGH_SPEED = 3;

  int SUPER_SPEED = 4;

  /** Answer of an endpoint that has nothing to send, or no room. */
  int NAK = -1;

  /** Answer of an endpoint that is halted. */
  int STALL = -2;

  int speed();

  /** The port was reset: default state, no address, not configured. */
  void reset();

  /**
   * A control transfer on endpoint 0.
   *
   * @param data what the host sent with it
   * @return the answer, empty for requests to the device; null for a stall
   */
  byte[] control(SetupPacket setup, byte[] data);

  /**
   * The host asks an endpoint for data.
   *
   * @param endpoint 1..15
   * @return bytes given, fewer than {@code count} for a short packet; {@link #NAK}; {@link #STALL}
   */
  int in(int endpoint, byte[] to, int at, int count);

  /**
   * The host sends data to an endpoint.
   *
   * @return bytes taken, {@link #NAK}, or {@link #STALL}
   */
  int out(int endpoint, byte[] from, int at, int count);

  void close();
}
