package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.vmx.cpu.CoprocessorPins;
import io.github.bitterling.vmx.cpu.Cpu;

/**
 * Floating-point errors as on a PC/AT: FERR# of the processors raises IRQ13 (datasheet volume 1,
 * the 8259's slave input 5), a write to port F0h takes it back and asserts IGNNE# for as long as
 * FERR# is (SDM volume 1, D.2.1.2).
 */
public final class CoprocessorError implements PortDevice, CoprocessorPins {
  private static final int NOTHING = 0xFF;

  private final IrqLine irq13;

  /** FERR# by processor. */
  private int ferr;

  private boolean ignne;

  public CoprocessorError(IrqLine irq13) {
    this.irq13 = irq13;
  }

  @Override
  public void ferr(Cpu cpu, boolean asserted) {
    int before = ferr;
    ferr = asserted ? ferr | 1 << cpu.index : ferr & ~(1 << cpu.index);
    if (ferr == 0) {
      ignne = false;
      irq13.set(false);
    } else if (before == 0) {
      irq13.set(true);
    }
  }

  @Override
  public boolean ignne() {
    return ignne;
  }

  @Override
  public int readPort(int offset, int width) {
    return NOTHING;
  }

  @Override
  public void writePort(int offset, int width, int value) {
    ignne = ferr != 0;
    irq13.set(false);
  }

  /** Platform reset. */
  public void reset() {
    ferr = 0;
    ignne = false;
    irq13.set(false);
  }
}
