package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;
import java.util.ArrayDeque;
import java.util.function.IntConsumer;
import java.util.function.IntSupplier;

/**
 * 16550A serial port, 8 ports. A transmitted byte leaves at once, so the transmitter is always
 * empty; the guest pays only for the port access. Input comes from a supplier that gives a byte or
 * -1 and is asked whenever the guest looks.
 */
public final class Uart16550 implements PortDevice {
  private static final int FIFO_SIZE = 16;
  private static final int DLAB = 0x80;
  private static final int LOOPBACK = 0x10;
  private static final int OUT2 = 8;
  private static final int[] TRIGGER = {1, 4, 8, 14};

  private final IrqLine irq;
  private final IntConsumer sink;
  private final IntSupplier input;
  private final ArrayDeque<Integer> received = new ArrayDeque<>();
  private int divisor;
  private int interruptEnable;
  private int fifoControl;
  private int lineControl;
  private int modemControl;
  private int scratch;
  private int modemDelta;
  private boolean overrun;
  private boolean transmitterInterrupt;

  /**
   * @param sink gets every transmitted byte
   * @param input gives the next byte from the terminal, -1 when there is none
   */
  public Uart16550(IrqLine irq, IntConsumer sink, IntSupplier input) {
    this.irq = irq;
    this.sink = sink;
    this.input = input;
    reset();
  }

  public final void reset() {
    received.clear();
    divisor = 1;
    interruptEnable = fifoControl = lineControl = modemControl = scratch = modemDelta = 0;
    overrun = transmitterInterrupt = false;
    irq.set(false);
  }

  /** Takes what the terminal has sent so far; called at guest accesses and by the board's poll. */
  public void poll() {
    while (received.size() < (fifoOn() ? FIFO_SIZE : 1) && (modemControl & LOOPBACK) == 0) {
      int b = input.getAsInt();
      if (b < 0) {
        break;
      }
      received.add(b & 0xFF);
    }
    update();
  }

  @Override
  public int readPort(int offset, int width) {
    return switch (offset) {
      case 0 -> dlab() ? divisor & 0xFF : receive();
      case 1 -> dlab() ? divisor >>> 8 : interruptEnable;
      case 2 -> identify();
      case 3 -> lineControl;
      case 4 -> modemControl;
      case 5 -> lineStatus();
      case 6 -> modemStatus();
      default -> scratch;
    };
  }

  @Override
  public void writePort(int offset, int width, int value) {
    switch (offset) {
      case 0 -> writeData(value);
      case 1 -> writeEnable(value);
      case 2 -> writeFifoControl(value);
      case 3 -> lineControl = value;
      case 4 -> writeModemControl(value);
      case 7 -> scratch = value;
      default -> {}
    }
    update();
  }

  private boolean dlab() {
    return (lineControl & DLAB) != 0;
  }

  private boolean fifoOn() {
    return (fifoControl & 1) != 0;
  }

  private int receive() {
    poll();
    Integer b = received.poll();
    update();
    return b == null ? 0 : b;
  }

  private void writeData(int value) {
    if (dlab()) {
      divisor = divisor & 0xFF00 | value;
      return;
    }
    if ((modemControl & LOOPBACK) != 0) {
      loopBack(value);
    } else {
      sink.accept(value);
    }
    transmitterInterrupt = true;
  }

  private void loopBack(int value) {
    if (received.size() >= (fifoOn() ? FIFO_SIZE : 1)) {
      overrun = true;
    } else {
      received.add(value);
    }
  }

  private void writeEnable(int value) {
    if (dlab()) {
      divisor = divisor & 0xFF | value << 8;
      return;
    }
    if ((value & ~interruptEnable & 2) != 0) {
      transmitterInterrupt = true;
    }
    interruptEnable = value & 0x0F;
  }

  private void writeFifoControl(int value) {
    if ((value & 2) != 0 || (value & 1) != (fifoControl & 1)) {
      received.clear();
    }
    fifoControl = value & 0xC9;
  }

  private void writeModemControl(int value) {
    int before = modemLines();
    modemControl = value & 0x1F;
    int changed = before ^ modemLines();
    boolean ringFell = (before & 0x40) != 0 && (modemLines() & 0x40) == 0;
    modemDelta |= changed >>> 4 & 0x0B | (ringFell ? 4 : 0);
  }

  /**
   * In loopback DTR, RTS, OUT1 and OUT2 appear as DSR, CTS, RI and DCD; else the terminal is there.
   */
  private int modemLines() {
    if ((modemControl & LOOPBACK) == 0) {
      return 0xB0;
    }
    int m = modemControl;
    return (m & 1) << 5 | (m & 2) << 3 | (m & 4) << 4 | (m & 8) << 4;
  }

  private int modemStatus() {
    int value = modemLines() | modemDelta;
    modemDelta = 0;
    update();
    return value;
  }

  private int lineStatus() {
    poll();
    int value = 0x60 | (received.isEmpty() ? 0 : 1) | (overrun ? 2 : 0);
    overrun = false;
    update();
    return value;
  }

  private int identify() {
    int cause = cause();
    if (cause == 2) {
      transmitterInterrupt = false;
      update();
    }
    return cause | (fifoOn() ? 0xC0 : 0);
  }

  /** Interrupt identification, bits 3:0, highest priority first. */
  private int cause() {
    if ((interruptEnable & 4) != 0 && overrun) {
      return 6;
    }
    if ((interruptEnable & 1) != 0 && !received.isEmpty()) {
      boolean full = !fifoOn() || received.size() >= TRIGGER[fifoControl >>> 6];
      return full ? 4 : 0x0C;
    }
    if ((interruptEnable & 2) != 0 && transmitterInterrupt) {
      return 2;
    }
    return (interruptEnable & 8) != 0 && modemDelta != 0 ? 0 : 1;
  }

  private void update() {
    irq.set(cause() != 1 && (modemControl & OUT2) != 0);
  }

  public void dump(StringBuilder out) {
    out.append(
        String.format(
            "UART DL=%04X IER=%02X FCR=%02X LCR=%02X MCR=%02X rx=%d%n",
            divisor, interruptEnable, fifoControl, lineControl, modemControl, received.size()));
  }
}
