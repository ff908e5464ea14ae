package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.Register;

/** A pulse-width modulator. New settings are taken at once, nobody looks at its pin. */
final class PulseWidth extends LpssDevice {
  private static final long UPDATE = 1L << 30;

  PulseWidth() {
    super("PWM");
    Register control = file.register("PWMCTRL", 0, 4, 0, 0xFFFF_FFFFL);
    control.onWrite((v, raw) -> control.setBits(UPDATE, false));
    privateRegisters(0x800);
  }
}
