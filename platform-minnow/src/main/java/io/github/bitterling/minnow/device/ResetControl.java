package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.vmx.bus.MachineControl;

/**
 * Port CF9h: bit 1 system reset, bit 2 reset now (on its rising edge), bit 3 full power cycle. 06h
 * keeps DRAM, 0Eh loses it; 04h alone asks for a processor reset only and is carried out as 06h.
 */
public final class ResetControl implements PortDevice {
  private static final int RESET_CPU = 4;
  private static final int FULL = 8;

  private final MachineControl machine;
  private int value;

  public ResetControl(MachineControl machine) {
    this.machine = machine;
  }

  public void reset() {
    value = 0;
  }

  @Override
  public int readPort(int offset, int width) {
    return value;
  }

  @Override
  public void writePort(int offset, int width, int written) {
    boolean trigger = (written & ~value & RESET_CPU) != 0;
    value = written & 0x0E;
    if (trigger) {
      machine.reset("CF9", (written & FULL) != 0);
    }
  }
}
