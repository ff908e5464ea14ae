package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.sideband.Sideband;
import io.github.bitterling.minnow.sideband.SidebandUnit;

/**
 * The subsystem's unit of the message network (port A0h): a control register for each function, of
 * which bit 20 takes it out of PCI configuration space; its BARs go on decoding.
 */
final class LpssControl {
  private static final int PORT = 0xA0;
  private static final int PCI_CONFIGURATION_OFF = 1 << 20;

  private final SidebandUnit unit = new SidebandUnit("LPSS");

  LpssControl(Sideband sideband) {
    sideband.plug(PORT, unit);
  }

  /**
   * Gives a function its register.
   *
   * @param number of the register
   */
  void control(LpssFunction function, int number) {
    unit.register(function.name() + " CTL", number)
        .onWrite(value -> function.hide((value & PCI_CONFIGURATION_OFF) != 0));
  }
}
