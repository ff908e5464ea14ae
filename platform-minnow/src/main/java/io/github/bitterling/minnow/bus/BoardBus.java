package io.github.bitterling.minnow.bus;

import io.github.bitterling.vmx.bus.BusListener;
import io.github.bitterling.vmx.bus.InterruptFabric;
import io.github.bitterling.vmx.bus.SystemBus;
import io.github.bitterling.vmx.mem.GuestMemory;
import io.github.bitterling.vmx.time.VirtualTime;

/**
 * The board's address decode. Memory pages are handed out for direct access and cost nothing;
 * device windows and ports are called with offsets and cost guest time ({@link BusTiming}). Order
 * of decode: interrupt messages at FEExxxxxh, memory pages ({@link PageMap}), device windows
 * ({@link MmioMap}).
 */
public final class BoardBus implements SystemBus, Dma {
  private static final long MSI_BASE = 0xFEE0_0000L;
  private static final long PHYSICAL_MASK = (1L << 36) - 1;

  private final PageMap pages;
  private final MmioMap mmio = new MmioMap(this::mappingChanged);
  private final PortMap ports = new PortMap();
  private final BusTiming timing;
  private BusListener listener;
  private InterruptFabric fabric;
  private InterruptController interrupts;
  private boolean a20 = true;
  private final DramLanes lanes = new DramLanes();
  private final AccessLog accesses = new AccessLog();

  /** What the bus asks of the interrupt controllers. */
  public interface InterruptController {
    /** INTA cycle: vector of the 8259 pair. */
    int acknowledge();

    /** EOI broadcast to the I/O APIC. */
    void endOfInterrupt(int vector);
  }

  /**
   * @param ram DRAM, all of it; what exceeds 2 GiB appears at 4 GiB
   * @param flash contents of the SPI flash, mapped to end at 4 GiB
   */
  public BoardBus(GuestMemory ram, GuestMemory flash, VirtualTime time) {
    this.pages = new PageMap(ram, flash);
    this.timing = new BusTiming(time);
  }

  /** Connects the processors' side; before that, messages and notifications go nowhere. */
  public void connect(BusListener busListener, InterruptFabric interruptFabric) {
    listener = busListener;
    fabric = interruptFabric;
  }

  public void interruptController(InterruptController controller) {
    interrupts = controller;
  }

  // ---- wiring ----

  /** The last accesses of the processors to devices. */
  public AccessLog accesses() {
    return accesses;
  }

  /**
   * For people: the window of a device that answers at a physical address, and the offset in it.
   */
  public String deviceAt(long address) {
    MmioMapping m = mmio.find(address);
    String name = m == null ? "nothing" : String.format("%s+%Xh", m.name, address - m.base);
    return String.format("%09Xh (%s)", address, name);
  }

  /** For people: a port and whose it is. */
  public String portName(int port) {
    return String.format("port %04Xh (%s)", port, ports.ownerName(port));
  }

  /** A window at a fixed address; overlap with another fixed window is refused. */
  public MmioMapping fixedMmio(String name, long base, long size, MmioDevice device) {
    return mmio.fixed(name, base, size, device);
  }

  /** A window that starts switched off and is placed by a base register. */
  public MmioMapping movableMmio(String name, long size, MmioDevice device) {
    return mmio.movable(name, size, 5, device);
  }

  /** Like {@link #movableMmio} but beneath every other window (the configuration window). */
  public MmioMapping backgroundMmio(String name, long size, MmioDevice device) {
    return mmio.movable(name, size, 0, device);
  }

  public PortMapping fixedPorts(String name, int base, int size, PortDevice device) {
    return ports.fixed(name, base, size, device);
  }

  public PortMapping movablePorts(String name, int size, PortDevice device) {
    return ports.movable(name, size, device);
  }

  // ---- decode that registers control ----

  /** Power-on decode: A20 open, flash alias below 1 MiB, no cache-as-RAM. */
  public void reset() {
    a20 = true;
    pages.reset();
    mappingChanged(0, PHYSICAL_MASK + 1);
  }

  /** DRAM and cache-as-RAM lose their contents. */
  public void clearMemory() {
    pages.clearMemory();
    memoryWritten(0, PHYSICAL_MASK + 1);
  }

  /** Opens or closes the A20 gate, whose output is the processors' A20M# pin. */
  public void setA20(boolean open) {
    if (open != a20) {
      a20 = open;
      mappingChanged(0, PHYSICAL_MASK + 1);
    }
  }

  public boolean a20() {
    return a20;
  }

  @Override
  public boolean a20Masked() {
    return !a20();
  }

  /**
   * The processor's no-evict mode (MSR 2E0h bits 1:0 not zero): FEF00000h-FEF0FFFFh is cache used
   * as RAM and hides the windows beneath.
   */
  public void setCacheAsRam(boolean on) {
    if (on != pages.cacheAsRam()) {
      pages.cacheAsRam(on);
      mappingChanged(PageMap.CAR_BASE, PageMap.CAR_SIZE);
    }
  }

  /** BUNIT BMISC: reads of the E, F segments and all accesses to A0000h-BFFFFh go to DRAM. */
  public void setSegments(boolean eInDram, boolean fInDram, boolean abInDram) {
    pages.segments(eInDram, fInDram, abInDram);
    mappingChanged(0xA_0000, 0x6_0000);
  }

  /** BUNIT SMRRL to SMRWAC. */
  public void setSmram(Smram smram) {
    pages.smram(smram);
    mappingChanged(0, PHYSICAL_MASK + 1);
  }

  /** BUNIT BMBOUND and BMBOUND_HI; first byte above DRAM, 0 when not programmed. */
  public void setDramBounds(long low, long high) {
    pages.bounds(low, high);
    mappingChanged(0, PHYSICAL_MASK + 1);
  }

  /**
   * Which byte lanes of DRAM the memory controller gets right ({@link DramLanes}). Bus masters
   * reach DRAM only while all lanes work.
   *
   * @param reads bit n set: lane n can be read
   * @param writes bit n set: lane n can be written
   */
  public void setDramLanes(int reads, int writes) {
    if (lanes.set(reads, writes)) {
      pages.dramWorks(lanes.allWork());
      mappingChanged(0, PHYSICAL_MASK + 1);
    }
  }

  /**
   * Fills DRAM behind the processors' back.
   *
   * @param start first byte, counted in DRAM, a multiple of 64; what is beyond DRAM is left out
   * @param end first byte not filled
   * @param line 64 bytes
   * @param writingLanes bit n set: lane n is written
   */
  public void fillDram(long start, long end, long[] line, int writingLanes) {
    pages.fill(start, end, line, writingLanes);
    memoryWritten(0, PHYSICAL_MASK + 1);
  }

  // ---- processors ----

  @Override
  public long hostPage(long physicalAddress, int access) {
    return host(physicalAddress, access == WRITE);
  }

  private long host(long physicalAddress, boolean write) {
    if ((physicalAddress & (SMM | NOWHERE)) == 0) {
      return pages.host(wires(physicalAddress), write);
    }
    boolean nowhere = (physicalAddress & NOWHERE) != 0;
    return nowhere ? 0 : pages.smmHost(wires(physicalAddress), write);
  }

  /** SMRAM. */
  @Override
  public long inSmm(long physicalAddress) {
    long address = wires(physicalAddress);
    return pages.smmDiffers(address) ? address | SMM : physicalAddress;
  }

  /** SMRAM where boot firmware may read and write it. */
  @Override
  public long inBootMode(long physicalAddress) {
    long address = wires(physicalAddress);
    return pages.smmDiffers(address) && pages.smram().bootMode() ? address | SMM : physicalAddress;
  }

  /** Address on the board's wires. */
  private static long wires(long physicalAddress) {
    return physicalAddress & PHYSICAL_MASK;
  }

  @Override
  public long read(long physicalAddress, int width) {
    long address = wires(physicalAddress);
    long page = host(physicalAddress, false);
    if (page != 0) {
      return GuestMemory.get(page + (address & 0xFFF), width);
    }
    timing.mmioRead();
    if ((physicalAddress & NOWHERE) != 0) {
      return ones(width);
    }
    long dram = brokenDram(physicalAddress, false);
    if (dram != 0) {
      return lanes.read(dram, width) & ones(width);
    }
    long value = readDevice(address, width) & ones(width);
    accesses.read(AccessLog.Space.MEMORY, address, width, value);
    return value;
  }

  /** Host address in DRAM while not all of its lanes work, else 0. */
  private long brokenDram(long physicalAddress, boolean write) {
    if (pages.dramWorks()) {
      return 0;
    }
    long address = wires(physicalAddress);
    long page = pages.dramHost(address, write, (physicalAddress & SMM) != 0);
    return page == 0 ? 0 : page + (address & 0xFFF);
  }

  @Override
  public void write(long physicalAddress, int width, long value) {
    long address = wires(physicalAddress);
    long page = host(physicalAddress, true);
    if (page != 0) {
      GuestMemory.put(page + (address & 0xFFF), width, value);
      return;
    }
    timing.mmioWrite();
    if ((physicalAddress & NOWHERE) != 0) {
      return;
    }
    long dram = brokenDram(physicalAddress, true);
    if (dram != 0) {
      lanes.write(dram, width, value);
    } else if (address >>> 20 == MSI_BASE >>> 20) {
      message(address, value);
    } else if (host(physicalAddress, false) == 0) {
      accesses.write(AccessLog.Space.MEMORY, address, width, value & ones(width));
      writeDevice(address, width, value & ones(width));
    }
  }

  private long readDevice(long address, int width) {
    MmioMapping m = mmio.find(address);
    if (m == null) {
      return -1L;
    }
    long offset = address - m.base;
    if (offset + width <= m.size) {
      return m.device.read((int) offset, width);
    }
    return readSplit(address, width);
  }

  /** An access that leaves its window: half here, half wherever the rest belongs. */
  private long readSplit(long address, int width) {
    int half = width / 2;
    long low = readDevice(address, half) & ones(half);
    return low | (readDevice(address + half, half) & ones(half)) << 8 * half;
  }

  private void writeDevice(long address, int width, long value) {
    MmioMapping m = mmio.find(address);
    if (m == null) {
      return;
    }
    long offset = address - m.base;
    if (offset + width <= m.size) {
      m.device.write((int) offset, width, value);
      return;
    }
    int half = width / 2;
    writeDevice(address, half, value & ones(half));
    writeDevice(address + half, half, value >>> 8 * half & ones(half));
  }

  @Override
  public int readPort(int port, int width) {
    timing.port();
    int value = ports.read(port & 0xFFFF, width);
    accesses.read(AccessLog.Space.PORT, port & 0xFFFF, width, value & ones(width));
    return value;
  }

  @Override
  public void writePort(int port, int width, int value) {
    timing.port();
    accesses.write(AccessLog.Space.PORT, port & 0xFFFF, width, value & ones(width));
    ports.write(port & 0xFFFF, width, value);
  }

  @Override
  public int acknowledgeInterrupt() {
    return interrupts.acknowledge();
  }

  @Override
  public void endOfInterrupt(int vector) {
    interrupts.endOfInterrupt(vector);
  }

  // ---- bus masters ----

  @Override
  public void read(long physicalAddress, byte[] to, int at, int length) {
    for (int done = 0; done < length; ) {
      long address = physicalAddress + done & PHYSICAL_MASK;
      int part = (int) Math.min(length - done, 4096 - (address & 0xFFF));
      long page = pages.dmaHost(address, false);
      if (page != 0) {
        GuestMemory.toArray(page + (address & 0xFFF), to, at + done, part);
      } else {
        java.util.Arrays.fill(to, at + done, at + done + part, (byte) 0xFF);
      }
      done += part;
    }
  }

  @Override
  public void write(long physicalAddress, byte[] from, int at, int length) {
    for (int done = 0; done < length; ) {
      long address = physicalAddress + done & PHYSICAL_MASK;
      int part = (int) Math.min(length - done, 4096 - (address & 0xFFF));
      long page = pages.dmaHost(address, true);
      if (page != 0) {
        GuestMemory.fromArray(from, at + done, page + (address & 0xFFF), part);
        memoryWritten(address, part);
      }
      done += part;
    }
  }

  @Override
  public long read32(long physicalAddress) {
    byte[] b = new byte[4];
    read(physicalAddress, b, 0, 4);
    return b[0] & 0xFFL | (b[1] & 0xFFL) << 8 | (b[2] & 0xFFL) << 16 | (b[3] & 0xFFL) << 24;
  }

  @Override
  public void write32(long physicalAddress, long value) {
    if (physicalAddress >>> 20 == MSI_BASE >>> 20) {
      message(physicalAddress, value);
      return;
    }
    byte[] b = {(byte) value, (byte) (value >>> 8), (byte) (value >>> 16), (byte) (value >>> 24)};
    write(physicalAddress, b, 0, 4);
  }

  /** SDM volume 3, "Message Signalled Interrupts": fields of message address and data. */
  private void message(long address, long data) {
    if (fabric == null) {
      return;
    }
    int destination = (int) (address >>> 12) & 0xFF;
    boolean logical = (address & 4) != 0;
    boolean level = (data & 0x8000) != 0;
    fabric.message(destination, logical, (int) (data >>> 8) & 7, (int) data & 0xFF, level);
  }

  // ---- notifications ----

  /** Tells the processors that memory changed behind their back (DMA, flash programming). */
  public void memoryWritten(long start, long length) {
    if (listener != null) {
      listener.memoryWritten(start, length);
    }
  }

  private void mappingChanged(long start, long length) {
    if (listener != null) {
      listener.mappingChanged(start, length);
    }
  }

  /** Bytes of DRAM that were ever handed out for writing. */
  public long touchedBytes() {
    return pages.touchedBytes();
  }

  /** Offset in DRAM of the first eight bytes that differ from another machine's, or -1. */
  public long firstMemoryDifference(BoardBus other) {
    return pages.firstDifference(other.pages);
  }

  /** Appends the live memory and port maps. */
  public void dump(StringBuilder out) {
    mmio.all().forEach(m -> out.append("mmio  ").append(m).append('\n'));
    ports.all().forEach(m -> out.append("ports ").append(m).append('\n'));
  }

  public void close() {
    pages.close();
  }

  private static long ones(int width) {
    return width == 8 ? -1L : (1L << 8 * width) - 1;
  }
}
