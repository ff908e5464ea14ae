package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.pci.FunctionSwitches;
import io.github.bitterling.minnow.pci.PciRoot;
import io.github.bitterling.minnow.sideband.Sideband;
import java.util.function.BiFunction;
import java.util.function.Function;

/** The functions of the low-power subsystem, at 00:18 and 00:1E, each with its switch. */
public final class Lpss {
  private static final int FIRST = 0x18;
  private static final int SECOND = 0x1E;
  private static final int DMA_CLASS = 0x080100;
  private static final int BUS_CLASS = 0x0C8000;
  private static final int SERIAL_CLASS = 0x078000;

  private final BoardBus bus;
  private final PciRoot pci;
  private final FunctionSwitches switches;
  private final BiFunction<Integer, Integer, IrqLine> pins;
  private final LpssControl control;

  /**
   * Adds all of them.
   *
   * @param switches FUNC_DIS: bits 0 to 5 and 24 to 31
   * @param pins interrupt wire of a PCI device and pin
   */
  public Lpss(
      BoardBus bus,
      PciRoot pci,
      Sideband sideband,
      FunctionSwitches switches,
      BiFunction<Integer, Integer, IrqLine> pins) {
    this.bus = bus;
    this.pci = pci;
    this.switches = switches;
    this.pins = pins;
    control = new LpssControl(sideband);
    addFirst();
    addSecond();
  }

  private void addFirst() {
    add("LPSS DMA 1", FIRST, 0, 0x0F40, DMA_CLASS, 1, irq -> new DmaEngine(bus, irq));
    for (int i = 1; i <= 7; i++) {
      add("I2C " + i, FIRST, i, 0x0F40 + i, BUS_CLASS, pinOf(i), I2cMaster::new);
    }
  }

  private void addSecond() {
    add("LPSS DMA 2", SECOND, 0, 0x0F06, DMA_CLASS, 1, irq -> new DmaEngine(bus, irq));
    add("PWM 1", SECOND, 1, 0x0F08, BUS_CLASS, 0, irq -> new PulseWidth());
    add("PWM 2", SECOND, 2, 0x0F09, BUS_CLASS, 0, irq -> new PulseWidth());
    add("HSUART 1", SECOND, 3, 0x0F0A, SERIAL_CLASS, pinOf(3), SerialPort::new);
    add("HSUART 2", SECOND, 4, 0x0F0C, SERIAL_CLASS, pinOf(4), SerialPort::new);
    add("SPI master", SECOND, 5, 0x0F0E, BUS_CLASS, pinOf(5), SpiMaster::new);
  }

  private static int pinOf(int function) {
    return (function + 1 & 3) + 1;
  }

  private void add(
      String name,
      int device,
      int function,
      int id,
      int classCode,
      int pin,
      Function<IrqLine, LpssDevice> registers) {
    IrqLine irq = pin == 0 ? IrqLine.NOT_CONNECTED : pins.apply(device, pin);
    LpssDevice behind = registers.apply(irq);
    LpssFunction added =
        pci.add(new LpssFunction(bus, name, device, function, id, classCode, pin, behind));
    switches.add(device == FIRST ? 24 + function : function, added);
    control.control(added, (device == FIRST ? 0x280 : 0x240) + 8 * function);
  }
}
