package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.Register;
import java.util.ArrayDeque;

/**
 * The SPI master, a synchronous serial port as in Intel's PXA2xx. No device drives MISO, which
 * reads zeros; in loopback it reads what is sent. A word takes no time.
 */
final class SpiMaster extends LpssDevice {
  private static final int FIFO_SIZE = 256;
  private static final int ENABLE = 1 << 7;
  private static final int RECEIVE_INTERRUPT = 1;
  private static final int TRANSMIT_INTERRUPT = 1 << 1;
  private static final int LOOPBACK = 1 << 2;

  private static final int TX_NOT_FULL = 1 << 2;
  private static final int RX_NOT_EMPTY = 1 << 3;
  private static final int TX_REQUEST = 1 << 5;
  private static final int RX_REQUEST = 1 << 6;
  private static final int RX_OVERRUN = 1 << 7;

  private final IrqLine irq;
  private final ArrayDeque<Integer> received = new ArrayDeque<>();
  private final Register control0 = file.register("SSCR0", 0x00, 4, 0, 0xFFFF_FFFFL);
  private final Register control1 = file.register("SSCR1", 0x04, 4, 0, 0xFFFF_FFFFL);
  private final Register receiveThreshold = file.register("SIRF", 0x48, 4, 0, 0xFF);
  private boolean overrun;

  SpiMaster(IrqLine irq) {
    super("SPI master");
    this.irq = irq;
    control0.onWrite((v, raw) -> enabled());
    control1.onWrite((v, raw) -> drive());
    file.register("SSSR", 0x08, 4, 0, 0).onRead(this::status).onWrite((v, raw) -> clear(raw));
    file.register("SSITR", 0x0C, 4, 0, 0xE0);
    Register data = file.register("SSDR", 0x10, 4, 0, 0xFFFF_FFFFL);
    data.onRead(this::take).onWrite((v, raw) -> send((int) raw));
    file.register("SSTO", 0x28, 4, 0, 0xFF_FFFF);
    file.register("SSPSP", 0x2C, 4, 0, 0xFFFF_FFFFL);
    file.register("SITF", 0x44, 4, 0, 0xFFFF);
    receiveThreshold.onWrite((v, raw) -> drive());
    privateRegisters(0x400);
  }

  private void enabled() {
    if (!control0.has(ENABLE)) {
      received.clear();
      overrun = false;
    }
    drive();
  }

  /** Bits of a word, from EDSS (bit 20) and DSS (3:0), which is one less. */
  private int wordBits() {
    return (int) (control0.get() >>> 16 & 0x10 | control0.get() & 0xF) + 1;
  }

  private void send(int value) {
    if (!control0.has(ENABLE)) {
      return;
    }
    if (received.size() == FIFO_SIZE) {
      overrun = true;
    } else {
      received.add(control1.has(LOOPBACK) ? value & (int) (-1L >>> 64 - wordBits()) : 0);
    }
    drive();
  }

  private long take() {
    Integer word = received.poll();
    drive();
    return word == null ? 0 : word & 0xFFFF_FFFFL;
  }

  private void clear(long bits) {
    overrun &= (bits & RX_OVERRUN) == 0;
    drive();
  }

  private long status() {
    int value = TX_NOT_FULL | (overrun ? RX_OVERRUN : 0) | (received.isEmpty() ? 0 : RX_NOT_EMPTY);
    if (control0.has(ENABLE)) {
      value |= TX_REQUEST | (received.size() > receiveThreshold.get() ? RX_REQUEST : 0);
    }
    return value;
  }

  private void drive() {
    long status = status();
    boolean transmit = control1.has(TRANSMIT_INTERRUPT) && (status & TX_REQUEST) != 0;
    boolean receive = control1.has(RECEIVE_INTERRUPT) && (status & (RX_REQUEST | RX_OVERRUN)) != 0;
    irq.set(transmit || receive);
  }

  @Override
  void reset() {
    super.reset();
    received.clear();
    overrun = false;
    irq.set(false);
  }
}
