package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;
import java.util.ArrayDeque;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Keyboard controller (ports 60h and 64h) with a keyboard that answers commands but never types.
 * Firmware uses it for the A20 gate and for reset. Port offset 0 is 60h, offset 4 is 64h.
 */
public final class I8042 implements PortDevice {
  private static final int DATA = 0;
  private static final int COMMAND = 4;

  private final IrqLine irq1;
  private final IrqLine irq12;
  private final Runnable resetPulse;
  private final Consumer<Boolean> a20;
  private final BooleanSupplier a20State;
  private final ArrayDeque<Integer> output = new ArrayDeque<>();
  private int configuration;
  private int pendingCommand;
  private int keyboardParameter;
  private boolean afterCommand;

  /**
   * @param resetPulse pulls the processor's reset (command FEh and output port bit 0)
   * @param a20 drives the A20 gate
   * @param a20State reads the gate back
   */
  public I8042(
      IrqLine irq1,
      IrqLine irq12,
      Runnable resetPulse,
      Consumer<Boolean> a20,
      BooleanSupplier a20State) {
    this.irq1 = irq1;
    this.irq12 = irq12;
    this.resetPulse = resetPulse;
    this.a20 = a20;
    this.a20State = a20State;
    reset();
  }

  /** An output byte from the auxiliary port carries this mark. */
  private static final int AUX = 0x100;

  public final void reset() {
    output.clear();
    configuration = 0x41;
    pendingCommand = keyboardParameter = 0;
    afterCommand = false;
    irq1.set(false);
    irq12.set(false);
  }

  @Override
  public int readPort(int offset, int width) {
    return offset == DATA ? readData() : offset == COMMAND ? status() : 0xFF;
  }

  private int readData() {
    Integer value = output.poll();
    update();
    return value == null ? 0 : value & 0xFF;
  }

  private int status() {
    Integer head = output.peek();
    int full = head == null ? 0 : 1 | ((head & AUX) != 0 ? 0x20 : 0);
    return full | 0x14 | (afterCommand ? 8 : 0);
  }

  @Override
  public void writePort(int offset, int width, int value) {
    if (offset == COMMAND) {
      afterCommand = true;
      command(value);
    } else if (offset == DATA) {
      afterCommand = false;
      data(value);
    }
    update();
  }

  private void command(int value) {
    pendingCommand = 0;
    switch (value) {
      case 0x20 -> output.add(configuration);
      case 0x60, 0xD1, 0xD2, 0xD3, 0xD4 -> pendingCommand = value;
      case 0xA7 -> configuration |= 0x20;
      case 0xA8 -> configuration &= ~0x20;
      case 0xA9, 0xAB -> output.add(0);
      case 0xAA -> selfTest();
      case 0xAD -> configuration |= 0x10;
      case 0xAE -> configuration &= ~0x10;
      case 0xC0 -> output.add(0x80);
      case 0xD0 -> output.add(0xCD | (a20State.getAsBoolean() ? 2 : 0));
      default -> pulse(value);
    }
  }

  private void selfTest() {
    output.clear();
    output.add(0x55);
  }

  /** Commands F0h-FFh pulse the output port bits that are zero; bit 0 is the processor's reset. */
  private void pulse(int value) {
    if (value >= 0xF0 && (value & 1) == 0) {
      resetPulse.run();
    }
  }

  private void data(int value) {
    int command = pendingCommand;
    pendingCommand = 0;
    switch (command) {
      case 0x60 -> configuration = value & 0x7F;
      case 0xD1 -> writeOutputPort(value);
      case 0xD2 -> output.add(value);
      case 0xD3 -> output.add(value | AUX);
      case 0xD4 -> {} // no mouse: nobody answers
      default -> keyboard(value);
    }
  }

  private void writeOutputPort(int value) {
    a20.accept((value & 2) != 0);
    if ((value & 1) == 0) {
      resetPulse.run();
    }
  }

  /** Keyboard commands of the PS/2 protocol; parameters are acknowledged and forgotten. */
  private void keyboard(int value) {
    if (keyboardParameter != 0) {
      boolean scanCodeQuery = keyboardParameter == 0xF0 && value == 0;
      keyboardParameter = 0;
      output.add(0xFA);
      if (scanCodeQuery) {
        output.add(2);
      }
      return;
    }
    switch (value) {
      case 0xFF -> answer(0xFA, 0xAA);
      case 0xF2 -> answer(0xFA, 0xAB, 0x83);
      case 0xEE -> answer(0xEE);
      case 0xED, 0xF0, 0xF3 -> {
        keyboardParameter = value;
        answer(0xFA);
      }
      default -> answer(0xFA);
    }
  }

  private void answer(int... bytes) {
    for (int b : bytes) {
      output.add(b);
    }
  }

  private void update() {
    Integer head = output.peek();
    boolean aux = head != null && (head & AUX) != 0;
    irq1.set(head != null && !aux && (configuration & 1) != 0);
    irq12.set(aux && (configuration & 2) != 0);
  }

  public void dump(StringBuilder out) {
    out.append(String.format("8042 config=%02X queued=%d%n", configuration, output.size()));
  }
}
