package io.github.bitterling.minnow.lpss;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.Register;

/**
 * A DesignWare I2C master (DW_apb_i2c) on a bus without slaves: nobody acknowledges an address, so
 * each transfer is aborted after its address byte. It takes no time.
 */
final class I2cMaster extends LpssDevice {
  private static final int CON_MASTER = 1;
  private static final int CON_TEN_BITS = 1 << 4;
  private static final int TX_EMPTY = 1 << 4;
  private static final int TX_ABORT = 1 << 6;
  private static final int ACTIVITY = 1 << 8;
  private static final int STOP_DETECTED = 1 << 9;
  private static final int START_DETECTED = 1 << 10;

  private static final int NO_ACKNOWLEDGE_7_BITS = 1;
  private static final int NO_ACKNOWLEDGE_10_BITS = 1 << 1;
  private static final int MASTER_DISABLED = 1 << 11;

  private final IrqLine irq;
  private final Register control = file.register("IC_CON", 0x00, 4, 0x7F, 0x7F);
  private final Register mask = file.register("IC_INTR_MASK", 0x30, 4, 0x8FF, 0xFFF);
  private final Register enable = file.register("IC_ENABLE", 0x6C, 4, 0, 1);
  private final Register abortSource = file.readOnly("IC_TX_ABRT_SOURCE", 0x80, 4, 0);
  private int events;

  I2cMaster(IrqLine irq) {
    super("I2C");
    this.irq = irq;
    file.register("IC_TAR", 0x04, 4, 0x1055, 0x1FFF);
    file.register("IC_SAR", 0x08, 4, 0x55, 0x3FF);
    file.register("IC_DATA_CMD", 0x10, 4, 0, 0).onWrite((v, raw) -> transfer());
    declareTiming();
    file.readOnly("IC_INTR_STAT", 0x2C, 4, 0).onRead(() -> raw() & mask.get());
    file.readOnly("IC_RAW_INTR_STAT", 0x34, 4, 0).onRead(this::raw);
    declareClearing();
    mask.onWrite((v, raw) -> drive());
    enable.onWrite((v, raw) -> enabled());
    file.readOnly("IC_STATUS", 0x70, 4, 6);
    file.readOnly("IC_TXFLR", 0x74, 4, 0);
    file.readOnly("IC_RXFLR", 0x78, 4, 0);
    file.readOnly("IC_ENABLE_STATUS", 0x9C, 4, 0).onRead(enable::get);
    file.readOnly("IC_COMP_PARAM_1", 0xF4, 4, 0x001F_1FEE);
    file.readOnly("IC_COMP_VERSION", 0xF8, 4, 0x3132_302A);
    file.readOnly("IC_COMP_TYPE", 0xFC, 4, 0x4457_0140);
    privateRegisters(0x800);
  }

  private void declareTiming() {
    String[] names = {"SS_SCL_H", "SS_SCL_L", "FS_SCL_H", "FS_SCL_L", "HS_SCL_H", "HS_SCL_L"};
    int[] resets = {0x190, 0x1D6, 0x3C, 0x82, 6, 0x10};
    for (int i = 0; i < names.length; i++) {
      file.register("IC_" + names[i] + "CNT", 0x14 + 4 * i, 4, resets[i], 0xFFFF);
    }
    file.register("IC_RX_TL", 0x38, 4, 0, 0xFF);
    file.register("IC_TX_TL", 0x3C, 4, 0, 0xFF);
    file.register("IC_SDA_HOLD", 0x7C, 4, 1, 0xFFFF);
    file.register("IC_DMA_CR", 0x88, 4, 0, 3);
    file.register("IC_DMA_TDLR", 0x8C, 4, 0, 0xFF);
    file.register("IC_DMA_RDLR", 0x90, 4, 0, 0xFF);
  }

  /** Reading one of these clears its event, reading the first all of them. */
  private void declareClearing() {
    clearing("INTR", 0x40, ~0);
    clearing("RX_UNDER", 0x44, 1);
    clearing("RX_OVER", 0x48, 1 << 1);
    clearing("TX_OVER", 0x4C, 1 << 3);
    clearing("RD_REQ", 0x50, 1 << 5);
    clearing("TX_ABRT", 0x54, TX_ABORT);
    clearing("RX_DONE", 0x58, 1 << 7);
    clearing("ACTIVITY", 0x5C, ACTIVITY);
    clearing("STOP_DET", 0x60, STOP_DETECTED);
    clearing("START_DET", 0x64, START_DETECTED);
    clearing("GEN_CALL", 0x68, 1 << 11);
  }

  private void clearing(String event, int offset, int bits) {
    file.readOnly("IC_CLR_" + event, offset, 4, 0)
        .onRead(
            () -> {
              long was = events & bits;
              events &= ~bits;
              if ((was & TX_ABORT) != 0) {
                abortSource.set(0);
              }
              drive();
              return was != 0 ? 1 : 0;
            });
  }

  /**
   * An abort holds the transmit FIFO in reset until it is cleared: what is written goes nowhere.
   */
  private void transfer() {
    if (!enable.has(1) || (events & TX_ABORT) != 0) {
      return;
    }
    events |= TX_ABORT;
    if (!control.has(CON_MASTER)) {
      abortSource.set(MASTER_DISABLED);
    } else {
      events |= ACTIVITY | START_DETECTED | STOP_DETECTED;
      abortSource.set(control.has(CON_TEN_BITS) ? NO_ACKNOWLEDGE_10_BITS : NO_ACKNOWLEDGE_7_BITS);
    }
    drive();
  }

  private void enabled() {
    if (!enable.has(1)) {
      events = 0;
    }
    drive();
  }

  /** The transmit FIFO is always empty while the master is on. */
  private long raw() {
    return enable.has(1) ? events | TX_EMPTY : events;
  }

  private void drive() {
    irq.set((raw() & mask.get()) != 0);
  }

  @Override
  void reset() {
    super.reset();
    events = 0;
    irq.set(false);
  }
}
