package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.BoardBus;
import io.github.bitterling.minnow.bus.RegisterFile;

/**
 * Functions that are present for enumeration, with their real identity and BAR sizes, but without
 * the device behind: their configuration space above 40h is plain storage and their BARs decode
 * nothing.
 */
public final class PlainFunctions {
  private PlainFunctions() {}

  /** 00:1A.0, the trusted execution engine. */
  public static PciFunction txe() {
    return new Plain("TXE", 0x1A, 0, 0x0F18, 0x108000, 1).memory(0, 1 << 20).memory(1, 1 << 20);
  }

  /** 00:1F.3, SMBus: memory BAR 0 and an I/O BAR at 20h; nothing answers on the wires. */
  public static PciFunction smbus() {
    return new Plain("SMBus", 0x1F, 3, 0x0F12, 0x0C0500, 2).memory(0, 32).memory(1, 4096).io(4, 32);
  }

  /** 00:10.0, eMMC 4.41: see {@link #host}. */
  public static PciFunction emmc(BoardBus bus) {
    return host(bus, "eMMC 4.41", 0x10, 0x0F14);
  }

  /** 00:11.0, SDIO: see {@link #host}. */
  public static PciFunction sdio(BoardBus bus) {
    return host(bus, "SDIO", 0x11, 0x0F15);
  }

  /** 00:12.0, SD card: see {@link #host}. */
  public static PciFunction sdCard(BoardBus bus) {
    return host(bus, "SD card", 0x12, 0x0F16);
  }

  /** 00:17.0, eMMC 4.5: see {@link #host}. */
  public static PciFunction emmc45(BoardBus bus) {
    return host(bus, "eMMC 4.5", 0x17, 0x0F50);
  }

  /** 00:15.0, the audio signal processor, which has no firmware and never starts. */
  public static PciFunction audioProcessor() {
    return new Plain("LPE audio", 0x15, 0, 0x0F28, 0x040100, 1).memory(0, 2 << 20).memory(1, 4096);
  }

  /** An SD host controller. Its registers read zero, which says that no card is inserted. */
  private static PciFunction host(BoardBus bus, String name, int device, int id) {
    Plain sd = new Plain(name, device, 0, id, 0x080501, 1);
    int size = 4096;
    sd.memoryBar(0, size, bus.movableMmio(name, size, new RegisterFile(name, size)));
    return sd.memory(1, size);
  }

  /** 00:1C.0-3, PCI Express root ports with nothing behind them. */
  public static PciFunction rootPort(int function) {
    return new RootPort(function);
  }

  private static final class Plain extends PciFunction {
    Plain(String name, int device, int function, int id, int classCode, int pin) {
      super(name, device, function, id, classCode, 0x11);
      interruptPin(pin);
      storage(0x40, 0xC0);
    }

    Plain memory(int bar, long size) {
      memoryBar(bar, size, null);
      return this;
    }

    Plain io(int bar, int size) {
      ioBar(bar, size, null);
      return this;
    }
  }

  /** Type 1 header: bus numbers and windows are storage, the secondary bus is empty. */
  private static final class RootPort extends PciFunction {
    RootPort(int function) {
      super(
          "PCIe root port " + (function + 1),
          0x1C,
          function,
          0x0F48 + 2 * function,
          0x060400,
          0x11,
          0x81);
      config.register("BUSES", 0x18, 4, 0, 0xFFFF_FFFFL);
      config.register("IOWINDOW", 0x1C, 2, 0, 0xF0F0);
      config.register("SECSTS", 0x1E, 2, 0, 0).clearedByOne(0xF900);
      config.register("MEMWINDOW", 0x20, 4, 0, 0xFFF0_FFF0L);
      config.register("PREFWINDOW", 0x24, 4, 0x0001_0001L, 0xFFF0_FFF0L);
      config.register("PREFUPPER", 0x28, 4, 0, 0xFFFF_FFFFL);
      config.register("PREFLUPPER", 0x2C, 4, 0, 0xFFFF_FFFFL);
      config.register("BCTRL", 0x3E, 2, 0, 0x0FFF);
      interruptPin(function + 1);
      storage(0x40, 0xC0);
    }
  }
}
