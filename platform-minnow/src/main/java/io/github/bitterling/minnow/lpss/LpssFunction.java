package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.pci.PciFunction;

/**
 * One function of the subsystem. BAR 0 has the device's registers; BAR 1, 4 KiB, shows the
 * configuration space again, for systems that hide the function from PCI ({@link LpssControl}).
 */
final class LpssFunction extends PciFunction {
  private static final int MULTI_FUNCTION = 0x80;
  private static final int POWER_CAPABILITY = 0x80;
  private static final int MIRROR_SIZE = 4096;

  private final LpssDevice registers;

  /**
   * @param registers what BAR 0 shows
   * @param pin 1 for INTA# to 4 for INTD#
   */
  LpssFunction(
      BoardBus bus,
      String name,
      int device,
      int function,
      int id,
      int classCode,
      int pin,
      LpssDevice registers) {
    super(name, device, function, id, classCode, 0x11, function == 0 ? MULTI_FUNCTION : 0);
    this.registers = registers;
    memoryBar(0, registers.size(), bus.movableMmio(name, registers.size(), registers));
    memoryBar(1, MIRROR_SIZE, bus.movableMmio(name + " PCI", MIRROR_SIZE, mirror()));
    firstCapability(POWER_CAPABILITY);
    config.readOnly("PMCAP", POWER_CAPABILITY, 4, 0x0003_0001);
    config.register("PMCSR", POWER_CAPABILITY + 4, 4, 8, 3);
    interruptPin(pin);
  }

  private MmioDevice mirror() {
    return new MmioDevice() {
      @Override
      public long read(int offset, int width) {
        return LpssFunction.this.read(offset, width);
      }

      @Override
      public void write(int offset, int width, long value) {
        LpssFunction.this.write(offset, width, value);
      }
    };
  }

  @Override
  public void reset() {
    super.reset();
    registers.reset();
  }
}
