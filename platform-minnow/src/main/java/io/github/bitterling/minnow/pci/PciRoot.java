package io.github.bitterling.minnow.pci;

import io.github.bitterling.minnow.bus.MmioDevice;
import io.github.bitterling.minnow.bus.PortDevice;
import java.util.Collection;
import java.util.TreeMap;

/**
 * Configuration accesses to bus 0, through CF8h/CFCh and through the memory-mapped window. Buses
 * behind the root ports are empty. What is absent reads all ones.
 */
public final class PciRoot {
  private static final int ADDRESS = 0;
  private static final int RESET_CONTROL = 1;
  private static final int DATA = 4;

  private final TreeMap<Integer, PciFunction> functions = new TreeMap<>();
  private final PortDevice resetControl;
  private final ReadListener reads;
  private long address;

  /** Hears of each read of a register. */
  public interface ReadListener {
    /**
     * @param address bus in bits 27:20, device 19:15, function 14:12, register 11:0
     * @param width bytes
     */
    void read(int address, int width, long value);
  }

  /**
   * @param resetControl answers byte accesses to CF9h, inside the address register's ports
   */
  public PciRoot(PortDevice resetControl, ReadListener reads) {
    this.resetControl = resetControl;
    this.reads = reads;
  }

  /** Adds a function; two with one address are a wiring error. */
  public <T extends PciFunction> T add(T function) {
    int key = function.device() << 3 | function.function();
    if (functions.putIfAbsent(key, function) != null) {
      throw new IllegalStateException(
          String.format("two PCI functions at 00:%02X.%d", function.device(), function.function()));
    }
    return function;
  }

  public Collection<PciFunction> functions() {
    return functions.values();
  }

  public void reset() {
    address = 0;
    functions.values().forEach(PciFunction::reset);
  }

  private PciFunction find(int bus, int deviceFunction) {
    PciFunction f = bus == 0 ? functions.get(deviceFunction) : null;
    return f == null || !f.isSeen() ? null : f;
  }

  private long read(int bus, int deviceFunction, int offset, int width) {
    PciFunction f = find(bus, deviceFunction);
    long value = f == null ? -1L : f.read(offset, width);
    reads.read(bus << 20 | deviceFunction << 12 | offset, width, value & -1L >>> 64 - 8 * width);
    return value;
  }

  private void write(int bus, int deviceFunction, int offset, int width, long value) {
    PciFunction f = find(bus, deviceFunction);
    if (f != null) {
      f.write(offset, width, value);
    }
  }

  /** Ports CF8h-CFFh. CF9h is the reset control register for byte accesses. */
  public final PortDevice ports =
      new PortDevice() {
        @Override
        public boolean accepts(int offset, int width) {
          return true;
        }

        @Override
        public int readPort(int offset, int width) {
          if (offset >= DATA) {
            return (int) readData(offset - DATA, width);
          }
          if (offset == RESET_CONTROL && width == 1) {
            return resetControl.readPort(0, 1);
          }
          return offset == ADDRESS && width == 4 ? (int) address : -1;
        }

        @Override
        public void writePort(int offset, int width, int value) {
          if (offset >= DATA) {
            writeData(offset - DATA, width, value & 0xFFFF_FFFFL);
          } else if (offset == RESET_CONTROL && width == 1) {
            resetControl.writePort(0, 1, value);
          } else if (offset == ADDRESS && width == 4) {
            address = value & 0x80FF_FFFCL;
          }
        }
      };

  private boolean enabled() {
    return (address & 0x8000_0000L) != 0;
  }

  private long readData(int lane, int width) {
    return enabled() ? read(bus(), deviceFunction(), offset(lane), width) : -1L;
  }

  private void writeData(int lane, int width, long value) {
    if (enabled()) {
      write(bus(), deviceFunction(), offset(lane), width, value);
    }
  }

  private int bus() {
    return (int) (address >>> 16) & 0xFF;
  }

  private int deviceFunction() {
    return (int) (address >>> 8) & 0xFF;
  }

  private int offset(int lane) {
    return (int) (address & 0xFC) + lane;
  }

  /** The 256 MiB window: bus in bits 27:20, device 19:15, function 14:12, register 11:0. */
  public final MmioDevice window =
      new MmioDevice() {
        @Override
        public long read(int offset, int width) {
          return PciRoot.this.read(offset >>> 20, offset >>> 12 & 0xFF, offset & 0xFFF, width);
        }

        @Override
        public void write(int offset, int width, long value) {
          PciRoot.this.write(offset >>> 20, offset >>> 12 & 0xFF, offset & 0xFFF, width, value);
        }
      };
}
