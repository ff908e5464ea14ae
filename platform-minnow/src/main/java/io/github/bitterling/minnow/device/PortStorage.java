package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.minnow.bus.RegisterFile;

/** Ports in front of a register file: GPIO storage, ACPI registers, index registers. */
public final class PortStorage implements PortDevice {
  private final RegisterFile registers;

  public PortStorage(RegisterFile registers) {
    this.registers = registers;
  }

  @Override
  public boolean accepts(int offset, int width) {
    return true;
  }

  @Override
  public int readPort(int offset, int width) {
    return (int) registers.read(offset, width);
  }

  @Override
  public void writePort(int offset, int width, int value) {
    registers.write(offset, width, value & 0xFFFF_FFFFL);
  }
}
