package io.github.bitterling.minnow.ahci;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.Dma;
import io.github.bitterling.minnow.bus.IrqLine;
import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.minnow.pci.PciFunction;
import io.github.bitterling.minnow.scsi.CdRom;
import io.github.bitterling.minnow.storage.Medium;
import io.github.bitterling.minnow.storage.Place;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.List;

/**
 * 00:13.0, the SATA controller in AHCI mode (8086:0F23) with two ports: generic host control (AHCI
 * 1.3, 3.1), INTA# or MSI. The memory window is BAR 5, 2 KiB.
 */
public final class AhciController extends PciFunction implements AutoCloseable {
  /** SATA ports of the board. */
  public static final int PORTS = 2;

  private static final int WINDOW = 0x800;
  private static final int MSI = 0x80;
  private static final int POWER = 0x70;

  /** 64-bit, NCQ, 3 Gb/s, AHCI only, command list override, 32 slots, 2 ports. */
  private static final long CAPABILITIES = 0xC124_1F00L | PORTS - 1;

  private static final long AHCI_ENABLE = 1L << 31;
  private static final int INTERRUPT_ENABLE = 2;
  private static final int HBA_RESET = 1;

  private final Dma dma;
  private final IrqLine intA;
  private final RegisterFile hba = new RegisterFile("AHCI", WINDOW);
  private final Register globalControl;
  private final Register interruptStatus;
  private final Register msiControl;
  private final AhciPort[] ports = new AhciPort[PORTS];
  private boolean pending;
  private boolean asserted;
  private boolean resetting;

  /**
   * @param bus places the window and is the way to memory
   * @param intA INTA# of the function
   * @param media disks and CD-ROMs, at most two, for ports 0 and 1
   */
  public AhciController(BoardBus bus, IrqLine intA, VirtualTime time, List<Medium> media) {
    super("SATA", 0x13, 0, 0x0F23, 0x010601, 0x11);
    if (media.size() > PORTS) {
      throw new IllegalArgumentException(
          "the board has " + PORTS + " SATA ports, " + media.size() + " drives were given");
    }
    this.dma = bus;
    this.intA = intA;
    hba.readOnly("CAP", 0x00, 4, CAPABILITIES);
    globalControl = hba.register("GHC", 0x04, 4, AHCI_ENABLE, INTERRUPT_ENABLE | HBA_RESET);
    interruptStatus = hba.register("IS", 0x08, 4, 0, 0).clearedByOne(0xFFFF_FFFFL);
    hba.readOnly("PI", 0x0C, 4, (1 << PORTS) - 1);
    hba.readOnly("VS", 0x10, 4, 0x0001_0300);
    globalControl.onWrite((v, raw) -> globalControlWritten());
    interruptStatus.onWrite((v, raw) -> statusCleared());
    for (int i = 0; i < PORTS; i++) {
      AtaDevice device = i < media.size() ? device(media.get(i)) : null;
      ports[i] = new AhciPort(i, hba, dma, time, device, this::update);
    }
    msiControl = configuration(bus);
  }

  private static AtaDevice device(Medium medium) {
    return medium.place() == Place.CDROM
        ? new AtapiDrive(new CdRom(medium.disk()), medium.disk().serialNumber())
        : new AtaDisk(medium.disk());
  }

  private Register configuration(BoardBus bus) {
    ioBar(0, 8, null);
    ioBar(1, 4, null);
    ioBar(2, 8, null);
    ioBar(3, 4, null);
    ioBar(4, 32, null);
    memoryBar(5, WINDOW, bus.movableMmio("AHCI", WINDOW, window));
    interruptPin(1);
    firstCapability(MSI);
    config.readOnly("MSIID", MSI, 2, POWER << 8 | 0x05);
    Register control =
        config.register("MSICTL", MSI + 2, 2, 0, 0x0001).onWrite((v, raw) -> update());
    config.register("MSIADDR", MSI + 4, 4, 0, 0xFFFF_FFFCL);
    config.register("MSIDATA", MSI + 8, 2, 0, 0xFFFF);
    config.readOnly("PMID", POWER, 4, 0x4003_0001L);
    config.register("PMCS", POWER + 4, 4, 8, 0x8103);
    config.register("MAP", 0x90, 2, 0x0040, 0x0FE3);
    config.register("PCS", 0x92, 2, (1 << PORTS) - 1, 0x8003);
    storage(0x94, 0x6C);
    return control;
  }

  private final MmioDevice window =
      new MmioDevice() {
        @Override
        public long read(int offset, int width) {
          return hba.read(offset, width);
        }

        @Override
        public void write(int offset, int width, long value) {
          hba.write(offset, width, value);
        }
      };

  @Override
  public void reset() {
    super.reset();
    resetHba();
  }

  private void resetHba() {
    resetting = true;
    hba.reset();
    for (AhciPort p : ports) {
      p.reset();
    }
    resetting = false;
    update();
  }

  private void globalControlWritten() {
    if (globalControl.has(HBA_RESET)) {
      resetHba();
    }
    update();
  }

  @Override
  protected void commandChanged() {
    if (msiControl != null) {
      update();
    }
  }

  /** A port that is still interrupting after the guest cleared IS asks again. */
  private void statusCleared() {
    pending = false;
    update();
  }

  /** IS collects the ports; INTA# follows it, a message is sent when it rises. */
  private void update() {
    if (resetting) {
      return;
    }
    for (int i = 0; i < PORTS; i++) {
      if (ports[i].interrupting()) {
        interruptStatus.setBits(1L << i, true);
      }
    }
    boolean before = pending;
    pending = globalControl.has(INTERRUPT_ENABLE) && interruptStatus.get() != 0;
    boolean message = msiControl.has(1);
    if (message && pending && !before && command.has(BUS_MASTER)) {
      dma.write32(config.peek(MSI + 4, 4), config.peek(MSI + 8, 2));
    }
    boolean level = pending && !message && !command.has(INTX_DISABLE);
    status.setBits(8, pending);
    if (level != asserted) {
      asserted = level;
      intA.set(level);
    }
  }

  @Override
  public void dump(StringBuilder out) {
    super.dump(out);
    hba.dump(out);
  }

  @Override
  public void close() {
    for (AhciPort p : ports) {
      p.close();
    }
  }
}
