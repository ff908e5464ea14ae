package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.MmioMapping;
import io.github.bitterling.minnow.bus.PortMapping;
import io.github.bitterling.minnow.bus.Register;
import io.github.bitterling.minnow.bus.RegisterFile;
import java.util.ArrayList;
import java.util.List;

/**
 * The configuration space of one function (PCI Local Bus specification 3.0, chapter 6): 256 bytes
 * of declared registers, base address registers that answer sizing and move their windows, MSI on
 * request. Everything a device does not declare reads zero.
 */
public class PciFunction {
  /** Command register bits. */
  public static final int IO_ENABLE = 1;

  public static final int MEMORY_ENABLE = 2;
  public static final int BUS_MASTER = 4;
  public static final int INTX_DISABLE = 0x400;

  private static final int CAPABILITIES_LIST = 0x10;

  protected final String name;
  protected final RegisterFile config;
  protected final Register command;
  protected final Register status;
  private final int device;
  private final int function;
  private final List<Bar> bars = new ArrayList<>();
  private boolean off;
  private boolean hidden;

  /**
   * @param device 0..31 on bus 0
   * @param deviceId Intel device id; the vendor is 8086h
   * @param classCode 24 bits: class, subclass, interface
   */
  public PciFunction(
      String name, int device, int function, int deviceId, int classCode, int revision) {
    this(name, device, function, deviceId, classCode, revision, 0x00);
  }

  /**
   * @param headerType 00h or 01h (bridge), with bit 7 for a multi-function device
   */
  protected PciFunction(
      String name,
      int device,
      int function,
      int deviceId,
      int classCode,
      int revision,
      int headerType) {
    this.name = name;
    this.device = device;
    this.function = function;
    config = new RegisterFile(String.format("PCI %02X.%d", device, function), 256);
    config.readOnly("ID", 0x00, 4, (long) deviceId << 16 | 0x8086);
    command = config.register("CMD", 0x04, 2, 0, 0x0547).onWrite((v, raw) -> placeBars());
    status = config.register("STS", 0x06, 2, 0, 0).clearedByOne(0xF900);
    config.readOnly("CLASS", 0x08, 4, (long) classCode << 8 | revision);
    config.register("CACHELINE", 0x0C, 1, 0, 0xFF);
    config.register("LATENCY", 0x0D, 1, 0, 0xFF);
    config.readOnly("HEADER", 0x0E, 1, headerType);
    if ((headerType & 0x7F) == 0) {
      config.register("SUBSYSTEM", 0x2C, 4, 0, 0xFFFF_FFFFL);
    }
    config.register("INTLINE", 0x3C, 1, 0, 0xFF);
  }

  /** Declares the interrupt pin, 1 for INTA# to 4 for INTD#. */
  protected final void interruptPin(int pin) {
    config.readOnly("INTPIN", 0x3D, 1, pin);
  }

  /** Makes a range of the device's own configuration space plain storage. */
  protected final void storage(int offset, int length) {
    config.storage(offset, length);
  }

  /**
   * A 32-bit memory BAR.
   *
   * @param index 0..5
   * @param size power of two, at least 16
   * @param window what to move, or null for a BAR that only sizes and stores
   */
  protected final void memoryBar(int index, long size, MmioMapping window) {
    bars.add(new Bar(index, size, Bar.MEMORY, window, null));
  }

  /** A 64-bit memory BAR, two registers from {@code index} on; else as {@link #memoryBar}. */
  protected final void wideMemoryBar(int index, long size, MmioMapping window) {
    bars.add(new Bar(index, size, Bar.WIDE, window, null));
  }

  /** An I/O BAR; {@code ports} may be null. */
  protected final void ioBar(int index, int size, PortMapping ports) {
    bars.add(new Bar(index, size, Bar.IO, null, ports));
  }

  /** Puts a capability at {@code offset} and links it in front of {@code next}. */
  protected final void firstCapability(int offset) {
    config.readOnly("CAPPTR", 0x34, 1, offset);
    config.poke(0x06, 2, CAPABILITIES_LIST);
  }

  public final int device() {
    return device;
  }

  public final int function() {
    return function;
  }

  public final String name() {
    return name;
  }

  /** Switched off, a function is not seen in configuration space and its BARs decode nothing. */
  final void switchOff(boolean switchedOff) {
    off = switchedOff;
    placeBars();
  }

  final boolean isOff() {
    return off;
  }

  /** Hidden, a function is not seen in configuration space; its BARs decode as before. */
  public final void hide(boolean hide) {
    hidden = hide;
  }

  final boolean isSeen() {
    return !off && !hidden;
  }

  /** Configuration read; offsets 0..4095, what lies above 255 reads zero. */
  public long read(int offset, int width) {
    return offset < 256 ? config.read(offset, width) : 0;
  }

  public void write(int offset, int width, long value) {
    if (offset < 256) {
      config.write(offset, width, value);
    }
  }

  /** Platform reset of the configuration space; devices add their own state. */
  public void reset() {
    boolean list = status.has(CAPABILITIES_LIST);
    config.reset();
    off = hidden = false;
    status.setBits(CAPABILITIES_LIST, list);
    placeBars();
  }

  private void placeBars() {
    bars.forEach(Bar::place);
    commandChanged();
  }

  /** For devices that care about bus master or interrupt disable. */
  protected void commandChanged() {}

  public void dump(StringBuilder out) {
    out.append(String.format("--- %02X.%d %s%n", device, function, name));
    config.dump(out);
  }

  /** One base address register, or the two of a 64-bit one. */
  private final class Bar {
    private static final int MEMORY = 0;
    private static final int IO = 1;
    private static final int WIDE = 4;

    private final Register low;
    private final Register high;
    private final int kind;
    private final MmioMapping window;
    private final PortMapping ports;

    Bar(int index, long size, int kind, MmioMapping window, PortMapping ports) {
      this.kind = kind;
      this.window = window;
      this.ports = ports;
      long mask = -size & 0xFFFF_FFFFL;
      low = config.register("BAR" + index, 0x10 + 4 * index, 4, kind, mask);
      low.onWrite((v, raw) -> place());
      high = kind == WIDE ? upper(index + 1) : null;
    }

    private Register upper(int index) {
      return config
          .register("BAR" + index, 0x10 + 4 * index, 4, 0, 0xFFFF_FFFFL)
          .onWrite((v, raw) -> place());
    }

    void place() {
      long value = low.get() | (high == null ? 0 : high.get() << 32);
      if (window != null) {
        long base = value & ~15L;
        window.place(base, !off && command.has(MEMORY_ENABLE) && base != 0);
      }
      if (ports != null) {
        int base = (int) value & 0xFFFC;
        boolean usable = base != 0 && value >>> 16 == 0;
        ports.place(base, !off && command.has(IO_ENABLE) && usable);
      }
    }

    @Override
    public String toString() {
      return (kind == IO ? "I/O" : "memory") + " BAR of " + name;
    }
  }
}
