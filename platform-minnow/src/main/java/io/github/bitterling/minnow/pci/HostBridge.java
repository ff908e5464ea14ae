package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.sideband.Sideband;

/**
 * 00:00.0, the SoC transaction router (8086:0F00). MCR (D0h) starts a sideband message: opcode
 * 31:24, port 23:16, register 15:8, byte enables 7:4; MDR (D4h) is the data, MCRX (D8h) the
 * register's upper bits.
 */
public final class HostBridge extends PciFunction {
  private final Sideband sideband;
  private final Register data;
  private final Register extended;

  public HostBridge(Sideband sideband) {
    super("host bridge", 0, 0, 0x0F00, 0x060000, 0x11);
    this.sideband = sideband;
    config.register("MCR", 0xD0, 4, 0, 0xFFFF_FFFFL).onWrite((v, raw) -> message((int) v));
    data = config.register("MDR", 0xD4, 4, 0, 0xFFFF_FFFFL);
    extended = config.register("MCRX", 0xD8, 4, 0, 0xFFFF_FFFFL);
    storage(0x40, 0x90);
    storage(0xDC, 0x24);
  }

  /**
   * Register reads have even opcodes (00h configuration, 04h, 06h and 10h unit private), writes the
   * odd one above; others are commands (DRAM wake CAh, MRS 68h...) that have no answer.
   */
  private void message(int control) {
    int port = control >>> 16 & 0xFF;
    int register = control >>> 8 & 0xFF | (int) extended.get() & 0xFFFF_FF00;
    switch (control >>> 24) {
      case 0x00, 0x02, 0x04, 0x06, 0x10 -> data.set(sideband.read(port, register) & 0xFFFF_FFFFL);
      case 0x01, 0x03, 0x05, 0x07, 0x11 ->
          sideband.write(port, register, (int) data.get(), control >>> 4 & 15);
      default -> sideband.command(port, control >>> 24, (int) data.get());
    }
  }
}
