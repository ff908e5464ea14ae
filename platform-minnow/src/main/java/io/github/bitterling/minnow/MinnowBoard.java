package io.github.bitterling.minnow;

import io.github.bitterling.minnow.ahci.AhciController;
import io.github.bitterling.minnow.audio.HdAudio;
import io.github.bitterling.minnow.bus.AccessLog;
import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.MmioMapping;
import io.github.bitterling.minnow.bus.PageMap;
import io.github.bitterling.minnow.bus.PortDevice;
import io.github.bitterling.minnow.bus.PortMapping;
import io.github.bitterling.minnow.bus.RegisterFile;
import io.github.bitterling.minnow.bus.SparseStorage;
import io.github.bitterling.minnow.cbmem.Cbmem;
import io.github.bitterling.minnow.cbmem.CbmemReader;
import io.github.bitterling.minnow.device.AcpiIo;
import io.github.bitterling.minnow.device.CoprocessorError;
import io.github.bitterling.minnow.device.GpioPads;
import io.github.bitterling.minnow.device.Hpet;
import io.github.bitterling.minnow.device.I8042;
import io.github.bitterling.minnow.device.Ilb;
import io.github.bitterling.minnow.device.InterruptRouter;
import io.github.bitterling.minnow.device.IoApic;
import io.github.bitterling.minnow.device.PicPair;
import io.github.bitterling.minnow.device.Pit8254;
import io.github.bitterling.minnow.device.PortStorage;
import io.github.bitterling.minnow.device.PostCodes;
import io.github.bitterling.minnow.device.PowerManagement;
import io.github.bitterling.minnow.device.ResetControl;
import io.github.bitterling.minnow.device.Rtc;
import io.github.bitterling.minnow.device.StartFilesPort;
import io.github.bitterling.minnow.device.SystemControl;
import io.github.bitterling.minnow.device.Uart16550;
import io.github.bitterling.minnow.dram.Bunit;
import io.github.bitterling.minnow.dram.MemoryController;
import io.github.bitterling.minnow.lpss.Lpss;
import io.github.bitterling.minnow.pci.FunctionSwitches;
import io.github.bitterling.minnow.pci.HostBridge;
import io.github.bitterling.minnow.pci.Igd;
import io.github.bitterling.minnow.pci.LpcBridge;
import io.github.bitterling.minnow.pci.PciFunction;
import io.github.bitterling.minnow.pci.PciRoot;
import io.github.bitterling.minnow.pci.PlainFunctions;
import io.github.bitterling.minnow.sideband.Punit;
import io.github.bitterling.minnow.sideband.Sideband;
import io.github.bitterling.minnow.spi.FlashPart;
import io.github.bitterling.minnow.spi.SpiController;
import io.github.bitterling.minnow.usb.Xhci;
import io.github.bitterling.vmx.bus.BusListener;
import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.bus.MachineControl;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.cpu.CoprocessorPins;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.time.VirtualTime;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * The MinnowBoard Turbot around its processors: memory, flash and every device, wired as on the
 * board. Addresses are in this class and in docs/devices.md, nowhere else. For one thread at a
 * time: processors that run at once come here one after the other.
 */
public final class MinnowBoard implements AutoCloseable {
  private static final long MIB = 1 << 20;

  private final FabricSocket fabric = new FabricSocket();
  private final MachineControl machine;
  private final GuestMemory ram;
  private final FlashPart flash;
  private final BoardBus bus;
  private final PicPair pics = new PicPair(fabric::setIntr);
  private final IoApic ioApic = new IoApic(fabric);
  private final InterruptRouter router = new InterruptRouter(pics, ioApic);
  private final Ilb ilb = new Ilb(router);
  private final Pit8254 pit;
  private final SystemControl systemControl;
  private final Rtc rtc;
  private final Hpet hpet;
  private final Uart16550 uart;
  private final I8042 keyboard;
  private final CoprocessorError coprocessorError;
  private final ResetControl resetControl;
  private final PostCodes postCodes;
  private final AcpiIo acpi;
  private final SpiController spi;
  private final GpioPads pads;
  private final Sideband sideband = new Sideband(this::sidebandRead);
  private final MemoryController memoryController;
  private final Bunit bunit;
  private final PciRoot pci;
  private final PowerManagement pmc = new PowerManagement();
  private final RegisterFile gpio = new RegisterFile("GPIO", 0x100).storage(0, 0x100);
  private final RegisterFile dma = new RegisterFile("DMA", 0x30).storage(0, 0x30);
  private final RegisterFile apm = new RegisterFile("APM", 2).storage(0, 2);
  private final SparseStorage mphy = new SparseStorage("MPHY");
  private final SparseStorage punit = new SparseStorage("PUNIT");
  private final SparseStorage rcba = new SparseStorage("RCBA");
  private final AhciController ahci;
  private final Xhci xhci;

  /**
   * @param time guest time
   * @param machine what devices may ask of the machine: power off, reset, debug exit
   */
  public MinnowBoard(BoardConfig config, VirtualTime time, MachineControl machine) {
    this.machine = machine;
    ram = new GuestMemory(config.memoryBytes());
    flash = new FlashPart(config.flash());
    bus = new BoardBus(ram, flash.cells(), time);
    bus.interruptController(router);
    flash.onChange((at, length) -> bus.memoryWritten((1L << 32) - FlashPart.SIZE + at, length));
    pit = new Pit8254(time, router.legacyTimer(0));
    systemControl = new SystemControl(time, pit);
    rtc = new Rtc(time, router.legacyTimer(8));
    hpet = new Hpet(time, router);
    uart = new Uart16550(router.isa(4), config.serialSink(), config.serialInput());
    keyboard =
        new I8042(
            router.isa(1),
            router.isa(12),
            () -> machine.reset("port 64h", false),
            bus::setA20,
            bus::a20);
    coprocessorError = new CoprocessorError(router.isa(13));
    resetControl = new ResetControl(machine);
    postCodes = new PostCodes(config.postListener());
    acpi = new AcpiIo(time, machine, ilb::sci, fabric::smi, pmc);
    spi = new SpiController(flash, acpi::flashWriteEnabled);
    pads = new GpioPads(config.memoryBytes() >= 2048 * MIB);
    pci = new PciRoot(resetControl, this::configurationRead);
    ahci = new AhciController(bus, ilb.pciPin(0x13, 1), time, config.sata());
    xhci = new Xhci(bus, ilb.pciPin(0x14, 1), time, config.usb());
    wireMemory();
    wirePorts(config.debugSink());
    config
        .startFiles()
        .ifPresent(f -> bus.fixedPorts("start files", 0xF8, 4, new StartFilesPort(bus, f)));
    wirePci(time);
    memoryController = new MemoryController(config.dram(), bus, sideband, time);
    bunit = new Bunit(bus, configurationWindow(), ram.size(), sideband);
    Punit.plug(sideband);
    reset(true);
  }

  private void wireMemory() {
    bus.fixedMmio("HPET", 0xFED0_0000L, 0x400, hpet);
    bus.fixedMmio("I/O APIC", 0xFEC0_0000L, 0x1000, ioApic);
  }

  private void wirePorts(IntConsumer debugSink) {
    bus.fixedPorts("DMA 1", 0x00, 0x10, new PortStorage(dma));
    bus.fixedPorts("8259 master", 0x20, 2, pics.masterPorts);
    bus.fixedPorts("8254", 0x40, 4, pit);
    bus.fixedPorts("8042 data", 0x60, 1, keyboard);
    bus.fixedPorts("NMI status", 0x61, 1, systemControl);
    bus.fixedPorts("8042 command", 0x64, 1, offset(keyboard, 4));
    bus.fixedPorts("RTC", 0x70, 4, rtc);
    bus.fixedPorts("POST and DMA pages", 0x80, 0x10, postCodes);
    bus.fixedPorts("port 92h", 0x92, 1, port92());
    bus.fixedPorts("8259 slave", 0xA0, 2, pics.slavePorts);
    bus.fixedPorts("APM", 0xB2, 2, apmPorts());
    bus.fixedPorts("DMA 2", 0xC0, 0x20, offset(new PortStorage(dma), 0x10));
    bus.fixedPorts("debug output", 0xE9, 1, debugOutput(debugSink));
    bus.fixedPorts("coprocessor error", 0xF0, 1, coprocessorError);
    bus.fixedPorts("debug exit", 0xF4, 4, debugExit());
    bus.fixedPorts("ELCR", 0x4D0, 2, pics.edgeLevelPorts);
    bus.fixedPorts("PCI configuration", 0xCF8, 8, pci.ports);
  }

  private void wirePci(VirtualTime time) {
    LpcBridge lpc = pci.add(new LpcBridge());
    ioBase(lpc, "ABASE", 0x40, 7, bus.movablePorts("ACPI", 0x80, acpi.ports));
    ioBase(lpc, "GBASE", 0x48, 8, bus.movablePorts("GPIO", 0x100, new PortStorage(gpio)));
    lpc.memoryBase("PBASE", 0x44, 10, 0, 2, bus.movableMmio("PMC", PowerManagement.SIZE, pmc));
    lpc.memoryBase("IOBASE", 0x4C, 14, 0, 2, bus.movableMmio("GPIO pads", GpioPads.SIZE, pads));
    lpc.memoryBase("IBASE", 0x50, 9, 0, 2, bus.movableMmio("ILB", 0x100, ilb));
    lpc.memoryBase("SBASE", 0x54, 9, 0xFED0_1002L, 2, bus.movableMmio("SPI", 0x200, spi));
    lpc.memoryBase("MPBASE", 0x58, 20, 0, 2, bus.movableMmio("MPHY", MIB, mphy));
    lpc.memoryBase("PUBASE", 0x5C, 11, 0, 2, bus.movableMmio("PUNIT", 0x800, punit));
    lpc.memoryBase("RCBA", 0xF0, 10, 0, 1, bus.movableMmio("RCBA", 0x400, rcba));
    lpc.uartControl(bus.movablePorts("COM1", 8, uart));
    pci.add(new HostBridge(sideband));
    pci.add(new Igd(bus, sideband));
    wireSwitchedFunctions(time);
  }

  /** Functions that FUNC_DIS and FUNC_DIS2 switch off, by their bits. */
  private void wireSwitchedFunctions(VirtualTime time) {
    FunctionSwitches first =
        new FunctionSwitches()
            .add(8, pci.add(PlainFunctions.emmc(bus)))
            .add(9, pci.add(PlainFunctions.sdio(bus)))
            .add(10, pci.add(PlainFunctions.sdCard(bus)))
            .add(11, pci.add(PlainFunctions.emmc45(bus)))
            .add(12, pci.add(new HdAudio(bus, time)))
            .add(13, pci.add(PlainFunctions.audioProcessor()))
            .add(15, pci.add(xhci))
            .add(17, pci.add(ahci))
            .add(19, pci.add(PlainFunctions.txe()));
    for (int f = 0; f < 4; f++) {
      first.add(20 + f, pci.add(PlainFunctions.rootPort(f)));
    }
    new Lpss(bus, pci, sideband, first, ilb::pciPin);
    FunctionSwitches second = new FunctionSwitches().add(0, pci.add(PlainFunctions.smbus()));
    pmc.onFunctionDisable(first::set, second::set);
  }

  private MmioMapping configurationWindow() {
    return bus.backgroundMmio("MMCONF", 256 * MIB, pci.window);
  }

  private static void ioBase(
      LpcBridge lpc, String name, int offset, int alignment, PortMapping ports) {
    lpc.ioBase(name, offset, alignment, ports);
    lpc.offAtReset(ports);
  }

  /** Connects the processors; interrupts and notifications from before are not repeated. */
  public void connect(BusListener listener, InterruptFabric processors) {
    bus.connect(listener, processors);
    fabric.plug(processors);
  }

  /** The processors' view. */
  public SystemBus bus() {
    return bus;
  }

  /** FERR# and IGNNE# of all processors. */
  public CoprocessorPins coprocessor() {
    return coprocessorError;
  }

  /** MSR 2E0h: see {@link BoardBus#setCacheAsRam}. */
  public void setCacheAsRam(boolean on) {
    bus.setCacheAsRam(on);
  }

  /**
   * Platform reset: every register back to its reset value. CMOS and clock stay, so does the flash.
   *
   * @param cold also DRAM loses its contents
   */
  public void reset(boolean cold) {
    if (cold) {
      bus.clearMemory();
    }
    bus.reset();
    resetLegacy();
    sideband.reset();
    bunit.reset();
    memoryController.reset();
    pci.reset();
    spi.reset();
    acpi.reset();
    pads.reset();
    pmc.reset();
    for (RegisterFile f : List.of(gpio, dma, apm)) {
      f.reset();
    }
    for (SparseStorage s : List.of(mphy, punit, rcba)) {
      s.reset();
    }
  }

  private void resetLegacy() {
    ilb.reset();
    router.reset();
    pics.reset();
    ioApic.reset();
    pit.reset();
    systemControl.reset();
    rtc.reset();
    hpet.reset();
    uart.reset();
    keyboard.reset();
    coprocessorError.reset();
    resetControl.reset();
    postCodes.reset();
  }

  /**
   * Lets the serial port take what was typed. It also looks by itself when the guest asks; a guest
   * that waits for the interrupt needs this call now and then.
   */
  public void pollInput() {
    uart.poll();
  }

  /** The flash part, for saving its contents. */
  public FlashPart flash() {
    return flash;
  }

  /** Last POST codes, oldest first. */
  public List<Integer> postCodes() {
    return postCodes.last();
  }

  /** Bytes of guest DRAM touched so far. */
  public long touchedBytes() {
    return bus.touchedBytes();
  }

  /** Offset in DRAM of the first eight bytes that differ from another machine's, or -1. */
  public long firstMemoryDifference(MinnowBoard other) {
    return bus.firstMemoryDifference(other.bus);
  }

  private void sidebandRead(int port, int register, int value) {
    long address = (long) port << 24 | register & 0xFF_FFFF;
    bus.accesses().read(AccessLog.Space.SIDEBAND, address, 4, value & 0xFFFF_FFFFL);
  }

  private void configurationRead(int address, int width, long value) {
    bus.accesses().read(AccessLog.Space.CONFIGURATION, address, width, value);
  }

  /** The last accesses of the processors to devices. */
  public AccessLog accesses() {
    return bus.accesses();
  }

  /** For people: the register that was accessed, and the device it belongs to. */
  public String registerName(AccessLog.Access access) {
    int address = (int) access.address();
    return switch (access.space()) {
      case PORT -> bus.portName(address);
      case MEMORY -> bus.deviceAt(access.address());
      case CONFIGURATION ->
          String.format(
              "configuration register %Xh of %02X:%02X.%d",
              address & 0xFFF, address >>> 20, address >>> 15 & 31, address >>> 12 & 7);
      case SIDEBAND -> sideband.registerName(address >>> 24, address & 0xFF_FFFF);
    };
  }

  /** What the firmware left in CBMEM. */
  public Cbmem cbmem() {
    return CbmemReader.read(bus, Math.min(ram.size(), PageMap.LOW_LIMIT));
  }

  /** Every register of every device, for bug reports. */
  public String dump() {
    StringBuilder out = new StringBuilder();
    bus.dump(out);
    pci.functions().forEach((PciFunction f) -> f.dump(out));
    sideband.dump(out);
    memoryController.dump(out);
    spi.dump(out);
    acpi.dump(out);
    pmc.dump(out);
    gpio.dump(out);
    ilb.dump(out);
    pads.dump(out);
    pics.dump(out);
    ioApic.dump(out);
    pit.dump(out);
    hpet.dump(out);
    uart.dump(out);
    keyboard.dump(out);
    rtc.dump(out);
    return out.toString();
  }

  @Override
  public void close() {
    ahci.close();
    xhci.close();
    bus.close();
    flash.close();
    ram.close();
  }

  // ---- one-register ports ----

  /** Bit 1 is the A20 gate, bit 0 a processor reset on its rising edge. */
  private PortDevice port92() {
    return new PortDevice() {
      @Override
      public int readPort(int offset, int width) {
        return bus.a20() ? 2 : 0;
      }

      @Override
      public void writePort(int offset, int width, int value) {
        bus.setA20((value & 2) != 0);
        if ((value & 1) != 0) {
          machine.reset("port 92h", false);
        }
      }
    };
  }

  private PortDevice apmPorts() {
    PortDevice stored = new PortStorage(apm);
    return new PortDevice() {
      @Override
      public int readPort(int offset, int width) {
        return stored.readPort(offset, width);
      }

      @Override
      public void writePort(int offset, int width, int value) {
        stored.writePort(offset, width, value);
        if (offset == 0) {
          acpi.apmCommand();
        }
      }
    };
  }

  /** Port E9h reads back E9h, by which guests find it. */
  private static PortDevice debugOutput(IntConsumer sink) {
    return new PortDevice() {
      @Override
      public int readPort(int offset, int width) {
        return 0xE9;
      }

      @Override
      public void writePort(int offset, int width, int value) {
        sink.accept(value & 0xFF);
      }
    };
  }

  private PortDevice debugExit() {
    return new PortDevice() {
      @Override
      public boolean accepts(int offset, int width) {
        return true;
      }

      @Override
      public int readPort(int offset, int width) {
        return 0;
      }

      @Override
      public void writePort(int offset, int width, int value) {
        machine.debugExit(value);
      }
    };
  }

  /** The same device with offsets that start higher. */
  private static PortDevice offset(PortDevice device, int by) {
    return new PortDevice() {
      @Override
      public int readPort(int offset, int width) {
        return device.readPort(offset + by, width);
      }

      @Override
      public void writePort(int offset, int width, int value) {
        device.writePort(offset + by, width, value);
      }
    };
  }
}
