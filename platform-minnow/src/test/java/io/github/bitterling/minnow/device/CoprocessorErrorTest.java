package io.github.bitterling.minnow.device;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.bitterling.vmx.cpu.Cpu;
import org.junit.jupiter.api.Test;

class CoprocessorErrorTest {
  private final Cpu first = new Cpu(0);
  private final Cpu second = new Cpu(1);
  private boolean irq13;
  private final CoprocessorError device = new CoprocessorError(level -> irq13 = level);

  @Test
  void portTakesTheInterruptBackAndIgnoresTheErrorWhileItLasts() {
    device.ferr(first, true);
    assertTrue(irq13);
    assertFalse(device.ignne());
    device.writePort(0, 1, 0);
    assertFalse(irq13);
    assertTrue(device.ignne());
    device.ferr(first, false);
    assertFalse(device.ignne());
  }

  @Test
  void portWithoutErrorDoesNothing() {
    device.writePort(0, 1, 0);
    assertFalse(device.ignne());
  }

  @Test
  void processorsShareTheWire() {
    device.ferr(first, true);
    device.ferr(second, true);
    device.ferr(first, false);
    assertTrue(irq13);
    device.ferr(second, false);
    assertFalse(irq13);
  }

  @Test
  void resetForgets() {
    device.ferr(first, true);
    device.writePort(0, 1, 0);
    device.reset();
    assertFalse(irq13);
    assertFalse(device.ignne());
  }
}
