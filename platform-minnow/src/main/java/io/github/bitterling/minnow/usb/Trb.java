package io.github.bitterling.minnow.usb;

import io.github.bitterling.minnow.bus.Dma;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Transfer request block (xHCI 1.0, 4.11 and 6.4): 16 bytes of a ring. */
record Trb(long parameter, int status, int control) {
  static final int BYTES = 16;

  static final int NORMAL = 1;
  static final int SETUP_STAGE = 2;
  static final int DATA_STAGE = 3;
  static final int STATUS_STAGE = 4;
  static final int LINK = 6;
  static final int EVENT_DATA = 7;
  static final int NO_OP = 8;

  static final int TRANSFER_EVENT = 32;
  static final int COMMAND_COMPLETION = 33;
  static final int PORT_STATUS_CHANGE = 34;
  static final int HOST_CONTROLLER = 37;

  private static final int CYCLE = 1;
  private static final int TOGGLE = 1 << 1;
  private static final int INTERRUPT_ON_SHORT = 1 << 2;
  private static final int CHAIN = 1 << 4;
  private static final int INTERRUPT = 1 << 5;
  private static final int IMMEDIATE = 1 << 6;
  private static final int BLOCK_INTERRUPT = 1 << 9;

  static Trb read(Dma dma, long address) {
    byte[] bytes = new byte[BYTES];
    dma.read(address, bytes, 0, BYTES);
    ByteBuffer b = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    return new Trb(b.getLong(0), b.getInt(8), b.getInt(12));
  }

  /**
   * An event.
   *
   * @param status completion code in bits 31:24
   * @param control what belongs above the type, in bits 31:16
   */
  static Trb event(int type, long parameter, int status, int control) {
    return new Trb(parameter, status, control | type << 10);
  }

  void write(Dma dma, long address, boolean cycle) {
    ByteBuffer b = ByteBuffer.allocate(BYTES).order(ByteOrder.LITTLE_ENDIAN);
    b.putLong(parameter).putInt(status).putInt(control & ~CYCLE | (cycle ? CYCLE : 0));
    dma.write(address, b.array(), 0, BYTES);
  }

  int type() {
    return control >>> 10 & 0x3F;
  }

  boolean cycle() {
    return (control & CYCLE) != 0;
  }

  /** Of a link: the cycle bit changes its meaning behind it. */
  boolean toggles() {
    return (control & TOGGLE) != 0;
  }

  boolean interruptOnShort() {
    return (control & INTERRUPT_ON_SHORT) != 0;
  }

  boolean chained() {
    return (control & CHAIN) != 0;
  }

  boolean interrupts() {
    return (control & INTERRUPT) != 0;
  }

  /** The data are in the parameter itself. */
  boolean immediate() {
    return (control & IMMEDIATE) != 0;
  }

  boolean blocksInterrupt() {
    return (control & BLOCK_INTERRUPT) != 0;
  }

  /** Bytes to move. */
  int length() {
    return status & 0x1_FFFF;
  }

  int interrupter() {
    return status >>> 22 & 0x3FF;
  }

  /** Of a command: slot, endpoint. */
  int slot() {
    return control >>> 24;
  }

  int endpoint() {
    return control >>> 16 & 0x1F;
  }

  /** Bit 9 of a command: BSR, DC or TSP. */
  boolean flag() {
    return (control & 1 << 9) != 0;
  }
}
