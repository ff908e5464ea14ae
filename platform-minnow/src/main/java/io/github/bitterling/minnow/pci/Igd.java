package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.minnow.sideband.Sideband;

/**
 * 00:02.0, the graphics device (8086:0F31), without graphics: BARs, configuration storage and the
 * register window of {@link IgdRegisters}, also reachable through index and data ports.
 */
public final class Igd extends PciFunction {
  private final IgdRegisters registers;
  private int portIndex;

  /**
   * @param sideband the message network that the doorbell registers reach
   */
  public Igd(BoardBus bus, Sideband sideband) {
    super("graphics", 0x02, 0, 0x0F31, 0x030000, 0x11);
    registers = new IgdRegisters(sideband);
    memoryBar(0, IgdRegisters.SIZE, bus.movableMmio("IGD registers", IgdRegisters.SIZE, registers));
    memoryBar(2, 256 << 20, null);
    ioBar(4, 8, bus.movablePorts("IGD index", 8, indexPorts));
    interruptPin(1);
    storage(0x40, 0xC0);
  }

  @Override
  public void reset() {
    super.reset();
    registers.reset();
    portIndex = 0;
  }

  /** MMIO_INDEX: bits 1:0 choose the registers (0) or the translation table above them (1). */
  private int target() {
    int offset = portIndex & IgdRegisters.GTT - 4;
    return (portIndex & 3) == 1 ? IgdRegisters.GTT + offset : offset;
  }

  private final PortDevice indexPorts =
      new PortDevice() {
        @Override
        public boolean accepts(int offset, int width) {
          return width == 4;
        }

        @Override
        public int readPort(int offset, int width) {
          return offset < 4 ? portIndex : (int) registers.read(target(), 4);
        }

        @Override
        public void writePort(int offset, int width, int value) {
          if (offset < 4) {
            portIndex = value;
          } else {
            registers.write(target(), 4, value & 0xFFFF_FFFFL);
          }
        }
      };
}
