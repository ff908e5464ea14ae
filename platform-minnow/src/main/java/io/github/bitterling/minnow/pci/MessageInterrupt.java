package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;

/**
 * The MSI capability with one vector and 64-bit addresses (PCI Local Bus specification 3.0, 6.8.1).
 */
public final class MessageInterrupt {
  private static final int ENABLE = 1;
  private static final int WIDE = 0x80;

  private final Register control;
  private final Register address;
  private final Register data;

  /**
   * @param offset of the capability
   * @param next offset of the next one, 0 for the last
   * @param changed called when it is switched on or off
   */
  public MessageInterrupt(RegisterFile config, int offset, int next, Runnable changed) {
    config.readOnly("MSIID", offset, 2, next << 8 | 0x05);
    control = config.register("MSICTL", offset + 2, 2, WIDE, ENABLE);
    address = config.register("MSIADDR", offset + 4, 8, 0, ~3L);
    data = config.register("MSIDATA", offset + 12, 2, 0, 0xFFFF);
    control.onWrite((v, raw) -> changed.run());
  }

  public boolean enabled() {
    return control.has(ENABLE);
  }

  /** Writes the message, if the function may write to memory. */
  public void send(Dma dma, boolean busMaster) {
    if (busMaster) {
      dma.write32(address.get(), data.get());
    }
  }
}
