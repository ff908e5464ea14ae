package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.MmioMapping;
import io.github.bitterling.minnow.bus.PortMapping;
import java.util.function.Consumer;

/**
 * 00:1F.0, the platform controller unit (8086:0F1C, revision 11h = D0). Its base registers place
 * the SoC's fixed-function blocks: bit 1 enables, the address is in the upper bits (RCBA: bit 0).
 */
public final class LpcBridge extends PciFunction {
  private static final int UART_ENABLE = 1;

  public LpcBridge() {
    super("LPC bridge", 0x1F, 0, 0x0F1C, 0x060100, 0x11, 0x80);
    command.set(7);
    storage(0xD0, 0x20);
  }

  /** ACPI (40h) and GPIO (48h) I/O bases; the range has {@code 1 << alignment} ports. */
  public void ioBase(String name, int offset, int alignment, PortMapping ports) {
    long mask = 0xFFFF & -(1L << alignment) | 2;
    config
        .register(name, offset, 4, 0, mask)
        .onWrite((v, raw) -> ports.place((int) v & 0xFFFF & -(1 << alignment), (v & 2) != 0));
  }

  /**
   * A memory base register.
   *
   * @param alignment address bits below this one are not decoded
   * @param enableBit value of the enable bit, 2 everywhere but in RCBA
   */
  public void memoryBase(
      String name, int offset, int alignment, long resetValue, int enableBit, MmioMapping window) {
    long addressMask = 0xFFFF_FFFFL & -(1L << alignment);
    Consumer<Long> place = v -> window.place(v & addressMask, (v & enableBit) != 0);
    config
        .register(name, offset, 4, resetValue, addressMask | enableBit | 4)
        .onWrite((v, raw) -> place.accept(v));
    place.accept(resetValue);
    onReset = onReset.andThen(ignored -> place.accept(config.peek(offset, 4)));
  }

  /** UART_CONT (80h): bit 0 makes COM1 answer at 3F8h-3FFh. */
  public void uartControl(PortMapping com1) {
    config.register("UART_CONT", 0x80, 4, 0, 0x1F).onWrite((v, raw) -> placeUart(com1, v));
    onReset = onReset.andThen(ignored -> placeUart(com1, 0));
  }

  private static void placeUart(PortMapping com1, long control) {
    com1.place(0x3F8, (control & UART_ENABLE) != 0);
  }

  private Consumer<Void> onReset = ignored -> {};

  @Override
  public void reset() {
    super.reset();
    onReset.accept(null);
  }

  /** The bridge always decodes: I/O, memory and bus master read as one. */
  @Override
  protected void commandChanged() {
    command.setBits(7, true);
  }

  /** Ports that a base register placed go away with the platform reset. */
  public void offAtReset(PortMapping ports) {
    onReset = onReset.andThen(ignored -> ports.place(0, false));
  }
}
