package io.github.bitterling.minnow.device;

import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * The power management I/O block, 128 ports at ABASE (E3800 datasheet, "PMC I/O registers"): PM1,
 * the PM timer, GPE0, SMIs ({@link SmiRegisters}), TCO. The TCO watchdog does not run.
 */
public final class AcpiIo {
  /** PM timer frequency in hertz. */
  public static final long TIMER_HERTZ = 3_579_545;

  private static final long TIMER_STATUS = 1;
  private static final long SLEEP_ENABLE = 1 << 13;
  private static final int SLEEP_TYPE_S3 = 5;
  private static final long SCI_ENABLE = 1;
  private static final long GLOBAL_RELEASE = 1 << 2;
  private static final long GLOBAL_STATUS = 1 << 5;

  private final VirtualTime time;
  private final MachineControl machine;
  private final IrqLine sci;
  private final VirtualTime.Timer overflow;
  private final RegisterFile registers = new RegisterFile("ACPI", 0x80);
  private final Register pm1Status;
  private final Register pm1Enable;
  private final Register pm1Control;
  private final SmiRegisters smis;
  private long lastHalf;

  /** The block's ports. */
  public final PortDevice ports = new PortStorage(registers);

  /**
   * @param sci system control interrupt, level
   * @param smi SMI# to the processors
   */
  public AcpiIo(
      VirtualTime time, MachineControl machine, IrqLine sci, Runnable smi, PowerManagement pmc) {
    this.time = time;
    this.machine = machine;
    this.sci = sci;
    this.overflow = time.timer("PM timer", this::timerEvent);
    pm1Status = registers.register("PM1_STS", 0x00, 2, 0, 0).clearedByOne(0xCF31);
    pm1Enable = registers.register("PM1_EN", 0x02, 2, 0, 0x4721);
    pm1Control = registers.register("PM1_CNT", 0x04, 4, 0, 0x1C03);
    registers.readOnly("PM1_TMR", 0x08, 4, 0).onRead(this::timer);
    registers.register("GPE0_STS", 0x20, 4, 0, 0).clearedByOne(0xFFFF_FFFFL);
    registers.register("GPE0_EN", 0x28, 4, 0, 0xFFFF_FFFFL);
    smis = new SmiRegisters(registers, time, smi, pmc, this::biosRelease);
    registers.storage(0x38, 0x28);
    registers.register("TCO_RLD", 0x60, 4, 0, 0x3FF);
    registers.register("TCO_STS", 0x64, 4, 0, 0x0010_0000).clearedByOne(0x0002_0008);
    registers.register("TCO1_CNT", 0x68, 4, 0, 0x1800);
    registers.register("TCO_TMR", 0x70, 4, 0x0004_0000, 0x03FF_0000);
    pm1Status.onRead(this::currentStatus).onWrite((v, raw) -> updateSci());
    pm1Enable.onWrite((v, raw) -> armOverflow());
    pm1Control.onWrite(this::control);
  }

  public void reset() {
    registers.reset();
    lastHalf = half();
    overflow.cancel();
    smis.reset();
    sci.set(false);
  }

  /** 24 bits of the free-running timer. */
  private long timer() {
    return time.ticks(TIMER_HERTZ) & 0xFF_FFFF;
  }

  private long half() {
    return time.ticks(TIMER_HERTZ) >>> 23;
  }

  /** TMROF_STS rises whenever bit 23 of the timer changes, interrupt or not. */
  private long currentStatus() {
    if (half() != lastHalf) {
      lastHalf = half();
      return pm1Status.get() | TIMER_STATUS;
    }
    return pm1Status.get();
  }

  private void armOverflow() {
    if (pm1Enable.has(TIMER_STATUS)) {
      overflow.armAt(time.cycleOfTick(half() + 1 << 23, TIMER_HERTZ));
    } else {
      overflow.cancel();
    }
    updateSci();
  }

  private void timerEvent() {
    armOverflow();
  }

  private void updateSci() {
    pm1Status.set(currentStatus());
    sci.set(pm1Control.has(SCI_ENABLE) && (pm1Status.get() & pm1Enable.get()) != 0);
  }

  /** SLP_EN is write-only: it acts and reads zero. Only soft-off is a sleep state of this board. */
  private void control(long value, long written) {
    updateSci();
    if ((written & GLOBAL_RELEASE) != 0) {
      smis.raise(SmiRegisters.BIOS);
    }
    if ((written & SLEEP_ENABLE) == 0) {
      return;
    }
    if (smis.enabled(SmiRegisters.SLEEP)) {
      smis.raise(SmiRegisters.SLEEP);
      return;
    }
    int type = (int) (value >>> 10) & 7;
    if (type > SLEEP_TYPE_S3) {
      machine.powerOff();
    }
  }

  /** A write to APM_CNT (port B2h). */
  public void apmCommand() {
    smis.raise(SmiRegisters.APM);
  }

  /** BCR of the SPI controller: the write enable was set while it is locked. */
  public void flashWriteEnabled() {
    smis.raise(SmiRegisters.SPI);
  }

  /** BIOS_RLS: firmware gives the global lock back, which the SCI announces. */
  private void biosRelease() {
    pm1Status.setBits(GLOBAL_STATUS, true);
    updateSci();
  }

  public void dump(StringBuilder out) {
    registers.dump(out);
  }
}
