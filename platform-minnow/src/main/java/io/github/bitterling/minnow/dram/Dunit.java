package io.github.bitterling.minnow.dram;

import io.github.bitterling.minnow.sideband.SidebandUnit;

/**
 * The DRAM controller (sideband port 01h): DCO says who has the DRAMs, DTR0 how fast they are, and
 * message 68h sends them a command.
 */
final class Dunit {
  static final int PORT = 0x01;

  private static final int DTR0 = 0x01;
  private static final int DCO = 0x0F;
  private static final int DCO_IC = 1 << 31;
  private static final int DCO_PMICTL = 1 << 28;
  private static final int DRAM_COMMAND = 0x68;
  private static final int[] MEGATRANSFERS = {800, 1066, 1333, 1600};
  private static final int BUS_BYTES = 8;

  final SidebandUnit unit = new SidebandUnit("DUNIT");

  /**
   * @param begun called when firmware begins to set memory up
   * @param changed called when DCO or the state of the DRAMs changed
   */
  Dunit(DramDevices drams, Runnable begun, Runnable changed) {
    unit.register("DTR0", DTR0);
    unit.register("DCO", DCO)
        .onWrite(
            v -> {
              begun.run();
              changed.run();
            });
    unit.onCommand(
        (opcode, word) -> {
          if (opcode == DRAM_COMMAND) {
            begun.run();
            drams.command(word);
            changed.run();
          }
        });
  }

  /** Initialisation is complete and the DRAMs belong to the processors, not to the HTE. */
  boolean serving() {
    return (unit.get(DCO) & (DCO_IC | DCO_PMICTL)) == DCO_IC;
  }

  /** Bytes a second on the data lines. */
  long bandwidth() {
    return MEGATRANSFERS[unit.get(DTR0) & 3] * 1_000_000L * BUS_BYTES;
  }
}
