package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * 00:14.0, the USB controller (xHCI 1.0 specification, chapter 5) with six USB 2 and one USB 3 port
 * to which nothing is ever connected. It can be reset, started and stopped; as no device appears,
 * drivers have no transfers to ask for, and doorbells are ignored.
 */
public final class Xhci extends PciFunction {
  private static final int WINDOW = 0x1_0000;
  private static final int OPERATIONAL = 0x80;
  private static final int RUNTIME = 0x2000;
  private static final int DOORBELLS = 0x3000;
  private static final int EXTENDED = 0x8000;
  private static final int PORTS = 7;
  private static final int SLOTS = 32;
  private static final int INTERRUPTERS = 8;
  private static final int RUN = 1;
  private static final int RESET = 2;
  private static final int HALTED = 1;

  /** Port power on, link waiting for a receiver. */
  private static final int NOTHING_CONNECTED = 0x2A0;

  /** Microframes of 125 us. */
  private static final long MICROFRAMES_HERTZ = 8000;

  private final RegisterFile registers = new RegisterFile("xHCI", WINDOW);
  private final Register usbCommand;
  private final Register usbStatus;

  public Xhci(BoardBus bus, VirtualTime time) {
    super("xHCI", 0x14, 0, 0x0F35, 0x0C0330, 0x11);
    memoryBar(0, WINDOW, bus.movableMmio("xHCI", WINDOW, registers));
    interruptPin(1);
    storage(0x40, 0xC0);
    capabilities();
    usbCommand = registers.register("USBCMD", OPERATIONAL, 4, 0, 0x0F0F);
    usbCommand.onWrite((v, raw) -> command());
    usbStatus = registers.register("USBSTS", OPERATIONAL + 4, 4, HALTED, 0).clearedByOne(0x41C);
    registers.readOnly("PAGESIZE", OPERATIONAL + 8, 4, 1);
    registers.register("DNCTRL", OPERATIONAL + 0x14, 4, 0, 0xFFFF);
    registers.register("CRCR", OPERATIONAL + 0x18, 8, 0, ~0x3FL);
    registers.register("DCBAAP", OPERATIONAL + 0x30, 8, 0, ~0x3FL);
    registers.register("CONFIG", OPERATIONAL + 0x38, 4, 0, 0xFF);
    for (int port = 0; port < PORTS; port++) {
      registers.readOnly(
          "PORTSC" + (port + 1), OPERATIONAL + 0x400 + 0x10 * port, 4, NOTHING_CONNECTED);
    }
    registers
        .readOnly("MFINDEX", RUNTIME, 4, 0)
        .onRead(() -> time.ticks(MICROFRAMES_HERTZ) & 0x3FFF);
    registers.storage(RUNTIME + 0x20, 0x20 * INTERRUPTERS);
    extendedCapabilities();
  }

  private void capabilities() {
    registers.readOnly("CAPLENGTH", 0x00, 4, 0x0100_0000 | OPERATIONAL);
    registers.readOnly("HCSPARAMS1", 0x04, 4, PORTS << 24 | INTERRUPTERS << 8 | SLOTS);
    registers.readOnly("HCSPARAMS2", 0x08, 4, 0);
    registers.readOnly("HCSPARAMS3", 0x0C, 4, 0);
    registers.readOnly("HCCPARAMS", 0x10, 4, (long) EXTENDED / 4 << 16 | 5);
    registers.readOnly("DBOFF", 0x14, 4, DOORBELLS);
    registers.readOnly("RTSOFF", 0x18, 4, RUNTIME);
  }

  /**
   * Two supported-protocol capabilities and the hand-over between firmware and system (7.1, 7.2).
   */
  private void extendedCapabilities() {
    protocol("USB2", EXTENDED, 0x0200_0402, 1, 6);
    protocol("USB3", EXTENDED + 0x10, 0x0300_0402, 7, 1);
    registers.register("USBLEGSUP", EXTENDED + 0x20, 4, 1, 0x0101_0000);
    registers.register("USBLEGCTL", EXTENDED + 0x24, 4, 0, 0x0000_E011);
  }

  private void protocol(String name, int offset, int header, int firstPort, int ports) {
    registers.readOnly(name, offset, 4, header);
    registers.readOnly(name + "NAME", offset + 4, 4, 0x2042_5355);
    registers.readOnly(name + "PORTS", offset + 8, 4, ports << 8 | firstPort);
  }

  private void command() {
    if (usbCommand.has(RESET)) {
      registers.reset();
      return;
    }
    usbStatus.setBits(HALTED, !usbCommand.has(RUN));
  }

  @Override
  public void reset() {
    super.reset();
    registers.reset();
  }
}
