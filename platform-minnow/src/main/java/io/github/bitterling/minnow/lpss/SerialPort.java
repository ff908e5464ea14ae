package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.device.Uart16550;

/**
 * A fast serial port (DW_apb_uart): the registers of a 16550 four bytes apart, FIFO levels and
 * identification behind them. Nothing is on its pins: what is sent is gone, nothing comes in; its
 * loopback works.
 */
final class SerialPort extends LpssDevice {
  private static final int COMPATIBLE = 0x20;

  private final Uart16550 uart;

  SerialPort(IrqLine irq) {
    super("HSUART");
    uart = new Uart16550(irq, sent -> {}, () -> -1);
    file.readOnly("USR", 0x7C, 4, 6);
    file.readOnly("TFL", 0x80, 4, 0);
    file.readOnly("CPR", 0xF4, 4, 0x0004_3F32);
    file.readOnly("UCV", 0xF8, 4, 0x3331_342A);
    file.readOnly("CTR", 0xFC, 4, 0x4457_0110);
    privateRegisters(0x800);
  }

  @Override
  void reset() {
    super.reset();
    uart.reset();
  }

  @Override
  public long read(int offset, int width) {
    if (offset >= COMPATIBLE) {
      return super.read(offset, width);
    }
    return (offset & 3) == 0 ? uart.readPort(offset >>> 2, 1) & 0xFF : 0;
  }

  @Override
  public void write(int offset, int width, long value) {
    if (offset >= COMPATIBLE) {
      super.write(offset, width, value);
    } else if ((offset & 3) == 0) {
      uart.writePort(offset >>> 2, 1, (int) value & 0xFF);
    }
  }
}
